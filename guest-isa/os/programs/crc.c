/*
 * crc [BYTES]: CRC-32 (IEEE 802.3) three ways - bit by bit, by table, and four
 * bytes a step by four tables; all must agree, and "123456789" give cbf43926.
 */
#include "pupa.h"

#define POLYNOMIAL 0xedb88320u

static const struct known known[] = { { 100000, 0xe12e1ac0 }, { 1000000, 0xb8f3c673 }, { 10000000, 0xf683b784 }, { 0, 0 } };
static u32 table[4][256];

static u32 one_byte(u32 crc)
{
    for (int bit = 0; bit < 8; bit++)
        crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
    return crc;
}

static u32 by_bits(const u8 *p, u32 n)
{
    u32 crc = ~0u;
    while (n--)
        crc = one_byte(crc ^ *p++);
    return ~crc;
}

static u32 by_table(const u8 *p, u32 n)
{
    u32 crc = ~0u;
    while (n--)
        crc = table[0][(crc ^ *p++) & 255] ^ crc >> 8;
    return ~crc;
}

static u32 by_fours(const u8 *p, u32 n)
{
    u32 crc = ~0u;
    for (; n >= 4; n -= 4, p += 4) {
        crc ^= *(const u32 *)p;
        crc = table[3][crc & 255] ^ table[2][crc >> 8 & 255] ^ table[1][crc >> 16 & 255] ^ table[0][crc >> 24];
    }
    while (n--)
        crc = table[0][(crc ^ *p++) & 255] ^ crc >> 8;
    return ~crc;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 100000), state = 1;
    for (u32 i = 0; i < 256; i++)
        table[0][i] = one_byte(i);
    for (u32 i = 0; i < 3 * 256; i++)
        table[i / 256 + 1][i % 256] = table[0][table[i / 256][i % 256] & 255] ^ table[i / 256][i % 256] >> 8;
    u8 *data = malloc(n);
    for (u32 i = 0; i < n; i++)
        data[i] = (u8)(random_next(&state) >> 24);
    const u8 *digits = (const u8 *)"123456789";
    u32 a = by_bits(data, n), b = by_table(data, n), c = by_fours(data, n);
    int good = a == b && b == c && by_bits(digits, 9) == 0xcbf43926 && by_fours(digits, 9) == 0xcbf43926;
    return report("crc", good, known, n, a, "CRC-32 of %u bytes, three ways", n);
}

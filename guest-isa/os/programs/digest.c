/*
 * digest [BYTES]: SHA-256 (FIPS 180-4) and MD5 (RFC 1321) of the letter "a"
 * repeated: rotations, additions, few branches. Checks "abc" of both standards
 * first; a million bytes is a published vector, too.
 */
#include "pupa.h"

static const struct known known[] = { { 100000, 0xf54b56e1 }, { 1000000, 0x726c52b1 }, { 0, 0 } };
static u32 sha_constants[64];

static u32 left(u32 x, u32 n) { return x << n | x >> (32 - n); }
static u32 right(u32 x, u32 n) { return x >> n | x << (32 - n); }
static u32 swap(u32 x) { return x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24; }

static void multiply(const u32 *a, u32 na, const u32 *b, u32 nb, u32 *product)
{
    memset(product, 0, (na + nb) * 4);
    for (u32 i = 0; i < na; i++) {
        u64 carry = 0;
        for (u32 j = 0; j < nb; j++) {
            carry += (u64)a[i] * b[j] + product[i + j];
            product[i + j] = (u32)carry;
            carry >>= 32;
        }
        product[i + nb] = (u32)carry;
    }
}

/* 32 bits behind the point of p's cube root: the largest r with r^3 < p * 2^96, bit by bit. */
static u32 cube_root_bits(u32 p)
{
    u32 r[2] = { 0, 0 }, square[4], cube[6];
    for (int bit = 34; bit >= 0; bit--) {
        u32 tried[2] = { r[0], r[1] };
        tried[bit / 32] |= 1u << bit % 32;
        multiply(tried, 2, tried, 2, square);
        multiply(square, 4, tried, 2, cube);
        if ((cube[5] | cube[4]) == 0 && cube[3] < p)
            memcpy(r, tried, sizeof r);
    }
    return r[0];
}

/* floor(2^32 |sin i|), i = 1..64, as the standard lists it. */
static const u32 md5_constants[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static void make_tables(void)
{
    u32 found = 0;
    for (u32 p = 2; found < 64; p++) {
        u32 d = 2;
        while (d * d <= p && p % d)
            d++;
        if (d * d > p)
            sha_constants[found++] = cube_root_bits(p);
    }
}

static void sha_block(u32 h[8], const u32 *block)
{
    u32 w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = swap(block[i]);
    for (int i = 16; i < 64; i++) {
        u32 a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (right(a, 7) ^ right(a, 18) ^ a >> 3) + w[i - 7] + (right(b, 17) ^ right(b, 19) ^ b >> 10);
    }
    for (int i = 0; i < 8; i++)
        s[i] = h[i];
    for (int i = 0; i < 64; i++) {
        u32 a = s[0], e = s[4];
        u32 t = s[7] + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + sha_constants[i] + w[i];
        u32 u = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        for (int j = 7; j > 0; j--)
            s[j] = s[j - 1];
        s[4] += t;
        s[0] = t + u;
    }
    for (int i = 0; i < 8; i++)
        h[i] += s[i];
}

static void md5_block(u32 h[4], const u32 *block)
{
    static const u8 turns[16] = { 7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21 };
    u32 a = h[0], b = h[1], c = h[2], d = h[3];
    for (u32 i = 0; i < 64; i++) {
        u32 f, k, round = i / 16;
        if (round == 0)
            f = (b & c) | (~b & d), k = i;
        else if (round == 1)
            f = (d & b) | (~d & c), k = 5 * i + 1;
        else if (round == 2)
            f = b ^ c ^ d, k = 3 * i + 5;
        else
            f = c ^ (b | ~d), k = 7 * i;
        f += a + md5_constants[i] + block[k % 16];
        a = d, d = c, c = b;
        b += left(f, turns[round * 4 + i % 4]);
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d;
}

/* Both pad alike: 0x80, zeros, the length in bits (SHA: big endian). */
static void digest(u32 *h, int sha, const u8 *data, u32 n)
{
    static const u32 sha_start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                                      0x1f83d9ab, 0x5be0cd19 };
    static const u32 md5_start[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
    memcpy(h, sha ? sha_start : md5_start, sha ? 32 : 16);
    u32 block[16], left_over = n % 64;
    for (u32 at = 0; at + 64 <= n; at += 64) {
        memcpy(block, data + at, 64);
        sha ? sha_block(h, block) : md5_block(h, block);
    }
    memset(block, 0, 64);
    memcpy(block, data + n - left_over, left_over);
    ((u8 *)block)[left_over] = 0x80;
    if (left_over >= 56) {
        sha ? sha_block(h, block) : md5_block(h, block);
        memset(block, 0, 64);
    }
    block[sha ? 15 : 14] = sha ? swap(n * 8) : n * 8;
    sha ? sha_block(h, block) : md5_block(h, block);
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 100000), s[8], m[8], sum = SUM_START;
    make_tables();
    digest(s, 1, (const u8 *)"abc", 3);
    digest(m, 0, (const u8 *)"abc", 3);
    int good = s[0] == 0xba7816bf && s[7] == 0xf20015ad && m[0] == 0x98500190 && m[3] == 0x727fe128;
    u8 *data = malloc(n);
    memset(data, 'a', n);
    digest(s, 1, data, n);
    digest(m, 0, data, n);
    for (int i = 0; i < 8; i++)
        sum = mix(sum, s[i]);
    for (int i = 0; i < 4; i++)
        sum = mix(sum, m[i]);
    if (n == 1000000)
        good = good && s[0] == 0xcdc76e5c && s[7] == 0xc7112cd0 && m[0] == 0xaed60777;
    return report("digest", good, known, n, sum, "SHA-256 %08x.., MD5 %08x.., %u B", s[0], swap(m[0]), n);
}

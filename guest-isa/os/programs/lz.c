/*
 * lz [BYTES]: compresses text by LZSS (12-bit distance, 4-bit length, hash
 * chains over three bytes), expands it again and compares.
 */
#include "pupa.h"

#define WINDOW 4096
#define SHORTEST 3
#define LONGEST 18
#define HASHES 4096
#define TRIES 24

static const struct known known[] = { { 60000, 0x40b7f6a3 }, { 600000, 0xd8fcbb4a }, { 3000000, 0x4bf8528b }, { 0, 0 } };
static const char *const words[] = {
    "the", "guest", "is", "translated", "into", "molecules", "and", "atoms", "by", "software", "that",
    "hides", "beneath", "every", "instruction", "of", "a", "program", "which", "never", "knows", "it",
};
static int heads[HASHES], chain[WINDOW];

static void make_text(u8 *text, u32 n)
{
    u32 state = 77, at = 0;
    while (at < n) {
        u32 r = random_next(&state);
        const char *w = words[(r >> 8) % LENGTH(words) * ((r >> 20 & 3) != 0)];
        while (*w && at < n)
            text[at++] = (u8)*w++;
        if (at < n)
            text[at++] = (r & 15) == 0 ? '\n' : ' ';
    }
}

static u32 hash(const u8 *p)
{
    return (p[0] << 4 ^ p[1] << 2 ^ p[2] * 7u) % HASHES;
}

static u32 longest_match(const u8 *in, u32 at, u32 n, u32 *distance)
{
    u32 best = 0, limit = n - at < LONGEST ? n - at : LONGEST;
    int tries = TRIES;
    if (limit < SHORTEST)
        return 0;
    for (int p = heads[hash(in + at)]; p >= 0 && at - (u32)p < WINDOW && tries--; p = chain[p % WINDOW]) {
        u32 length = 0;
        while (length < limit && in[(u32)p + length] == in[at + length])
            length++;
        if (length > best) {
            best = length;
            *distance = at - (u32)p;
        }
    }
    return best;
}

static void remember(const u8 *in, u32 at, u32 n)
{
    if (at + SHORTEST > n)
        return;
    u32 h = hash(in + at);
    chain[at % WINDOW] = heads[h];
    heads[h] = (int)at;
}

/* Groups of eight items behind one byte of flags; 1 means a literal byte. */
static u32 compress(const u8 *in, u32 n, u8 *out)
{
    u32 used = 0, flags = 0, item = 0;
    for (int i = 0; i < HASHES; i++)
        heads[i] = -1;
    for (u32 at = 0; at < n; item++) {
        u32 distance = 0, length = longest_match(in, at, n, &distance);
        if (item % 8 == 0)
            out[flags = used++] = 0;
        if (length < SHORTEST) {
            length = 1;
            out[flags] |= (u8)(1 << item % 8);
            out[used++] = in[at];
        } else {
            out[used++] = (u8)distance;
            out[used++] = (u8)((distance >> 8) << 4 | (length - SHORTEST));
        }
        for (; length; length--)
            remember(in, at++, n);
    }
    return used;
}

static u32 expand(const u8 *in, u32 n, u8 *out)
{
    u32 made = 0, flags = 0, item = 0;
    for (u32 at = 0; at < n; item++) {
        if (item % 8 == 0)
            flags = in[at++];
        if (flags >> item % 8 & 1) {
            out[made++] = in[at++];
            continue;
        }
        u32 distance = in[at] | (in[at + 1] & 0xf0u) << 4, length = (in[at + 1] & 15u) + SHORTEST;
        at += 2;
        for (; length; length--, made++)
            out[made] = out[made - distance];
    }
    return made;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 60000);
    u8 *text = malloc(n + 4), *packed = malloc(n + n / 8 + 16), *again = malloc(n + LONGEST);
    make_text(text, n);
    u32 small = compress(text, n, packed), back = expand(packed, small, again);
    int good = back == n && memcmp(text, again, n) == 0;
    return report("lz", good, known, n, mix_bytes(SUM_START, packed, small), "%u bytes of text to %u and back", n, small);
}

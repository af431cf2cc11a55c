/* Test data and checksums: Marsaglia's xorshift32, and a rotating FNV-style mix. */
#include "pupa.h"

u32 random_next(u32 *state)
{
    u32 x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

u32 mix(u32 sum, u32 value)
{
    sum = (sum ^ value) * 16777619u;
    return sum << 13 | sum >> 19;
}

u32 mix_bytes(u32 sum, const void *bytes, u32 count)
{
    const u8 *at = bytes;
    for (; count; count--)
        sum = mix(sum, *at++);
    return sum;
}

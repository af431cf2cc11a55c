/*
 * 64-bit division for 32-bit code, under the names that gcc calls. The divisor
 * is shifted so that one `div` gives a quotient that is at most two too large
 * (Knuth, The Art of Computer Programming, vol. 2, 4.3.1).
 */
#include "types.h"

static u32 divide_step(u32 high, u32 low, u32 divisor, u32 *remainder)
{
    u32 quotient;
    asm("divl %4" : "=a"(quotient), "=d"(*remainder) : "0"(low), "1"(high), "r"(divisor));
    return quotient;
}

static u64 divide(u64 n, u64 d, u64 *remainder)
{
    u32 dh = (u32)(d >> 32), dl = (u32)d, nh = (u32)(n >> 32), nl = (u32)n;
    if (dh == 0) {
        u32 r, qh = divide_step(0, nh, dl, &r);
        u32 ql = divide_step(r, nl, dl, &r);
        *remainder = r;
        return (u64)qh << 32 | ql;
    }
    if (n < d) {
        *remainder = n;
        return 0;
    }
    int shift = __builtin_clz(dh);              /* the quotient fits 32 bits: estimate from the top ones */
    u32 top = (u32)(d << shift >> 32), ignored;
    u64 half = n >> 1;
    u32 q = divide_step((u32)(half >> 32), (u32)half, top, &ignored);
    q = (u32)((u64)q << shift >> 31);
    q -= q != 0;
    u64 r = n - q * d;
    while (r >= d)
        r -= d, q++;
    *remainder = r;
    return q;
}

u64 __udivdi3(u64 n, u64 d) { u64 r; return divide(n, d, &r); }
u64 __umoddi3(u64 n, u64 d) { u64 r; divide(n, d, &r); return r; }
u64 __udivmoddi4(u64 n, u64 d, u64 *remainder) { return divide(n, d, remainder); }

static u64 magnitude(s64 value)
{
    return value < 0 ? -(u64)value : (u64)value;
}

s64 __divmoddi4(s64 n, s64 d, s64 *remainder)
{
    u64 r, q = divide(magnitude(n), magnitude(d), &r);
    *remainder = n < 0 ? -(s64)r : (s64)r;
    return (n < 0) != (d < 0) ? -(s64)q : (s64)q;
}

s64 __divdi3(s64 n, s64 d) { s64 r; return __divmoddi4(n, d, &r); }
s64 __moddi3(s64 n, s64 d) { s64 r; __divmoddi4(n, d, &r); return r; }

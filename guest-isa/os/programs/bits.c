/*
 * bits [ROUNDS]: the instructions of single bits and odd forms - bt, bts, btr,
 * btc, bsf, bsr, bswap, xadd, cmpxchg, cmpxchg8b, rcl, rcr, shld, shrd, cmov,
 * setcc, sahf, lahf, xlat, cbw, cwd - against plain C.
 */
#include "pupa.h"

static const struct known known[] = { { 3000, 0xaf5baad8 }, { 30000, 0xc8d3bec2 }, { 300000, 0xb7cf97c2 }, { 0, 0 } };
static int good = 1;

static u32 expect(u32 got, u32 want)
{
    good = good && got == want;
    return got;
}

static u32 single_bits(u32 a, u32 b)
{
    u32 sum = 0, n = b & 31, v, carry;
#define BIT(name, after)                                                                          \
    v = a;                                                                                        \
    asm(name " %2, %0\n\tsbb %1, %1" : "+r"(v), "=r"(carry) : "r"(b) : "cc");                     \
    expect(carry & 1, a >> n & 1);                                                                \
    sum = mix(sum, expect(v, after))
    BIT("bt", a);
    BIT("bts", a | 1u << n);
    BIT("btr", a & ~(1u << n));
    BIT("btc", a ^ 1u << n);
    u32 memory[4] = { a, b, ~a, ~b }, at = b & 127;
    asm("btc %2, %0\n\tsbb %1, %1" : "+m"(memory), "=r"(carry) : "r"(at) : "cc");
    sum = mix(sum, expect(carry & 1, (at < 32 ? a : at < 64 ? b : at < 96 ? ~a : ~b) >> at % 32 & 1));
    sum = mix(sum, memory[at / 32]);
    u32 low = 0, high = 0, i;
    for (i = 0; !((a | 1u << 31) >> i & 1); i++) {}
    for (u32 t = a | 1; t >>= 1;) high++;
    asm("bsf %1, %0" : "=r"(low) : "r"(a | 1u << 31) : "cc");
    expect(low, i);
    asm("bsr %1, %0" : "=r"(v) : "r"(a | 1) : "cc");
    expect(v, high);
    asm("bswap %0" : "=r"(v) : "0"(a));
    return mix(sum, expect(v, a << 24 | (a & 0xff00) << 8 | (a >> 8 & 0xff00) | a >> 24));
}

static u32 exchanges(u32 a, u32 b)
{
    u32 cell = a, v = b, old = b & 1 ? a : ~a;
    u8 done;
    asm("lock xaddl %1, %0" : "+m"(cell), "+r"(v) : : "cc");
    expect(cell, a + b);
    expect(v, a);
    cell = a;
    asm("lock cmpxchgl %3, %0\n\tsete %2" : "+m"(cell), "+a"(old), "=q"(done) : "r"(b) : "cc");
    expect(done, b & 1);
    expect(cell, b & 1 ? b : a);
    expect(old, a);
    u64 wide = (u64)a << 32 | b, seen = a & 1 ? wide : ~wide, fresh = wide * 3;
    u32 lo = (u32)seen, hi = (u32)(seen >> 32);
    asm("lock cmpxchg8b %0\n\tsete %3" : "+m"(wide), "+a"(lo), "+d"(hi), "=q"(done)
        : "b"((u32)fresh), "c"((u32)(fresh >> 32)) : "cc");
    expect(done, a & 1);
    return mix(mix((u32)wide, (u32)(wide >> 32)), mix(lo, hi));
}

static u32 turns(u32 a, u32 b)
{
    u32 n = b >> 5 & 31, v = a, w = a, sum = 0;
    u64 ring = (u64)(b >> 31) << 32 | a;        /* 33 bits: carry and value */
    asm("bt $31, %2\n\trcl %b1, %0" : "+r"(v) : "c"(n), "r"(b) : "cc");
    u64 turned = (ring << n | ring >> (33 - n)) & 0x1ffffffffull;
    sum = mix(sum, expect(v, n ? (u32)turned : a));
    asm("bt $31, %2\n\trcr %b1, %0" : "+r"(w) : "c"(n), "r"(b) : "cc");
    turned = (ring >> n | ring << (33 - n)) & 0x1ffffffffull;
    sum = mix(sum, expect(w, n ? (u32)turned : a));
    v = w = a;
    asm("shldl %%cl, %2, %0" : "+r"(v) : "c"(n), "r"(b) : "cc");
    asm("shrdl %%cl, %2, %0" : "+r"(w) : "c"(n), "r"(b) : "cc");
    expect(v, n ? a << n | b >> (32 - n) : a);
    return mix(sum, v ^ expect(w, n ? a >> n | b << (32 - n) : a));
}

/* All sixteen conditions after cmp a, b, as one number by setcc, and by cmov. */
static u32 conditions(u32 a, u32 b)
{
    u32 bits = 0, moved = 0;
    u8 set;
#define CONDITION(cc, index)                                                                                 \
    asm("cmpl %3, %2\n\tset" cc " %1\n\tcmov" cc " %4, %0" : "+r"(moved), "=&q"(set)                         \
        : "r"(a), "r"(b), "r"(index + 1) : "cc");                                                            \
    bits |= (u32)set << index
    CONDITION("o", 0); CONDITION("no", 1); CONDITION("b", 2); CONDITION("ae", 3);
    CONDITION("e", 4); CONDITION("ne", 5); CONDITION("be", 6); CONDITION("a", 7);
    CONDITION("s", 8); CONDITION("ns", 9); CONDITION("p", 10); CONDITION("np", 11);
    CONDITION("l", 12); CONDITION("ge", 13); CONDITION("le", 14); CONDITION("g", 15);
    u32 d = a - b, parity = d ^ d >> 4, less = (s32)a < (s32)b, want = 0, last = 0;
    parity = ~(0x6996u >> (parity & 15)) & 1;
    u32 yes[8] = { ((a ^ b) & (a ^ d)) >> 31, a < b, a == b, a <= b, d >> 31, parity, less, less | (a == b) };
    for (u32 i = 0; i < 16; i++)
        if (yes[i / 2] ^ (i & 1))
            want |= 1u << i, last = i + 1;
    expect(moved, last);
    return expect(bits, want);
}

static u32 oddities(u32 a, u32 b)
{
    static const u8 table[256] = { [0] = 9, [7] = 77, [128] = 1, [200] = 2, [255] = 255 };
    u32 v = a & 0xff, sign, low;
    u16 flags;
    asm("xlatb" : "+a"(v) : "b"(table), "m"(table));
    expect(v, table[a & 0xff]);
    asm("movsbl %b1, %0" : "=r"(v) : "q"(a));
    low = a;
    asm("cbtw\n\tcwtl" : "+a"(low));
    expect(low, v);
    asm("cltd" : "=d"(sign) : "a"(a));
    expect(sign, (u32)((s32)a >> 31));
    asm("movb %b1, %%ah\n\tsahf\n\tlahf\n\tmovzbl %%ah, %%eax\n\tmovw %%ax, %0" : "=r"(flags) : "q"(b) : "eax", "cc");
    return mix(low, expect(flags, (b & 0xd5) | 2));
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 3000), sum = SUM_START, state = 1234567;
    for (u32 i = 0; i < n; i++) {
        u32 a = random_next(&state), b = random_next(&state);
        if ((i & 7) == 0)
            b = a + (i >> 3 & 3) - 1;
        sum = mix(sum, single_bits(a, b));
        sum = mix(sum, exchanges(a, b));
        sum = mix(sum, turns(a, b));
        sum = mix(sum, conditions(a, b));
        sum = mix(sum, oddities(a, b));
    }
    return report("bits", good, known, n, sum, "%u rounds of bit instructions", n);
}

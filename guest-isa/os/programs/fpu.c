/*
 * fpu [ROUNDS]: the x87 instruction by instruction: 80-bit arithmetic in each
 * rounding mode and precision, conversions, fprem, fscale, fxtract, packed
 * decimal, compares and classes, saving and restoring; exact to the last bit.
 * Transcendental functions, which processors may round differently in the last
 * place, are checked against identities and rounded to nine digits.
 */
#include "pupa.h"

typedef long double f80;
static const struct known known[] = { { 200, 0x5572f9ab }, { 2000, 0x50ccbd44 }, { 20000, 0x6de783cf }, { 0, 0 } };
static u32 sum = SUM_START;
static int good = 1;

static void set_control(u16 control) { asm volatile("fldcw %0" : : "m"(control)); }
static void clear_exceptions(void) { asm volatile("fnclex"); }
static u16 status(void) { u16 s; asm volatile("fnstsw %0" : "=a"(s)); return s; }

/* Invalid, zero divide, overflow, precision: those that every model reports alike. */
static void add_status(void) { sum = mix(sum, status() & 0x2d); }
static void add(f80 x) { sum = mix_bytes(sum, &x, 10); }
static void expect(int condition) { good = good && condition; }

static f80 from_bits(u64 fraction, u32 exponent)
{
    union { f80 value; struct { u64 fraction; u16 exponent; } bits; } u;
    u.bits.fraction = fraction;
    u.bits.exponent = (u16)exponent;
    return u.value;
}

static void constants(void)
{
    f80 x;
#define CONSTANT(name) asm volatile(name : "=t"(x)); add(x)
    CONSTANT("fld1"); CONSTANT("fldz"); CONSTANT("fldpi"); CONSTANT("fldl2e");
    CONSTANT("fldl2t"); CONSTANT("fldlg2"); CONSTANT("fldln2");
}

static void arithmetic(f80 a, f80 b)
{
    static const u16 precisions[] = { 0x000, 0x200, 0x300 };
    for (u32 mode = 0; mode < 4; mode++)
        for (u32 p = 0; p < 3; p++) {
            volatile f80 x = a, y = b;
            set_control((u16)(0x7f | precisions[p] | mode << 10));
            clear_exceptions();
            f80 s = x + y, d = x - y, m = x * y, q = x / y, r = x < 0 ? -x : x;
            asm volatile("fsqrt" : "+t"(r));
            add(s), add(d), add(m), add(q), add(r);
            float f;
            double g;
            asm volatile("fsts %0\n\tfstl %1" : "=m"(f), "=m"(g) : "t"(x));
            sum = mix_bytes(mix_bytes(sum, &f, 4), &g, 8);
            add_status();
        }
    set_control(0x37f);
}

static void conversions(f80 a)
{
    for (u32 mode = 0; mode < 4; mode++) {
        s16 w;
        s32 l;
        s64 q;
        u8 decimal[10];
        f80 x = a, back;
        set_control((u16)(0x37f | mode << 10));
        asm volatile("frndint" : "+t"(x));
        add(x);
        asm volatile("fists %0" : "=m"(w) : "t"(a));
        asm volatile("fistl %0" : "=m"(l) : "t"(a));
        asm volatile("fistpll %0" : "=m"(q) : "t"(a) : "st");
        asm volatile("fbstp %0" : "=m"(decimal) : "t"(x) : "st");
        asm volatile("fbld %1" : "=t"(back) : "m"(decimal));
        sum = mix(mix(mix_bytes(sum, decimal, 10), (u16)w), (u32)l);
        sum = mix(mix(sum, (u32)q), (u32)((u64)q >> 32));
        add(back);
    }
    set_control(0x37f);
}

static void remainders(f80 a, f80 b)
{
    f80 r = a, scaled, fraction, exponent;
    u16 s;
    do
        asm volatile("fprem\n\tfnstsw %1" : "+t"(r), "=a"(s) : "u"(b));
    while (s & 0x400);
    add(r);
    sum = mix(sum, s & 0x4300);                 /* the quotient's low bits in C0, C3, C1 */
    r = a;
    do
        asm volatile("fprem1\n\tfnstsw %1" : "+t"(r), "=a"(s) : "u"(b));
    while (s & 0x400);
    add(r);
    asm volatile("fxtract" : "=t"(fraction), "=u"(exponent) : "0"(a));
    add(fraction), add(exponent);
    asm volatile("fscale" : "=t"(scaled) : "0"(fraction), "u"(exponent));
    expect(scaled == a);
}

static void compares(f80 a, f80 b)
{
    u16 s;
    u8 below, equal, unordered;
    f80 chosen = a;
    asm volatile("fucom\n\tfnstsw %0" : "=a"(s) : "t"(a), "u"(b));
    asm volatile("fucomi %%st(1), %%st\n\tsetb %0\n\tsete %1\n\tsetp %2"
                 : "=q"(below), "=q"(equal), "=q"(unordered) : "t"(a), "u"(b) : "cc");
    expect((s >> 8 & 1) == below && (s >> 14 & 1) == equal && (s >> 10 & 1) == unordered);
    asm volatile("fucomi %%st(1), %%st\n\tfcmovb %%st(1), %%st" : "+t"(chosen) : "u"(b) : "cc");
    add(chosen);
    asm volatile("fxam\n\tfnstsw %0" : "=a"(s) : "t"(a));
    sum = mix(sum, s & 0x4700);
    asm volatile("ftst\n\tfnstsw %0" : "=a"(s) : "t"(a));
    sum = mix(sum, s & 0x4500);
}

static void specials(void)
{
    f80 values[] = { 0.0L, -0.0L, 1.5L, from_bits(1ull << 63, 0x7fff), from_bits(1ull << 63, 0xffff),
                     from_bits(3ull << 62, 0x7fff), from_bits(1ull << 63, 0x0001), from_bits(1, 0),
                     from_bits(~0ull, 0x7ffe), from_bits(~0ull, 0x3ffe) };
    for (u32 i = 0; i < LENGTH(values); i++)
        for (u32 j = 0; j < LENGTH(values); j++) {
            compares(values[i], values[j]);
            if (i != 7 && j != 7)
                arithmetic(values[i], values[j]);
        }
}

static void saved_state(f80 a)
{
    u8 area[108];
    f80 x = a, y = a + 1, z;
    asm volatile("fnsave %2\n\tfrstor %2" : "+t"(x), "+u"(y), "=m"(area));
    expect(x == a);
    add(y);
    asm volatile("fxch\n\tfincstp\n\tfdecstp\n\tfxch\n\tfld %%st(1)\n\tfaddp" : "=t"(z) : "0"(x), "u"(y));
    add(z);
}

static f80 magnitude(f80 x) { return x < 0 ? -x : x; }

static void transcendental(f80 x)              /* 0 < x < 1 */
{
    f80 s, c, t, one, angle, power, logarithm, l1, l2;
    asm volatile("fsincos" : "=t"(c), "=u"(s) : "0"(x));
    asm volatile("fptan" : "=t"(one), "=u"(t) : "0"(x));
    asm volatile("fpatan" : "=t"(angle) : "0"(c), "u"(s) : "st(1)");
    asm volatile("f2xm1" : "=t"(power) : "0"(x));
    asm volatile("fyl2x" : "=t"(logarithm) : "0"(1 + power), "u"(1.0L) : "st(1)");
    asm volatile("fyl2xp1" : "=t"(l1) : "0"(x / 8), "u"(3.0L) : "st(1)");
    asm volatile("fyl2x" : "=t"(l2) : "0"(1 + x / 8), "u"(3.0L) : "st(1)");
    expect(magnitude(s * s + c * c - 1) < 1e-14L && magnitude(t - s / c) < 1e-13L && one == 1);
    expect(magnitude(angle - x) < 1e-14L && magnitude(logarithm - x) < 1e-14L && magnitude(l1 - l2) < 1e-14L);
    f80 values[] = { s, c, t, power, l1 };
    for (u32 i = 0; i < LENGTH(values); i++)
        sum = mix(sum, (u32)(s32)(values[i] * 1e9L + 0.5L));
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 200), state = 8;
    constants();
    specials();
    for (u32 i = 0; i < n; i++) {
        u64 high = random_next(&state), low = random_next(&state);
        u32 r = random_next(&state);
        f80 a = from_bits(1ull << 63 | high << 32 | low, 0x3fff - 20 + r % 50 + (r & 0x8000));
        f80 b = from_bits(1ull << 63 | low << 31 | high, 0x3fff - 10 + (r >> 16) % 20 + (r >> 16 & 0x8000));
        arithmetic(a, b);
        conversions(a);
        remainders(a, b);
        compares(a, b);
        saved_state(a);
        transcendental((f80)(r | 1) / 4294967296.0L);
    }
    return report("fpu", good, known, n, sum, "%u rounds of x87 instructions", n);
}

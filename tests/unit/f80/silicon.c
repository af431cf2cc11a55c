/*
 * Generator of x87 test vectors: runs the real instruction on the machine that
 * executes this program and writes what it did. Build with plain gcc on x86-64:
 *     gcc -O1 -o silicon silicon.c && ./silicon OP SEED COUNT > vectors.bin
 *     ./silicon --list
 * One record is 48 bytes, little-endian:
 *     0 op u16 | 2 control word u16 | 4 a[10] | 14 b[10] | 24 r[10] | 34 r2[10]
 *     44 status word u16 | 46 TOP after the instruction u16
 * Registers: ST0 = a and ST1 = b before (TOP 6 for two operands, 7 for one, 0 for a
 * load); r = ST0 and r2 = ST1 after. For a store r is the memory, filled with 0xA5
 * before, so that a store which did not happen shows. Memory operands: bytes of a
 * (loads) or of b (arithmetic with a memory operand).
 * The exceptions are also run unmasked: FNSAVE does not wait, so nothing traps and
 * the image shows the unmasked response.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed;
static uint64_t next64(void) {
    seed ^= seed >> 12, seed ^= seed << 25, seed ^= seed >> 27;
    return seed * 0x2545F4914F6CDD1DULL;
}
static unsigned below(unsigned n) { return (unsigned)((next64() >> 33) % n); }

struct f80 { uint64_t m; uint16_t se; } __attribute__((packed));
struct area { uint32_t cw, sw, tag, ip, cs, dp, ds; struct f80 st[8]; } __attribute__((packed));

static struct f80 A, B;
static uint8_t mem[16];
static uint16_t cw;
static struct area area;

#define TWO "fninit\n\tfldt %1\n\tfldt %2\n\tfldcw %3\n\t"
#define ONE "fninit\n\tfldt %2\n\tfldcw %3\n\t"
#define NIL "fninit\n\tfldcw %3\n\t"
#define RUN(setup, insn) \
    __asm__ volatile(setup insn "\n\tfnsave %0" : "=m"(area) : "m"(B), "m"(A), "m"(cw), "m"(mem) : "memory")
#define DEF(name, setup, insn) static void run_##name(void) { RUN(setup, insn); }

enum kind { BINARY, UNARY, NEAR1, SCALE, REM, TRIG, SMALL, LOGP1, LOAD, STORE, TOINT, MEM32, MEM64, BCD, NONE };

#define OPS(X) \
    X(fadd, BINARY, TWO, "fadd %%st(1), %%st") X(fsub, BINARY, TWO, "fsub %%st(1), %%st") \
    X(fmul, BINARY, TWO, "fmul %%st(1), %%st") X(fdiv, BINARY, TWO, "fdiv %%st(1), %%st") \
    X(fcom, BINARY, TWO, "fcom %%st(1)") X(fucom, BINARY, TWO, "fucom %%st(1)") \
    X(fscale, SCALE, TWO, "fscale") X(fprem, REM, TWO, "fprem") X(fprem1, REM, TWO, "fprem1") \
    X(fsqrt, UNARY, ONE, "fsqrt") X(frndint, TOINT, ONE, "frndint") X(fxtract, UNARY, ONE, "fxtract") \
    X(fchs, UNARY, ONE, "fchs") X(fabs, UNARY, ONE, "fabs") X(fxam, UNARY, ONE, "fxam") X(ftst, UNARY, ONE, "ftst") \
    X(fld_m32, LOAD, NIL, "flds %4") X(fld_m64, LOAD, NIL, "fldl %4") X(fild_m16, LOAD, NIL, "filds %4") \
    X(fild_m32, LOAD, NIL, "fildl %4") X(fild_m64, LOAD, NIL, "fildll %4") X(fbld, BCD, NIL, "fbld %4") \
    X(fstp_m32, STORE, ONE, "fstps %4") X(fstp_m64, STORE, ONE, "fstpl %4") X(fistp_m16, TOINT, ONE, "fistps %4") \
    X(fistp_m32, TOINT, ONE, "fistpl %4") X(fistp_m64, TOINT, ONE, "fistpll %4") X(fbstp, TOINT, ONE, "fbstp %4") \
    X(fadd_m32, MEM32, ONE, "fadds %4") X(fmul_m32, MEM32, ONE, "fmuls %4") X(fdiv_m32, MEM32, ONE, "fdivs %4") \
    X(fcom_m32, MEM32, ONE, "fcoms %4") X(fsub_m64, MEM64, ONE, "fsubl %4") X(fdivr_m64, MEM64, ONE, "fdivrl %4") \
    X(fcom_m64, MEM64, ONE, "fcoml %4") X(fld1, NONE, NIL, "fld1") X(fldl2t, NONE, NIL, "fldl2t") \
    X(fldl2e, NONE, NIL, "fldl2e") X(fldpi, NONE, NIL, "fldpi") X(fldlg2, NONE, NIL, "fldlg2") \
    X(fldln2, NONE, NIL, "fldln2") X(fldz, NONE, NIL, "fldz") X(f2xm1, SMALL, ONE, "f2xm1") \
    X(fyl2x, NEAR1, TWO, "fyl2x") X(fyl2xp1, LOGP1, TWO, "fyl2xp1") X(fsin, TRIG, ONE, "fsin") X(fcos, TRIG, ONE, "fcos") \
    X(fsincos, TRIG, ONE, "fsincos") X(fptan, TRIG, ONE, "fptan") X(fpatan, BINARY, TWO, "fpatan") \
    X(fsubr, BINARY, TWO, "fsubr %%st(1), %%st") X(fdivr, BINARY, TWO, "fdivr %%st(1), %%st")
#define X(name, kind, setup, insn) DEF(name, setup, insn)
OPS(X)
#undef X
static const struct { const char *name; enum kind kind; void (*run)(void); } ops[] = {
#define X(name, kind, setup, insn) { #name, kind, run_##name },
    OPS(X)
};
#define OP_COUNT (sizeof ops / sizeof ops[0])

/* A significand: random, few bits, many trailing zeros, halfway cases of 24, 53 and 64 bits. */
static uint64_t random_significand(void) {
    uint64_t m = next64();
    switch (below(10)) {
    case 0: m = 0; break;
    case 1: m = ~0ULL; break;
    case 2: m = 1ULL << below(64); break;
    case 3: m = ~0ULL << below(64); break;
    case 4: m &= ~0ULL << below(64); break;
    case 5: m = (m & (~0ULL << 40)) | (1ULL << 39) | (uint64_t)(below(3) == 0); break;
    case 6: m = (m & (~0ULL << 11)) | (1ULL << 10) | (uint64_t)(below(3) == 0); break;
    }
    return m | 1ULL << 63;
}
static struct f80 make(unsigned sign, int exp, uint64_t m) {
    struct f80 v = { m, (uint16_t)(sign << 15 | (unsigned)exp) };
    return v;
}
static struct f80 special(void) {
    uint64_t m = random_significand();
    unsigned s = below(2), top = below(2);
    switch (below(16)) {
    case 0: case 1: return make(s, 0, 0);
    case 2: case 3: return make(s, 0x7fff, 1ULL << 63);
    case 4: return make(s, 0x7fff, m | 3ULL << 62);                         /* quiet NaN */
    case 5: return make(s, 0x7fff, (m & ~(1ULL << 62)) | (m == 1ULL << 63)); /* signalling NaN */
    case 6: return make(s, 0x7fff, (3ULL << 62) | below(4));
    case 7: return make(s, 0x7fff, (2ULL << 62) | (1 + below(4)));
    case 8: case 9: return make(s, 0, (m << 1 | 1) >> (1 + below(63)));     /* denormal */
    case 10: return make(s, 0, m);                                          /* pseudo-denormal */
    case 11: return make(s, (int)(1 + below(0x7ffe)), m & ~(1ULL << 63));   /* unnormal */
    case 12: return make(s, 0x7fff, top ? 0 : m & ~(1ULL << 63));           /* pseudo-infinity, pseudo-NaN */
    case 13: return make(s, 1, m);
    case 14: return make(s, 0x7ffe, m);
    default: return make(s, 0x3fff, 1ULL << 63);
    }
}
static struct f80 number(void) {
    int e;
    switch (below(6)) {
    case 0: e = (int)(1 + below(0x7ffe)); break;
    case 1: e = 0x3fff; break;
    case 2: e = (int)(1 + below(80)); break;
    case 3: e = 0x7ffe - (int)below(80); break;
    default: e = 0x3fff - 70 + (int)below(140);
    }
    return make(below(2), e, random_significand());
}
static struct f80 operand(void) { return below(5) == 0 ? special() : number(); }
/* A second operand in relation to the first: near exponent, a few ulps away, equal, opposite, complementary exponent. */
static struct f80 related(struct f80 a) {
    int e = a.se & 0x7fff, f;
    struct f80 b = operand();
    switch (below(8)) {
    case 0: case 1: f = e + (int)below(135) - 67; break;
    case 2: f = e; b.m = a.m; if (below(2)) b.m += below(5) - 2; break;
    case 3: f = e + (int)below(3) - 1; break;
    case 4: f = 0x7ffe - e + (int)below(130) - 65; break;          /* product near the middle */
    case 5: f = 0x3fff - e + (int)below(140) - 70; break;          /* product near the smallest */
    case 6: f = e + 0x3fff - (int)below(140) + 70; break;          /* quotient near the smallest or largest */
    default: return b;
    }
    if (f < 0 || f > 0x7ffe || (b.se & 0x7fff) == 0 || (b.se & 0x7fff) == 0x7fff) return b;
    b.se = (uint16_t)((b.se & 0x8000) | f);
    return b;
}
static struct f80 exponents(int low, int high) { /* 2^low .. 2^(high+1) */
    return make(below(2), 0x3fff + low + (int)below((unsigned)(high - low + 1)), random_significand());
}
static struct f80 integerish(void) {
    if (below(6) == 0) return operand();
    struct f80 v = exponents(-3, 66);
    if (below(4) == 0) v = exponents(-3, 20);
    int bit = 63 - ((v.se & 0x7fff) - 0x3fff); /* position of the unit bit */
    switch (below(4)) {
    case 0: if (bit > 0 && bit < 64) v.m &= ~0ULL << bit; break;
    case 1: if (bit > 0 && bit < 64) v.m = (v.m & (~0ULL << bit)) | 1ULL << (bit - 1); break;
    case 2: if (bit > 0 && bit < 64) v.m |= ~(~0ULL << bit); break;
    }
    v.m |= 1ULL << 63;
    if (below(16) == 0) v.m = ~0ULL << below(64), v.se = (uint16_t)((v.se & 0x8000) | (0x3fff + 13 + (int)below(3) + 16 * (int)below(4)));
    return v;
}
static struct f80 bcd_limit(void) { /* near 10^18, the first integer that FBSTP cannot store */
    struct f80 v = make(below(2), 0x3fff + 59, (1000000000000000000ULL << 4) + below(33) - 16);
    return v;
}
static void memory_f32(uint8_t *to) {
    uint32_t v = (uint32_t)next64();
    static const uint32_t s[] = { 0, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fbfffff, 1, 0x7fffff, 0x800000, 0x3f800000, 0x7fc12345, 0x7f812345 };
    switch (below(4)) { case 0: v = s[below(11)] | (v & 0x80000000); break; case 1: v &= 0x807fffff; break;
    case 2: v = (v & 0x807fffff) | (0x3f800000 + (below(64) - 32) * 0x800000); }
    memcpy(to, &v, 4);
}
static void memory_f64(uint8_t *to) {
    uint64_t v = next64(), sign = v & 1ULL << 63;
    static const uint64_t s[] = { 0, 0x7ff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001, 0x7ff7ffffffffffff, 1,
        0xfffffffffffff, 0x10000000000000, 0x3ff0000000000000, 0x7ff8123456789abc, 0x7ff0123456789abc };
    switch (below(4)) { case 0: v = s[below(11)] | sign; break; case 1: v &= 0x800fffffffffffff; break;
    case 2: v = (v & 0x800fffffffffffff) | (0x3ff0000000000000 + (uint64_t)(below(64) - 32) * 0x10000000000000); }
    memcpy(to, &v, 8);
}
static struct f80 around(int exp, int spread) { /* rounding boundaries of a narrower format */
    return make(below(2), exp + (int)below((unsigned)(2 * spread)) - spread, random_significand());
}

static void operands(enum kind kind) {
    A = operand(), B = related(A);
    memset(mem, 0, sizeof mem);
    switch (kind) {
    case REM: {
        if (below(4)) A = number(), B = number();
        int e = (A.se & 0x7fff) - (int)below(140) + 6;
        if (below(4) && e > 0 && e < 0x7fff && (B.se & 0x7fff) && (B.se & 0x7fff) != 0x7fff) B.se = (uint16_t)((B.se & 0x8000) | e);
        break;
    }
    case SCALE: if (below(3)) B = below(2) ? exponents(-2, 16) : integerish(); break;
    case TOINT: A = below(8) ? integerish() : bcd_limit(); break;
    case UNARY: if (below(8) == 0) A = make(below(2), (int)below(0x8000), random_significand()); break;
    case NEAR1:
        switch (below(4)) {
        case 0: A = make(0, 0x3ffe + below(2), random_significand()); break;
        case 1: A = make(0, 0x3fff, 1ULL << 63 | next64() >> (1 + below(63))); break;
        case 2: A = make(0, 0x3ffe, ~(next64() >> (1 + below(63)))); break;
        }
        if (below(2)) A.se &= 0x7fff;
        break;
    case LOGP1: if (below(6)) A = below(4) ? exponents(-70, -3) : exponents(-70, -2); break;
    case SMALL: if (below(6)) A = below(2) ? exponents(-70, -1) : exponents(-3, -1); if (below(32) == 0) A = make(below(2), 0x3fff, 1ULL << 63); break;
    case TRIG: if (below(6)) A = below(3) == 0 ? exponents(-40, 0) : exponents(-3, 64); break;
    case LOAD: { uint8_t x[8]; memory_f32(x), memory_f64(mem);
        if (below(2)) memcpy(mem, x, 4); else if (below(2)) { uint64_t v = next64() >> below(64); memcpy(mem, &v, 8); } break; }
    case BCD: for (int i = 0; i < 10; i++) mem[i] = (uint8_t)(below(10) << 4 | below(10));
        for (int i = 9 - (int)below(10); i < 9; i++) if (below(3) == 0) mem[i] = 0;
        mem[9] = (uint8_t)(below(2) << 7); if (below(16) == 0) mem[9] |= (uint8_t)below(128); break;
    case STORE: switch (below(6)) {
        case 0: A = around(0x3fff - 126, 26); break; case 1: A = around(0x3fff - 1022, 56); break;
        case 2: A = around(0x3fff + 127, 3); break; case 3: A = around(0x3fff + 1023, 3); break; } break;
    case MEM32: memory_f32(mem); break;
    case MEM64: memory_f64(mem); break;
    default: break;
    }
    if (kind == MEM32 || kind == MEM64) memset(&B, 0, 10), memcpy(&B, mem, 8);
    if (kind == LOAD || kind == BCD) memcpy(&A, mem, 10), memset(&B, 0, 10);
    if (kind == UNARY || kind == TOINT || kind == TRIG || kind == SMALL || kind == STORE) memset(&B, 0, 10);
    if (kind == NONE) memset(&A, 0, 10), memset(&B, 0, 10);
    if (kind == STORE || kind == TOINT) memset(mem, 0xA5, sizeof mem);
}

static void emit(unsigned op) {
    uint8_t out[48] = { 0 };
    uint16_t top = (uint16_t)(area.sw >> 11 & 7), sw = (uint16_t)area.sw, id = (uint16_t)op;
    int store = ops[op].kind == STORE || (ops[op].kind == TOINT && strcmp(ops[op].name, "frndint") != 0);
    memcpy(out, &id, 2), memcpy(out + 2, &cw, 2), memcpy(out + 4, &A, 10), memcpy(out + 14, &B, 10);
    memcpy(out + 24, store ? (void *)mem : (void *)&area.st[0], 10);
    if (!store && (top == 6 || top == 5)) memcpy(out + 34, &area.st[1], 10);
    memcpy(out + 44, &sw, 2), memcpy(out + 46, &top, 2);
    fwrite(out, 48, 1, stdout);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (unsigned i = 0; i < OP_COUNT; i++) puts(ops[i].name);
        return 0;
    }
    if (argc != 4) return fprintf(stderr, "usage: silicon OP SEED COUNT | --list\n"), 2;
    unsigned op = 0;
    while (op < OP_COUNT && strcmp(ops[op].name, argv[1]) != 0) op++;
    if (op == OP_COUNT) return fprintf(stderr, "silicon: no op %s\n", argv[1]), 2;
    seed = strtoull(argv[2], 0, 0) * 0x9E3779B97F4A7C15ULL + op + 1;
    for (long n = atol(argv[3]); n > 0; n--) {
        static const uint16_t precisions[] = { 3, 3, 3, 2, 0 };
        operands(ops[op].kind);
        cw = (uint16_t)(0x40 | precisions[below(5)] << 8 | below(4) << 10 | (below(4) ? 0x3f : below(64)));
        ops[op].run();
        emit(op);
    }
    return 0;
}

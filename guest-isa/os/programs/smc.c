/*
 * smc [ROUNDS]: code that changes itself while it runs. Immediates, opcodes,
 * jump displacements, the next instruction, stores that change nothing, a body
 * replaced by rep movsb (smc.S); and here: functions copied to new places, a
 * callee rewritten between calls, an instruction across a page boundary.
 */
#include "pupa.h"

static const struct known known[] = { { 5000, 0x75ea7146 }, { 50000, 0xa69373df }, { 500000, 0x5bd8ff2d }, { 0, 0 } };
u32 patch_immediate(u32), patch_opcode(u32), patch_next(u32), patch_jump(u32), patch_silent(u32), patch_string(u32);

static u32 left(u32 x, u32 n) { return x << n | x >> (32 - n); }

static u32 want_immediate(u32 n)
{
    u32 total = 0;
    for (u32 i = 0; i < n; i++)
        total += 1 + 3 * i;
    return total;
}

static u32 want_opcode(u32 n)
{
    u32 a = 0, d = 0x12345;
    for (; n; n--, d = left(d, 3))
        a = (n & 3) == 0 ? a + d : (n & 3) == 1 ? a - d : (n & 3) == 2 ? a ^ d : a | d;
    return a;
}

static u32 want_next(u32 n)
{
    u32 a = 1000;
    for (u32 i = 0; n; n--, i++)
        a += (i & 1 ? 1 : -1u) + n;
    return a;
}

static u32 want_jump(u32 n)
{
    u32 total = 0;
    for (u32 i = 0; i < n; i++)
        total += i % 3 == 0 ? 1 : i % 3 == 1 ? 100 : 10000;
    return total;
}

static u32 want_silent(u32 n)
{
    u32 a = 0;
    for (u8 value = 0x42; n; n--) {
        a = left(a ^ value, 5) + n;
        value += (n & 63) == 0;
    }
    return a;
}

static u32 want_string(u32 n)
{
    u32 a = 1;
    for (; n; n--)
        a = n & 1 ? left(a * 5, 31) + 9 : (3 * a + 7) ^ n;
    return a;
}

/* mov $value, %eax; ret - written to a place and called */
static u32 write_and_call(u8 *place, u32 value)
{
    place[0] = 0xb8;
    memcpy(place + 1, &value, 4);
    place[5] = 0xc3;
    return ((u32 (*)(void))place)();
}

/* add 4(%esp), %eax style leaf: mov 4(%esp), %eax; op $immediate, %eax; ret */
static u32 rewritten_callee(u8 *place, u32 rounds)
{
    static const u8 operations[] = { 0x05, 0x2d, 0x35, 0x25, 0x0d };   /* add sub xor and or */
    static const u8 start[] = { 0x8b, 0x44, 0x24, 0x04 };
    u32 (*callee)(u32) = (u32 (*)(u32))place, value = 1;
    memcpy(place, start, 4);
    place[9] = 0xc3;
    for (u32 i = 0; i < rounds; i++) {
        u32 immediate = i * 0x01000193u;
        place[4] = operations[i % 5];
        memcpy(place + 5, &immediate, 4);
        value = left(callee(value), 1) + callee(i);
    }
    return value;
}

static u32 want_callee(u32 rounds)
{
    u32 value = 1;
    for (u32 i = 0; i < rounds; i++) {
        u32 m = i * 0x01000193u, r[2], in[2] = { value, i };
        for (int k = 0; k < 2; k++)
            r[k] = i % 5 == 0 ? in[k] + m : i % 5 == 1 ? in[k] - m : i % 5 == 2 ? in[k] ^ m : i % 5 == 3 ? in[k] & m
                                                                                                : in[k] | m;
        value = left(r[0], 1) + r[1];
    }
    return value;
}

static int moving_code(u8 *pages, u32 rounds)
{
    int good = 1;
    for (u32 i = 0; i < rounds; i++) {
        good = good && write_and_call(pages + i * 13 % 4000, i) == i;           /* ever new places */
        good = good && write_and_call(pages + 4096 - 3, ~i) == ~i;              /* across the page boundary */
    }
    return good;
}

int main(int argc, char *argv[])
{
    static const struct { u32 (*run)(u32), (*want)(u32); } tests[] = {
        { patch_immediate, want_immediate }, { patch_opcode, want_opcode }, { patch_next, want_next },
        { patch_jump, want_jump }, { patch_silent, want_silent }, { patch_string, want_string },
    };
    u32 n = number(argc > 1 ? argv[1] : NULL, 5000), sum = SUM_START;
    u8 *pages = map_pages(8192, PROT_READ | PROT_WRITE | PROT_EXEC);
    int good = pages != NULL;
    for (u32 i = 0; i < LENGTH(tests); i++) {
        u32 got = tests[i].run(n);
        good = good && got == tests[i].want(n);
        sum = mix(sum, got);
    }
    u32 last = good ? rewritten_callee(pages + 64, n / 4) : 0;
    good = good && last == want_callee(n / 4) && moving_code(pages, n / 4);
    return report("smc", good, known, n, mix(sum, last), "%u rounds of self-modifying code", n);
}

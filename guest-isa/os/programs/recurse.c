/*
 * recurse [N]: deep and wide recursion: fib(N), Ackermann(2, 20 N) and (3, 6),
 * the eight queens, the towers of Hanoi. Stresses call, ret and the stack.
 */
#include "pupa.h"

static const struct known known[] = { { 24, 0x2a92bad4 }, { 30, 0x3acee074 }, { 35, 0x5645bd4c }, { 0, 0 } };

static u32 __attribute__((noinline, noclone)) fib(u32 n)
{
    if (n < 2)
        return n;
    u32 a = fib(n - 1);
    return a + fib(n - 2);
}

static u32 __attribute__((noinline, optimize("no-optimize-sibling-calls"))) ackermann(u32 m, u32 n)
{
    if (m == 0)
        return n + 1;
    if (n == 0)
        return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

static u32 queens(u32 columns, u32 left, u32 right, u32 all)
{
    u32 count = 0;
    if (columns == all)
        return 1;
    for (u32 free = all & ~(columns | left | right); free; free &= free - 1) {
        u32 bit = free & -free;
        count += queens(columns | bit, (left | bit) << 1, (right | bit) >> 1, all);
    }
    return count;
}

static u32 hanoi(u32 n, u32 from, u32 to, u32 sum)
{
    if (n == 0)
        return sum;
    sum = hanoi(n - 1, from, 6 - from - to, sum);
    sum = mix(sum, from * 4 + to);
    return hanoi(n - 1, 6 - from - to, to, sum);
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 24);
    u32 f = fib(n), a = ackermann(2, 20 * n), b = ackermann(3, 6), q = queens(0, 0, 0, 255);
    u32 sum = mix(hanoi(n / 2 + 4, 1, 3, SUM_START), f);
    int good = a == 40 * n + 3 && b == 509 && q == 92;
    return report("recurse", good, known, n, mix(sum, a), "fib(%u)=%u, %u queens, Ackermann, Hanoi", n, f, q);
}

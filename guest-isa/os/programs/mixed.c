/*
 * mixed [ROUNDS]: hot code that shares its page, and its cache line, with data
 * that is written all the time: counters inside a loop (mixed.S), a table
 * behind a function in one page, and a stack in the page of the code that uses
 * it. Nothing here changes code.
 */
#include "pupa.h"

static const struct known known[] = { { 20000, 0xdd2f7529 }, { 200000, 0x448d0cc7 }, { 2000000, 0xde64c418 }, { 0, 0 } };
u32 counters_between(u32 rounds);
u32 on_stack(void *top, u32 (*f)(u32), u32 argument);
u32 recursive(u32 n);
extern const u8 recursive_end[];

static u32 want_counters(u32 rounds)
{
    static const u8 arm[8] = { 3, 4, 3, 4, 4, 3, 5, 3 };
    u32 a = 0, second = 0;
    for (u32 i = 1; i <= rounds; i++) {
        u32 which = arm[i & 7];
        if (which == 3)
            a += 3;
        else if (which == 4)
            second += a;
        else
            a = a << 7 | a >> 25;
    }
    return a ^ second;
}

/* mov 4(%esp), %eax; incl 64(page)(,%eax,4); ret - and the table is in the same page */
static u32 table_beside_code(u8 *page, u32 rounds)
{
    u32 *table = (u32 *)(page + 64), place = (u32)(size)table, sum = SUM_START, state = 3;
    static const u8 start[] = { 0x8b, 0x44, 0x24, 0x04, 0xff, 0x04, 0x85 };
    memcpy(page, start, sizeof start);
    memcpy(page + sizeof start, &place, 4);
    page[sizeof start + 4] = 0xc3;
    void (*count)(u32) = (void (*)(u32))page;
    for (u32 i = 0; i < rounds; i++)
        count(random_next(&state) >> 24);
    for (u32 i = 0; i < 256; i++)
        sum = mix(sum, table[i]);
    return sum;
}

static u32 want_table(u32 rounds)
{
    static u32 table[256];
    u32 sum = SUM_START, state = 3;
    for (u32 i = 0; i < rounds; i++)
        table[random_next(&state) >> 24]++;
    for (u32 i = 0; i < 256; i++)
        sum = mix(sum, table[i]);
    return sum;
}

static int stack_beside_code(u8 *page, u32 rounds)
{
    int good = 1;
    memcpy(page, (const void *)recursive, (size)(recursive_end - (const u8 *)recursive));
    for (u32 i = 0; i < rounds; i++) {
        u32 n = i % 60;
        good = good && on_stack(page + 4096, (u32 (*)(u32))page, n) == n * (n + 1) * (2 * n + 1) / 6;
    }
    return good;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 20000), a = counters_between(n), b;
    u8 *pages = map_pages(8192, PROT_READ | PROT_WRITE | PROT_EXEC);
    if (!pages)
        return 1;
    b = table_beside_code(pages, n);
    int good = a == want_counters(n) && b == want_table(n) && stack_beside_code(pages + 4096, n / 100);
    return report("mixed", good, known, n, mix(a, b), "%u rounds, code and data in one page", n);
}

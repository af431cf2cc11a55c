/*
 * pages [PAGES]: memory on demand: zeros at the first touch, a heap that grows
 * and shrinks, areas mapped, protected and unmapped, copy on write after fork,
 * a deep stack, and malloc in random sizes.
 */
#include "pupa.h"

#define PAGE 4096
static const struct known known[] = { { 64, 0x1ccb72d5 }, { 256, 0x86a8693d }, { 1024, 0x3060c718 }, { 0, 0 } };
static u32 sum = SUM_START;

static int zeros_then_pattern(u8 *area, u32 pages)
{
    for (u32 i = 0; i < pages; i++)
        for (u32 k = 0; k < PAGE; k += 512)
            if (area[i * PAGE + k])
                return 0;
    for (u32 i = 0; i < pages; i++)
        *(u32 *)(area + i * PAGE + i % 1000 * 4) = i * 77 + 1;
    for (u32 i = 0; i < pages; i++) {
        u32 v = *(u32 *)(area + i * PAGE + i % 1000 * 4);
        if (v != i * 77 + 1)
            return 0;
        sum = mix(sum, v);
    }
    return 1;
}

static int heap_end(u32 pages)
{
    u8 *start = set_heap_end(NULL);
    int good = set_heap_end(start + pages * PAGE) == start + pages * PAGE && zeros_then_pattern(start, pages);
    set_heap_end(start);
    set_heap_end(start + pages * PAGE);         /* fresh pages again */
    good = good && zeros_then_pattern(start, pages);
    return set_heap_end(start) == start && good;
}

static int areas(u32 pages)
{
    int good = 1;
    for (u32 round = 1; round <= 4; round++) {
        u8 *a = map_pages(pages * PAGE, PROT_READ | PROT_WRITE), *b = map_pages(round * PAGE, PROT_READ | PROT_WRITE);
        if (!a || !b)
            return 0;
        good = good && zeros_then_pattern(a, pages) && zeros_then_pattern(b, round);
        for (u32 i = 0; i < 12 && i < pages; i += 2)    /* every other page read-only, then one area again */
            good = good && protect_pages(a + i * PAGE, PAGE, PROT_READ) == 0;
        good = good && protect_pages(a, pages * PAGE, PROT_READ | PROT_WRITE) == 0;
        a[0] = a[(pages - 1) * PAGE] = 9;
        good = good && unmap_pages(a, pages * PAGE) == 0 && unmap_pages(b, round * PAGE) == 0;
    }
    return good;
}

static int copy_on_write(u32 pages)
{
    u8 *area = map_pages(pages * PAGE, PROT_READ | PROT_WRITE);
    int status = -1;
    for (u32 i = 0; i < pages; i++)
        area[i * PAGE] = (u8)i;
    int pid = fork();
    if (pid == 0) {
        u32 wrong = 0;
        for (u32 i = 0; i < pages; i++) {
            wrong += area[i * PAGE] != (u8)i;
            area[i * PAGE] = (u8)~i;
        }
        for (u32 i = 0; i < pages; i++)
            wrong += area[i * PAGE] != (u8)~i;
        exit(wrong ? 1 : 42);
    }
    for (u32 i = 0; i < pages; i += 2)
        area[i * PAGE] += 3;
    wait_for(pid, &status, 0);
    for (u32 i = 0; i < pages; i++)
        if (area[i * PAGE] != (u8)(i + (i % 2 ? 0 : 3)))
            return 0;
    return status == 42 && unmap_pages(area, pages * PAGE) == 0;
}

static u32 __attribute__((noinline)) deep(u32 n)
{
    volatile u32 room[200];
    room[n % 200] = n;
    return n == 0 ? 0 : deep(n - 1) + room[n % 200];
}

static int allocations(u32 rounds)
{
    static struct { u8 *at; u32 bytes; u8 fill; } held[64];
    u32 state = 6;
    for (u32 i = 0; i < rounds; i++) {
        u32 r = random_next(&state), k = r % 64;
        for (u32 j = 0; j < held[k].bytes; j += 97)
            if (held[k].at[j] != held[k].fill)
                return 0;
        free(held[k].at);
        held[k].bytes = (r >> 8) % 3000 + 1;
        held[k].fill = (u8)(r >> 24);
        held[k].at = malloc(held[k].bytes);
        memset(held[k].at, held[k].fill, held[k].bytes);
        sum = mix(sum, held[k].bytes);
    }
    for (u32 k = 0; k < 64; k++)
        free(held[k].at);
    return 1;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 64);
    u32 levels = n < 400 ? 20 * n : 8000;       /* the stack ends at 8 MB */
    int good = heap_end(n) && areas(n) && copy_on_write(n) && deep(levels) == levels * (levels + 1) / 2;
    good = allocations(20 * n) && good;
    return report("pages", good, known, n, sum, "%u pages on demand, shared, protected", n);
}

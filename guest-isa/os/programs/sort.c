/*
 * sort [WORDS]: quicksort (recursion, data-dependent branches), heapsort
 * (strided access) and shell sort of the same numbers; all three must agree.
 */
#include "pupa.h"

static const struct known known[] = { { 20000, 0xab65032b }, { 100000, 0x0e354860 }, { 1000000, 0x7f7b1cfa }, { 0, 0 } };

static void insertion(u32 *a, int n)
{
    for (int i = 1; i < n; i++) {
        u32 v = a[i];
        int j = i;
        for (; j > 0 && a[j - 1] > v; j--)
            a[j] = a[j - 1];
        a[j] = v;
    }
}

static void swap(u32 *a, u32 *b)
{
    u32 t = *a;
    *a = *b;
    *b = t;
}

static void quick(u32 *a, int n)
{
    while (n > 12) {
        u32 *mid = a + n / 2, *last = a + n - 1;
        if (*mid < *a) swap(mid, a);
        if (*last < *a) swap(last, a);
        if (*last < *mid) swap(last, mid);
        u32 pivot = *mid;
        int i = 0, j = n - 1;
        while (i <= j) {
            while (a[i] < pivot) i++;
            while (a[j] > pivot) j--;
            if (i <= j)
                swap(&a[i++], &a[j--]);
        }
        quick(a, j + 1);
        a += i;
        n -= i;
    }
    insertion(a, n);
}

static void sift(u32 *a, u32 root, u32 n)
{
    u32 v = a[root], child;
    for (; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && a[child + 1] > a[child])
            child++;
        if (a[child] <= v)
            break;
        a[root] = a[child];
    }
    a[root] = v;
}

static void heap(u32 *a, u32 n)
{
    for (u32 i = n / 2; i-- > 0;)
        sift(a, i, n);
    for (u32 end = n - 1; end > 0; end--) {
        swap(&a[0], &a[end]);
        sift(a, 0, end);
    }
}

static void shell_sort(u32 *a, u32 n)
{
    u32 gap = 1;
    while (gap < n / 3)
        gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3)
        for (u32 i = gap; i < n; i++) {
            u32 v = a[i], j = i;
            for (; j >= gap && a[j - gap] > v; j -= gap)
                a[j] = a[j - gap];
            a[j] = v;
        }
}

static u32 *random_words(u32 n, u32 *total)
{
    u32 *a = malloc(n * sizeof *a), state = 2463534242u;
    for (u32 i = 0; i < n; i++)
        *total += a[i] = random_next(&state);
    return a;
}

static int is_sorted(const u32 *a, u32 n, u32 total)
{
    for (u32 i = 0; i < n; i++) {
        total -= a[i];
        if (i && a[i - 1] > a[i])
            return 0;
    }
    return total == 0;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 20000), totals[3] = { 0, 0, 0 }, sum = SUM_START;
    u32 *a = random_words(n, &totals[0]), *b = random_words(n, &totals[1]), *c = random_words(n, &totals[2]);
    quick(a, (int)n);
    heap(b, n);
    shell_sort(c, n);
    int good = is_sorted(a, n, totals[0]) && is_sorted(b, n, totals[1]) && is_sorted(c, n, totals[2]);
    for (u32 i = 0; i < n; i++)
        sum = mix(sum, a[i] + (b[i] ^ c[i]));
    return report("sort", good, known, n, sum, "%u words: quick, heap, shell sort", n);
}

/*
 * hash [KEYS]: a hash table with open addressing and linear probing: insert,
 * find (present and absent), delete by closing the gap, find again.
 */
#include "pupa.h"

static const struct known known[] = { { 30000, 0x7cab1280 }, { 100000, 0x32e3d17c }, { 1000000, 0x0703dc64 }, { 0, 0 } };
struct entry { u32 key, value; };
static struct entry *entries;
static u32 mask;

static u32 home(u32 key)
{
    key = (key ^ key >> 16) * 0x85ebca6bu;
    return (key ^ key >> 13) & mask;
}

static struct entry *find(u32 key)
{
    u32 i = home(key);
    while (entries[i].key && entries[i].key != key)
        i = (i + 1) & mask;
    return &entries[i];
}

static void insert(u32 key, u32 value)
{
    struct entry *e = find(key);
    e->key = key;
    e->value = e->value * 31 + value;
}

static void delete(u32 key)
{
    struct entry *e = find(key);
    if (!e->key)
        return;
    u32 gap = (u32)(e - entries), i = gap;
    for (;;) {
        i = (i + 1) & mask;
        if (!entries[i].key)
            break;
        if (((i - home(entries[i].key)) & mask) < ((i - gap) & mask))
            continue;                           /* it would move before its home */
        entries[gap] = entries[i];
        gap = i;
    }
    entries[gap] = (struct entry){ 0, 0 };
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 30000), slots = 64, sum = SUM_START, state = 99, hits = 0;
    while (slots < n + n / 3)
        slots *= 2;
    mask = slots - 1;
    entries = malloc(slots * sizeof *entries);
    memset(entries, 0, slots * sizeof *entries);
    for (u32 i = 0; i < n; i++)
        insert(random_next(&state), i);
    state = 99;
    for (u32 i = 0; i < n; i++) {
        u32 key = random_next(&state);
        sum = mix(sum, find(key)->value);
        if (i % 3 == 0)
            delete(key);
    }
    state = 99;
    for (u32 i = 0; i < n; i++) {
        u32 key = random_next(&state);
        hits += find(key)->key == key;
        hits += find(key ^ 0x10000)->key != 0;  /* almost always absent */
    }
    int good = hits >= n - (n + 2) / 3 && hits <= n - (n + 2) / 3 + n / 1000;
    return report("hash", good, known, n, mix(sum, hits), "%u keys in, a third out, %u found", n, hits);
}

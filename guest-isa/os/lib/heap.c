/*
 * malloc and free: first fit in a list of free blocks sorted by address,
 * neighbours joined when one is freed; the heap grows by 64 KB at a time.
 */
#include "pupa.h"

struct block { u32 bytes; struct block *next; };
#define HEADER 8
#define GROWTH 0x10000

static struct block *list;

static void give(struct block *b)
{
    struct block *before = NULL, *after = list;
    while (after && after < b)
        before = after, after = after->next;
    b->next = after;
    if (after && (char *)b + b->bytes == (char *)after) {
        b->bytes += after->bytes;
        b->next = after->next;
    }
    if (!before) {
        list = b;
    } else if ((char *)before + before->bytes == (char *)b) {
        before->bytes += b->bytes;
        before->next = b->next;
    } else {
        before->next = b;
    }
}

static int grow(u32 bytes)
{
    char *end = set_heap_end(NULL);
    u32 more = (bytes + GROWTH - 1) / GROWTH * GROWTH;
    if (set_heap_end(end + more) != end + more)
        return 0;
    struct block *b = (struct block *)end;
    b->bytes = more;
    give(b);
    return 1;
}

void *malloc(size bytes)
{
    u32 need = (bytes + HEADER + 15) & ~15u;
    do {
        for (struct block **at = &list; *at; at = &(*at)->next) {
            struct block *b = *at;
            if (b->bytes < need)
                continue;
            if (b->bytes >= need + 32) {
                struct block *rest = (struct block *)((char *)b + need);
                rest->bytes = b->bytes - need;
                rest->next = b->next;
                *at = rest;
                b->bytes = need;
            } else {
                *at = b->next;
            }
            return (char *)b + HEADER;
        }
    } while (grow(need));
    return NULL;
}

void free(void *block)
{
    if (block)
        give((struct block *)((char *)block - HEADER));
}

/*
 * Blocks of 16 to 2048 bytes in powers of two, cut from whole pages, and whole
 * pages. The caller remembers the size. Pages once cut stay cut.
 */
#include "kernel.h"

#define SMALLEST 16
#define CLASSES 8

struct block { struct block *next; };
static struct block *lists[CLASSES];

static int class_of(u32 size)
{
    int class = 0;
    while ((u32)SMALLEST << class < size)
        class++;
    return class;
}

void *kalloc(u32 size)
{
    int class = class_of(size);
    if (class >= CLASSES) {
        u32 frame = size <= PAGE_SIZE ? frame_alloc() : 0;
        return frame ? P2V(frame) : NULL;
    }
    u32 bytes = (u32)SMALLEST << class;
    if (!lists[class]) {
        u32 frame = frame_alloc();
        if (!frame)
            return NULL;
        for (u32 at = PAGE_SIZE; at; at -= bytes) {
            struct block *b = P2V(frame + at - bytes);
            b->next = lists[class];
            lists[class] = b;
        }
    }
    struct block *b = lists[class];
    lists[class] = b->next;
    memset(b, 0, bytes);
    return b;
}

void kfree(void *block, u32 size)
{
    int class = class_of(size);
    if (class >= CLASSES) {
        frame_free(V2P(block));
        return;
    }
    struct block *b = block;
    b->next = lists[class];
    lists[class] = b;
}

/*
 * Physical pages above the kernel and the modules, each with a count of its
 * users (pages are shared between parent and child until one writes). Pages
 * are handed out in rising order first, so memory that is not needed is never
 * touched; pages given back are used again before new ones.
 */
#include "kernel.h"

static u16 *users;                              /* indexed by page number */
static u32 next_fresh, memory_end, first_frame;
static u32 free_list, free_count;               /* linked through the first word of each page */

void frames_init(u32 first, u32 end)
{
    users = P2V(first);
    u32 bytes = end / PAGE_SIZE * sizeof *users;
    memset(users, 0, bytes);
    first_frame = next_fresh = ROUND_UP(first + bytes, PAGE_SIZE);
    memory_end = end;
}

u32 frame_alloc(void)
{
    u32 frame = free_list;
    if (frame) {
        free_list = *(u32 *)P2V(frame);
        free_count--;
    } else if (next_fresh < memory_end) {
        frame = next_fresh;
        next_fresh += PAGE_SIZE;
    } else {
        return 0;
    }
    users[frame / PAGE_SIZE] = 1;
    memset(P2V(frame), 0, PAGE_SIZE);
    return frame;
}

void frame_share(u32 frame)
{
    users[frame / PAGE_SIZE]++;
}

void frame_free(u32 frame)
{
    if (users[frame / PAGE_SIZE] == 0)
        panic("page %08x freed twice", frame);
    if (--users[frame / PAGE_SIZE])
        return;
    *(u32 *)P2V(frame) = free_list;
    free_list = frame;
    free_count++;
}

int frame_users(u32 frame)
{
    return users[frame / PAGE_SIZE];
}

u32 frames_total(void)
{
    return (memory_end - first_frame) / PAGE_SIZE;
}

u32 frames_left(void)
{
    return (memory_end - next_fresh) / PAGE_SIZE + free_count;
}

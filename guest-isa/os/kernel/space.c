/*
 * The user half of an address space: regions say what a process may touch;
 * pages appear filled with zeros at the first touch; fork shares them until
 * one side writes (PTE_COPY).
 */
#include "kernel.h"
#include "x86.h"

int space_init(struct space *s)
{
    memset(s, 0, sizeof *s);
    s->directory = directory_new();
    return s->directory ? 0 : -E_NOMEM;
}

void space_free(struct space *s)
{
    if (s->directory)
        directory_free(s->directory);
    s->directory = NULL;
}

static struct region *region_at(struct space *s, u32 address)
{
    for (struct region *r = s->regions; r < s->regions + REGIONS; r++)
        if (address >= r->start && address < r->end)
            return r;
    return NULL;
}

int space_add(struct space *s, u32 start, u32 end, u32 prot)
{
    struct region *empty = NULL;
    for (struct region *r = s->regions; r < s->regions + REGIONS; r++) {
        if (r->start == r->end) {
            empty = empty ? empty : r;
        } else if (r->prot == prot && r->end == start) {
            r->end = end;
            return 0;
        } else if (r->prot == prot && r->start == end) {
            r->start = start;
            return 0;
        }
    }
    if (!empty)
        return -E_NOMEM;
    *empty = (struct region){ start, end, prot };
    return 0;
}

/*
 * Cuts start..end out of every region; a region cut in the middle becomes two.
 * Then start..end may become a region of its own. All of it, or nothing.
 */
static int carve(struct space *s, u32 start, u32 end, int add, u32 prot)
{
    struct region before[REGIONS];
    int error = 0;
    memcpy(before, s->regions, sizeof before);
    for (struct region *r = s->regions; r < s->regions + REGIONS; r++) {
        struct region old = *r;
        if (old.end <= start || old.start >= end)
            continue;
        *r = (struct region){ old.start, old.start < start ? start : old.start, old.prot };
        if (old.end > end)
            error |= space_add(s, end, old.end, old.prot);
    }
    if (add)
        error |= space_add(s, start, end, prot);
    if (error)
        memcpy(s->regions, before, sizeof before);
    return error ? -E_NOMEM : 0;
}

u32 space_find_hole(struct space *s, u32 size)
{
    u32 start = USER_MAP_LOW;
    for (struct region *r = s->regions; r < s->regions + REGIONS; r++)
        if (r->start != r->end && r->end > start && r->start < start + size) {
            start = r->end;                     /* behind this one, and look again from the first */
            r = s->regions - 1;
        }
    return start + size <= USER_MAP_HIGH ? start : 0;
}

int space_remove(struct space *s, u32 start, u32 end)
{
    if (carve(s, start, end, 0, 0) < 0)
        return -E_NOMEM;
    for (u32 at = start; at < end; at += PAGE_SIZE) {
        u32 *entry = page_entry(s->directory, at, 0);
        if (!entry || !*entry)
            continue;
        frame_free(ROUND_DOWN(*entry, PAGE_SIZE));
        *entry = 0;
        invlpg(at);
    }
    return 0;
}

/* What the entry of a page allows, given the region and who else uses the page. */
static u32 rights(u32 frame, u32 prot)
{
    u32 flags = prot == PROT_NONE ? PTE_KEPT : PTE_PRESENT | PTE_USER;
    if (prot & PROT_WRITE)
        flags |= frame_users(frame) > 1 ? PTE_COPY : PTE_WRITE;
    return flags;
}

int space_protect(struct space *s, u32 start, u32 end, u32 prot)
{
    for (u32 at = start; at < end; at += PAGE_SIZE)
        if (!region_at(s, at))
            return -E_INVAL;
    if (carve(s, start, end, 1, prot) < 0)
        return -E_NOMEM;
    for (u32 at = start; at < end; at += PAGE_SIZE) {
        u32 *entry = page_entry(s->directory, at, 0);
        if (!entry || !*entry)
            continue;
        u32 frame = ROUND_DOWN(*entry, PAGE_SIZE);
        *entry = frame | rights(frame, prot);
        invlpg(at);
    }
    return 0;
}

u32 space_set_heap(struct space *s, u32 end)
{
    u32 old = ROUND_UP(s->heap_end, PAGE_SIZE), new = ROUND_UP(end, PAGE_SIZE);
    if (end < s->heap_start || new > USER_MAP_LOW)
        return s->heap_end;
    if (new > old && space_add(s, old, new, PROT_READ | PROT_WRITE) < 0)
        return s->heap_end;
    if (new < old)
        space_remove(s, new, old);
    s->heap_end = end;
    return end;
}

static int copy_page(u32 *entry, u32 address, u32 prot)
{
    u32 frame = ROUND_DOWN(*entry, PAGE_SIZE);
    if (frame_users(frame) > 1) {
        u32 copy = frame_alloc();
        if (!copy)
            return -E_NOMEM;
        memcpy(P2V(copy), P2V(frame), PAGE_SIZE);
        frame_free(frame);
        frame = copy;
    }
    *entry = frame | rights(frame, prot);
    invlpg(address);
    return 0;
}

/* Makes the page at an address usable, as the page fault asks; -E_FAULT if it must not be. */
int space_touch(struct space *s, u32 address, int write)
{
    struct region *r = region_at(s, address);
    if (!r || r->prot == PROT_NONE || (write && !(r->prot & PROT_WRITE)))
        return -E_FAULT;
    u32 *entry = page_entry(s->directory, address, 1);
    if (!entry)
        return -E_NOMEM;
    if (*entry & PTE_PRESENT)
        return write && (*entry & PTE_COPY) ? copy_page(entry, ROUND_DOWN(address, PAGE_SIZE), r->prot) : 0;
    u32 frame = frame_alloc();
    if (!frame)
        return -E_NOMEM;
    *entry = frame | rights(frame, r->prot);
    return 0;
}

static int copy_table(u32 *to, u32 base, u32 *table)
{
    for (u32 j = 0; j < 1024; j++) {
        if (!table[j])
            continue;
        u32 *entry = page_entry(to, base + j * PAGE_SIZE, 1);
        if (!entry)
            return -E_NOMEM;
        if (table[j] & PTE_WRITE)
            table[j] = (table[j] & ~(u32)PTE_WRITE) | PTE_COPY;
        frame_share(ROUND_DOWN(table[j], PAGE_SIZE));
        *entry = table[j];
    }
    return 0;
}

int space_copy(struct space *to, struct space *from)
{
    u32 *directory = directory_new();
    if (!directory)
        return -E_NOMEM;
    *to = *from;
    to->directory = directory;
    int error = 0;
    for (u32 i = 0; i < KERNEL_BASE >> 22 && !error; i++)
        if (from->directory[i] & PTE_PRESENT)
            error = copy_table(directory, i << 22, P2V(ROUND_DOWN(from->directory[i], PAGE_SIZE)));
    write_cr3(V2P(from->directory));            /* the parent's pages are read-only from now on */
    if (error)
        space_free(to);
    return error;
}

u32 space_pages(struct space *s)
{
    u32 pages = 0;
    for (u32 i = 0; s->directory && i < KERNEL_BASE >> 22; i++) {
        u32 *table = P2V(ROUND_DOWN(s->directory[i], PAGE_SIZE));
        for (u32 j = 0; (s->directory[i] & PTE_PRESENT) && j < 1024; j++)
            pages += table[j] != 0;
    }
    return pages;
}

/* May the current process read (write) these bytes? Brings the pages in. */
int user_range(const void *pointer, u32 size, int write)
{
    u32 start = (u32)pointer, end = start + size;
    if (end < start || end > USER_TOP)
        return 0;
    for (u32 at = ROUND_DOWN(start, PAGE_SIZE); at < end; at += PAGE_SIZE)
        if (space_touch(&current->space, at, write) < 0)
            return 0;
    return 1;
}

/* Copies a text out of user memory; its length, or a negative error. */
int user_text(const char *pointer, char *to, u32 size)
{
    for (u32 n = 0; n < size; n++) {
        if ((n == 0 || ((u32)(pointer + n) & (PAGE_SIZE - 1)) == 0) && !user_range(pointer + n, 1, 0))
            return -E_FAULT;
        to[n] = pointer[n];
        if (!to[n])
            return (int)n;
    }
    return -E_2BIG;
}

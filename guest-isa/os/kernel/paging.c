/*
 * Page directories (IA-32 manual vol. 3, ch. 3). The kernel half maps all
 * memory at KERNEL_BASE, with 4 MB pages where PSE is announced, global where
 * PGE is; it is built once and its entries are copied into every directory.
 */
#include "kernel.h"
#include "x86.h"

#define KERNEL_FIRST (KERNEL_BASE >> 22)
#define LARGE_PAGE 0x400000

static u32 kernel_directory[1024] __attribute__((aligned(PAGE_SIZE)));

static void map_small(u32 start, u32 flags)
{
    u32 table = frame_alloc();
    u32 *entries = P2V(table);
    for (u32 i = 0; i < 1024; i++)
        entries[i] = (start + i * PAGE_SIZE) | flags;
    kernel_directory[KERNEL_FIRST + start / LARGE_PAGE] = table | PTE_PRESENT | PTE_WRITE;
}

void paging_init(u32 memory_end)
{
    u32 flags = PTE_PRESENT | PTE_WRITE | (cpu_has_pge ? PTE_GLOBAL : 0);
    for (u32 start = 0; start < memory_end; start += LARGE_PAGE) {
        if (cpu_has_pse)
            kernel_directory[KERNEL_FIRST + start / LARGE_PAGE] = start | flags | PTE_LARGE;
        else
            map_small(start, flags);
    }
    use_kernel_directory();
    u32 cr4 = read_cr4() & ~(u32)CR4_PSE;
    write_cr4(cr4 | (cpu_has_pse ? CR4_PSE : 0) | (cpu_has_pge ? CR4_PGE : 0));
}

void use_kernel_directory(void)
{
    write_cr3(V2P(kernel_directory));
}

u32 *directory_new(void)
{
    u32 frame = frame_alloc();
    if (!frame)
        return NULL;
    u32 *directory = P2V(frame);
    memcpy(directory + KERNEL_FIRST, kernel_directory + KERNEL_FIRST, (1024 - KERNEL_FIRST) * 4);
    return directory;
}

void directory_free(u32 *directory)
{
    for (u32 i = 0; i < KERNEL_FIRST; i++) {
        if (!(directory[i] & PTE_PRESENT))
            continue;
        u32 *table = P2V(ROUND_DOWN(directory[i], PAGE_SIZE));
        for (u32 j = 0; j < 1024; j++)
            if (table[j])
                frame_free(ROUND_DOWN(table[j], PAGE_SIZE));
        frame_free(ROUND_DOWN(directory[i], PAGE_SIZE));
    }
    frame_free(V2P(directory));
}

/* The entry that maps a user address; NULL when there is no table (and none could be made). */
u32 *page_entry(u32 *directory, u32 address, int create)
{
    u32 *slot = &directory[address >> 22];
    if (!(*slot & PTE_PRESENT)) {
        u32 table = create ? frame_alloc() : 0;
        if (!table)
            return NULL;
        *slot = table | PTE_PRESENT | PTE_WRITE | PTE_USER;
    }
    u32 *table = P2V(ROUND_DOWN(*slot, PAGE_SIZE));
    return &table[address >> 12 & 1023];
}

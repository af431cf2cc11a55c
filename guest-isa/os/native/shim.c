/* What the programs need beyond libc when they run natively under Linux. */
#include <sys/mman.h>
#include <stddef.h>

void *map_pages(unsigned bytes, unsigned protection)
{
    void *p = mmap(NULL, bytes, (int)protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

int protect_pages(void *address, unsigned bytes, unsigned protection)
{
    return mprotect(address, bytes, (int)protection);
}

int unmap_pages(void *address, unsigned bytes)
{
    return munmap(address, bytes);
}

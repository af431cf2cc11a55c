/* The few functions of the C library that the kernel and its compiler need. */
#include "kernel.h"

void *memcpy(void *to, const void *from, u32 size)
{
    void *result = to;
    u32 words = size / 4;
    asm volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    size &= 3;
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    return result;
}

void *memset(void *to, int value, u32 size)
{
    void *result = to;
    u32 pattern = (u8)value * 0x01010101u, words = size / 4;
    asm volatile("rep stosl" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    size &= 3;
    asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(pattern) : "memory");
    return result;
}

int memcmp(const void *a, const void *b, u32 size)
{
    const u8 *x = a, *y = b;
    for (; size; size--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

u32 strlen(const char *text)
{
    u32 n = 0;
    while (text[n])
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (u8)*a - (u8)*b;
}

/* Copies with an end mark even where it must cut. */
void copy_text(char *to, const char *from, u32 size)
{
    while (size > 1 && *from)
        *to++ = *from++, size--;
    *to = 0;
}

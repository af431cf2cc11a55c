/* Memory and text functions; gcc itself calls the first four. */
#include "pupa.h"

void *memcpy(void *to, const void *from, size bytes)
{
    void *result = to;
    size words = bytes / 4;
    asm volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    bytes &= 3;
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    return result;
}

void *memmove(void *to, const void *from, size bytes)
{
    if (to <= from || (char *)to >= (const char *)from + bytes)
        return memcpy(to, from, bytes);
    char *t = (char *)to + bytes - 1;
    const char *f = (const char *)from + bytes - 1;
    asm volatile("std; rep movsb; cld" : "+D"(t), "+S"(f), "+c"(bytes) : : "memory");
    return to;
}

void *memset(void *to, int value, size bytes)
{
    void *result = to;
    u32 pattern = (u8)value * 0x01010101u;
    size words = bytes / 4;
    asm volatile("rep stosl" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    bytes &= 3;
    asm volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(pattern) : "memory");
    return result;
}

int memcmp(const void *a, const void *b, size bytes)
{
    const u8 *x = a, *y = b;
    for (; bytes; bytes--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size strlen(const char *text)
{
    size n = 0;
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

int strncmp(const char *a, const char *b, size bytes)
{
    for (; bytes && *a && *a == *b; bytes--)
        a++, b++;
    return bytes ? (u8)*a - (u8)*b : 0;
}

char *strchr(const char *text, int c)
{
    for (; *text != (char)c; text++)
        if (!*text)
            return NULL;
    return (char *)text;
}

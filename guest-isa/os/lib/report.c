/* The result line of a test program. */
#include "pupa.h"

static const char *verdict(int good, const struct known *known, u32 size, u32 sum)
{
    for (; known && known->size; known++)
        if (known->size == size)
            return good && known->sum == sum ? "PASS" : "FAIL";
    return good ? "PASS (size not listed)" : "FAIL";
}

int report(const char *name, int good, const struct known *known, u32 size, u32 sum, const char *detail, ...)
{
    char text[80];
    const char *result = verdict(good, known, size, sum);
    __builtin_va_list list;
    __builtin_va_start(list, detail);
    format_list(text, sizeof text, detail, list);
    __builtin_va_end(list);
    print("%-9s %-46s %08x %s\n", name, text, sum, result);
    return result[0] == 'P' ? 0 : 1;
}

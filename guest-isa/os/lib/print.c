/* Formatted output: the conversions that pupa.h names, nothing else. */
#include "pupa.h"

typedef __builtin_va_list va_list;

struct sink { char *at, *end; };

static void put(struct sink *s, char c)
{
    if (s->at < s->end)
        *s->at++ = c;
}

static void put_padded(struct sink *s, const char *text, int length, int width, int left, char pad)
{
    for (int i = length; !left && i < width; i++)
        put(s, pad);
    for (int i = 0; i < length; i++)
        put(s, text[i]);
    for (int i = length; left && i < width; i++)
        put(s, ' ');
}

static int digits(char *end, u64 value, u32 base)
{
    int n = 0;
    do {
        *--end = "0123456789abcdef"[value % base];
        value /= base;
        n++;
    } while (value);
    return n;
}

static void put_number(struct sink *s, char kind, u64 value, int negative, int width, int left, char pad)
{
    char buffer[24];
    int n = digits(buffer + sizeof buffer, value, kind == 'x' ? 16 : 10);
    if (negative)
        buffer[sizeof buffer - (u32)++n] = '-';
    put_padded(s, buffer + sizeof buffer - n, n, width, left, pad);
}

static void convert(struct sink *s, const char *format, va_list list)
{
    for (; *format; format++) {
        if (*format != '%') {
            put(s, *format);
            continue;
        }
        int left = 0, width = 0, longs = 0;
        char pad = ' ';
        for (format++; *format == '-' || *format == '0'; format++) {
            if (*format == '-')
                left = 1;
            else
                pad = '0';
        }
        for (; *format >= '0' && *format <= '9'; format++)
            width = width * 10 + *format - '0';
        for (; *format == 'l'; format++)
            longs++;
        if (*format == 's') {
            const char *text = __builtin_va_arg(list, const char *);
            put_padded(s, text, (int)strlen(text), width, left, ' ');
        } else if (*format == 'c') {
            put(s, (char)__builtin_va_arg(list, int));
        } else if (*format == 'd') {
            s64 value = longs == 2 ? __builtin_va_arg(list, s64) : __builtin_va_arg(list, int);
            put_number(s, 'd', value < 0 ? -(u64)value : (u64)value, value < 0, width, left, pad);
        } else if (*format == 'u' || *format == 'x') {
            u64 value = longs == 2 ? __builtin_va_arg(list, u64) : __builtin_va_arg(list, u32);
            put_number(s, *format, value, 0, width, left, pad);
        } else {
            put(s, *format);
        }
    }
}

void print(const char *format, ...)
{
    char buffer[512];
    struct sink s = { buffer, buffer + sizeof buffer };
    va_list list;
    __builtin_va_start(list, format);
    convert(&s, format, list);
    __builtin_va_end(list);
    write(1, buffer, (size)(s.at - buffer));
}

int format_list(char *to, u32 room, const char *format, va_list list)
{
    struct sink s = { to, to + room - 1 };
    convert(&s, format, list);
    *s.at = 0;
    return (int)(s.at - to);
}

int format_text(char *to, u32 room, const char *format, ...)
{
    va_list list;
    __builtin_va_start(list, format);
    int n = format_list(to, room, format, list);
    __builtin_va_end(list);
    return n;
}

u32 number(const char *text, u32 otherwise)
{
    u32 value = 0;
    if (!text || !*text)
        return otherwise;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (u32)(*text - '0');
    return *text ? otherwise : value;
}

/* Messages of the kernel itself, and the end of the road: panic. */
#include "kernel.h"
#include "x86.h"

typedef __builtin_va_list va_list;

static void put_text(const char *text)
{
    while (*text)
        tty_put(*text++);
}

static void put_number(u32 value, u32 base, int width, char pad)
{
    char digits[12];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    for (; width > n; width--)
        tty_put(pad);
    while (n)
        tty_put(digits[--n]);
}

static void print_list(const char *format, va_list list)
{
    for (; *format; format++) {
        if (*format != '%') {
            tty_put(*format);
            continue;
        }
        int width = 0;
        char pad = ' ';
        if (*++format == '0')
            pad = '0';
        for (; *format >= '0' && *format <= '9'; format++)
            width = width * 10 + *format - '0';
        if (*format == 's') {
            put_text(__builtin_va_arg(list, const char *));
        } else if (*format == 'c') {
            tty_put((char)__builtin_va_arg(list, int));
        } else if (*format == 'x') {
            put_number(__builtin_va_arg(list, u32), 16, width, pad);
        } else if (*format == 'u') {
            put_number(__builtin_va_arg(list, u32), 10, width, pad);
        } else if (*format == 'd') {
            int value = __builtin_va_arg(list, int);
            if (value < 0)
                tty_put('-');
            put_number(value < 0 ? -(u32)value : (u32)value, 10, width, pad);
        } else {
            tty_put(*format);
        }
    }
}

void print(const char *format, ...)
{
    va_list list;
    __builtin_va_start(list, format);
    print_list(format, list);
    __builtin_va_end(list);
}

void panic(const char *format, ...)
{
    va_list list;
    cli();
    print("\nPupa: panic: ");
    __builtin_va_start(list, format);
    print_list(format, list);
    __builtin_va_end(list);
    print("\n");
    power_off(99);
}

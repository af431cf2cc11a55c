/* Text on the first serial port, polled; the end of the run through the exit port. */
#include "kernel.h"

static void put_char(u8 c) {
  while (!(in8(0x3fd) & 0x20)) {}
  out8(0x3f8, c);
}

static void put_hex(u32 value, int digits) {
  while (digits--) put_char("0123456789abcdef"[(value >> (digits * 4)) & 15]);
}

static void put_decimal(u32 value) {
  if (value >= 10) put_decimal(value / 10);
  put_char('0' + value % 10);
}

static int width_of(u32 value) {
  int digits = 1;
  while (digits < 8 && value >> (digits * 4)) digits++;
  return digits;
}

void put(const char *format, ...) {
  u32 *arguments = (u32 *)&format + 1;
  for (; *format; format++) {
    if (*format != '%') { put_char(*format); continue; }
    switch (*++format) {
      case 's': for (const char *s = (const char *)*arguments++; *s; s++) put_char(*s); break;
      case 'x': put_hex(*arguments++, 8); break;
      case 'w': put_hex(*arguments++, 4); break;
      case 'b': put_hex(*arguments++, 2); break;
      case 'h': put_hex(*arguments, width_of(*arguments)); arguments++; break;
      case 'd': put_decimal(*arguments++); break;
      default: put_char(*format);
    }
  }
}

void title(const char *text) { put("# %s\n", text); }

void finish(void) {
  put("end\n");
  while (!(in8(0x3fd) & 0x40)) {}
  out8(0xf4, 0);
  for (;;) asm volatile("cli; hlt");
}

/* A fault that cannot be delivered, nor the double fault that comes of it: the processor shuts down. */
#include "kernel.h"

int main(void) {
  put("IDT without entries\n");
  load_idt(0);
  asm volatile("ud2");
  put("survived\n");
  return 0;
}

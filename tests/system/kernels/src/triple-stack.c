/* Shut down for want of a stack: #PF, then #DF, then nothing that a handler could stand on. */
#include "kernel.h"

static u32 directory[1024] __attribute__((aligned(4096)));

int main(void) {
  set_cr4(cr4() | 0x10);
  directory[0] = 0xe3;
  set_cr3((u32)directory);
  set_cr0(cr0() | 0x80000000);
  put("stack in an absent page\n");
  asm volatile("movl $0x800000, %esp; pushl %eax");
  put("survived\n");
  return 0;
}

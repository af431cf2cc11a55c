/* Non-maskable interrupts, which the local APIC sends to itself: taken with IF clear, blocked
   until iret, held back by mov ss. Source: SDM vol. 3, 6.7, 10.6.1. Needs a local APIC. */
#include "kernel.h"

#define ICR (*(volatile u32 *)0xfee00300)
#define SPURIOUS (*(volatile u32 *)0xfee000f0)

enum { SELF_NMI = 0x44400 };

u32 nmi_count, nmi_eip[8], nmi_again;
extern u8 nmi_handler[];
asm(".pushsection .text.handlers,\"ax\"\n"
  "nmi_handler:\n pushal\n pushl %ds\n movw $0x10, %ax\n movw %ax, %ds\n"
  " movl nmi_count, %ecx\n andl $7, %ecx\n movl 36(%esp), %eax\n movl %eax, nmi_eip(,%ecx,4)\n incl nmi_count\n"
  /* A second one from inside: taken when this one is over. */
  " cmpl $0, nmi_again\n je 1f\n decl nmi_again\n movl $0x44400, 0xfee00300\n nop\n nop\n movl nmi_count, %eax\n movl %eax, nmi_inside\n"
  "1: popl %ds\n popal\n iretl\n"
  ".popsection");
u32 nmi_inside;

static void count(const char *name, const void *code, u32 again) {
  nmi_count = 0; nmi_again = again; nmi_inside = 0;
  handler(2, nmi_handler, INT32);
  run(code);
  default_handlers();
  put("%s: #%b eax=%h, %d taken", name, result.vector, result.frame->eax, nmi_count);
  for (u32 i = 0; i < nmi_count && i < 8; i++) put(" +%h", nmi_eip[i] - start.eip);
  if (again) put(", count seen inside %d", nmi_inside);
  put("\n");
}

int main(void) {
  SPURIOUS = 0x1ff;
  at_level(0); start.ecx = (u32)&ICR; count("IF clear", CASE("mov dword ptr [ecx], 0x44400; nop; inc eax"), 0);
  at_level(0); start.eflags |= IF; start.ecx = (u32)&ICR; count("IF set", CASE("mov dword ptr [ecx], 0x44400; nop; inc eax"), 0);
  at_level(0); start.ecx = (u32)&ICR; count("one inside the handler", CASE("mov dword ptr [ecx], 0x44400; nop; inc eax"), 1);
  at_level(3); start.ecx = (u32)&ICR; count("at level 3", CASE("mov dword ptr [ecx], 0x44400; nop; inc eax"), 0);
  at_level(0); start.ecx = (u32)&ICR; run(CASE("mov dword ptr [ecx], 0x44400; nop; inc eax")); show("frame");
  /* The handler above never executed iret: they stay blocked until some iret does. */
  ICR = SELF_NMI;
  nmi_count = 0; handler(2, nmi_handler, INT32);
  asm volatile("nop; nop; nop");
  put("blocked: %d taken\n", nmi_count);
  asm volatile("pushfl; pushl $8; pushl $1f; iretl; 1: nop; nop");
  put("after an iret: %d taken\n", nmi_count);
  default_handlers();
  return 0;
}

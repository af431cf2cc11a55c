/* sysenter and sysexit: segments, flags, stack, and who may. Source: SDM vol. 2, SYSENTER, SYSEXIT.
   Needs CPUID's SEP. */
#include "kernel.h"

static void write_msr(u32 number, u32 value) { asm volatile("wrmsr" : : "c"(number), "a"(value), "d"(0)); }

extern u8 entry_point[], back_and_forth[];
asm(".pushsection .text.handlers,\"ax\"\n"
  "entry_point: pushl $0x66\n jmp case_caught\n"
  "back_and_forth: pushfl\n popl %eax\n movl %esi, %edx\n movl %ebp, %ecx\n sysexit\n"
  ".popsection");

/* What the entry point finds: it pushed a vector alone, so the frame has no words of the processor. */
static void enter(const char *name, const void *code) {
  place_case(code);
  struct frame *f = (struct frame *)enter_case(&start);
  put("%s: #%b", name, f->vector);
  if (f->vector == 0x66) put(" ss=%w esp=%h eax=%x fl=%x\n", caught_ss, (u32)trap_stack_top - (u32)f->words, f->eax, flags() & ~0xd5u);
  else put(" error or eip %h\n", f->words[0] - (u32)code < 0x100 ? f->words[0] - (u32)code : f->words[0]);
  set_flags(2);
}

static void set(u32 cs, u32 eip) {
  write_msr(0x174, cs); write_msr(0x175, (u32)trap_stack_top); write_msr(0x176, eip);
}

int main(void) {
  /* SYSENTER_CS 8: code 08, stack 10; sysexit: code 1b, stack 23 - the layout of the table. */
  for (u32 level = 0; level < 4; level++) {
    put("level %d ", level); set(0, (u32)entry_point); at_level(level); go("sysenter, null CS", CASE("sysenter"));
    put("level %d ", level); set(3, (u32)entry_point); at_level(level); go("sysenter, CS 3", CASE("sysenter"));
    put("level %d ", level); set(KCODE, (u32)entry_point); at_level(level); start.eflags |= IF | IOPL3 | CF; enter("sysenter", CASE("sysenter"));
    put("level %d ", level); set(KCODE | 3, (u32)entry_point); at_level(level); enter("sysenter, CS b", CASE("sysenter"));
    put("level %d ", level); at_level(level); set(KCODE, 0); start.edx = (u32)CASE("mov eax, cs; shl eax, 16; mov ax, ss"); start.ecx = start.esp - 64;
    run(CASE("sysexit")); put("sysexit: #%b cs=%w ss=%w eax=%x esp-%h eip %h\n", result.vector, result.cs, result.has_outer ? result.ss : 0, result.frame->eax,
      start.esp - result.esp, result.vector == DONE ? result.eip - start.edx : result.eip - start.eip);
    put("level %d ", level); at_level(level); set(0, 0); go("sysexit, null CS", CASE("sysexit"));
  }
  set(KCODE, (u32)back_and_forth);
  at_level(3); start.eflags |= IF;
  go("there and back", CASE("mov esi, offset 1f; mov ebp, esp; sysenter; ud2; 1: mov ecx, cs"));
  in_v86(0); set(KCODE, (u32)entry_point); enter("from virtual-8086 mode", CASE16("sysenter"));
  for (u32 n = 0x174; n < 0x177; n++) {
    write_msr(n, 0x89abcdef);
    u32 low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(n));
    put("msr %h %x %x\n", n, low & (n == 0x174 ? 0xffff : ~0u), high);
  }
  return 0;
}

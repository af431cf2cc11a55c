/* Every exception vector: error code, saved EIP (fault or trap), frame; nested and double faults.
   Source: SDM vol. 3, 6.15 and table 6-5. */
#include "kernel.h"

static void simple(u32 level) {
  at_level(level); go("div by zero", CASE("xor ecx, ecx; inc eax; div ecx"));
  at_level(level); go("div overflow", CASE("mov edx, 5; mov ecx, 5; div ecx"));
  at_level(level); go("idiv overflow", CASE("mov edx, -1; mov ecx, 1; mov eax, 5; idiv ecx"));
  at_level(level); go("aam 0", CASE(".byte 0xd4, 0"));
  at_level(level); go("int1", CASE("nop; .byte 0xf1"));
  at_level(level); go("int3", CASE("nop; int3"));
  at_level(level); go("int 3", CASE("nop; .byte 0xcd, 3"));
  at_level(level); go("into no", CASE("into"));
  at_level(level); start.eflags |= OF; go("into", CASE("into"));
  at_level(level); go("int 4", CASE("int 4"));
  at_level(level); go("bound in", CASE("push 5; push 1; mov eax, 5; bound eax, [esp]"));
  at_level(level); go("bound above", CASE("push 5; push 1; mov eax, 6; bound eax, [esp]"));
  at_level(level); go("bound below", CASE("push 5; push 1; bound eax, [esp]"));
  at_level(level); go("ud2", CASE("ud2"));
  at_level(level); go("lock nop", CASE(".byte 0xf0, 0x90"));
  at_level(level); go("lock to register", CASE(".byte 0xf0, 0x01, 0xc0"));
  at_level(level); go("mov cs", CASE(".byte 0x8e, 0xc8"));
  at_level(level); go("lea register", CASE(".byte 0x8d, 0xc0"));
  at_level(level); go("bound register", CASE(".byte 0x62, 0xc0"));
  at_level(level); go("15 bytes", CASE(".byte 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90"));
  at_level(level); go("16 bytes", CASE(".byte 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90"));
  at_level(level); go("undefined 0f ff", CASE(".byte 0x0f, 0xff, 0xc0"));
  at_level(level); go("lgdt register", CASE(".byte 0x0f, 0x01, 0xd7"));
  at_level(level); go("mov to cr1", CASE(".byte 0x0f, 0x22, 0xc8"));
  at_level(level); go("mov from cr7", CASE(".byte 0x0f, 0x20, 0xf8"));
  at_level(level); go("c6 /1", CASE(".byte 0xc6, 0xc8, 0"));
  at_level(level); go("fe /2", CASE(".byte 0xfe, 0xd0"));
  at_level(level); go("ff /7", CASE(".byte 0xff, 0xf8"));
  at_level(level); go("jmp far register", CASE(".byte 0xff, 0xe8"));
}

static void coprocessor(u32 level) {
  u32 base = cr0() & ~0xeu;
  at_level(level); set_cr0(base | 8); go("fpu, TS", CASE("fnop"));
  at_level(level); set_cr0(base | 8); go("fwait, TS", CASE("fwait"));
  at_level(level); set_cr0(base | 10); go("fwait, TS MP", CASE("fwait"));
  at_level(level); set_cr0(base | 2); go("fwait, MP", CASE("fwait"));
  at_level(level); set_cr0(base | 4); go("fpu, EM", CASE("nop; fld1"));
  at_level(level); set_cr0(base | 4); go("fwait, EM", CASE("fwait"));
  at_level(level); set_cr0(base | 4); go("mmx, EM", CASE("pxor mm0, mm0"));
  at_level(level); set_cr0(base | 8); go("mmx, TS", CASE("pxor mm0, mm0"));
  at_level(level); set_cr0(base | 12); go("mmx, EM TS", CASE("emms"));
  set_cr0(base);
  static u16 control = 0x037b; /* zero divide open */
  at_level(level); asm volatile("fninit; fldcw %0" : : "m"(control));
  go("fpu error at fwait", CASE("fld1; fldz; fdivp st(1), st; nop; fwait"));
  at_level(level); asm volatile("fninit; fldcw %0" : : "m"(control));
  go("fpu error at fld", CASE("fld1; fldz; fdivp st(1), st; nop; fld1"));
  at_level(level); asm volatile("fninit; fldcw %0" : : "m"(control));
  go("fpu error, fnstsw", CASE("fld1; fldz; fdivp st(1), st; fnstsw ax; fnclex; fwait"));
  asm volatile("fninit");
}

static void alignment(u32 level) {
  set_cr0(cr0() | 0x40000);
  at_level(level); start.eflags |= AC; go("dword at 1", CASE("mov ecx, [esp - 15]"));
  at_level(level); start.eflags |= AC; go("dword at 2", CASE("mov ecx, [esp - 14]"));
  at_level(level); start.eflags |= AC; go("word at 1", CASE("mov cx, [esp - 15]"));
  at_level(level); start.eflags |= AC; go("word at 2", CASE("mov cx, [esp - 14]"));
  at_level(level); start.eflags |= AC; go("byte at 1", CASE("mov cl, [esp - 15]"));
  at_level(level); start.eflags |= AC; go("store at 1", CASE("mov [esp - 15], ecx"));
  at_level(level); start.eflags |= AC; go("rmw at 1", CASE("add [esp - 15], ecx"));
  at_level(level); start.eflags |= AC; go("lock rmw at 1", CASE("lock add [esp - 15], ecx"));
  at_level(level); start.eflags |= AC; start.esp -= 2; go("push at 2", CASE("push eax"));
  at_level(level); start.eflags |= AC; go("AC off", CASE("and dword ptr [esp], 0; pushfd; and byte ptr [esp + 2], 0xfb; popfd; mov ecx, [esp - 15]"));
  set_cr0(cr0() & ~0x40000);
  at_level(level); start.eflags |= AC; go("AM off", CASE("mov ecx, [esp - 15]"));
}

/* int n through gates of each kind: DPL, present, type, limit of the IDT. */
static void software(u32 level) {
  static const u8 types[] = {0x80, 0x81, 0x82, 0x83, 0x84, 0x87, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x92, 0x98, 0x9a, 0x0e, 0x0f, 0x05};
  for (u32 i = 0; i < sizeof types; i++) {
    if ((types[i] & 15) == 7 && !(types[i] & 0x10)) continue; /* a 16-bit frame: segmentation kernel */
    at_level(level);
    handler(0x30, stubs + 0x30 * 16, types[i] | 0x60);
    put("gate %b ", types[i]);
    go("int 30", CASE("nop; int 0x30"));
  }
  for (u32 dpl = 0; dpl < 4; dpl++) {
    at_level(level);
    handler(0x30, stubs + 0x30 * 16, INT32 | dpl << 5);
    put("dpl %d ", dpl);
    go("int 30", CASE("int 0x30"));
  }
  for (u32 dpl = 0; dpl < 4; dpl++) {
    handler(3, stubs + 3 * 16, INT32 | dpl << 5);
    handler(1, stubs + 1 * 16, INT32 | dpl << 5);
    handler(4, stubs + 4 * 16, INT32 | dpl << 5);
    put("dpl %d ", dpl); at_level(level); go("int3", CASE("int3"));
    put("dpl %d ", dpl); at_level(level); go("int1", CASE(".byte 0xf1"));
    put("dpl %d ", dpl); at_level(level); go("int 1", CASE("int 1"));
    put("dpl %d ", dpl); at_level(level); start.eflags |= OF; go("into", CASE("into"));
  }
  default_handlers();
  load_idt(0x30 * 8 + 6);
  at_level(level); go("int at the limit", CASE("int 0x2f"));
  at_level(level); go("int past the limit", CASE("int 0x30"));
  at_level(level); go("int ff", CASE("int 0xff"));
  load_idt(2047);
}

static void flags_of_gates(u32 level) {
  handler(0x21, stubs + 0x21 * 16, TRAP32 | DPL3);
  extern u8 flags_probe[];
  asm(".pushsection .text.handlers,\"ax\"\nflags_probe: pushfl; popl %eax; pushl $0x22; jmp case_caught\n.popsection");
  for (u32 trap = 0; trap < 2; trap++) {
    handler(0x22, flags_probe, (trap ? TRAP32 : INT32) | DPL3);
    for (u32 i = 0; i < 4; i++) {
      static const u32 set[] = {IF, IF | NT | IOPL3 | AC, IF | DF | ID | CF, IF | RF | NT};
      at_level(level);
      start.eflags |= set[i];
      put(trap ? "trap gate %x " : "interrupt gate %x ", set[i]);
      go("flags inside in eax", CASE("int 0x22"));
    }
  }
  default_handlers();
}

/* What the handler's own delivery does wrong. */
static void nested(u32 level) {
  at_level(level); handler(0, stubs, INT32 & 0x7f); go("#DE gate not present", CASE("div cl"));
  at_level(level); handler(6, stubs, INT32 & 0x7f); go("#UD gate not present", CASE("ud2"));
  at_level(level); handler(6, stubs, 0x80); go("#UD gate of type 0", CASE("ud2"));
  at_level(level); gate(&idt[6], 0, (u32)stubs, INT32, 0); go("#UD gate null selector", CASE("ud2"));
  at_level(level); gate(&idt[6], 0x3f8, (u32)stubs, INT32, 0); go("#UD gate to nothing", CASE("ud2"));
  at_level(level); gate(&idt[6], 0x7fff, (u32)stubs, INT32, 0); go("#UD gate to no LDT", CASE("ud2"));
  at_level(level); gate(&idt[6], KDATA, (u32)stubs, INT32, 0); go("#UD gate to data", CASE("ud2"));
  if (level == 0) { gate(&idt[6], UCODE, (u32)stubs, INT32, 0); at_level(0); go("#UD gate to outer code", CASE("ud2")); }
  segment(FREE, 0, 0xfffff, CODE_RX & 0x7f, BIG | PAGES);
  at_level(level); gate(&idt[6], FREE, (u32)stubs, INT32, 0); go("#UD gate to absent code", CASE("ud2"));
  at_level(level); gate(&idt[0x21], FREE, (u32)stubs, INT32 | DPL3, 0); go("int 21 gate to absent code", CASE("int 0x21"));
  segment(FREE, 0, 0x10, CODE_RX, BIG);
  at_level(level); gate(&idt[6], FREE, 0x11, INT32, 0); go("#UD gate past the limit", CASE("ud2"));
  at_level(level); gate(&idt[0x21], FREE, 0x11, INT32 | DPL3, 0); go("int 21 gate past the limit", CASE("int 0x21"));
  default_handlers();
  load_idt(13 * 8 + 7);
  at_level(level); go("int past the IDT", CASE("int 0xff"));
  load_idt(8 * 8 + 7);
  at_level(level); go("#GP past the IDT: #DF", CASE("int 0xff"));
  load_idt(2047);
  at_level(level); handler(13, stubs, INT32 & 0x7f); go("#GP gate absent", CASE("mov ax, 0x3f8; mov ds, ax"));
  at_level(level); handler(13, stubs, INT32 & 0x7f); handler(11, stubs, INT32 & 0x7f);
  go("#GP and #NP gates absent", CASE("mov ax, 0x3f8; mov ds, ax"));
  default_handlers();
  at_level(level); handler(14, stubs, INT32 & 0x7f); handler(0, stubs, INT32 & 0x7f);
  go("#DE gate absent", CASE("div cl"));
  default_handlers();
  at_level(level); handler(3, stubs, (INT32 & 0x7f) | DPL3); go("int3 gate absent", CASE("int3"));
  at_level(level); handler(1, stubs, (INT32 & 0x7f) | DPL3); go("int1 gate absent", CASE(".byte 0xf1"));
  at_level(level); start.eflags |= TF; go("single step gate absent", CASE("nop; nop"));
  default_handlers();
}

static void doubles(void) {
  for (u32 level = 0; level < 4; level += 3) {
    put("level %d\n", level);
    at_level(level); handler(13, stubs, INT32 & 0x7f); double_task("#GP to absent", CASE("mov ecx, 7; mov ax, 0x3f8; mov ds, ax"));
    at_level(level); handler(0, stubs, INT32 & 0x7f); handler(11, stubs, INT32 & 0x7f); start.ecx = 0;
    double_task("#DE to #NP", CASE("div cl"));
    at_level(level); start.ss = level ? UDATA : KDATA; gate(&idt[13], 0, 0, INT32, 0); double_task("#GP to null", CASE("mov ax, 0x3f8; mov ds, ax"));
  }
  /* A stack that has no room: the 32-bit frame at level 0 wraps below 0. */
  segment(FREE + 16, (u32)trap_stack, 0xfff, DATA_RW, BIG);
  at_level(0); start.ss = FREE + 16; start.esp = 0x100;
  double_task("no stack", CASE("mov esp, 4; ud2"));
  at_level(0); start.ss = FREE + 16; start.esp = 0x100;
  double_task("push outside", CASE("mov esp, 2; push eax"));
  at_level(3); tss.esp0 = 0xfff; tss.ss0 = FREE + 16; segment(FREE + 16, (u32)trap_stack, 0xff, DATA_RW, BIG);
  double_task("inner stack outside", CASE("ud2"));
  at_level(3); tss.ss0 = 0; double_task("inner stack null", CASE("ud2"));
  at_level(3); tss.ss0 = UDATA; double_task("inner stack of level 3", CASE("ud2"));
  at_level(3); tss.ss0 = KCODE; double_task("inner stack is code", CASE("ud2"));
  at_level(3); tss.ss0 = 0x3f8; double_task("inner stack is nothing", CASE("ud2"));
  tss.ss0 = KDATA; tss.esp0 = (u32)trap_stack_top;
}

int main(void) {
  for (u32 level = 0; level < 4; level += 3) {
    put("# level %d\n", level);
    simple(level); coprocessor(level); alignment(level); software(level); flags_of_gates(level); nested(level);
  }
  title("double fault through a task gate");
  doubles();
  return 0;
}

/* Virtual-8086 mode: entry by iret and task, exit, flag instructions at each IOPL, interrupts, exceptions,
   segment arithmetic, I/O bitmap, tasks. Source: SDM vol. 3, ch. 20; vol. 2, INT n, IRET, PUSHF. */
#include "kernel.h"
#include "v86.h"

static void plain(u32 iopl) {
  v86(iopl, 0); start.eax = 0x12345678; go("end", CASE86("nop"));
  v86(iopl, 0); go("segments", CASE86("mov ax, cs; shl eax, 16; mov ax, ss"));
  v86(iopl, 0); go("new segments", CASE86("mov ax, 0x1234; mov ds, ax; mov es, ax; mov fs, ax; mov gs, ax; mov ss, ax; mov sp, 0x40"));
  v86(iopl, 0); go("hlt", CASE86("hlt"));
  v86(iopl, 0); go("ud2", CASE86("nop; ud2"));
  v86(iopl, 0); go("div", CASE86("xor cl, cl; div cl"));
  v86(iopl, 0); go("bound", CASE86("push 5; push 1; mov bp, sp; bound ax, [bp]"));
  v86(iopl, OF); go("into", CASE86("into"));
  v86(iopl, 0); go("into not", CASE86("into"));
  v86(iopl, 0); go("int3", CASE86("int3"));
  v86(iopl, 0); go("int1", CASE86(".byte 0xf1"));
  v86(iopl, 0); go("int 3", CASE86(".byte 0xcd, 3"));
  v86(iopl, 0); go("int 21", CASE86("int 0x21"));
  v86(iopl, 0); go("int 40 of dpl 0", CASE86("int 0x40"));
  v86(iopl, TF); go("single step", CASE86("nop; nop"));
  v86(iopl, 0); go("word at ffff", CASE86("mov bx, 0xffff; mov ax, [bx]"));
  v86(iopl, 0); go("stack word at ffff", CASE86("mov bp, 0xffff; mov ax, [bp]"));
  v86(iopl, 0); go("beyond 64K", CASE86("mov ebx, 0x10000; mov al, [ebx]"));
  v86(iopl, 0); start.esp = 1; go("push at 1", CASE86("push ax"));
  v86(iopl, 0); start.esp = 0xabcd0000; go("push at 0", CASE86("push ax; mov eax, esp"));
  v86(iopl, 0); go("far jump", CASE86("jmp 0x1fff:1f-771b+16; nop; 1: mov ax, cs"));
  v86(iopl, 0); go("far call", CASE86("call 0x1ffe:1f-771b+32; nop; 1: pop ax; pop cx; shl eax, 16; mov ax, cs"));
  v86(iopl, 0); go("retf", CASE86("push 0x2000; push 1f-771b; retf; nop; 1:"));
  v86(iopl, 0); go("32-bit far jump past 64K", CASE86(".byte 0x66, 0xea; .long 0x10000; .word 0x2000"));
  v86(iopl, 0); go("32-bit near jump past 64K", CASE86(".byte 0x66, 0xe9; .long 0x10000"));
  v86(iopl, 0); go("load all segments", CASE86("lds bx, cs:[8]; mov eax, ebx; les bx, cs:[8]; lfs bx, cs:[8]"));
  v86(iopl, 0); start.ecx = 0xffff; go("in al, 80", CASE86("in al, 0x80"));
  v86(iopl, 0); go("undefined arpl", CASE86(".byte 0x63, 0xc0"));
}

static void gates(void) {
  static const u8 access[] = {CODE_RX | DPL3, CODE_CRX, CODE_RX | DPL1, CODE_CRX | DPL3, CODE_RX & 0x7f, DATA_RW};
  for (u32 i = 0; i < 6; i++) {
    segment(FREE, 0, 0xfffff, access[i], BIG | PAGES);
    gate(&idt[0x21], FREE, (u32)stubs + 0x21 * 16, INT32 | DPL3, 0);
    put("handler segment %b ", access[i]); v86(3, 0); go("int 21", CASE86("int 0x21"));
  }
  default_handlers();
  for (u32 dpl = 0; dpl < 4; dpl++) {
    handler(0x21, stubs + 0x21 * 16, INT32 | dpl << 5);
    put("gate dpl %d ", dpl); v86(3, 0); go("int 21", CASE86("int 0x21"));
  }
  handler(0x21, stubs + 0x21 * 16, TRAP32 | DPL3);
  v86(3, IF | AC | NT | RF); go("trap gate, flags", CASE86("int 0x21"));
  default_handlers();
  tss.esp0 = (u32)trap_stack_top; tss.ss0 = 0; v86(3, 0); double_task("no inner stack", CASE86("ud2"));
  tss.ss0 = KDATA;
}

static struct tss other;
static u8 other_stack[512];
extern u8 v86_report[];
static void tasks(void) {
  asm volatile(".pushsection .text.handlers,\"ax\"\nv86_report: int $0x2f\n.popsection");
  fill(&other, 0, sizeof other);
  other.eip = (u32)v86_report; other.cs = KCODE; other.ss = other.ds = other.es = KDATA; other.eflags = 2;
  other.esp = (u32)other_stack + sizeof other_stack; other.cr3 = cr3(); other.map = sizeof other;
  segment(FREE, (u32)&other, sizeof other - 1, TSS32, 0);
  gate(&idt[0x21], FREE, 0, TASK | DPL3, 0);
  handler(0x2f, stubs + 0x2f * 16, INT32 | DPL3);
  v86(3, 0); place_case(CASE86("nop; int 0x21")); enter_case(&start);
  put("int through a task gate: eip %h cs=%w fl=%x ss=%w sp=%h es=%w ds=%w fs=%w gs=%w\n", tss.eip, tss.cs, tss.eflags, tss.ss, tss.esp,
    tss.es, tss.ds, tss.fs, tss.gs);
  set_flags(2); set_cr0(cr0() & ~8u); reload_tasks();
  v86(0, 0); place_case(CASE86("nop; int 0x21")); enter_case(&start);
  put("at iopl 0: tr eip %h\n", tss.eip);
  set_flags(2); set_cr0(cr0() & ~8u); reload_tasks(); default_handlers();
  /* And into it: a task whose EFLAGS have VM. */
  const void *code = CASE86("mov ax, ds; shl eax, 16; mov ax, es; int 0x2f");
  copy((void *)0x20000, code, 64);
  other.eip = 0; other.cs = 0x2000; other.eflags = 2 | VM | IOPL3; other.ss = 0x3000; other.esp = 0x1000; other.ds = 0x4000; other.es = 0x5000;
  other.fs = 0x6000; other.gs = 0x7000; other.ss0 = KDATA; other.esp0 = (u32)trap_stack_top;
  segment(FREE, (u32)&other, sizeof other - 1, TSS32, 0);
  handler(0x2f, stubs + 0x2f * 16, INT32 | DPL3);
  at_level(0); start.ecx = FREE; place_case(CASE("push ecx; push 0; jmp fword ptr [esp]"));
  struct frame *f = (struct frame *)enter_case(&start);
  put("task in v86: #%b eip %h cs=%w fl=%x sp=%h ss=%w es=%w ds=%w fs=%w gs=%w eax=%x\n", f->vector, f->words[0], f->words[1], f->words[2],
    f->words[3], f->words[4], f->words[5], f->words[6], f->words[7], f->words[8], f->eax);
  set_flags(2); set_cr0(cr0() & ~8u); reload_tasks(); default_handlers();
}

static void bitmap(void) {
  for (u32 iopl = 0; iopl < 4; iopl += 3) for (u32 bits = 0; bits < 4; bits++) {
    fill(tss.bitmap, 0xff, sizeof tss.bitmap);
    tss.bitmap[0x10] = ~bits;
    tss.map = (u32)&tss.bitmap - (u32)&tss;
    put("iopl %d open %h, in 1 and 2, insb:", iopl, bits);
    v86(iopl, 0); start.edx = 0x80; brief(CASE86("in al, dx; mov ax, 1"));
    v86(iopl, 0); start.edx = 0x80; brief(CASE86("in ax, dx; mov ax, 1"));
    v86(iopl, 0); start.edx = 0x81; brief(CASE86("insb; mov ax, 1"));
    put("\n");
  }
}

int main(void) {
  own_vectors();
  for (u32 iopl = 0; iopl < 4; iopl += 3) { put("# iopl %d\n", iopl); plain(iopl); }
  for (u32 iopl = 0; iopl < 4; iopl++) { put("# flags, iopl %d\n", iopl); flag_instructions(iopl); }
  title("gates"); gates(); title("tasks"); tasks(); title("ports"); bitmap();
  return 0;
}

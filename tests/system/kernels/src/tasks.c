/* Hardware task switches: by jmp, call, int and iret, through descriptors and gates, 32-bit and
   286 TSS, link, NT, busy bits, TS, CR3 and LDT, the T bit, and faults on either side of the switch.
   Source: SDM vol. 3, ch. 7; 6.15 (#TS). */
#include "kernel.h"

enum { OTHER = FREE + 0x10, GATE = FREE + 0x18, NARROW = FREE + 0x20, TABLE = FREE + 0x28, SPARE = FREE + 0x30 };

struct tss16 { u16 link, sp0, ss0, sp1, ss1, sp2, ss2, ip, flags, ax, cx, dx, bx, sp, bp, si, di, es, cs, ss, ds, ldt; };

static struct tss other;
static struct tss16 narrow;
static u8 other_stack[1024] __attribute__((aligned(16)));
static u32 directory[1024] __attribute__((aligned(4096)));
static u32 directory2[1024] __attribute__((aligned(4096)));

/* The other task's code: reports from inside, or goes back. Vector 0x2f's gate ends the case. */
extern u8 report_task[], iret_task[], jump_task[], fault_task[], report16[];
asm(".pushsection .text.handlers,\"ax\"\n"
  "report_task: int $0x2f\n"
  "iret_task: movl $0x1234, %eax\n iret\n iret\n"
  "jump_task: ljmp $0x28, $0\n int $0x2f\n"
  "fault_task: ud2\n"
  "report16: int $0x2f\n"
  ".popsection");

/* A task that catches faults which leave no usable stack. */
static struct tss df;
static u8 catch_stack[512] __attribute__((aligned(16)));
u32 caught_error;
extern u8 catch_task[];
asm(".pushsection .text.handlers,\"ax\"\n"
  "catch_task: popl caught_error\n movl kernel_esp, %esp\n popl %edi\n popl %esi\n popl %ebp\n popl %ebx\n ret\n"
  ".popsection");

static u32 type_of(u32 selector) { return gdt[selector >> 3][1] >> 8 & 0xff; }
static u32 task_register(void) { u32 v; asm volatile("str %0" : "=r"(v)); return v; }
static u32 ldt_register(void) { u32 v; asm volatile("sldt %0" : "=r"(v)); return v; }

static void prepare_other(u32 level) {
  static const u16 code[] = {KCODE, CODE1, CODE2, UCODE}, data[] = {KDATA, DATA1, DATA2, UDATA};
  fill(&other, 0, sizeof other);
  other.eip = (u32)report_task; other.eflags = 2; other.cs = code[level];
  other.ss = other.ds = other.es = other.fs = other.gs = data[level];
  other.esp = (u32)other_stack + 512; other.ss0 = KDATA; other.esp0 = (u32)other_stack + sizeof other_stack;
  other.eax = 0xa0; other.ecx = 0xa1; other.edx = 0xa2; other.ebx = 0xa3; other.ebp = 0xa5; other.esi = 0xa6; other.edi = 0xa7;
  other.map = sizeof other; other.cr3 = cr3();
  segment(OTHER, (u32)&other, sizeof other - 1, TSS32 | DPL3, 0);
  gate(&gdt[GATE >> 3], OTHER, 0, TASK | DPL3, 0);
  fill(&narrow, 0, sizeof narrow);
  narrow.ip = 0; narrow.flags = 2; narrow.cs = SPARE; narrow.ss = KDATA16; narrow.ds = narrow.es = KDATA;
  narrow.sp = 0x7000; narrow.ax = 0xb0; narrow.cx = 0xb1; narrow.bx = 0xb3; narrow.bp = 0xb5; narrow.si = 0xb6; narrow.di = 0xb7;
  segment(NARROW, (u32)&narrow, sizeof narrow - 1, TSS16 | DPL3, 0);
  segment(SPARE, (u32)report16, 0xffff, CODE_RX, 0);
  segment(KDATA16, 0, 0xffff, DATA_RW, 0);
  tss.cr3 = cr3();
  handler(0x2f, stubs + 0x2f * 16, INT32 | DPL3);
}

/* Everything about both tasks once the case is over; then the main task is the present one again. */
static void report(const char *name, const u8 *code) {
  place_case(code);
  struct frame *f = (struct frame *)enter_case(&start);
  /* A 286 TSS leaves the upper halves of the registers to the processor. */
  u32 wide = caught_ss == KDATA16 ? 0xffff : 0xffffffff;
  f = (struct frame *)((u32)f & wide);
  u32 error = f->words[1] == start.cs || f->words[1] == other.cs || f->words[1] == KCODE || f->words[1] == SPARE ? 0 : 1;
  u32 tr = task_register(), table = ldt_register(), now = flags();
  put("%s: #%b", name, f->vector);
  if (error) put("(%w)", f->words[0]);
  u32 eip = f->words[error];
  if (eip - (u32)code < 0x100) put(" +%h", eip - (u32)code);
  else if (eip - (u32)report_task < 0x100) put(" task+%h", eip - (u32)report_task);
  else put(" @%h", eip);
  put(" cs=%w fl=%x%s tr=%w ldt=%w ts=%d nt=%d", f->words[error + 1], f->words[error + 2] & ~RF, f->words[error + 2] & RF ? "+RF" : "",
    tr, table, cr0() >> 3 & 1, now >> 14 & 1);
  put(" eax=%x\n  types main %b other %b 16 %b", f->eax & wide, type_of(MAIN_TSS), type_of(OTHER), type_of(NARROW));
  put(" links %w %w %w", tss.link, other.link, narrow.link);
  set_flags(2);
  set_cr0(cr0() & ~8u);
  tss.link = 0;
  reload_tasks();
  put("\n");
}

/* What the switch stored into the main TSS. */
static void stored(const u8 *code) {
  put("  main: eip +%h fl=%x%s eax=%h ecx=%h edx=%h ebx=%h ebp=%h esi=%h edi=%h sp-%h es=%w cs=%w ss=%w ds=%w fs=%w gs=%w\n",
    tss.eip - (u32)code, tss.eflags & ~RF, tss.eflags & RF ? "+RF" : "", tss.eax, tss.ecx, tss.edx, tss.ebx, tss.ebp, tss.esi, tss.edi,
    start.esp - tss.esp, tss.es, tss.cs, tss.ss, tss.ds, tss.fs, tss.gs);
}

static void at(u32 level) {
  at_level(level);
  start.ebx = 0xc3; start.edx = 0xc2; start.ebp = 0xc5; start.esi = 0xc6; start.edi = 0xc7; start.eax = 0xc0;
  prepare_other(0);
}

static void ways(void) {
  static const u32 targets[] = {OTHER, GATE};
  for (u32 level = 0; level < 4; level += 3) for (u32 t = 0; t < 2; t++) {
    put("# level %d through a %s\n", level, t ? "gate" : "descriptor");
    const u8 *code = CASE("push ecx; push 0; jmp fword ptr [esp]; nop; nop");
    at(level); start.ecx = targets[t]; report("jmp", code); stored(code);
    code = CASE("push ecx; push 0; call fword ptr [esp]; nop; nop");
    at(level); start.ecx = targets[t]; report("call", code); stored(code);
    at(level); start.ecx = targets[t]; other.eip = (u32)iret_task; other.eflags = 2 | IF | CF;
    code = CASE("push ecx; push 0; call fword ptr [esp]; mov ecx, eax; str eax");
    report("call and iret", code);
    put("  other: eip task+%h fl=%x eax=%h esp %h\n", other.eip - (u32)report_task, other.eflags, other.eax, (u32)other_stack + 512 - other.esp);
    at(level); start.ecx = targets[t]; other.eip = (u32)jump_task; tss.eip = 0;
    report("call and jmp back to a busy task", CASE("push ecx; push 0; call fword ptr [esp]; str eax"));
    at(level); start.ecx = targets[t]; other.eip = (u32)jump_task;
    report("jmp and jmp back", CASE("push ecx; push 0; jmp fword ptr [esp]; nop; str eax"));
    at(level); gate(&idt[0x28], OTHER, 0, TASK | DPL3, 0); code = CASE("int 0x28; nop"); report("int", code); stored(code);
    at(level); gate(&idt[0x28], OTHER, 0, TASK | DPL3, 0); other.eip = (u32)iret_task; report("int and iret", CASE("int 0x28; str eax"));
    at(level); gate(&idt[6], OTHER, 0, TASK, 0); code = CASE("nop; ud2"); report("#UD", code); stored(code);
    at(level); gate(&idt[13], OTHER, 0, TASK, 0); code = CASE("nop; mov cl, 0x48; mov ch, 3; mov gs, cx"); report("#GP", code);
    put("  error code on the other stack %x, depth %h\n", *(u32 *)(other_stack + 508), (u32)other_stack + 512 - *(u32 *)&other.esp);
    stored(code);
    default_handlers();
    at(level); start.ecx = targets[t]; start.eflags |= CF | DF | AC | ID; prepare_other(3);
    report("to level 3", CASE("push ecx; push 0; call fword ptr [esp]"));
    stored(code);
  }
}

static void privileges(void) {
  for (u32 level = 0; level < 4; level += 3) for (u32 dpl = 0; dpl < 4; dpl++) for (u32 rpl = 0; rpl < 4; rpl += 3) {
    put("level %d dpl %d rpl %d:", level, dpl, rpl);
    at(level); segment(OTHER, (u32)&other, sizeof other - 1, TSS32 | dpl << 5, 0); start.ecx = OTHER | rpl;
    report("tss", CASE("push ecx; push 0; jmp fword ptr [esp]"));
    put("level %d dpl %d rpl %d:", level, dpl, rpl);
    at(level); segment(OTHER, (u32)&other, sizeof other - 1, TSS32, 0);
    gate(&gdt[GATE >> 3], OTHER, 0, TASK | dpl << 5, 0); start.ecx = GATE | rpl;
    report("gate", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  }
}

/* Targets that cannot be switched to. */
static void refused(void) {
  static const u8 types[] = {BUSY32, TSS32 & 0x7f, LDT, INT32, BUSY16};
  for (u32 i = 0; i < 5; i++) {
    at(3); segment(OTHER, (u32)&other, sizeof other - 1, types[i] | DPL3, 0); start.ecx = OTHER;
    put("type %b ", types[i]); report("jmp", CASE("push ecx; push 0; jmp fword ptr [esp]"));
    at(3); segment(OTHER, (u32)&other, sizeof other - 1, types[i] | DPL3, 0); start.ecx = GATE;
    put("type %b ", types[i]); report("call by gate", CASE("push ecx; push 0; call fword ptr [esp]"));
    at(3); segment(OTHER, (u32)&other, sizeof other - 1, types[i] | DPL3, 0); gate(&idt[0x28], OTHER, 0, TASK | DPL3, 0);
    put("type %b ", types[i]); report("int", CASE("int 0x28"));
    default_handlers();
  }
  static const u16 bad[] = {0, 3, 4, 0x3f8, KDATA, GATE, KCODE};
  for (u32 i = 0; i < 7; i++) {
    at(3); gate(&gdt[GATE >> 3], bad[i], 0, TASK | DPL3, 0); start.ecx = GATE;
    put("gate to %w ", bad[i]); report("jmp", CASE("push ecx; push 0; jmp fword ptr [esp]"));
    at(3); gate(&idt[0x28], bad[i], 0, TASK | DPL3, 0);
    put("gate to %w ", bad[i]); report("int", CASE("int 0x28"));
    default_handlers();
  }
  at(3); gate(&gdt[GATE >> 3], OTHER, 0, (TASK & 0x7f) | DPL3, 0); start.ecx = GATE; report("absent gate", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  at(3); segment(OTHER, (u32)&other, 0x66, TSS32 | DPL3, 0); start.ecx = OTHER; report("limit 66", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  at(3); segment(OTHER, (u32)&other, 0x67, TSS32 | DPL3, 0); start.ecx = OTHER; report("limit 67", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  at(0); segment(NARROW, (u32)&narrow, 0x2a, TSS16 | DPL3, 0); start.ecx = NARROW; report("16-bit limit 2a", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  at(3); segment(OTHER, (u32)&other, 0x66, TSS32 | DPL3, 0); gate(&idt[0x28], OTHER, 0, TASK | DPL3, 0); report("int, limit 66", CASE("int 0x28")); default_handlers();
  at(0); start.eflags |= NT; tss.link = OTHER; report("iret to a free task", CASE("iretd"));
  at(0); start.eflags |= NT; tss.link = 0; report("iret to a null link", CASE("iretd"));
  at(0); start.eflags |= NT; tss.link = 0x3f8; report("iret past the table", CASE("iretd"));
  at(0); start.eflags |= NT; tss.link = KDATA; report("iret to data", CASE("iretd"));
  at(0); start.eflags |= NT; tss.link = 0x14; report("iret to an ldt selector", CASE("iretd"));
  at(0); start.eflags |= NT; segment(OTHER, (u32)&other, sizeof other - 1, BUSY32 & 0x7f, 0); tss.link = OTHER; report("iret to an absent task", CASE("iretd"));
  at(0); start.eflags |= NT; segment(OTHER, (u32)&other, sizeof other - 1, BUSY32, 0); tss.link = OTHER; report("iret to a busy task", CASE("iretd"));
  put("  main flags %x\n", tss.eflags);
  at(3); start.eflags |= NT; segment(OTHER, (u32)&other, sizeof other - 1, BUSY32, 0); tss.link = OTHER; report("iret at level 3", CASE("iretd"));
}

/* The new task's state is wrong: the fault is the new task's. */
static void faulty(void) {
  for (u32 i = 0; i < 24; i++) {
    static const char *const names[] = {"cs null", "cs past the table", "cs data", "cs dpl", "cs absent", "ss null", "ss past the table",
      "ss code", "ss rpl", "ss dpl", "ss absent", "ds past the table", "ds execute-only", "ds absent", "ds dpl", "fs system", "gs null",
      "eip past the limit", "ldt past the table", "ldt wrong type", "ldt absent", "ldt in ldt", "ss read-only", "cs conforming dpl 3"};
    at(0);
    segment(SPARE, 0, 0xfffff, CODE_X, BIG | PAGES);
    switch (i) {
      case 0: other.cs = 0; break;
      case 1: other.cs = 0x3f8; break;
      case 2: other.cs = KDATA; break;
      case 3: other.cs = UCODE & ~3; break;
      case 4: segment(SPARE, 0, 0xfffff, CODE_RX & 0x7f, BIG | PAGES); other.cs = SPARE; break;
      case 5: other.ss = 0; break;
      case 6: other.ss = 0x3f8; break;
      case 7: other.ss = KCODE; break;
      case 8: other.ss = KDATA | 3; break;
      case 9: other.ss = UDATA & ~3; break;
      case 10: segment(SPARE, 0, 0xfffff, DATA_RW & 0x7f, BIG | PAGES); other.ss = SPARE; break;
      case 11: other.ds = 0x3f8; break;
      case 12: other.ds = SPARE; break;
      case 13: segment(SPARE, 0, 0xfffff, DATA_RW & 0x7f, BIG | PAGES); other.ds = SPARE; break;
      case 14: other.ds = KDATA | 3; break;
      case 15: other.fs = MAIN_TSS; break;
      case 16: other.gs = 3; break;
      case 17: segment(SPARE, 0, 0xff, CODE_X, BIG); other.cs = SPARE; other.eip = 0x100; break;
      case 18: other.ldt = 0x3f8; break;
      case 19: other.ldt = KDATA; break;
      case 20: segment(SPARE, (u32)ldt, 0xff, LDT & 0x7f, 0); other.ldt = SPARE; break;
      case 21: other.ldt = 0x0c; break;
      case 22: segment(SPARE, 0, 0xfffff, DATA_RO, BIG | PAGES); other.ss = SPARE; break;
      default: segment(SPARE, 0, 0xfffff, CODE_CRX | DPL3, BIG | PAGES); other.cs = SPARE; break;
    }
    start.ecx = OTHER;
    /* The handler needs a stack of its own: a broken SS, or CS, is all that the new task has. */
    fill(&df, 0, sizeof df);
    df.eip = (u32)catch_task; df.cs = KCODE; df.eflags = 2; df.ss = df.ds = df.es = df.fs = df.gs = KDATA;
    df.esp = (u32)(catch_stack + sizeof catch_stack); df.cr3 = cr3(); df.map = sizeof df;
    segment(FREE + 8, (u32)&df, sizeof df - 1, TSS32, 0);
    for (u32 vector = 10; vector < 14; vector++) gate(&idt[vector], FREE + 8, 0, TASK, 0);
    gate(&idt[8], FREE + 8, 0, TASK, 0);
    put("%s: ", names[i]);
    start.eip = (u32)CASE("push ecx; push 0; jmp fword ptr [esp]");
    caught_error = 0xffff;
    struct frame *f = (struct frame *)enter_case(&start);
    if (caught_error == 0xffff) put("no fault, #%b", f->vector);
    else put("error %w link %w eip +%h cs=%w ss=%w ds=%w fs=%w gs=%w ldt=%w esp=%h fl=%x%s", caught_error, df.link,
      other.eip - (i == 17 ? 0 : (u32)report_task), other.cs, other.ss, other.ds, other.fs, other.gs, other.ldt, (u32)other_stack + 512 - other.esp, other.eflags & ~RF,
      other.eflags & RF ? "+RF" : "");
    put(" types %b %b\n", type_of(MAIN_TSS), type_of(OTHER));
    set_flags(2); set_cr0(cr0() & ~8u);
    default_handlers();
    reload_tasks();
  }
}

static void contents(void) {
  title("LDT, CR3, 286 tasks, T bit");
  fill(ldt, 0, sizeof ldt);
  segment(TABLE, (u32)ldt, sizeof ldt - 1, LDT, 0);
  segment(0x0c, 0, 0xfffff, DATA_RW, BIG | PAGES);
  at(0); start.ecx = OTHER; other.ldt = TABLE; other.ds = 0x0c; report("with an LDT", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  at(0); start.ecx = OTHER; asm volatile("lldt %w0" : : "r"(TABLE)); tss.ldt = 0; other.eip = (u32)iret_task;
  report("the LDT of the TSS, not of LDTR", CASE("push ecx; push 0; call fword ptr [esp]; sldt eax"));
  at(0); start.ecx = NARROW; report("to a 286 task", CASE("mov eax, 0x11111111; mov edx, eax; push ecx; push 0; jmp fword ptr [esp]"));
  /* From a 286 task to a 386 one and back: 16 bits are kept of each register. */
  at(0); narrow.cs = KCODE16; narrow.ip = 0;
  static const u8 code16[] = {0xcf}; /* iret */
  segment(KCODE16, (u32)code16, 0xff, CODE_RX, 0);
  start.ecx = NARROW; start.edx = 0x12345678;
  report("call a 286 task and back", CASE("push ecx; push 0; call fword ptr [esp]; mov eax, edx"));
  put("  286: ip %h flags %w ax %w sp %w\n", narrow.ip, narrow.flags, narrow.ax, narrow.sp);
  at(0); start.ecx = OTHER; other.trap = 1; report("T bit", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  put("  dr6 %x\n", GET_DR(6)); SET_DR(6, 0);
  at(0); start.ecx = OTHER; other.eflags |= TF; report("TF in the new task", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  put("  dr6 %x\n", GET_DR(6)); SET_DR(6, 0);
  SET_DR(7, 0x255); at(0); start.ecx = OTHER; report("local breakpoints", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  put("  dr7 %x\n", GET_DR(7)); SET_DR(7, 0);
  /* Two address spaces: the window at 4 MB shows different memory. */
  set_cr4(cr4() | 0x10);
  directory[0] = directory2[0] = 0xe3 | 4;
  directory[1] = 0x000000e7; directory2[1] = 0x000000e7 | 0x400000;
  *(u32 *)0x300000 = 0x11111111; *(u32 *)0x700000 = 0x22222222;
  set_cr3((u32)directory); set_cr0(cr0() | 0x80000000);
  at(0); other.cr3 = (u32)directory2; other.eip = (u32)CASE("mov eax, [0x700000]; mov ecx, eax; int 0x2f"); start.ecx = OTHER;
  report("another CR3", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  put("  cr3 is the other: %d\n", cr3() == (u32)directory2);
  set_cr3((u32)directory);
  at(0); other.cr3 = (u32)directory2; other.eip = (u32)iret_task; start.ecx = OTHER;
  report("there and back", CASE("push ecx; push 0; call fword ptr [esp]; mov eax, [0x700000]"));
  put("  cr3 in the main TSS is kept: %d\n", tss.cr3 == (u32)directory);
  set_cr0(cr0() & 0x7fffffff);
}

int main(void) {
  ways();
  title("privileges"); privileges();
  title("refused"); refused();
  title("faults of the new task"); faulty();
  contents();
  return 0;
}

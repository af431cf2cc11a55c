/* Segments: types, loads with all privilege combinations, far transfers,
   call gates, returns to outer levels, and the instructions that ask about selectors.
   Source: SDM vol. 3, ch. 5; vol. 2, MOV, CALL, RET, LAR, LSL, VERR, ARPL. */
#include "kernel.h"

static u8 area[0x4000] __attribute__((aligned(4096)));

static void types(u32 level) {
  static const u8 list[] = {DATA_RO, DATA_RW, DATA_DOWN_RO, DATA_DOWN, CODE_X, CODE_RX, CODE_CX, CODE_CRX};
  for (u32 i = 0; i < 8; i++) {
    segment(FREE, (u32)area, (list[i] & 0xc) == 4 ? 0 : 0xfff, list[i] | level << 5, BIG);
    at_level(level); start.ecx = FREE | level; start.ebx = 16;
    put("type %b ", list[i]); go("load and read", CASE("mov fs, cx; mov al, fs:[ebx]; mov eax, 1"));
    put("  accessed %h\n", gdt[FREE >> 3][1] >> 8 & 1);
    segment(FREE, (u32)area, (list[i] & 0xc) == 4 ? 0 : 0xfff, list[i] | level << 5, BIG);
    at_level(level); start.ecx = FREE | level; start.ebx = 16;
    put("type %b ", list[i]); go("load and write", CASE("mov gs, cx; mov gs:[ebx], al; mov eax, 1"));
    segment(FREE, (u32)area, (list[i] & 0xc) == 4 ? 0 : 0xfff, list[i] | level << 5, BIG);
    at_level(level); start.ecx = FREE | level;
    put("type %b ", list[i]); go("load ss", CASE("mov edx, ss; mov ss, cx; mov eax, 1; mov ss, dx"));
    put("  accessed %h\n", gdt[FREE >> 3][1] >> 8 & 1);
  }
  at_level(level); go("write to cs", CASE("mov cs:[0x200000], eax"));
  at_level(level); go("read cs", CASE("mov eax, cs:[0x100004]; xor eax, eax"));
}

/* Segment register loads for each DPL, RPL, level, presence. */
static void loads(u32 level) {
  for (u32 kind = 0; kind < 5; kind++) {
    static const u8 access[] = {DATA_RW, CODE_RX, CODE_CRX, DATA_RW & 0x7f, CODE_X & 0x7f};
    for (u32 dpl = 0; dpl < 4; dpl++) {
      put("type %b dpl %d es, ss of rpl 0-3:", access[kind], dpl);
      for (u32 rpl = 0; rpl < 4; rpl++) {
        segment(FREE, (u32)area, 0xfff, access[kind] | dpl << 5, BIG);
        at_level(level); start.ecx = FREE | rpl;
        brief(CASE("mov es, cx; mov eax, es"));
        at_level(level); start.ecx = FREE | rpl;
        brief(CASE("mov edx, ss; mov ss, cx; mov eax, ss; mov ss, dx"));
      }
      put("\n");
    }
  }
  static const u16 odd[] = {0, 1, 2, 3, MAIN_TSS, 0x3f8, 0x3ff, 0x400, 0xfff8, 4, 7, 0x84, 0xffff};
  for (u32 i = 0; i < 13; i++) {
    put("selector %w to ds, ss, fs by pop, gs by lgs, lss:", odd[i]);
    at_level(level); start.ecx = odd[i]; brief(CASE("mov ds, cx; mov eax, ds"));
    at_level(level); start.ecx = odd[i]; brief(CASE("mov ss, cx; mov eax, ss"));
    at_level(level); start.ecx = odd[i]; brief(CASE("push ecx; pop fs; mov eax, fs"));
    at_level(level); start.ecx = odd[i]; brief(CASE("push ecx; push 0x1234; mov eax, 0; lgs eax, [esp]"));
    at_level(level); start.ecx = odd[i]; brief(CASE("push ecx; push 0x1234; mov eax, 0; lss eax, [esp]"));
    put("\n");
  }
  at_level(level); go("read through null", CASE("xor ecx, ecx; mov gs, cx; mov eax, gs:[0]"));
  at_level(level); go("write through null", CASE("mov cl, 3; mov gs, cx; mov gs:[0x200000], eax"));
  at_level(level); go("string through null es", CASE("xor ecx, ecx; mov es, cx; inc ecx; rep stosb"));
  at_level(level); go("string with no count through null es", CASE("xor ecx, ecx; mov es, cx; rep stosb"));
  at_level(level); go("lea through null", CASE("xor ecx, ecx; mov ds, cx; lea eax, [ecx + 5]"));
}

static void in_ldt(u32 level) {
  fill(ldt, 0, sizeof ldt);
  segment(0x0c, (u32)area, 0xfff, DATA_RW | level << 5, BIG);
  segment(FREE + 0x18, (u32)ldt, 8 * 4 - 1, LDT, 0);
  asm volatile("lldt %w0" : : "r"(FREE + 0x18));
  at_level(level); start.ecx = 0x0c | level; go("ldt entry 1", CASE("mov es, cx; mov eax, es:[4]; mov eax, es"));
  at_level(level); start.ecx = 4 | level; go("ldt entry 0", CASE("mov es, cx; mov eax, es"));
  at_level(level); start.ecx = 0x14 | level; go("ldt entry 2, empty", CASE("mov es, cx; mov eax, es"));
  at_level(level); start.ecx = 0x24 | level; go("past the ldt", CASE("mov es, cx; mov eax, es"));
  at_level(level); go("sldt", CASE("sldt eax"));
  at_level(level); go("str", CASE("str eax"));
  asm volatile("lldt %w0" : : "r"(0));
  at_level(level); start.ecx = 0x0c | level; go("no ldt", CASE("mov es, cx; mov eax, es"));
}

static void system_loads(void) {
  static const u8 types[] = {TSS16, LDT, BUSY16, CALL16, TASK, TSS32, BUSY32, CALL32, LDT & 0x7f, TSS32 & 0x7f, DATA_RW};
  for (u32 i = 0; i < 11; i++) {
    segment(FREE, (u32)area, 0xfff, types[i], 0);
    at_level(0); start.ecx = FREE; put("type %b ", types[i]); go("lldt", CASE("lldt cx; sldt eax"));
    at_level(0); start.ecx = FREE; put("type %b ", types[i]); go("ltr", CASE("ltr cx; str eax"));
    put("  type %b\n", gdt[FREE >> 3][1] >> 8 & 0xff);
    reload_tasks();
  }
  static const u16 odd[] = {0, 3, 4, 0x3f8, 0x400, 0x84};
  for (u32 i = 0; i < 6; i++) {
    at_level(0); start.ecx = odd[i]; put("selector %w ", odd[i]); go("lldt", CASE("lldt cx; sldt eax"));
    at_level(0); start.ecx = odd[i]; put("selector %w ", odd[i]); go("ltr", CASE("ltr cx; str eax"));
    reload_tasks();
  }
}

/* Bits 16 to 19 of what lar gives are undefined. */
#define LAR_BITS 0xfff0ffff

/* lar, lsl, verr, verw for every access byte at the levels 0 and 3. */
static void ask(u32 level) {
  for (u32 access = 0; access < 0x100; access++) {
    if (access & 0x80 && (access & 0x60) != 0 && (access & 0x60) != 0x60) continue;
    if (!(access & 0x80) && access & 0x60) continue;
    segment(FREE, 0x12345678, 0x9abcd, access, PAGES | BIG | 1);
    at_level(level); start.ecx = FREE | level; start.edx = 0x55;
    run(CASE("lar eax, ecx; setz bl; lsl edx, ecx; setz bh; verr cx; setz cl; verw cx; setz ch"));
    struct frame *f = result.frame;
    put("access %b lar %h %x lsl %h %x ", access, f->ebx & 0xff, f->eax & LAR_BITS, f->ebx >> 8 & 0xff, f->edx);
    at_level(level); start.ecx = FREE | level;
    run(CASE("verr cx; setz al; verw cx; setz ah; movzx eax, ax"));
    put("verr/w %w\n", result.frame->eax);
  }
  static const u16 odd[] = {0, 3, 4, 0x3f8, 0x400, 0x84, 0x0b, 0x13};
  for (u32 i = 0; i < 8; i++) {
    at_level(level); start.ecx = odd[i]; start.eax = 0x55; start.edx = 0x66;
    run(CASE("lar eax, ecx; setz bl; lsl edx, ecx; setz bh; verr cx; setz cl"));
    put("selector %w lar %h %x lsl %h %x verr %h\n", odd[i], result.frame->ebx & 0xff, result.frame->eax & LAR_BITS,
      result.frame->ebx >> 8, result.frame->edx, result.frame->ecx & 0xff);
  }
  for (u32 dpl = 0; dpl < 4; dpl++) for (u32 rpl = 0; rpl < 4; rpl++) for (u32 conforming = 0; conforming < 2; conforming++) {
    segment(FREE, 0, 0xfff, (conforming ? CODE_CRX : DATA_RW) | dpl << 5, 0);
    at_level(level); start.ecx = FREE | rpl;
    run(CASE("lar eax, ecx; setz al; lsl edx, ecx; setz ah; movzx eax, ax; verr cx; setz dl; verw cx; setz dh; shl eax, 16; mov ax, dx"));
    put("%s dpl %d rpl %d lar lsl verr verw %x\n", conforming ? "conforming" : "data", dpl, rpl, result.frame->eax);
  }
  segment(FREE, 0, 0x12345, DATA_RW | DPL3, 0);
  at_level(level); start.ecx = FREE | 3; start.eax = 0x11112222; go("lsl 16 bit", CASE("lsl ax, cx"));
  at_level(level); start.ecx = FREE | 3; start.eax = 0x11112222; go("lar 16 bit", CASE("lar ax, cx"));
}

static void adjust(void) {
  for (u32 a = 0; a < 4; a++) for (u32 b = 0; b < 4; b++) {
    at_level(3); start.eax = 0x5678 | a; start.ecx = 0x1230 | b;
    put("arpl %d %d", a, b);
    brief(CASE("arpl ax, cx"));
    put(" flags %x\n", result.eflags);
  }
}

/* A place where code of a level can be entered through CODE segments of any DPL. */
static void direct(u32 level) {
  for (u32 conforming = 0; conforming < 2; conforming++)
    for (u32 dpl = 0; dpl < 4; dpl++) {
      put("%s dpl %d jmp, call of rpl 0-3:", conforming ? "conforming" : "code", dpl);
      for (u32 rpl = 0; rpl < 4; rpl++) {
        segment(FREE, 0, 0xfffff, (conforming ? CODE_CX : CODE_X) | dpl << 5, BIG | PAGES);
        at_level(level); start.ecx = FREE | rpl;
        brief(CASE("push ecx; push offset 1f; jmp fword ptr [esp]; nop; 1: mov eax, cs"));
        at_level(level); start.ecx = FREE | rpl;
        brief(CASE("push ecx; push offset 1f; call fword ptr [esp]; nop; 1: mov eax, cs"));
      }
      put("\n");
    }
  segment(FREE, 0, 0xfffff, (CODE_X & 0x7f) | level << 5, BIG | PAGES);
  at_level(level); start.ecx = FREE | level; go("jmp absent", CASE("push ecx; push 0; jmp fword ptr [esp]"));
  segment(FREE, 0, 0xff, CODE_X | level << 5, BIG);
  at_level(level); start.ecx = FREE | level; go("jmp past the limit", CASE("push ecx; push 0x100; jmp fword ptr [esp]"));
  at_level(level); start.ecx = FREE | level; go("call past the limit", CASE("push ecx; push 0x100; call fword ptr [esp]"));
  static const u16 odd[] = {0, 3, 4, KDATA, UDATA, 0x3f8, 0x400, 0x84};
  for (u32 i = 0; i < 8; i++) {
    put("selector %w by jmp, call, retf, iret:", odd[i]);
    at_level(level); start.ecx = odd[i]; brief(CASE("push ecx; push 0; jmp fword ptr [esp]"));
    at_level(level); start.ecx = odd[i]; brief(CASE("push ecx; push 0; call fword ptr [esp]"));
    at_level(level); start.ecx = odd[i]; brief(CASE("push ecx; push 0; retf"));
    at_level(level); start.ecx = odd[i]; brief(CASE("pushfd; push ecx; push 0; iretd"));
    put("\n");
  }
}

/* Prints what the gate pushed: the handler's stack as it is. */
asm(".pushsection .text.handlers,\"ax\"\n"
  "gate_target: pushl $0x77; jmp case_caught\n"
  "gate_target16: ljmp $8, $gate_target\n"
  "gate_done: int $0x20\n"
  "gate_back16: iretw\n"
  "gate_far_back: movl $0x99, %eax; lretl $8\n"
  ".popsection");
void gate_target(void), gate_target16(void);
extern u8 gate_far_back[], gate_done[], gate_back16[];

static u8 stack1[256], stack2[256];

static void show_gate(const char *name, const void *code, u32 level) {
  start.eip = (u32)code;
  struct frame *f = (struct frame *)enter_case(&start);
  put("%s: #%b ss=%w", name, f->vector, caught_ss);
  u32 *top = (u32)f >= (u32)trap_stack && (u32)f < (u32)trap_stack_top ? (u32 *)trap_stack_top
    : (u32)f >= (u32)stack1 && (u32)f < (u32)stack1 + 256 ? (u32 *)(stack1 + 256)
    : (u32)f >= (u32)stack2 && (u32)f < (u32)stack2 + 256 ? (u32 *)(stack2 + 256) : (u32 *)start.esp;
  u32 bytes = (u32)top - (u32)f->words;
  for (u32 i = 0; i < (bytes + 3) / 4 && i < 16; i++) {
    u32 word = f->words[i];
    if (i * 4 + 4 > bytes) word &= 0xffff;
    if (f->vector < 32 && word & RF && word < 0x40000) put(" %x+RF", word & ~RF);
    else if (word - (u32)code < 0x100) put(" +%h", word - (u32)code);
    else if (word - start.esp + 0x100 < 0x200) put(" sp-%h", start.esp - word);
    else put(" %x", word);
  }
  put("\n");
  (void)level;
}

static void call_gates(u32 level) {
  tss.ss1 = DATA1; tss.esp1 = (u32)stack1 + sizeof stack1;
  tss.ss2 = DATA2; tss.esp2 = (u32)stack2 + sizeof stack2;
  for (u32 dpl = 0; dpl < 4; dpl++) for (u32 rpl = 0; rpl < 4; rpl++) {
    gate(&gdt[FREE >> 3], KCODE, (u32)gate_target, CALL32 | dpl << 5, 0);
    at_level(level); start.ecx = FREE | rpl;
    put("gate dpl %d rpl %d ", dpl, rpl);
    show_gate("call", CASE("push ecx; push 0; call fword ptr [esp]"), level);
  }
  for (u32 count = 0; count < 4; count++) {
    gate(&gdt[FREE >> 3], KCODE, (u32)gate_target, CALL32 | DPL3, count);
    at_level(level); start.ecx = FREE;
    put("32-bit gate with %d parameters ", count);
    show_gate("call", CASE("push 0x333; push 0x222; push 0x111; sub esp, 8; mov [esp + 4], ecx; lea eax, [esp]; add esp, 8; call fword ptr [eax]"), level);
    gate(&gdt[FREE >> 3], FREE + 8, 0, CALL16 | DPL3, count);
    segment(FREE + 8, (u32)gate_target16, 0xffff, CODE_X, BIG);
    at_level(level); start.ecx = FREE;
    put("16-bit gate with %d parameters ", count);
    show_gate("call", CASE("push 0x333; push 0x222; push 0x111; sub esp, 8; mov [esp + 4], ecx; lea eax, [esp]; add esp, 8; call fword ptr [eax]"), level);
  }
  gate(&gdt[FREE >> 3], KCODE, (u32)gate_target, CALL32 | DPL3, 31);
  at_level(level); start.esp -= 128; start.ecx = FREE;
  for (u32 i = 0; i < 32; i++) ((u32 *)start.esp)[i] = 0x1000 + i;
  show_gate("31 parameters", CASE("sub esp, 8; mov [esp + 4], ecx; lea eax, [esp]; add esp, 8; call fword ptr [eax]"), level);
  gate(&gdt[FREE >> 3], KCODE, (u32)gate_target, CALL32 | DPL3, 0);
  at_level(level); start.ecx = FREE; show_gate("jmp through the gate", CASE("push ecx; push 0; jmp fword ptr [esp]"), level);
  static const u16 bad[] = {0, 3, 4, KDATA, UDATA, MAIN_TSS, 0x3f8, UCODE};
  for (u32 i = 0; i < 8; i++) {
    gate(&gdt[FREE >> 3], bad[i], (u32)gate_target, CALL32 | DPL3, 0);
    at_level(level); start.ecx = FREE; put("gate to %w ", bad[i]);
    show_gate("call", CASE("push ecx; push 0; call fword ptr [esp]"), level);
  }
  gate(&gdt[FREE >> 3], KCODE, (u32)gate_target, (CALL32 & 0x7f) | DPL3, 0);
  at_level(level); start.ecx = FREE; show_gate("absent gate", CASE("push ecx; push 0; call fword ptr [esp]"), level);
  segment(FREE + 8, 0, 0xfffff, CODE_X & 0x7f, BIG | PAGES);
  gate(&gdt[FREE >> 3], FREE + 8, (u32)gate_target, CALL32 | DPL3, 0);
  at_level(level); start.ecx = FREE; show_gate("gate to absent code", CASE("push ecx; push 0; call fword ptr [esp]"), level);
  segment(FREE + 8, 0, 0xff, CODE_X, BIG);
  gate(&gdt[FREE >> 3], FREE + 8, 0x100, CALL32 | DPL3, 0);
  at_level(level); start.ecx = FREE; show_gate("gate past the limit", CASE("push ecx; push 0; call fword ptr [esp]"), level);
  if (level == 0) return;
  gate(&gdt[FREE >> 3], KCODE, (u32)gate_far_back, CALL32 | DPL3, 2);
  at_level(level); start.ecx = FREE;
  go("there and back with 2 parameters", CASE("push ecx; push 0; mov eax, esp; push 1; push 2; call fword ptr [eax]"));
}

/* Interrupt and trap gates of 16 bits: words on whatever stack, error codes too, and iretw back. */
static void narrow_interrupts(u32 level) {
  static const u8 types[] = {INT16, TRAP16};
  for (u32 i = 0; i < 2; i++) {
    segment(FREE + 8, (u32)gate_target16, 0xffff, CODE_X, BIG);
    gate(&idt[0x21], FREE + 8, 0, types[i] | DPL3, 0);
    gate(&idt[13], FREE + 8, 0, types[i], 0);
    at_level(level); start.eflags |= IF | DF;
    put("16-bit gate %b level %d ", types[i], level);
    show_gate("int 21", CASE("int 0x21"), level);
    at_level(level); start.eflags |= AC | ID;
    put("16-bit gate %b level %d ", types[i], level);
    show_gate("#GP", CASE("mov cx, 0x3f8; mov gs, cx"), level);
    default_handlers();
    if (level == 0) continue;
    segment(FREE + 8, (u32)gate_back16, 0xffff, CODE_X, BIG);
    gate(&idt[0x21], FREE + 8, 0, types[i] | DPL3, 0);
    in_16bit(3); start.eflags |= IF | CF | IOPL3; put("16-bit gate %b ", types[i]);
    go("there and back", CASE16("nop; int 0x21; mov eax, 0x1234"));
    default_handlers();
  }
}

/* Inner stacks that the TSS must provide. */
static void show_inner(const void *code) {
  brief(code);
  put(" cs=%w ss=%w sp%h\n", result.cs, result.ss, result.esp - (result.cs == CODE1 ? (u32)stack1 : start.esp));
}

static void bad_inner_stacks(void) {
  gate(&gdt[FREE >> 3], CODE1 & ~3, (u32)gate_done, CALL32 | DPL3, 3);
  static const u16 bad[] = {0, 1, 4, KDATA, DATA1 & ~3, DATA1 | 2, UDATA, CODE1, 0x3f9, FREE + 9, FREE + 0x11};
  segment(FREE + 8, 0, 0xfffff, (DATA_RW & 0x7f) | DPL1, BIG | PAGES);
  segment(FREE + 0x10, 0, 0xfffff, DATA_RO | DPL1, BIG | PAGES);
  for (u32 i = 0; i < 11; i++) {
    tss.ss1 = bad[i];
    at_level(3); start.ecx = FREE; put("ss1 %w ", bad[i]);
    show_inner(CASE("push ecx; push 0; call fword ptr [esp]"));
  }
  segment(FREE + 8, (u32)stack1, 0xff, DATA_RW | DPL1, BIG);
  tss.ss1 = FREE + 9;
  for (u32 esp = 0x14; esp <= 0x20; esp += 4) {
    tss.esp1 = esp; at_level(3); start.ecx = FREE; put("esp1 %h ", esp);
    go("call", CASE("push ecx; push 0; call fword ptr [esp]; int 0x21; int 0x21"));
  }
  tss.esp1 = 0x104; at_level(3); start.ecx = FREE; go("esp1 104", CASE("push ecx; push 0; call fword ptr [esp]"));
  tss.ss1 = DATA1; tss.esp1 = (u32)stack1 + sizeof stack1;
  /* A TSS that ends before the stack of level 1. */
  for (u32 limit = 0x0b; limit < 0x12; limit++) {
    at_level(3); start.ecx = FREE;
    segment(MAIN_TSS, (u32)&tss, limit, TSS32, 0);
    asm volatile("ltr %w0" : : "r"(MAIN_TSS));
    put("tss limit %h ", limit);
    show_inner(CASE("push ecx; push 0; call fword ptr [esp]"));
  }
  reload_tasks();
}

/* Far return to outer levels: checks of CS and SS, what becomes of the data segments. */
static void outward(void) {
  for (u32 level = 1; level < 4; level++) {
    static const u16 code[] = {KCODE, CODE1, CODE2, UCODE}, data[] = {KDATA, DATA1, DATA2, UDATA};
    at_level(0); start.ecx = code[level]; start.edx = data[level];
    put("to %d ", level);
    run(CASE("mov eax, esp; push edx; push eax; push ecx; push offset 1f; retf; 1:"));
    show("retf");
    put("  ds %w es %w fs %w gs %w\n", result.frame->ds, result.frame->es, result.frame->fs, result.frame->gs);
  }
  static const u16 segments[] = {0, 3, KDATA, DATA1, DATA2, UDATA, KCODE, UCODE, FREE, FREE | 3, FREE + 8};
  segment(FREE, 0, 0xfffff, CODE_CRX, BIG | PAGES);
  segment(FREE + 8, 0, 0xfffff, CODE_CRX | DPL2, BIG | PAGES);
  for (u32 i = 0; i < 11; i++) {
    at_level(0); start.ds = start.fs = segments[i]; start.es = 0; start.gs = 2; start.ecx = UCODE; start.edx = UDATA;
    put("segment %w ", segments[i]);
    run(CASE("mov eax, esp; push edx; push eax; push ecx; push offset 1f; retf; 1:"));
    put("retf #%b ds %w es %w fs %w gs %w\n", result.vector, result.frame->ds, result.frame->es, result.frame->fs, result.frame->gs);
    at_level(0); start.ds = start.fs = segments[i]; start.es = 0; start.gs = 2; start.ecx = UCODE; start.edx = UDATA;
    put("segment %w ", segments[i]);
    run(CASE("mov eax, esp; push edx; push eax; pushfd; push ecx; push offset 1f; iretd; 1:"));
    put("iret #%b ds %w es %w fs %w gs %w\n", result.vector, result.frame->ds, result.frame->es, result.frame->fs, result.frame->gs);
  }
  static const u16 stacks[] = {0, 3, KDATA, UDATA & ~3, UDATA, DATA2, UCODE, 0x3fb, FREE + 0x13, FREE + 0x1b};
  segment(FREE + 0x10, 0, 0xfffff, (DATA_RW & 0x7f) | DPL3, BIG | PAGES);
  segment(FREE + 0x18, 0, 0xfffff, DATA_RO | DPL3, BIG | PAGES);
  for (u32 i = 0; i < 10; i++) {
    put("stack %w ", stacks[i]); at_level(0); start.ecx = UCODE; start.edx = stacks[i];
    go("retf", CASE("mov eax, esp; push edx; push eax; push ecx; push offset 1f; xor eax, eax; retf; 1:"));
    put("stack %w ", stacks[i]); at_level(0); start.ecx = UCODE; start.edx = stacks[i];
    go("iret", CASE("mov eax, esp; push edx; push eax; pushfd; push ecx; push offset 1f; xor eax, eax; iretd; 1:"));
  }
  for (u32 dpl = 0; dpl < 4; dpl++) for (u32 rpl = 0; rpl < 4; rpl++) for (u32 conforming = 0; conforming < 2; conforming++) {
    segment(FREE, 0, 0xfffff, (conforming ? CODE_CX : CODE_X) | dpl << 5, BIG | PAGES);
    static const u16 data[] = {KDATA, DATA1, DATA2, UDATA};
    put("%s dpl %d rpl %d ", conforming ? "conforming" : "code", dpl, rpl);
    at_level(1); start.ecx = FREE | rpl; start.edx = data[rpl];
    go("retf from 1", CASE("mov eax, esp; push edx; push eax; push ecx; push offset 1f; xor eax, eax; retf; 1: mov eax, cs"));
  }
  at_level(0); start.ecx = UCODE; start.edx = UDATA;
  go("retf 8", CASE("mov eax, esp; push edx; push eax; push 2; push 1; push ecx; push offset 1f; retf 8; 1:"));
}

int main(void) {
  for (u32 level = 0; level < 4; level += 3) {
    put("# level %d\n", level);
    types(level); in_ldt(level); ask(level);
  }
  for (u32 level = 0; level < 4; level++) {
    put("# transfers, level %d\n", level);
    loads(level); direct(level); call_gates(level); narrow_interrupts(level);
  }
  title("system segments");
  system_loads();
  adjust();
  title("inner stacks"); bad_inner_stacks();
  title("outward"); outward();
  return 0;
}

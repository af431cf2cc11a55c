/* Running one case and printing how it ended. */
#include "kernel.h"

u8 trap_stack[4096] __attribute__((aligned(16)));
u8 case_stack[8192] __attribute__((aligned(16)));
asm(".globl trap_stack_top, case_stack_top\n trap_stack_top = trap_stack + 4096\n case_stack_top = case_stack + 4096");

struct context start;
struct outcome result;
static u32 origin;

void at_level(u32 level) {
  static const u16 code[] = {KCODE, CODE1, CODE2, UCODE}, data[] = {KDATA, DATA1, DATA2, UDATA};
  fill(&start, 0, sizeof start);
  start.cs = code[level];
  start.ss = start.ds = start.es = start.fs = start.gs = data[level];
  start.eflags = 2;
  start.esp = (u32)case_stack_top;
}

void in_16bit(u32 level) {
  at_level(level);
  start.cs = level ? UCODE16 : KCODE16;
  start.ss = level ? UDATA16 : KDATA16;
  segment(start.ss, 0x70000, 0xffff, DATA_RW | (level ? DPL3 : 0), 0);
  start.esp = 0x1000;
}

/* Code at 2000:0000, stack 3000:1000, data 4000 (ds), 5000 (es), 6000 (fs), 7000 (gs). */
void in_v86(u32 iopl) {
  at_level(3);
  start.cs = 0x2000;
  start.ss = 0x3000;
  start.esp = 0x1000;
  start.eflags = 2 | VM | iopl << 12;
  start.vds = 0x4000; start.ves = 0x5000; start.vfs = 0x6000; start.vgs = 0x7000;
}

void place_case(const void *code) {
  origin = (u32)code;
  start.eip = (u32)code;
  if (start.eflags & VM) {
    copy((void *)0x20000, code, 256);
    start.eip = origin = 0;
  } else if (start.cs == KCODE16 || start.cs == UCODE16) {
    segment(start.cs, (u32)code, 0xffff, CODE_RX | (start.cs & 3 ? DPL3 : 0), 0);
    start.eip = origin = 0;
  }
}

static u32 is_code(u32 word) { return word == start.cs || word == KCODE; }

/* How much the processor pushed follows from which stack it is: an inner one is empty but for this. */
static void read_frame(struct frame *frame) {
  u32 *words = frame->words;
  u32 inner = (u32)frame >= (u32)trap_stack && (u32)frame < (u32)trap_stack_top;
  u32 count = inner ? (u32 *)trap_stack_top - words : is_code(words[1]) ? 3 : 4;
  u32 error = inner ? (count & 1) == 0 : count == 4;
  result.frame = frame;
  result.vector = frame->vector;
  result.has_error = error;
  result.error = error ? *words++ : 0;
  result.eip = words[0];
  result.cs = words[1];
  result.eflags = words[2];
  result.has_outer = inner && count > 4;
  result.esp = result.has_outer ? words[3] : (u32)(words + 3);
  result.ss = result.has_outer ? words[4] : KDATA;
  result.cr2 = cr2();
}

void run(const void *code) {
  place_case(code);
  read_frame((struct frame *)enter_case(&start));
}

static void put_offset(u32 value, u32 from) {
  if (value - from < 0x10000) put("+%h", value - from);
  else if (from - value < 0x10000) put("-%h", from - value);
  else put("@%x", value);
}

void show(const char *name) {
  struct outcome *r = &result;
  put("%s: ", name);
  if (r->vector == DONE) put("done");
  else put("#%b", r->vector);
  if (r->has_error) put("(%w)", r->error);
  put(" ");
  put_offset(r->eip, origin);
  put(" cs=%w fl=%x%s", r->cs, r->eflags & ~RF, r->eflags & RF ? "+RF" : "");
  put(r->has_outer ? " ss=%w sp" : " sp", r->ss);
  put_offset(r->esp, start.esp);
  put(" eax=%x", r->frame->eax);
  if (r->vector == 14) put(" cr2=%x", r->cr2);
  if (r->eflags & VM && r->has_outer) {
    u32 *v = r->frame->words + r->has_error + 5;
    put(" es=%w ds=%w fs=%w gs=%w", v[0], v[1], v[2], v[3]);
  }
  put("\n");
}

void brief(const void *code) {
  run(code);
  if (result.vector == DONE) put(" %h", result.frame->eax);
  else if (result.has_error) put(" #%b(%w)", result.vector, result.error);
  else put(" #%b", result.vector);
  put_offset(result.eip, origin);
}

void go(const char *name, const void *code) {
  run(code);
  show(name);
}

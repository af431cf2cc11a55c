/* When interrupts are taken: after sti, popf and iret, out of hlt, between the iterations of a
   repeated string instruction; priorities of the PIC. Interrupts are pending before each case
   begins, so that nothing depends on time. Source: SDM vol. 2, STI, HLT; vol. 3, 6.8; 8259A data sheet. */
#include "kernel.h"

enum { TIMER = 1, SERIAL = 0x10 };

static u8 requests(void) { out8(0x20, 0x0a); return in8(0x20); }
static u8 in_service(void) { out8(0x20, 0x0b); return in8(0x20); }

static void count_down(u32 ticks) {
  out8(0x43, 0x30); out8(0x40, ticks); out8(0x40, ticks >> 8);
}

/* One request of the timer, and of the serial port if asked for. */
static void pend(u32 which) {
  count_down(20);
  if (which & SERIAL) { out8(0x3fc, 0x0b); out8(0x3f9, 2); }
  while ((requests() & which) != which) {}
}

static void unmask(u32 which) { out8(0x21, ~which); }

/* End of interrupt for all that is in service, everything quiet again. */
static void quiet(void) {
  while (in_service()) out8(0x20, 0x20);
  out8(0x21, 0xff);
  out8(0x3f9, 0);
  in8(0x3fa);
}

static void at(u32 level) { at_level(level); if (level) start.eflags |= IOPL3; start.edx = level ? UDATA : KDATA; }

#define PENDING(name, text) at(level); unmask(TIMER); pend(TIMER); run(CASE(text)); quiet(); show(name);

static void shadows(u32 level) {
  PENDING("nothing", "inc eax; inc eax")
  PENDING("sti", "sti; inc eax; inc eax; inc eax")
  PENDING("sti and cli", "sti; cli; inc eax; inc eax")
  PENDING("sti twice", "sti; sti; inc eax; inc eax")
  PENDING("nop, sti", "nop; sti; inc eax; inc eax")
  PENDING("sti, jmp", "sti; jmp 1f; nop; 1: inc eax; inc eax")
  PENDING("sti, fault", "sti; ud2; inc eax")
  PENDING("sti, int", "sti; int 0x21; inc eax")
  PENDING("popfd", "push 0x3202; popfd; inc eax; inc eax")
  PENDING("popfw", "push 0x3202; popfw; inc eax; inc eax")
  PENDING("iretd", "push 0x3202; push cs; push offset 1f; iretd; nop; 1: inc eax; inc eax")
  PENDING("sti, popfd of IF 0", "push 0x3002; sti; popfd; inc eax; inc eax")
  at(level); start.eflags |= IF; unmask(TIMER); pend(TIMER); run(CASE("inc eax; inc eax")); quiet(); show("IF set by the iret to here");
  at(level); start.eflags |= IF | TF; unmask(TIMER); pend(TIMER); run(CASE("inc eax; inc eax")); quiet(); show("IF and TF set by it");
  if (level) return;
  PENDING("sti, hlt", "sti; hlt; inc eax")
  at(0); unmask(TIMER); count_down(2000); run(CASE("sti; hlt; inc eax")); quiet(); show("hlt waits");
  at(0); unmask(TIMER); count_down(2000); start.eflags |= IF; run(CASE("hlt; inc eax")); quiet(); show("hlt with IF");
  at(0); unmask(TIMER); count_down(2000); start.eflags |= IF | TF; run(CASE("hlt; inc eax")); quiet(); show("hlt with TF");
}

static void repeated(u32 level) {
  enum { COUNT = 0x400000 };
  u32 ticks = 600;
  for (u32 kind = 0; kind < 3; kind++) {
    at(level); unmask(TIMER); start.edi = 0x800000; start.esi = 0x400000; start.ecx = COUNT; start.eflags |= IF;
    const void *code = kind == 0 ? CASE("rep stosb") : kind == 1 ? CASE("rep lodsb") : CASE("repne scasb");
    start.eax = kind == 2 ? 0x33 : 0xa5;
    count_down(ticks);
    run(code);
    quiet();
    struct frame *f = result.frame;
    u32 moved = kind == 1 ? f->esi - 0x400000 : f->edi - 0x800000;
    put("%s: #%b at +%h%s, count and pointer agree: %d, some done: %d, some left: %d\n", kind == 0 ? "rep stosb" : kind == 1 ? "rep lodsb" : "repne scasb",
      result.vector, result.eip - start.eip, result.eflags & RF ? "+RF" : "", moved + f->ecx == COUNT, moved > 0, f->ecx > 0);
  }
}

static void priorities(void) {
  at(0); unmask(TIMER | SERIAL); pend(TIMER | SERIAL);
  u8 before = requests();
  run(CASE("sti; nop; nop; nop"));
  u8 after = requests(), service = in_service();
  u32 first = result.vector;
  at(0); run(CASE("sti; nop; nop; nop"));
  u32 blocked = result.vector;
  out8(0x20, 0x20);
  at(0); run(CASE("sti; nop; nop; nop"));
  u32 second = result.vector;
  u8 last = in_service();
  quiet();
  put("requests %b, first #%b, then requests %b in service %b, before the end #%b, after it #%b in service %b\n",
    before & 0x11, first, after & 0x11, service, blocked, second, last);
  at(0); unmask(SERIAL); pend(TIMER | SERIAL); run(CASE("sti; nop; nop; nop")); quiet();
  show("timer masked");
  at(0); unmask(TIMER | SERIAL); pend(TIMER | SERIAL); out8(0x20, 0xc3); run(CASE("sti; nop; nop; nop")); quiet(); out8(0x20, 0xc7);
  show("priority rotated so that 4 is the highest");
  at(0); unmask(0); pend(TIMER); run(CASE("sti; nop; nop; nop")); quiet();
  show("all masked");
}

int main(void) {
  for (u32 level = 0; level < 4; level += 3) {
    put("# level %d\n", level);
    shadows(level); repeated(level);
  }
  title("priorities");
  priorities();
  return 0;
}

/* GDT, LDT, IDT, the main TSS, and the state that all cases begin from. */
#include "kernel.h"

u32 gdt[GDT_ENTRIES][2] __attribute__((aligned(16)));
u32 ldt[LDT_ENTRIES][2] __attribute__((aligned(16)));
u32 idt[256][2] __attribute__((aligned(16)));
struct tss tss __attribute__((aligned(16)));

void segment(u32 selector, u32 base, u32 limit, u32 access, u32 flags) {
  u32 *entry = entry_of(selector);
  entry[0] = (limit & 0xffff) | base << 16;
  entry[1] = (base & 0xff000000) | flags << 20 | (limit & 0xf0000) | access << 8 | (base >> 16 & 0xff);
}

void gate(u32 (*entry)[2], u32 selector, u32 offset, u32 access, u32 parameters) {
  (*entry)[0] = selector << 16 | (offset & 0xffff);
  (*entry)[1] = (offset & 0xffff0000) | access << 8 | parameters;
}

void handler(u32 vector, void *code, u32 access) { gate(&idt[vector], KCODE, (u32)code, access, 0); }

void default_handlers(void) {
  for (u32 vector = 0; vector < 256; vector++) {
    u32 open = vector == 3 || vector == 4 || (vector >= 0x20 && vector < 0x30);
    handler(vector, stubs + vector * 16, INT32 | (open ? DPL3 : 0));
  }
}

void load_gdt(u32 limit) {
  struct table t = {limit, (u32)gdt};
  asm volatile("lgdt %0" : : "m"(t));
}

void load_idt(u32 limit) {
  struct table t = {limit, (u32)idt};
  asm volatile("lidt %0" : : "m"(t));
}

/* TR and LDTR as every case finds them. */
void reload_tasks(void) {
  segment(MAIN_TSS, (u32)&tss, sizeof tss - 1, TSS32, 0);
  asm volatile("ltr %w0; lldt %w1" : : "r"(MAIN_TSS), "r"(0));
}

static void load_segments(void) {
  asm volatile("ljmp $8, $1f; 1: movw %w0, %%ds; movw %w0, %%es; movw %w0, %%fs; movw %w0, %%gs; movw %w0, %%ss"
    : : "r"(KDATA));
}

/* All lines of both PICs masked, vectors out of the way of the exceptions. */
static void quiet_pics(void) {
  out8(0x20, 0x11); out8(0x21, 0x40); out8(0x21, 4); out8(0x21, 1);
  out8(0xa0, 0x11); out8(0xa1, 0x48); out8(0xa1, 2); out8(0xa1, 1);
  out8(0x21, 0xff); out8(0xa1, 0xff);
}

void prepare(void) {
  segment(KCODE, 0, 0xfffff, CODE_RX | 1, BIG | PAGES);
  segment(KDATA, 0, 0xfffff, DATA_RW | 1, BIG | PAGES);
  segment(UCODE, 0, 0xfffff, CODE_RX | DPL3 | 1, BIG | PAGES);
  segment(UDATA, 0, 0xfffff, DATA_RW | DPL3 | 1, BIG | PAGES);
  segment(CODE1, 0, 0xfffff, CODE_RX | DPL1 | 1, BIG | PAGES);
  segment(DATA1, 0, 0xfffff, DATA_RW | DPL1 | 1, BIG | PAGES);
  segment(CODE2, 0, 0xfffff, CODE_RX | DPL2 | 1, BIG | PAGES);
  segment(DATA2, 0, 0xfffff, DATA_RW | DPL2 | 1, BIG | PAGES);
  tss.ss0 = KDATA; tss.esp0 = (u32)trap_stack_top;
  tss.map = sizeof tss;
  default_handlers();
  load_gdt(sizeof gdt - 1);
  load_segments();
  load_idt(sizeof idt - 1);
  reload_tasks();
  quiet_pics();
  /* CD, NW, MP, EM, TS and the rest off: what firmware left of them does not matter. */
  set_cr0(0x11 | 0x20);
  asm volatile("fninit");
  at_level(0);
}

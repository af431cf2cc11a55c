/* CPUID leaves, model-specific registers, time stamp counter, bits of the control registers.
   What to expect follows from the configuration, not from another machine. */
#include "kernel.h"

static void cpuid(u32 leaf, u32 *r) { asm volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf)); }

static void leaves(u32 first, u32 count) {
  for (u32 leaf = first; leaf < first + count; leaf++) {
    u32 r[4];
    cpuid(leaf, r);
    put("cpuid %x: %x %x %x %x\n", leaf, r[0], r[1], r[2], r[3]);
  }
}

static void text(const char *name, u32 first, u32 count) {
  static u32 words[20];
  fill(words, 0, sizeof words);
  for (u32 i = 0; i < count; i++) cpuid(first + i, words + 4 * i);
  put("%s: %s\n", name, (char *)words);
}

static void msr(u32 number) {
  put("msr %h: ", number);
  at_level(0); start.ecx = number; go("read", CASE("rdmsr; xor eax, eax"));
  at_level(0); start.ecx = number; put("msr %h: ", number); go("read and write back", CASE("rdmsr; wrmsr; xor eax, eax"));
}

static void control(void) {
  for (u32 bit = 0; bit < 32; bit++) {
    at_level(0); start.ecx = 1u << bit; put("cr4 bit %d:", bit);
    brief(CASE("mov edx, cr4; mov cr4, ecx; mov eax, cr4; mov cr4, edx")); put("\n");
  }
  at_level(0); start.ecx = (cr0() | 0x80000000) & ~1u; go("PG without PE", CASE("mov cr0, ecx"));
  at_level(0); start.ecx = (cr0() | 0x20000000) & ~0x40000000u; go("NW without CD", CASE("mov cr0, ecx"));
  at_level(0); start.ecx = cr0() | 0x1ffaffc0; go("reserved bits of cr0", CASE("mov edx, cr0; mov cr0, ecx; mov eax, cr0; mov cr0, edx"));
}

static u32 low_tsc(void) { u32 low; asm volatile("rdtsc" : "=a"(low) : : "edx"); return low; }

static void time_stamp(void) {
  u32 before = low_tsc(), rising = 1;
  for (u32 i = 0; i < 1000; i++) {
    u32 now = low_tsc();
    if (now - before == 0 || now - before > 0x10000000) rising = 0;
    before = now;
  }
  put("time stamp counter rises: %d\n", rising);
  asm volatile("wrmsr" : : "c"(0x10), "a"(0xfffffff0), "d"(0x12));
  u32 low, high;
  for (u32 i = 0; i < 100; i++) low_tsc();
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  put("carried into the upper half: %d\n", high == 0x13 && low < 0x10000);
}

int main(void) {
  leaves(0, 3);
  leaves(0x80000000, 2);
  leaves(0x80000005, 2);
  text("brand", 0x80000002, 3);
  leaves(0x80860000, 3);
  text("software", 0x80860003, 4);
  leaves(0x80860007, 1);
  static const u32 numbers[] = {0, 1, 0x10, 0x1b, 0x174, 0x175, 0x176, 0x179, 0x1d9, 0x277, 0x2ff, 0xc0000080, 0x80860004, 0x12345678};
  for (u32 i = 0; i < 14; i++) msr(numbers[i]);
  /* The mask register hides features from leaf 1. */
  u32 r[4];
  asm volatile("wrmsr" : : "c"(0x80860004), "a"(0xffffffef), "d"(0));
  cpuid(1, r); put("features without bit 4 %x\n", r[3]);
  asm volatile("wrmsr" : : "c"(0x80860004), "a"(0xffffffff), "d"(0));
  cpuid(1, r); put("and with it %x\n", r[3]);
  at_level(0); start.eflags |= ID; go("ID can be set", CASE("pushfd; pop eax"));
  at_level(0); go("fxsave", CASE(".byte 0x0f, 0xae, 0x04, 0x24"));
  at_level(0); go("sysenter", CASE(".byte 0x0f, 0x34"));
  at_level(0); go("sysexit", CASE(".byte 0x0f, 0x35"));
  at_level(0); go("xorps", CASE(".byte 0x0f, 0x57, 0xc0"));
  at_level(0); go("movapd", CASE(".byte 0x66, 0x0f, 0x28, 0xc0"));
  at_level(0); go("rdpmc", CASE(".byte 0x0f, 0x33"));
  at_level(0); go("rsm", CASE(".byte 0x0f, 0xaa"));
  at_level(0); go("monitor", CASE(".byte 0x0f, 0x01, 0xc8"));
  at_level(0); go("syscall", CASE(".byte 0x0f, 0x05"));
  control();
  time_stamp();
  return 0;
}

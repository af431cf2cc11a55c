/* Cases of virtual-8086 mode. */

/* Ends by int3, which no IOPL and no redirection touches. */
#define CASE86(text) ({ const void *at_; \
  asm volatile(".pushsection .cases,\"ax\"\n .balign 16\n .code16\n .intel_syntax noprefix\n771: " text \
    "\n int3\n .att_syntax prefix\n .code32\n .popsection\n movl $771b, %0" : "=r"(at_)); at_; })

#define STACK ((u16 *)0x30000)
#define VECTORS ((u32 *)0)

static inline void stack_words(u32 count) {
  u32 sp = result.esp & 0xffff;
  put("  stack");
  for (u32 i = 0; i < count; i++) put(" %w", STACK[sp / 2 + i]);
  put("\n");
}

static inline void v86(u32 iopl, u32 more) {
  in_v86(iopl);
  start.eflags |= more;
  fill((u8 *)0x30f00, 0xee, 256);
}

static inline void flag_instructions(u32 iopl) {
  static const u32 sets[] = {0, IF, VIF, IF | VIF, VIP, VIF | VIP};
  for (u32 i = 0; i < 6; i++) {
    if (i == 5 && cr4() & 1) continue;
    put("flags %x:\n", sets[i]);
    v86(iopl, sets[i]); go("  pushf", CASE86("pushf; pop ax"));
    v86(iopl, sets[i]); go("  pushfd", CASE86("pushfd; pop eax"));
    v86(iopl, sets[i]); go("  cli", CASE86("cli"));
    v86(iopl, sets[i]); go("  sti", CASE86("sti"));
    v86(iopl, sets[i]); go("  popf 0", CASE86("push 0; popf"));
    v86(iopl, sets[i]); go("  popf all", CASE86("push 0xfeff; popf"));
    v86(iopl, sets[i]); go("  popf TF", CASE86("push 0x100; popf; nop; nop"));
    v86(iopl, sets[i]); go("  popfd all", CASE86(".byte 0x66, 0x68; .long 0x3dfeff; popfd"));
    v86(iopl, sets[i]); go("  iret 0", CASE86("push 0; push cs; push 1f-771b; iret; 1:"));
    v86(iopl, sets[i]); go("  iret all", CASE86("push 0x7eff; push cs; push 1f-771b; iret; 1:"));
    v86(iopl, sets[i]); go("  iret TF", CASE86("push 0x100; push cs; push 1f-771b; iret; nop; 1: nop; nop"));
    v86(iopl, sets[i]); go("  iretd all", CASE86(".byte 0x66, 0x68; .long 0x3ffeff; .byte 0x66; push cs; .byte 0x66, 0x6a, 1f-771b; iretd; 1:"));
  }
}

/* Where the program's own vectors point: to an int3. */
static inline void own_vectors(void) {
  *(u8 *)0x21000 = 0xcc;
  for (u32 i = 0; i < 256; i++) VECTORS[i] = 0x21000000;
}

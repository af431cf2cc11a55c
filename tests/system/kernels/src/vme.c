/* Virtual-8086 mode with CR4.VME: the virtual interrupt flag and the redirection bitmap.
   Source: SDM vol. 3, 20.3; vol. 2, INT n, IRET, PUSHF, POPF, CLI, STI. QEMU 7.2 has no VME.
   Also who may enter virtual-8086 mode, which QEMU lets any level do. */
#include "kernel.h"
#include "v86.h"

/* int n with the redirection bitmap: bit clear goes to the program's own vector. */
static void redirection(u32 iopl) {
  static const u32 sets[] = {0, IF, VIF, IF | VIF | TF, VIP | NT};
  for (u32 open = 0; open < 2; open++) for (u32 i = 0; i < 5; i++) {
    fill(tss.redirection, open ? 0 : 0xff, 32);
    put("%s, flags %x: ", open ? "redirected" : "not redirected", sets[i]);
    v86(iopl, sets[i]); go("int 21", CASE86("int 0x21"));
    if (result.cs == 0x2100) stack_words(3);
  }
  fill(tss.redirection, 0, 32);
  put("redirected "); v86(iopl, 0); go("int3", CASE86("int3"));
  put("redirected "); v86(iopl, 0); go("int 3", CASE86(".byte 0xcd, 3"));
  put("redirected "); v86(iopl, OF); go("into", CASE86("into"));
  put("redirected "); v86(iopl, 0); go("ud2", CASE86("ud2"));
  put("redirected "); v86(iopl, 0); start.esp = 4; go("int without stack", CASE86("int 0x21"));
  put("redirected "); v86(iopl, 0); start.esp = 3; go("int with an odd stack", CASE86("int 0x21"));
  /* The bitmap lies below the I/O map; where that begins decides. */
  u16 map = tss.map;
  tss.map = 0xffff; put("map past the limit "); v86(iopl, 0); go("int 21", CASE86("int 0x21"));
  tss.map = map;
  segment(MAIN_TSS, (u32)&tss, 0x66, TSS32, 0);
  asm volatile("ltr %w0" : : "r"(MAIN_TSS));
  put("short tss "); v86(iopl, 0); go("int 21", CASE86("int 0x21"));
  reload_tasks();
  fill(tss.redirection, 0xff, 32);
}

/* Both VIF and VIP set: the next instruction faults. */
static void pending(void) {
  v86(0, VIF | VIP); go("entered with VIF and VIP", CASE86("nop; nop"));
  v86(0, VIP); go("sti while pending", CASE86("nop; sti; nop"));
  v86(0, VIP | VIF | RF); go("entered with RF", CASE86("nop; nop"));
  v86(3, VIF | VIP); go("iopl 3", CASE86("nop; nop"));
}

static void entries(void) {
  /* iret with VM set does not enter from outer levels, nor in 16-bit form; entry points must be below 64K. */
  at_level(3); go("iret to VM from level 3", CASE("push 0; push 0; push 0; push 0; push 0x3000; push 0x1000; push 0x23002; push cs; push offset 1f; iretd; 1:"));
  at_level(1); go("iret to VM from level 1", CASE("push 0x20002; push cs; push offset 1f; iretd; 1:"));
  at_level(0); go("iret to VM, high halves", CASE("push 0xffff7000; push 0xffff6000; push 0xffff4000; push 0xffff5000; push 0xffff3000; push 0xffff1000; push 0x23002; push 0xffff2000; push 0xfff0; iretd"));
}

int main(void) {
  own_vectors();
  set_cr4(cr4() | 1);
  tss.map = (u32)&tss.bitmap - (u32)&tss;
  fill(tss.redirection, 0xff, 32);
  for (u32 iopl = 0; iopl < 4; iopl++) {
    put("# iopl %d\n", iopl);
    flag_instructions(iopl);
    redirection(iopl);
  }
  title("pending"); pending();
  title("entries"); entries();
  return 0;
}

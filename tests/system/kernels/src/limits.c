/* Segment limits: byte and page granular, expand-down of both sizes, data and code, 16-bit stacks.
   Source: SDM vol. 3, 5.3. QEMU checks hardly any of these. */
#include "kernel.h"

static u8 area[0x4000] __attribute__((aligned(4096)));

/* Reads and writes of each width around both ends of a segment. */
static void probe(const char *name, u32 level, u32 offset) {
  static const char *const texts[] = {"read 1", "read 2", "read 4", "write 1", "write 2", "write 4", "add 4"};
  for (u32 i = 0; i < 7; i++) {
    at_level(level);
    start.fs = FREE | level;
    start.ebx = offset;
    put("%s at %h ", name, offset);
    switch (i) {
      case 0: go(texts[i], CASE("mov al, fs:[ebx]")); break;
      case 1: go(texts[i], CASE("mov ax, fs:[ebx]")); break;
      case 2: go(texts[i], CASE("mov eax, fs:[ebx]")); break;
      case 3: go(texts[i], CASE("mov fs:[ebx], al")); break;
      case 4: go(texts[i], CASE("mov fs:[ebx], ax")); break;
      case 5: go(texts[i], CASE("mov fs:[ebx], eax")); break;
      default: go(texts[i], CASE("add dword ptr fs:[ebx], 1")); break;
    }
  }
}

static void limits(u32 level) {
  u32 base = (u32)area, dpl = level << 5;
  segment(FREE, base, 0xff, DATA_RW | dpl, BIG);
  static const u32 byte_ends[] = {0, 0xfc, 0xfd, 0xfe, 0xff, 0x100, 0xffffffff, 0xfffffffd};
  for (u32 i = 0; i < 8; i++) probe("byte limit ff", level, byte_ends[i]);
  segment(FREE, base, 1, DATA_RW | dpl, BIG | PAGES);
  static const u32 page_ends[] = {0x1ffc, 0x1ffd, 0x1fff, 0x2000};
  for (u32 i = 0; i < 4; i++) probe("page limit 1", level, page_ends[i]);
  segment(FREE, base - 0x2000, 1, DATA_DOWN | dpl, BIG | PAGES);
  static const u32 down_ends[] = {0, 0x1fff, 0x2000, 0x2ffc};
  for (u32 i = 0; i < 4; i++) probe("down 32 limit 1fff", level, down_ends[i]);
  segment(FREE, base + 8, 0xfff, DATA_DOWN | dpl, BIG);
  static const u32 top[] = {0xffc, 0xffd, 0x1000, 0xfffffff8, 0xfffffffc, 0xfffffffe, 0xffffffff};
  for (u32 i = 0; i < 7; i++) probe("down 32 limit fff", level, top[i]);
  segment(FREE, base - 0xe000, 0xe00f, DATA_DOWN | dpl, 0);
  static const u32 down16[] = {0xe00c, 0xe00f, 0xe010, 0xfffc, 0xfffd, 0xfffe, 0xffff, 0x10000};
  for (u32 i = 0; i < 8; i++) probe("down 16 limit e00f", level, down16[i]);
  segment(FREE, base, 0, DATA_RW | dpl, BIG);
  probe("byte limit 0", level, 0);
  segment(FREE, base, 0xfffff, DATA_DOWN | dpl, BIG | PAGES);
  probe("down 32 empty", level, 0);
  probe("down 32 empty", level, 0xfffffffc);
}

/* Running off the end of a code segment. */
static void fetch_limits(u32 level) {
  const u8 *code = CASE("nop; nop; mov eax, 0x11223344; mov ebx, 0x55667788");
  for (u32 limit = 0; limit < 13; limit++) {
    segment(FREE, (u32)code, limit, CODE_X | level << 5, BIG);
    at_level(level); start.cs = FREE | level;
    start.eip = 0;
    put("code limit %h: ", limit);
    struct frame *f = (struct frame *)enter_case(&start);
    u32 error = f->vector == DONE ? 0 : 1;
    put("#%b eip %h cs %w eax %x\n", f->vector, f->words[error], f->words[error + 1], f->eax);
  }
}

/* Far transfers to an offset past the limit: a fault of the transfer itself. */
static void transfers(u32 level) {
  segment(FREE, 0, 0xff, CODE_X | level << 5, BIG);
  at_level(level); start.ecx = FREE | level; go("jmp past the limit", CASE("push ecx; push 0x100; jmp fword ptr [esp]"));
  at_level(level); start.ecx = FREE | level; go("call past the limit", CASE("push ecx; push 0x100; call fword ptr [esp]"));
  at_level(level); start.ecx = FREE | level; go("retf past the limit", CASE("push ecx; push 0x100; retf"));
  at_level(level); start.ecx = FREE | level; go("iret past the limit", CASE("pushfd; push ecx; push 0x100; iretd"));
}

/* 16-bit code: operand and address sizes, far transfers with 16-bit pointers, stacks that wrap. */
static void narrow(u32 level) {
  in_16bit(level); go("push and pop", CASE16("push 0x1234; pop ax; push esp; pop ecx; mov eax, ecx"));
  in_16bit(level); start.esp = 0xabcd0002; go("stack wraps", CASE16("push 0x1234; push 0x5678; pop ax; pop ax"));
  in_16bit(level); start.esp = 0xabcd0001; go("push across 0", CASE16("push ax"));
  in_16bit(level); start.esp = 0x1000; go("16-bit ip wraps", CASE16("jmp 1f; 1: mov ax, 5"));
  in_16bit(level); go("call and ret", CASE16("call 1f; mov bx, 1; jmp 2f; 1: pop ax; push ax; ret; 2:"));
  in_16bit(level); start.ebx = 0xffff; go("word at ffff", CASE16("mov ax, ss:[bx]"));
  in_16bit(level); start.ebx = 0x10000; go("32-bit address past the limit", CASE16("mov ax, ss:[ebx]"));
  in_16bit(level); go("enter", CASE16("push bp; enter 8, 3; mov ax, sp; leave; pop bp"));
  in_16bit(level); go("pusha", CASE16("pusha; mov ax, sp; movzx eax, ax"));
  in_16bit(level); go("pushad popad", CASE16("mov eax, 0x12345678; pushad; xor eax, eax; popad"));
}

int main(void) {
  for (u32 level = 0; level < 4; level += 3) {
    put("# level %d\n", level);
    limits(level); fetch_limits(level); transfers(level);
  }
  title("16-bit code");
  narrow(3);
  at_level(0); go("iret to VM past 64K", CASE("push 0; push 0; push 0; push 0; push 0x3000; push 0x1000; push 0x23002; push 0x2000; push 0x10000; iretd"));
  return 0;
}

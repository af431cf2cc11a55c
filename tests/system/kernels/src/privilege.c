/* Privilege of instructions: IOPL and the I/O permission bitmap, what popf and iret may change,
   cli and sti, privileged instructions, in the rings 0 to 3 and in virtual-8086 mode.
   Source: SDM vol. 1, 19.5; vol. 2, POPF, IRET, CLI; vol. 3, 5.9. */
#include "kernel.h"

enum { ALL = 0x3f7fd5, NOT_TF = ALL & ~TF };

static void port_map(u32 limit, u32 map) {
  segment(MAIN_TSS, (u32)&tss, limit, TSS32, 0);
  tss.map = map;
  asm volatile("ltr %w0" : : "r"(MAIN_TSS));
}

static void ports(u32 level) {
  for (u32 iopl = 0; iopl < 4; iopl++) {
    fill(tss.bitmap, 0xff, sizeof tss.bitmap);
    port_map(sizeof tss - 1, (u32)&tss.bitmap - (u32)&tss);
    put("level %d iopl %d in, out, closed and open:", level, iopl);
    for (u32 open = 0; open < 2; open++) {
      if (open) tss.bitmap[0x80 >> 3] = 0;
      at_level(level); start.eflags |= iopl << 12; brief(CASE("in al, 0x80; mov eax, 1"));
      at_level(level); start.eflags |= iopl << 12; brief(CASE("out 0x80, al; mov eax, 1"));
    }
    put("\n");
  }
  if (level == 0) return;
  /* One byte, word, dword at ports of which some are closed. */
  for (u32 bits = 0; bits < 16; bits++) {
    fill(tss.bitmap, 0xff, sizeof tss.bitmap);
    tss.bitmap[0x10] = ~(bits << 6); tss.bitmap[0x11] = ~(bits >> 2);
    put("open %h at port 86, in 1 2 4:", bits);
    at_level(level); start.edx = 0x86; brief(CASE("in al, dx; mov eax, 1"));
    at_level(level); start.edx = 0x86; brief(CASE("in ax, dx; mov eax, 1"));
    at_level(level); start.edx = 0x86; brief(CASE("in eax, dx; mov eax, 1"));
    put("\n");
  }
  fill(tss.bitmap, 0, sizeof tss.bitmap);
  u32 at = (u32)&tss.bitmap - (u32)&tss;
  for (u32 extra = 0; extra < 4; extra++) {
    port_map(at + 0x10 + extra - 1, at);
    put("limit %h past byte 10 of the map, port 80, 87 by 1 and 2:", extra);
    at_level(level); start.edx = 0x80; brief(CASE("in al, dx; mov eax, 1"));
    at_level(level); start.edx = 0x87; brief(CASE("in al, dx; mov eax, 1"));
    at_level(level); start.edx = 0x87; brief(CASE("in ax, dx; mov eax, 1"));
    put("\n");
  }
  static const u16 maps[] = {0x67, 0x68, 0xfff0, 0xffff, 0};
  for (u32 i = 0; i < 5; i++) {
    port_map(sizeof tss - 1, maps[i]);
    put("map at %w: ", maps[i]); at_level(level); start.edx = 0x7fff; go("port 7fff", CASE("in al, dx; mov eax, 1"));
  }
  port_map(sizeof tss - 1, at);
  at_level(level); start.edx = 0x80; go("ins", CASE("mov edi, esp; sub edi, 16; insb; mov eax, 1"));
  at_level(level); start.edx = 0xff80; go("ins beyond the map", CASE("mov edi, esp; sub edi, 16; insb; mov eax, 1"));
  at_level(level); start.edx = 0xff80; go("rep outs of nothing beyond the map", CASE("mov esi, esp; rep outsb; mov eax, 1"));
  at_level(level); start.edx = 0xff80; go("outs beyond the map, null segment", CASE("xor ecx, ecx; mov fs, cx; outsb dx, fs:[esi]; mov eax, 1"));
  reload_tasks();
}

/* popf and iret with all flags set and with none, for each IOPL. */
static void flag_changes(u32 level) {
  for (u32 iopl = 0; iopl < 4; iopl++) for (u32 set = 0; set < 2; set++) {
    u32 before = (set ? 2 : IF | CF | AC | ID | DF | 2) | iopl << 12;
    u32 image = set ? NOT_TF & ~VM & ~NT : 2;
    put("level %d iopl %d image %x popfd, popfw, iretd, iretw:", level, iopl, image);
    at_level(level); start.eflags = before; start.ecx = image;
    run(CASE("push ecx; popfd")); put(" %x", result.eflags & ~RF);
    at_level(level); start.eflags = before; start.ecx = image;
    run(CASE("push cx; popfw")); put(" %x", result.eflags);
    at_level(level); start.eflags = before; start.ecx = image;
    run(CASE("push ecx; push cs; push offset 1f; iretd; 1:")); put(" #%b %x", result.vector, result.eflags & ~RF);
    if (level != 0) { put("\n"); continue; }
    at_level(level); start.eflags = before; start.ecx = image;
    const void *narrow = CASE("push cx; mov ax, 0x80; push ax; .byte 0xb8; .long 1f - 771b; push ax; iretw; 1: pushfd; pop eax");
    segment(FREE, (u32)narrow, 0xffff, CODE_RX, BIG);
    run(narrow); put(" #%b %x\n", result.vector, result.frame->eax);
  }
  at_level(level); start.eflags = 2 | IF | IOPL3; go("pushfd", CASE("pushfd; pop eax"));
  at_level(level); start.eflags = 2 | AC | ID | DF | OF | RF; go("pushfd of all", CASE("pushfd; pop eax"));
  at_level(level); start.eflags = 2 | NT | IOPL3; go("pushf", CASE("push 0; pushfw; pop ax; movzx eax, ax; pop cx"));
  at_level(level); go("popfd with VM", CASE("push 0x20002; popfd"));
  at_level(level); go("popfd with VIF and VIP", CASE("push 0x180002; popfd"));
  at_level(level); go("popfd with RF", CASE("push 0x10002; popfd; pushfd; pop eax"));
  at_level(level); go("iret with VIF and VIP", CASE("push 0x180002; push cs; push offset 1f; iretd; 1:"));
  at_level(level); go("popfd with reserved bits", CASE("push 0xffc0802a; popfd; pushfd; pop eax"));
}

static void interrupts(u32 level) {
  for (u32 iopl = 0; iopl < 4; iopl++) {
    put("level %d iopl %d cli, sti:", level, iopl);
    at_level(level); start.eflags = 2 | IF | iopl << 12; brief(CASE("cli; pushfd; pop eax"));
    at_level(level); start.eflags = 2 | iopl << 12; brief(CASE("sti; pushfd; pop eax"));
    put(" with PVI:");
    set_cr4(cr4() | 2);
    at_level(level); start.eflags = 2 | IF | VIF | iopl << 12; brief(CASE("cli; pushfd; pop eax"));
    at_level(level); start.eflags = 2 | IF | iopl << 12; brief(CASE("sti; pushfd; pop eax"));
    at_level(level); start.eflags = 2 | IF | VIP | iopl << 12; brief(CASE("sti; pushfd; pop eax"));
    at_level(level); start.eflags = 2 | IF | VIF | iopl << 12; brief(CASE("push 2; popfd; pushfd; pop eax"));
    set_cr4(cr4() & ~2u);
    put("\n");
  }
}

/* What only level 0 may do; what does not exist as long as protected mode is on does not matter here. */
#define INSTRUCTION(text) at_level(level); if (v86) in_v86(iopl); start.eax = 0; put("%s:", text); \
  if (v86) { brief(CASE16(text)); } else { brief(CASE(text)); } put("\n");

static void privileged(u32 level, u32 v86, u32 iopl) {
  INSTRUCTION("mov eax, cr0; xor eax, eax")
  INSTRUCTION("mov eax, cr2; xor eax, eax")
  INSTRUCTION("mov eax, cr3; xor eax, eax")
  INSTRUCTION("mov eax, cr4; xor eax, eax")
  INSTRUCTION("mov cr2, eax")
  INSTRUCTION("mov eax, dr0; xor eax, eax")
  INSTRUCTION("mov eax, dr7; xor eax, eax")
  INSTRUCTION("mov dr1, eax")
  INSTRUCTION("clts")
  INSTRUCTION("smsw eax; xor eax, eax")
  INSTRUCTION("wbinvd")
  INSTRUCTION("invd")
  INSTRUCTION("invlpg [eax]")
  INSTRUCTION("mov ecx, 0x10; rdmsr; xor eax, eax")
  INSTRUCTION("rdtsc; xor eax, eax")
  INSTRUCTION("cpuid; xor eax, eax")
  INSTRUCTION("sgdt [esp - 8]")
  INSTRUCTION("sidt [esp - 8]")
  if (v86) {
    INSTRUCTION("lldt ax")
    INSTRUCTION("ltr ax")
    INSTRUCTION("sldt eax")
    INSTRUCTION("str eax")
    INSTRUCTION("lar eax, ecx")
    INSTRUCTION("lsl eax, ecx")
    INSTRUCTION("verr ax")
    INSTRUCTION("verw ax")
    INSTRUCTION("arpl ax, cx")
    INSTRUCTION("lidt [esp - 8]")
    INSTRUCTION("lgdt [esp - 8]")
    INSTRUCTION("lmsw ax")
    INSTRUCTION("hlt")
    INSTRUCTION("mov cr0, eax")
    INSTRUCTION("mov cr3, eax")
    INSTRUCTION("mov cr4, eax")
    INSTRUCTION("mov ecx, 0x10; wrmsr")
  } else if (level) {
    INSTRUCTION("lldt ax")
    INSTRUCTION("ltr ax")
    INSTRUCTION("lidt [esp - 8]")
    INSTRUCTION("lgdt [esp - 8]")
    INSTRUCTION("lmsw ax")
    INSTRUCTION("hlt")
    INSTRUCTION("mov cr0, eax")
    INSTRUCTION("mov cr3, eax")
    INSTRUCTION("mov cr4, eax")
    INSTRUCTION("mov ecx, 0x10; wrmsr")
  }
  set_cr4(cr4() | 4);
  put("TSD "); INSTRUCTION("rdtsc; xor eax, eax")
  set_cr4(cr4() & ~4u);
  set_cr4(cr4() | 8);
  put("DE "); INSTRUCTION("mov eax, dr4; xor eax, eax")
  put("DE "); INSTRUCTION("mov dr5, eax")
  set_cr4(cr4() & ~8u);
  put("no DE "); INSTRUCTION("mov eax, dr5; xor eax, eax")
}

static void table_registers(void) {
  static u8 image[8];
  at_level(0); start.ecx = (u32)image; fill(image, 0, 8);
  go("lidt, sidt", CASE("sidt [ecx]; movzx eax, word ptr [ecx]"));
  at_level(0); start.ecx = (u32)image;
  go("16-bit lgdt keeps 24 bits", CASE("sgdt [ecx]; push [ecx]; push [ecx + 4]; mov byte ptr [ecx + 5], 0x77; .byte 0x66; lgdt [ecx];"
    "sgdt [ecx]; mov al, [ecx + 5]; pop [ecx + 4]; pop [ecx]; lgdt [ecx]"));
  at_level(0); go("lmsw cannot clear PE", CASE("smsw eax; and al, 0xfe; lmsw ax; smsw eax; and eax, 1"));
  at_level(0); go("lmsw sets TS", CASE("smsw eax; or al, 8; lmsw ax; mov eax, cr0; and eax, 8; clts"));
  at_level(0); start.ecx = 0xffffffff; go("smsw to 16-bit register", CASE("smsw cx; mov eax, ecx; and eax, 0xffff0001"));
  at_level(0); start.ecx = 0xffffffff; go("sldt to 16-bit register", CASE("sldt cx; mov eax, ecx"));
  at_level(0); start.ecx = 0xffffffff; go("str to 32-bit register", CASE("str ecx; mov eax, ecx"));
  at_level(0); go("str to memory is 16 bits", CASE("push -1; str word ptr [esp]; pop eax"));
}

int main(void) {
  for (u32 level = 0; level < 4; level++) {
    put("# level %d\n", level);
    ports(level); flag_changes(level); interrupts(level); privileged(level, 0, 0);
  }
  title("virtual-8086, iopl 0"); privileged(3, 1, 0);
  title("virtual-8086, iopl 3"); privileged(3, 1, 3);
  title("table registers"); table_registers();
  return 0;
}

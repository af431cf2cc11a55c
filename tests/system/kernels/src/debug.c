/* Debug exceptions: single step in all its corners, instruction breakpoints with RF, DR7.GD, the
   registers. Source: SDM vol. 3, ch. 17.2 and 17.3; 6.8.3. */
#include "kernel.h"
#include "trace.h"

static void step(u32 level) { at_level(level); start.eflags |= TF; start.edx = level ? UDATA : KDATA; start.ebx = (u32)data; }

static void single_step(u32 level) {
  step(level); trace("nops", CASE("nop; nop; nop"));
  step(level); trace("mov ss", CASE("nop; mov ss, dx; nop; nop"));
  step(level); trace("pop ss", CASE("push edx; pop ss; nop; nop"));
  step(level); trace("mov ss twice", CASE("mov ss, dx; mov ss, dx; nop; nop"));
  step(level); trace("lss", CASE("push edx; push 0x1000; lea eax, [esp + 8]; mov [esp], eax; lss esp, [esp]; nop"));
  step(level); trace("mov ds", CASE("mov ds, dx; nop"));
  step(level); trace("popfd keeps TF", CASE("pushfd; popfd; nop; nop"));
  step(level); trace("popfd clears TF", CASE("pushfd; and byte ptr [esp + 1], 0xfe; popfd; nop; nop"));
  at_level(level); trace("popfd sets TF", CASE("pushfd; or byte ptr [esp + 1], 1; popfd; nop; nop; and eax, eax; pushfd; and byte ptr [esp + 1], 0xfe; popfd"));
  at_level(level); trace("iret sets TF", CASE("pushfd; or byte ptr [esp + 1], 1; push cs; push offset 1f; iretd; 1: nop; nop; pushfd; and byte ptr [esp + 1], 0xfe; popfd"));
  step(level); start.ecx = 3; start.edi = (u32)data; trace("rep stosb", CASE("rep stosb; nop"));
  step(level); start.ecx = 0; start.edi = (u32)data; trace("rep stosb of nothing", CASE("rep stosb; nop"));
  step(level); start.ecx = 2; start.edi = (u32)data; start.esi = (u32)data; trace("repe cmpsb", CASE("repe cmpsb; nop"));
  step(level); trace("jumps", CASE("jmp 1f; nop; 1: call 2f; nop; 2: pop eax; xor eax, eax; jz 3f; 3: jnz 3b; loop 4f; 4:"));
  step(level); trace("int 0x20 at once", CASE(""));
  step(level); trace("fault in between", CASE("nop; ud2"));
  step(level); trace("faulting div", CASE("nop; div byte ptr [ebx + 32]"));
  step(level); trace("pushfd shows TF", CASE("pushfd; pop eax"));
  step(level); stop_after = 2; trace("handler clears TF", CASE("nop; nop; nop; nop"));
  step(level); start.eflags |= RF; trace("RF and TF", CASE("nop; nop"));
  if (level) return;
  step(level); trace("cli and sti", CASE("cli; nop; sti; nop; cli"));
  step(level); trace("cr0", CASE("mov eax, cr0; mov cr0, eax; xor eax, eax"));
  step(level); trace("far jump", CASE("push 8; push offset 1f; jmp fword ptr [esp]; 1: nop"));
}

static void instruction(u32 level) {
  const u8 *code = CASE("nop; inc eax; inc eax; nop");
  for (u32 n = 0; n < 4; n++) { at_level(level); arm(n, (u32)code + 2, EXECUTE, BYTE); set_rf = RF; put("dr%d ", n); trace("breakpoint", code); }
  at_level(level); arm(0, (u32)code + 1, EXECUTE, BYTE); arm(2, (u32)code + 2, EXECUTE, BYTE); set_rf = RF; trace("two places", code);
  at_level(level); arm(1, (u32)code + 2, EXECUTE, BYTE); arm(3, (u32)code + 2, EXECUTE, BYTE); set_rf = RF; trace("two at one place", code);
  at_level(level); arm(0, (u32)code, EXECUTE, BYTE); start.eflags |= RF; trace("RF set on entry", code);
  at_level(level); arm(0, (u32)code + 1, EXECUTE, BYTE); start.eflags |= RF; set_rf = RF; trace("RF lasts for one instruction", code);
  at_level(level); start.eflags |= TF; arm(0, (u32)code + 2, EXECUTE, BYTE); set_rf = RF; trace("with TF", code);
  code = CASE("mov eax, 0x11223344; nop");
  at_level(level); arm(0, (u32)code + 2, EXECUTE, BYTE); set_rf = RF; trace("inside an instruction", code);
  code = CASE("mov ss, dx; nop; nop");
  step(level); start.eflags = 2; arm(0, (u32)code + 2, EXECUTE, BYTE); set_rf = RF; trace("after mov ss", code);
  step(level); start.eflags = 2; arm(0, (u32)code + 3, EXECUTE, BYTE); set_rf = RF; trace("two after mov ss", code);
  code = CASE("nop; rep stosb; nop");
  at_level(level); start.ecx = 3; start.edi = (u32)data; arm(0, (u32)code + 1, EXECUTE, BYTE); set_rf = RF; trace("rep stosb", code);
  code = CASE("nop; ud2");
  at_level(level); arm(0, (u32)code + 1, EXECUTE, BYTE); set_rf = RF; trace("before a fault", code);
  at_level(level); arm(0, (u32)code + 1, EXECUTE, BYTE); SET_DR(7, GET_DR(7) & ~3u); trace("switched off", code);
  code = CASE("inc eax; jmp 1f; 1: inc eax; loop 771b; inc eax");
  at_level(level); start.ecx = 2; arm(0, (u32)code, EXECUTE, BYTE); set_rf = RF; trace("loop", code);
  at_level(level); code = CASE("nop; int 0x21"); arm(0, (u32)stubs + 0x21 * 16, EXECUTE, BYTE); set_rf = RF; trace("at a handler", code);
  at_level(level); start.eflags |= TF; code = CASE("nop; int 0x21"); trace("TF and int", code);
}

static void registers(void) {
  SET_DR(6, 0xffffffff); put("dr6 after ones %x\n", GET_DR(6));
  SET_DR(6, 0); put("dr6 after zeros %x\n", GET_DR(6));
  SET_DR(7, 0); put("dr7 after zeros %x\n", GET_DR(7));
  SET_DR(7, 0xffff0000); put("dr7 after the upper half %x\n", GET_DR(7)); SET_DR(7, 0);
  SET_DR(3, 0x89abcdef); put("dr3 %x\n", GET_DR(3));
  at_level(0); go("dr4 is dr6", CASE("mov eax, dr4"));
  at_level(0); go("dr5 is dr7", CASE("mov eax, dr5"));
  set_cr4(cr4() | 8);
  at_level(0); go("dr4 with DE", CASE("mov eax, dr4"));
  at_level(0); go("dr5 with DE", CASE("mov dr5, eax"));
  set_cr4(cr4() & ~8u);
  at_level(0); SET_DR(6, 0); run(CASE("mov eax, 0x2400; mov dr7, eax; nop; mov eax, dr0")); put("dr6 %x dr7 %x ", GET_DR(6), GET_DR(7)); show("GD and a read");
  at_level(0); SET_DR(6, 0); run(CASE("mov eax, 0x2400; mov dr7, eax; nop; mov dr7, ecx")); put("dr6 %x dr7 %x ", GET_DR(6), GET_DR(7)); show("GD and a write");
  at_level(0); SET_DR(6, 0); run(CASE(".byte 0xf1; nop")); put("dr6 %x ", GET_DR(6)); show("int1");
  at_level(0); SET_DR(6, 0); run(CASE("int 1; nop")); put("dr6 %x ", GET_DR(6)); show("int 1");
  at_level(0); SET_DR(6, 0x4000); start.eflags |= TF; run(CASE("nop; nop")); put("dr6 %x ", GET_DR(6)); show("step");
  at_level(0); SET_DR(6, 0x800f); start.eflags |= TF; run(CASE("nop; nop")); put("dr6 %x ", GET_DR(6) & ~15u); show("BT stays");
}

int main(void) {
  stop_after = 0xffffffff;
  for (u32 level = 0; level < 4; level += 3) {
    put("# level %d\n", level);
    single_step(level); instruction(level);
  }
  title("registers"); registers();
  return 0;
}

/* Breakpoints on data and ports: which accesses hit, and what DR6 says.
   Source: SDM vol. 3, 17.2.5 and 17.3.1. */
#include "kernel.h"
#include "trace.h"

static void operands(u32 level) {
  static const u32 sizes[] = {BYTE, WORD, DWORD};
  for (u32 s = 0; s < 3; s++) for (u32 kind = WRITE; kind < 4; kind += 2) {
    put("%s of %d: ", kind == WRITE ? "write" : "access", s == 0 ? 1 : s * 2);
    for (u32 offset = 0; offset < 8; offset++) {
      at_level(level); start.ebx = (u32)data; arm(0, (u32)data + 4, kind, sizes[s]);
      start.ebx = (u32)data + offset; handler(1, trace_handler, INT32); seen_count = 0; SET_DR(6, 0); stop_after = 0xffffffff;
      run(CASE("mov al, [ebx]; mov ax, [ebx]; mov eax, [ebx]; mov [ebx], al; mov [ebx], ax; mov [ebx], eax; nop"));
      SET_DR(7, 0); SET_DR(0, 0); default_handlers();
      put(" %h:", offset);
      for (u32 i = 0; i < seen_count && i < STEPS; i++) put("%s%h", i ? "," : "", seen_eip[i] - start.eip);
    }
    put("\n");
  }
  at_level(level); start.ebx = (u32)data; arm(1, (u32)data, ACCESS, DWORD); arm(2, (u32)data + 4, WRITE, DWORD);
  trace("add", CASE("add [ebx], eax; add [ebx + 4], eax; cmp [ebx + 4], eax; cmp [ebx], eax; nop"));
  at_level(level); start.ebx = (u32)data; arm(0, (u32)data, WRITE, DWORD); arm(3, (u32)data, ACCESS, BYTE);
  trace("two at one place", CASE("mov eax, [ebx]; mov [ebx], ecx; nop"));
  at_level(level); start.ebx = (u32)data; arm(0, (u32)data, WRITE, DWORD); start.eflags |= TF;
  trace("with TF", CASE("mov [ebx], ecx; nop"));
  at_level(level); start.edi = (u32)data; start.ecx = 4; arm(0, (u32)data + 2, WRITE, BYTE);
  trace("rep stosb", CASE("rep stosb; nop"));
  at_level(level); start.edi = (u32)data; start.esi = (u32)data + 8; start.ecx = 4; arm(0, (u32)data + 9, ACCESS, BYTE);
  trace("rep movsb", CASE("rep movsb; nop"));
  /* At level 0 the exception's own frame would hit these too. */
  if (level) { at_level(level); arm(0, start.esp - 4, WRITE, DWORD); trace("push", CASE("push 5; pop eax; nop")); }
  if (level) { at_level(level); arm(0, start.esp - 4, ACCESS, DWORD); trace("push and pop", CASE("push 5; pop eax; call 1f; 1: pop eax; xor eax, eax")); }
  at_level(level); start.ebx = (u32)data; start.edx = level ? UDATA : KDATA; data[0] = start.edx; arm(0, (u32)data, ACCESS, WORD);
  trace("mov ss from memory", CASE("mov ss, [ebx]; nop; nop"));
  at_level(level); start.ebx = (u32)data; data[0] = 0; arm(0, (u32)data, ACCESS, BYTE);
  trace("faulting operand", CASE("div byte ptr [ebx]"));
  data[0] = 0;
  at_level(level); start.ebx = (u32)data; arm(0, (u32)data, WRITE, DWORD); SET_DR(7, GET_DR(7) & ~3u); trace("switched off", CASE("mov [ebx], eax"));
  at_level(level); start.ebx = (u32)data; arm(0, (u32)data, ACCESS, DWORD); trace("lea and nop", CASE("lea eax, [ebx]; nop; xor eax, eax"));
  at_level(level); start.ebx = (u32)data; arm(0, (u32)data + 4, WRITE, DWORD); trace("across", CASE("mov [ebx + 2], eax; mov [ebx + 7], ax; nop"));
  at_level(level); start.ebx = (u32)data; arm(0, (u32)data + 4, WRITE, DWORD); trace("fstp of 10 bytes", CASE("fninit; fldz; fstp tbyte ptr [ebx]; nop"));
}

static void port_breakpoints(void) {
  set_cr4(cr4() | 8);
  at_level(0); start.edx = 0x80; arm(0, 0x80, PORT, BYTE); trace("in and out", CASE("in al, dx; out dx, al; xor eax, eax"));
  at_level(0); start.edx = 0x80; arm(1, 0x84, PORT, DWORD); trace("other port", CASE("in al, dx; xor eax, eax"));
  at_level(0); start.edx = 0x80; arm(1, 0x80, PORT, DWORD); trace("immediate", CASE("in al, 0x83; out 0x84, al; xor eax, eax"));
  at_level(0); start.edx = 0x80; start.esi = (u32)data; start.ecx = 2; arm(0, 0x80, PORT, BYTE); trace("rep outsb", CASE("rep outsb; nop"));
  set_cr4(cr4() & ~8u);
}

int main(void) {
  stop_after = 0xffffffff;
  for (u32 level = 0; level < 4; level += 3) { put("# level %d\n", level); operands(level); }
  title("ports"); port_breakpoints();
  return 0;
}

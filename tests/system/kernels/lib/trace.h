/* A resident #DB handler that notes each stop and goes on, and breakpoints. */
enum { STEPS = 24, EXECUTE = 0, WRITE = 1, PORT = 2, ACCESS = 3, BYTE = 0, WORD = 4, DWORD = 12 };

static u32 data[16] __attribute__((aligned(16)));

/* Counts #DB as a resident handler, which goes on with the program: where, why, and TF or RF. */
u32 seen_count, seen_eip[STEPS], seen_dr6[STEPS], seen_flags[STEPS];
u32 set_rf, stop_after;
extern u8 trace_handler[];
asm(".pushsection .text.handlers,\"ax\"\n"
  "trace_handler:\n"
  " pushal\n pushl %ds\n movw $0x10, %ax\n movw %ax, %ds\n"
  " movl seen_count, %ecx\n cmpl $24, %ecx\n jae 1f\n"
  " movl 36(%esp), %eax\n movl %eax, seen_eip(,%ecx,4)\n"
  " movl 44(%esp), %eax\n movl %eax, seen_flags(,%ecx,4)\n"
  " movl %dr6, %eax\n movl %eax, seen_dr6(,%ecx,4)\n"
  "1: incl seen_count\n"
  " xorl %eax, %eax\n movl %eax, %dr6\n"
  " movl set_rf, %eax\n orl %eax, 44(%esp)\n"
  " movl stop_after, %eax\n cmpl %eax, seen_count\n jb 2f\n andl $~0x100, 44(%esp)\n"
  "2: popl %ds\n popal\n iretl\n"
  ".popsection");

/* Runs with the tracing handler, then prints each stop relative to the snippet. */
static void trace(const char *name, const void *code) {
  handler(1, trace_handler, INT32);
  seen_count = 0;
  SET_DR(6, 0);
  run(code);
  SET_DR(7, 0);
  SET_DR(0, 0); SET_DR(1, 0); SET_DR(2, 0); SET_DR(3, 0);
  default_handlers();
  put("%s: ", name);
  if (result.vector == DONE) put("done"); else put("#%b", result.vector);
  put(" eax=%h ecx=%h, %d stops", result.frame->eax, result.frame->ecx, seen_count);
  for (u32 i = 0; i < seen_count && i < STEPS; i++) {
    u32 offset = seen_eip[i] - start.eip;
    if (offset < 0x100) put(" +%h", offset); else put(" elsewhere");
    put("/%w%s", seen_dr6[i] & 0xe00f, seen_flags[i] & RF ? "R" : "");
  }
  put("\n");
  set_rf = 0;
  stop_after = 0xffffffff;
}

/* One breakpoint in each register; `run` places the snippet, so the address is known before. */
static void arm(u32 n, u32 address, u32 kind, u32 size) {
  u32 dr7 = GET_DR(7);
  if (n == 0) SET_DR(0, address); else if (n == 1) SET_DR(1, address); else if (n == 2) SET_DR(2, address); else SET_DR(3, address);
  dr7 &= ~(15u << (16 + 4 * n));
  SET_DR(7, dr7 | 2u << (2 * n) | (kind | size) << (16 + 4 * n));
}

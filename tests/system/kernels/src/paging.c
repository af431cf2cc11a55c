/* Paging: rights of both levels with and without CR0.WP, error codes and CR2, accessed and dirty
   bits, 4 MB pages, page-crossing operands and instructions, TLB where the architecture defines
   what it may hold, system tables behind pages. Source: SDM vol. 3, ch. 4 and 6.15. */
#include "kernel.h"

enum { PP = 1, RW = 2, US = 4, A = 0x20, D = 0x40, PS = 0x80, G = 0x100 };
enum { WINDOW = 0x400000, MEMORY = 0x200000, WP = 0x10000 };

static u32 directory[1024] __attribute__((aligned(4096)));
static u32 table0[1024] __attribute__((aligned(4096)));
static u32 table1[1024] __attribute__((aligned(4096)));

static void flush(void) { set_cr3(cr3()); }

/* Page `index` of the window shows page `index` of MEMORY. */
static void map(u32 index, u32 bits) { table1[index] = (MEMORY + index * 4096) | bits; }

static void reset(void) {
  fill(table1, 0, sizeof table1);
  for (u32 i = 0; i < 8; i++) map(i, PP | RW | US);
  directory[WINDOW >> 22] = (u32)table1 | PP | RW | US;
  flush();
  u8 *memory = (u8 *)MEMORY;
  for (u32 i = 0; i < 0x8000; i++) memory[i] = i ^ i >> 8;
}

static void set_up(void) {
  for (u32 i = 0; i < 1024; i++) table0[i] = i << 12 | PP | RW | US | A | D;
  directory[0] = (u32)table0 | PP | RW | US | A;
  reset();
  set_cr3((u32)directory);
  set_cr0(cr0() | 0x80000000);
}

static void rights(void) {
  for (u32 wp = 0; wp < 2; wp++) for (u32 pde = 0; pde < 4; pde++) for (u32 pte = 0; pte < 4; pte++) {
    if (wp) set_cr0(cr0() | WP); else set_cr0(cr0() & ~WP);
    put("WP %d pde %s %s pte %s %s, level 0 and 3 read, write, add, fetch:", wp, pde & 2 ? "user" : "super", pde & 1 ? "rw" : "ro",
      pte & 2 ? "user" : "super", pte & 1 ? "rw" : "ro");
    for (u32 level = 0; level < 4; level += 3) for (u32 access = 0; access < 4; access++) {
      reset();
      *(u16 *)(MEMORY + 0x100) = 0x20cd;
      directory[WINDOW >> 22] = (u32)table1 | PP | pde << 1;
      map(0, PP | pte << 1);
      flush();
      at_level(level); start.ecx = WINDOW + 0x100; set_cr2(0x1111);
      switch (access) {
        case 0: brief(CASE("mov eax, [ecx]; mov eax, 1")); break;
        case 1: brief(CASE("mov [ecx], eax; mov eax, 1")); break;
        case 2: brief(CASE("add dword ptr [ecx], 0; mov eax, 1")); break;
        default: brief(CASE("mov eax, 1; jmp ecx")); break;
      }
      if (result.vector == 14) put(" %h", result.cr2);
      else put(" A %h %h D %h", directory[WINDOW >> 22] >> 5 & 1, table1[0] >> 5 & 1, table1[0] >> 6 & 1);
    }
    put("\n");
  }
  set_cr0(cr0() & ~WP);
  for (u32 level = 0; level < 4; level++) {
    reset(); map(0, PP | RW); flush();
    at_level(level); start.ecx = WINDOW; put("level %d supervisor page", level); brief(CASE("mov eax, [ecx]; mov eax, 1")); put("\n");
  }
}

static void absent(u32 level) {
  for (u32 which = 0; which < 3; which++) for (u32 access = 0; access < 3; access++) {
    reset();
    if (which == 0) directory[WINDOW >> 22] = 0xfffffffe;
    else if (which == 1) table1[1] = 0xfffffffe;
    else directory[WINDOW >> 22] = (u32)table1 | PP;
    if (which == 2) table1[1] = 0;
    flush();
    at_level(level); start.ecx = WINDOW + 0x1234;
    put("%s absent, level %d: ", which == 0 ? "table" : which == 1 ? "page" : "page of supervisor table", level);
    if (access == 0) go("read", CASE("mov eax, [ecx]"));
    else if (access == 1) go("write", CASE("inc byte ptr [ecx]"));
    else go("fetch", CASE("call ecx"));
  }
  at_level(level); start.ecx = 0xfffffffc; go("read at the top", CASE("mov eax, [ecx]"));
  at_level(level); start.ecx = 0x80000000; go("write in the middle", CASE("mov [ecx], cl"));
}

/* Operands that begin in page 0 and end in page 1 of the window. */
static void crossing(u32 level) {
  static const u32 states[] = {0, PP, PP | US, PP | US | RW};
  for (u32 first = 0; first < 4; first++) for (u32 second = 0; second < 4; second++) {
    if (first == 3 && second == 3) continue;
    put("pages %h %h level %d read, write, add, word:", states[first], states[second], level);
    for (u32 access = 0; access < 4; access++) {
      reset(); set_cr0(cr0() | WP);
      map(0, states[first]); map(1, states[second]); flush();
      *(u32 *)(MEMORY + 0xffe) = 0x44332211;
      at_level(level); start.ecx = WINDOW + 0xffe; start.edx = 0x88776655;
      switch (access) {
        case 0: brief(CASE("mov eax, [ecx]")); break;
        case 1: brief(CASE("mov [ecx], edx")); break;
        case 2: brief(CASE("add [ecx], edx")); break;
        default: start.ecx++; brief(CASE("mov [ecx], dx")); break;
      }
      if (result.vector == 14) put(" %h", result.cr2);
      put(" %x;", *(u32 *)(MEMORY + 0xffe));
    }
    put("\n");
  }
  set_cr0(cr0() & ~WP);
}

/* Instructions that end in an absent page. */
static void fetches(u32 level) {
  static const u8 code[] = {0xb8, 0x11, 0x22, 0x33, 0x44, 0xcd, 0x20};
  for (u32 inside = 0; inside < 8; inside++) {
    reset(); table1[1] = 0; flush();
    copy((u8 *)MEMORY + 0x1000 - inside, code, 7);
    at_level(level); start.ecx = WINDOW + 0x1000 - inside;
    put("%d bytes before an absent page:", inside); brief(CASE("jmp ecx")); put(" cr2 %x\n", result.cr2);
  }
  reset(); map(1, PP | RW); flush();
  copy((u8 *)MEMORY + 0xffd, code, 7);
  at_level(level); start.ecx = WINDOW + 0xffd;
  put("into a supervisor page:"); brief(CASE("jmp ecx")); put(" cr2 %x\n", result.cr2);
}

/* A fault in the middle leaves registers as they were; repeated strings keep what is done. */
static void instructions(u32 level) {
  reset(); table1[1] = 0; table1[3] = 0; flush();
  if (level) { at_level(level); start.esp = WINDOW + 0x2002; start.eax = 5; go("push across", CASE("push eax")); }
  if (level) { at_level(level); start.esp = WINDOW + 0x2010; go("pusha across", CASE("pusha")); }
  if (level) { at_level(level); start.esp = WINDOW + 0x2002; go("call across", CASE("call 1f; 1:")); }
  if (level) { at_level(level); start.esp = WINDOW + 0x2004; start.ebp = WINDOW + 0x2100; go("enter across", CASE("enter 16, 0")); }
  if (level) { at_level(level); start.esp = WINDOW + 0x2100; go("enter below", CASE("enter 0x200, 0; mov eax, esp")); }
  if (level) { at_level(level); start.esp = WINDOW + 0xff0; go("popa across", CASE("popa")); }
  if (level) { at_level(level); start.esp = WINDOW + 0xffe; go("pop across", CASE("pop eax")); }
  if (level) { at_level(level); start.esp = WINDOW + 0xffe; go("ret across", CASE("ret")); }
  at_level(level); start.ecx = WINDOW + 0x1000; start.esp = WINDOW + 0x500; go("pop to memory", CASE("pop dword ptr [ecx]"));
  at_level(level); start.ecx = WINDOW + 0xffc; start.eax = 1; start.edx = 2; go("cmpxchg8b across", CASE("cmpxchg8b [ecx]"));
  at_level(level); start.ecx = WINDOW + 0x1000; start.eax = 9; go("xchg", CASE("xchg eax, [ecx]"));
  at_level(level); start.ecx = WINDOW + 0x1000; start.eax = 9; go("cmpxchg not equal", CASE("cmpxchg [ecx], edx"));
  at_level(level); start.esi = WINDOW + 0xff8; start.edi = WINDOW + 0x2000; start.ecx = 0x20; go("rep movsb from absent", CASE("rep movsb"));
  put("  ecx %h esi %x edi %x\n", result.frame->ecx, result.frame->esi, result.frame->edi);
  at_level(level); start.esi = WINDOW; start.edi = WINDOW + 0xff8; start.ecx = 0x20; go("rep movsd to absent", CASE("rep movsd"));
  put("  ecx %h esi %x edi %x\n", result.frame->ecx, result.frame->esi, result.frame->edi);
  at_level(level); start.edi = WINDOW + 0xff6; start.ecx = 0x20; go("rep stosd across", CASE("rep stosd"));
  put("  ecx %h edi %x\n", result.frame->ecx, result.frame->edi);
  at_level(level); start.edi = WINDOW + 0x2003; start.ecx = 0x20; start.eflags |= DF; go("rep stosb down", CASE("rep stosb"));
  put("  ecx %h edi %x\n", result.frame->ecx, result.frame->edi);
  at_level(level); start.esi = WINDOW + 0x2000; start.edi = WINDOW + 0xff0; start.ecx = 0x40; copy((u8 *)MEMORY + 0xff0, (u8 *)MEMORY + 0x2000, 16);
  go("repe cmpsb to absent", CASE("repe cmpsb"));
  put("  ecx %h esi %x edi %x\n", result.frame->ecx, result.frame->esi, result.frame->edi);
  *(u32 *)(MEMORY + 0xffc) = 0x2f2e2d2c;
  at_level(level); start.esi = WINDOW + 0xffc; start.ecx = 4; go("rep lodsd", CASE("rep lodsd"));
  put("  ecx %h esi %x\n", result.frame->ecx, result.frame->esi);
  at_level(level); start.ecx = WINDOW + 0x0ff4; go("fld across", CASE("fninit; fld tbyte ptr [ecx]; fnstsw ax"));
  at_level(level); start.ecx = WINDOW + 0x0ff8; go("fstp across", CASE("fninit; fld1; fstp tbyte ptr [ecx]; fnstsw ax"));
  at_level(level); start.ecx = WINDOW + 0x0fc0; go("fnsave across", CASE("fninit; fld1; fnsave [ecx]"));
  at_level(level); go("state is kept", CASE("fnstsw ax"));
  at_level(level); start.ecx = WINDOW + 0xffe; go("les across", CASE("les eax, [ecx]"));
  at_level(level); start.ecx = WINDOW + 0xffc; go("bound across", CASE("bound eax, [ecx]"));
}

static void dirty(void) {
  static const u32 pages[] = {PP | RW | US, PP | RW | US | A, PP | RW | US | A | D, PP | US};
  for (u32 i = 0; i < 4; i++) for (u32 access = 0; access < 5; access++) {
    reset(); map(2, pages[i]); directory[WINDOW >> 22] &= ~(u32)A; flush();
    at_level(i == 3 ? 0 : 3); start.ecx = WINDOW + 0x2000; start.edi = start.ecx; start.esi = start.ecx;
    if (access == 0) run(CASE("mov al, [ecx]"));
    else if (access == 1) run(CASE("mov [ecx], al"));
    else if (access == 2) run(CASE("mov al, [ecx]; mov [ecx], al"));
    else if (access == 3) run(CASE("lodsb; stosb"));
    else run(CASE("cmpxchg [ecx], ah"));
    put("page %h access %d: #%b table %h page %h\n", pages[i], access, result.vector, directory[WINDOW >> 22] & 0xfff, table1[2] & 0xfff);
  }
}

static void big(void) {
  set_cr4(cr4() & ~0x10u);
  reset(); directory[WINDOW >> 22] = (u32)table1 | PP | RW | US | PS; flush();
  at_level(3); start.ecx = WINDOW + 0x1004; go("PS without PSE is a table", CASE("mov eax, [ecx]"));
  set_cr4(cr4() | 0x10);
  static const u32 bits[] = {0, PP, PP | US, PP | RW, PP | RW | US, PP | RW | US | G};
  for (u32 i = 0; i < 6; i++) for (u32 level = 0; level < 4; level += 3) for (u32 wp = 0; wp < 2; wp++) {
    if (wp) set_cr0(cr0() | WP); else set_cr0(cr0() & ~WP);
    put("big %h level %d WP %d read, write:", bits[i], level, wp);
    for (u32 access = 0; access < 2; access++) {
      reset(); directory[WINDOW >> 22] = 0 | PS | bits[i]; flush();
      at_level(level); start.ecx = WINDOW + MEMORY + 0x2010;
      if (access) brief(CASE("mov byte ptr [ecx], 0x55; mov eax, 2"));
      else brief(CASE("mov eax, [ecx]"));
      if (result.vector == 14) put(" %x", result.cr2);
      else put(" entry %h", directory[WINDOW >> 22] & 0xfff);
    }
    put("\n");
  }
  set_cr0(cr0() & ~WP);
  reset(); directory[WINDOW >> 22] = PS | PP | RW | US; flush();
  at_level(3); start.ecx = WINDOW + MEMORY + 0x3abc; go("the same memory", CASE("mov dword ptr [ecx], 0x12345678"));
  put("  %x\n", *(u32 *)(MEMORY + 0x3abc));
  directory[WINDOW >> 22] = PS | PP | RW | US | 0x2000;
  flush(); at_level(3); start.ecx = WINDOW; go("reserved bit 13", CASE("mov eax, [ecx]"));
  directory[WINDOW >> 22] = PS | PP | RW | US | 0x200000;
  flush(); at_level(0); start.ecx = WINDOW; go("reserved bit 21, write", CASE("mov [ecx], eax"));
  directory[WINDOW >> 22] = PS | PP | US; flush();
  at_level(3); start.ecx = WINDOW + MEMORY; run(CASE("mov eax, [ecx]"));
  directory[WINDOW >> 22] = (u32)table1 | PP | RW | US;
  asm volatile("invlpg (%0)" : : "r"(WINDOW + 0x345678) : "memory");
  at_level(3); start.ecx = WINDOW + 0x1010; go("invlpg anywhere drops a big page", CASE("mov eax, [ecx]; mov [ecx], eax"));
  set_cr4(cr4() & ~0x10u);
}

static void translations(void) {
  reset(); flush();
  at_level(3); start.ecx = WINDOW; run(CASE("mov eax, [ecx]"));
  table1[0] = (MEMORY + 0x5000) | PP | RW | US;
  asm volatile("invlpg (%0)" : : "r"(WINDOW + 0xfff) : "memory");
  at_level(3); start.ecx = WINDOW; go("new page after invlpg", CASE("mov eax, [ecx]"));
  table1[0] = 0; flush();
  at_level(3); start.ecx = WINDOW; go("gone after mov cr3", CASE("mov eax, [ecx]"));
  table1[0] = MEMORY | PP | RW | US;
  at_level(3); start.ecx = WINDOW; go("an absent page is not remembered", CASE("mov eax, [ecx]"));
  table1[4] = 0; flush();
  at_level(0); start.ecx = WINDOW + 0x4000; run(CASE("mov eax, [ecx]"));
  map(4, PP | US); at_level(3); start.ecx = WINDOW + 0x4000; go("nor after a fault of level 0", CASE("mov eax, [ecx]"));
  set_cr4(cr4() | 0x80);
  map(5, PP | RW | US | G); flush();
  at_level(3); start.ecx = WINDOW + 0x5000; run(CASE("mov eax, [ecx]"));
  table1[5] = (MEMORY + 0x6000) | PP | RW | US | G;
  asm volatile("invlpg (%0)" : : "r"(WINDOW + 0x5000) : "memory");
  at_level(3); start.ecx = WINDOW + 0x5000; go("invlpg drops a global page", CASE("mov eax, [ecx]"));
  map(5, PP | RW | US | G);
  set_cr4(cr4() & ~0x80u);
  at_level(3); start.ecx = WINDOW + 0x5000; go("PGE off drops global pages", CASE("mov eax, [ecx]"));
  map(5, PP | RW | US | G); set_cr4(cr4() | 0x80); flush();
  at_level(3); start.ecx = WINDOW + 0x5000; run(CASE("mov eax, [ecx]"));
  table1[5] = (MEMORY + 0x6000) | PP | RW | US;
  set_cr0(cr0() & 0x7fffffff); set_cr0(cr0() | 0x80000000);
  at_level(3); start.ecx = WINDOW + 0x5000; go("PG off and on drops global pages", CASE("mov eax, [ecx]"));
  set_cr4(cr4() & ~0x80u);
  /* Two linear addresses of one page: self-modifying code through the other one. */
  reset(); table1[6] = (MEMORY + 0x7000) | PP | US; flush();
  static const u8 code[] = {0xb8, 1, 0, 0, 0, 0xcd, 0x20};
  copy((u8 *)MEMORY + 0x7000, code, 7);
  at_level(3); start.ecx = WINDOW + 0x6000; go("code through an alias", CASE("jmp ecx"));
  *(u8 *)(WINDOW + 0x7001) = 2;
  at_level(3); start.ecx = WINDOW + 0x6000; go("changed through the other", CASE("jmp ecx"));
  at_level(0); go("invlpg level 0", CASE("invlpg [0x400000]"));
  at_level(3); go("invlpg level 3", CASE("invlpg [0x400000]"));
  at_level(0); go("invlpg of a register", CASE(".byte 0x0f, 0x01, 0xf8"));
  at_level(0); start.ecx = 0x80001000; go("cr2 keeps 32 bits", CASE("mov cr2, ecx; mov eax, cr2"));
}

/* Descriptor tables, TSS and stacks are reached with level 0 rights whatever the level. */
static u32 far_ldt[2048] __attribute__((aligned(4096)));
static void tables(u32 level) {
  u32 page = (u32)far_ldt >> 12;
  segment(FREE + 0x10, (u32)far_ldt, 0x1fff, LDT, 0);
  for (u32 state = 0; state < 4; state++) {
    static const u32 states[] = {0, PP, PP | RW, PP | RW | US};
    fill(far_ldt, 0, sizeof far_ldt);
    far_ldt[2] = 0xffff; far_ldt[3] = 0xcf0000 | (DATA_RW | level << 5) << 8;
    far_ldt[4] = 0xffff; far_ldt[5] = 0xcf0000 | (DATA_RW | level << 5 | 1) << 8;
    asm volatile("lldt %w0" : : "r"(FREE + 0x10));
    table0[page] = (u32)far_ldt | states[state]; set_cr0(cr0() | WP); flush();
    put("table page %h level %d: ", states[state], level);
    at_level(level); start.ecx = 0xc | level; put("load, not yet accessed:"); brief(CASE("mov gs, cx; mov eax, gs"));
    /* Which byte of the descriptor the processor writes is its own business. */
    put(" cr2 %x\n", result.vector == 14 ? result.cr2 & ~7u : 0);
    put("table page %h level %d: ", states[state], level);
    at_level(level); start.ecx = 0x14 | level; go("load, accessed", CASE("mov gs, cx; mov eax, gs"));
    put("table page %h level %d: ", states[state], level);
    at_level(level); start.ecx = 0x14 | level; go("lar", CASE("lar eax, ecx; setz dl; and eax, 0xfff0ffff; or al, dl"));
    set_cr0(cr0() & ~WP); table0[page] = (u32)far_ldt | PP | RW | US; flush();
  }
  asm volatile("lldt %w0" : : "r"(0));
}

static void deliveries(void) {
  reset(); table1[1] = 0; flush();
  at_level(3); tss.esp0 = WINDOW + 0x2000; double_task("#UD, inner stack absent", CASE("ud2"));
  at_level(3); tss.esp0 = WINDOW + 0x2000; double_task("int 0x21, inner stack absent", CASE("nop; int 0x21"));
  at_level(3); tss.esp0 = WINDOW + 0x2000; double_task("#PF, inner stack absent", CASE("mov eax, [0x500000]"));
  put("  cr2 %x\n", cr2());
  at_level(0); double_task("#PF, own stack absent", CASE("mov esp, 0x402000; push eax"));
  put("  cr2 %x\n", cr2());
  at_level(0); double_task("frame crosses into the absent page", CASE("mov esp, 0x40200e; mov eax, [0x500000]"));
  put("  cr2 %x\n", cr2());
  tss.esp0 = (u32)trap_stack_top;
  /* The IDT's second page is absent: vectors from 0x80 on, then the table again. */
  at_level(0); handler(13, stubs, INT32 & 0x7f); start.ecx = WINDOW + 0x1000;
  go("#PF with the #GP gate absent", CASE("mov eax, [ecx]"));
  default_handlers();
  at_level(3); handler(14, stubs, INT32 & 0x7f); start.ecx = WINDOW + 0x1000;
  go("#PF gate absent", CASE("mov eax, [ecx]"));
  default_handlers();
}

int main(void) {
  set_up();
  title("rights"); rights();
  for (u32 level = 0; level < 4; level += 3) {
    put("# level %d\n", level);
    absent(level); crossing(level); fetches(level); instructions(level); tables(level);
  }
  title("accessed and dirty"); dirty();
  title("big pages"); big();
  title("translations"); translations();
  title("deliveries"); deliveries();
  return 0;
}

/*
 * Runs instruction tests natively: reads cases from standard input, plays each on this machine's
 * processor in 32-bit (or, through an LDT code segment, 16-bit) user mode, writes what came out.
 * Freestanding and static: nothing but the kernel shares the address space, and what the kernel
 * put there (stack, vdso) is unmapped first, so that stray accesses fault the same way everywhere.
 *
 * One case costs one signal and one sigreturn: the handler notes the result of a case and rewrites
 * the signal frame to the start of the next. A case ends by the single-step trap behind its first
 * instruction, by the int3 behind its last one (mode RUN), or by the fault it raises.
 * ARENA, ARENA_BYTES, ARENA_WRITABLE, CODE, CODE_BYTES and FILL come from stage-layout.ts.
 * Signal frame: arch/x86/include/uapi/asm/sigcontext.h. Format of the streams: case-stream.ts.
 */
#include <asm/ldt.h>
#include <asm/sigcontext.h>
#include <asm/signal.h>
#include <asm/unistd.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

enum { MODE_RUN = 1, MODE_X87 = 2 };
enum { X87_BYTES = 108, TF = 0x100 };
#define INPUT_MAX (8u << 20)
#define OUTPUT_MAX (1u << 20)
#define OUTPUT_ROOM 65536u

__attribute__((used)) static u8 first_stack[65536] __attribute__((aligned(16)));
static u8 altstack[65536] __attribute__((aligned(64)));
static u8 output[OUTPUT_MAX];
static u32 output_used;
static u8 *input, *input_end, *input_at;
/* Content of the arena before the case (with its patches) and without any case. */
static u8 before[ARENA_BYTES] __attribute__((aligned(64)));
static u8 blank[ARENA_BYTES] __attribute__((aligned(64)));

struct head {
  u32 regs[8]; /* eax ecx edx ebx esp ebp esi edi */
  u32 eflags;
  u16 seg[6]; /* es cs ss ds fs gs */
  u32 eip;
  u32 code_at; /* linear address of the code bytes */
  u16 code_bytes;
  u8 patches;
  u8 mode;
} __attribute__((packed));

struct result {
  u32 regs[8];
  u32 eflags;
  u16 seg[6];
  u32 eip;
  u32 trap, error, cr2;
  u16 runs;
  u8 mode, pad;
} __attribute__((packed));

static struct head current;
static u8 *current_patches;
static u32 started;

static long sys(long n, long a, long b, long c, long d, long e) {
  long r;
  __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
  return r;
}

static void *map(u32 at, u32 bytes, u32 prot) {
  u32 args[6] = {at, bytes, prot, 0x32 /* private, fixed, anonymous */, (u32)-1, 0};
  return (void *)sys(__NR_mmap, (long)args, 0, 0, 0, 0);
}

void *memcpy(void *to, const void *from, unsigned n) {
  void *start = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
  return start;
}

void *memset(void *to, int value, unsigned n) {
  void *start = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
  return start;
}

static void __attribute__((noreturn)) die(const char *text) {
  u32 n = 0;
  while (text[n]) n++;
  sys(__NR_write, 2, (long)text, n, 0, 0);
  sys(__NR_exit_group, 1, 0, 0, 0, 0);
  __builtin_unreachable();
}

static void flush(void) {
  for (u32 at = 0; at < output_used;) {
    long n = sys(__NR_write, 1, (long)(output + at), output_used - at, 0, 0);
    if (n <= 0) die("harness: cannot write\n");
    at += n;
  }
  output_used = 0;
}

static void emit(const void *from, u32 n) {
  memcpy(output + output_used, from, n);
  output_used += n;
}

typedef long long v2 __attribute__((vector_size(16)));

static int same64(const u8 *a, const u8 *b) {
  const v2 *x = (const v2 *)a, *y = (const v2 *)b;
  v2 d = (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]);
  return (d[0] | d[1]) == 0;
}

/* Writes the runs of changed bytes and undoes them. Returns their number. */
static u32 emit_changes(void) {
  u8 *arena = (u8 *)ARENA;
  u32 runs = 0;
  for (u32 block = 0; block < ARENA_WRITABLE; block += 64) {
    if (same64(arena + block, before + block)) continue;
    for (u32 i = block; i < block + 64;) {
      u32 end = i;
      while (end < block + 64 && arena[end] != before[end]) end++;
      if (end > i) {
        u32 at = ARENA + i;
        u16 bytes = end - i;
        emit(&at, 4);
        emit(&bytes, 2);
        emit(arena + i, bytes);
        memcpy(arena + i, before + i, bytes);
        runs++;
        i = end;
      } else i++;
    }
  }
  return runs;
}

static void patch(u8 *at, int apply) {
  for (u32 i = 0; i < current.patches; i++) {
    u32 address;
    u16 bytes;
    memcpy(&address, at, 4);
    memcpy(&bytes, at + 4, 2);
    u32 offset = address - ARENA;
    if (offset + bytes > ARENA_WRITABLE) die("harness: patch outside the writable arena\n");
    memcpy(before + offset, apply ? at + 6 : blank + offset, bytes);
    memcpy((u8 *)address, before + offset, bytes);
    at += 6 + bytes;
  }
}

static void record(struct sigcontext_32 *c) {
  struct result r = {
      .regs = {c->ax, c->cx, c->dx, c->bx, c->sp, c->bp, c->si, c->di},
      .eflags = c->flags,
      .seg = {c->es, c->cs, c->ss, c->ds, c->fs, c->gs},
      .eip = c->ip,
      .trap = c->trapno,
      .error = c->err,
      .cr2 = c->cr2,
      .mode = current.mode,
  };
  u32 head_at = output_used;
  output_used += sizeof r;
  r.runs = emit_changes();
  memcpy(output + head_at, &r, sizeof r);
  if (current.mode & MODE_X87) emit((void *)c->fpstate, X87_BYTES);
  patch(current_patches, 0);
  memset((u8 *)current.code_at, FILL, current.code_bytes + 1);
  if (output_used > OUTPUT_MAX - OUTPUT_ROOM) flush();
}

static void start(struct sigcontext_32 *c) {
  if (input_at == input_end) {
    flush();
    sys(__NR_exit_group, 0, 0, 0, 0, 0);
  }
  memcpy(&current, input_at, sizeof current);
  input_at += sizeof current;
  u32 end = current.code_at + current.code_bytes;
  if (current.code_at < CODE || end >= CODE + CODE_BYTES) die("harness: code outside its pages\n");
  memcpy((u8 *)current.code_at, input_at, current.code_bytes);
  if (current.mode & MODE_RUN) *(u8 *)end = 0xcc;
  input_at += current.code_bytes;
  current_patches = input_at;
  for (u32 i = 0; i < current.patches; i++) input_at += 6u + (input_at[4] | input_at[5] << 8);
  patch(current_patches, 1);
  if (current.mode & MODE_X87) {
    memcpy((void *)c->fpstate, input_at, X87_BYTES);
    input_at += X87_BYTES;
  }
  c->ax = current.regs[0], c->cx = current.regs[1], c->dx = current.regs[2], c->bx = current.regs[3];
  c->sp = current.regs[4], c->bp = current.regs[5], c->si = current.regs[6], c->di = current.regs[7];
  c->flags = current.eflags | (current.mode & MODE_RUN ? 0 : TF);
  c->es = current.seg[0], c->cs = current.seg[1], c->ss = current.seg[2];
  c->ds = current.seg[3], c->fs = current.seg[4], c->gs = current.seg[5];
  c->ip = current.eip;
}

/* Signal frame of a 32-bit program, as far as it is used. */
struct frame {
  u32 flags, link, stack[3];
  struct sigcontext_32 context;
};

__attribute__((used)) static void on_signal(int number, void *info, struct frame *u) {
  (void)info;
  if (number == SIGALRM) die("harness: a case did not end\n");
  if (started) record(&u->context);
  started = 1;
  start(&u->context);
}

/* The case may have set AC, which the handler must not be judged by, and NT or ID, which sigreturn would leave on. */
__asm__(".globl entry\nentry:\n  pushfl\n  andl $~0x244000,(%esp)\n  popfl\n  jmp on_signal\n"
        ".globl restorer\nrestorer:\n  movl $173,%eax\n  int $0x80\n");
extern char entry[], restorer[];

static void catch_signals(void) {
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGTRAP, SIGILL, SIGALRM};
  u32 stack[3] = {(u32)altstack, 0, sizeof altstack};
  sys(__NR_sigaltstack, (long)stack, 0, 0, 0, 0);
  for (u32 i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    u32 action[5] = {(u32)entry, SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTORER, (u32)restorer, 0, 0};
    if (sys(__NR_rt_sigaction, numbers[i], (long)action, 0, 8, 0)) die("harness: sigaction\n");
  }
}

/* Takes the LDT from the input: number of entries, then each as modify_ldt(2) wants it. */
static void make_ldt(void) {
  struct user_desc entry;
  u32 count;
  memcpy(&count, input_at, sizeof count);
  input_at += sizeof count;
  for (; count > 0; count--, input_at += sizeof entry) {
    memcpy(&entry, input_at, sizeof entry);
    if (sys(__NR_modify_ldt, 0x11, (long)&entry, sizeof entry, 0, 0)) die("harness: modify_ldt\n");
  }
}

/* All input at once; it begins with the arena's image. */
static void read_input(void) {
  input = map(0x48000000, INPUT_MAX, 3);
  if (input != (u8 *)0x48000000) die("harness: no room for the input\n");
  u32 n = 0;
  for (;;) {
    long got = sys(__NR_read, 0, (long)(input + n), INPUT_MAX - n, 0, 0);
    if (got < 0) die("harness: cannot read\n");
    if (got == 0) break;
    n += got;
  }
  if (n < sizeof blank) die("harness: no arena image\n");
  memcpy(blank, input, sizeof blank);
  input_at = input + sizeof blank;
  input_end = input + n;
}

__attribute__((used, noreturn)) static void run(void) {
  read_input();
  if (map(ARENA, ARENA_BYTES, 3) != (void *)ARENA) die("harness: no arena\n");
  if (map(CODE, CODE_BYTES, 7) != (void *)CODE) die("harness: no code pages\n");
  memcpy((u8 *)ARENA, blank, sizeof blank);
  memcpy(before, blank, sizeof blank);
  memset((u8 *)CODE, FILL, CODE_BYTES);
  sys(__NR_mprotect, ARENA + ARENA_WRITABLE, ARENA_BYTES - ARENA_WRITABLE, 1, 0, 0);
  make_ldt();
  catch_signals();
  sys(__NR_munmap, 0xc8000000u, 0xffffe000u - 0xc8000000u, 0, 0, 0);
  sys(__NR_alarm, 120, 0, 0, 0, 0);
  __asm__ volatile("int3");
  __builtin_unreachable();
}

__asm__(".globl _start\n_start:\n  movl $first_stack+65536,%esp\n  call run\n");

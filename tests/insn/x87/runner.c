/*
 * Runs x87 and MMX instruction tests on this machine's processor, 32-bit user mode. Standard input:
 * struct input after struct input; standard output: one struct output for each.
 * Build: gcc -m32 -O1 -DCODE=... -DMEMORY=... -DIMAGE=... (addresses: case.ts).
 *
 * The instruction stands between FRSTOR and FNSAVE, which does not wait, so that unmasked
 * exceptions show as they are left behind. A fault (16: an exception was pending already) ends
 * the case; the x87 state is then not reported.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { MEMORY_BYTES = 512, IMAGE_BYTES = 108, INSN_AT = 0x40 };

struct input {
  uint8_t code[15], length;
  uint32_t eax, eflags;
  uint8_t image[IMAGE_BYTES];
  uint8_t memory[MEMORY_BYTES];
} __attribute__((packed));

struct output {
  uint32_t fault, eax, eflags;
  uint8_t image[IMAGE_BYTES];
  uint8_t memory[MEMORY_BYTES];
} __attribute__((packed));

/* At IMAGE: image before, image after, eax, eflags before, eax, eflags after. */
struct exchange {
  uint8_t before[128], after[128];
  uint32_t eax_in, eflags_in, eax_out, eflags_out;
};

static sigjmp_buf back;
static volatile uint32_t fault;

static void on_signal(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  fault = (uint32_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_TRAPNO];
  siglongjmp(back, 1);
}

static void *at(uint32_t address, uint32_t bytes) {
  void *p = mmap((void *)address, bytes, PROT_READ | PROT_WRITE | PROT_EXEC,
                 MAP_PRIVATE | MAP_FIXED_NOREPLACE | MAP_ANONYMOUS, -1, 0);
  if (p != (void *)address) perror("runner: mmap");
  return p;
}

static uint8_t *put(uint8_t *to, const void *bytes, unsigned n, const void *address) {
  memcpy(to, bytes, n);
  if (address) memcpy(to + n, &address, 4);
  return to + n + (address ? 4 : 0);
}

static void build(const struct input *c, struct exchange *x) {
  uint8_t *p = (uint8_t *)CODE;
  memset(p, 0x90, 0x100);
  p = put(p, "\x60\x9c", 2, 0);                 /* pushad, pushfd */
  p = put(p, "\xdd\x25", 2, x->before);         /* frstor */
  p = put(p, "\xff\x35", 2, &x->eflags_in);     /* push */
  p = put(p, "\x9d", 1, 0);                     /* popfd */
  p = put(p, "\xa1", 1, &x->eax_in);            /* mov eax, */
  p = (uint8_t *)CODE + INSN_AT;
  p = put(p, c->code, c->length, 0);
  p = put(p, "\xa3", 1, &x->eax_out);           /* mov ,eax */
  p = put(p, "\x9c\x8f\x05", 3, &x->eflags_out); /* pushfd, pop */
  p = put(p, "\xdd\x35", 2, x->after);          /* fnsave */
  put(p, "\x9d\x61\xc3", 3, 0);                 /* popfd, popad, ret */
}

static void play(const struct input *in, struct output *out, struct exchange *x, uint8_t *memory) {
  memcpy(x->before, in->image, IMAGE_BYTES);
  memset(x->after, 0, IMAGE_BYTES);
  memcpy(memory, in->memory, MEMORY_BYTES);
  x->eax_in = in->eax, x->eflags_in = in->eflags;
  x->eax_out = x->eflags_out = 0;
  build(in, x);
  fault = 0;
  /* FXSAVE shows them. */
  __asm__ volatile("xorps %xmm0,%xmm0\n xorps %xmm1,%xmm1\n xorps %xmm2,%xmm2\n xorps %xmm3,%xmm3\n"
                   "xorps %xmm4,%xmm4\n xorps %xmm5,%xmm5\n xorps %xmm6,%xmm6\n xorps %xmm7,%xmm7");
  if (sigsetjmp(back, 1) == 0) ((void (*)(void))CODE)();
  __asm__ volatile("fninit");
  out->fault = fault, out->eax = x->eax_out, out->eflags = x->eflags_out;
  memcpy(out->image, x->after, IMAGE_BYTES);
  memcpy(out->memory, memory, MEMORY_BYTES);
}

/*
 * Each case is played until it gives the same twice: a task switch between FRSTOR and FNSAVE loses
 * parts of the x87 pointers, which the kernel does not save.
 */
int main(void) {
  static struct input in;
  static struct output out, last;
  struct exchange *x = at(IMAGE, 4096);
  uint8_t *memory = at(MEMORY, 4096);
  if (at(CODE, 4096) != (void *)CODE) return 1;
  static uint8_t stack[65536];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGFPE, &action, 0), sigaction(SIGSEGV, &action, 0), sigaction(SIGILL, &action, 0);
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    memset(&out, 0xff, sizeof out);
    for (int i = 0; i < 8; i++) {
      last = out;
      play(&in, &out, x, memory);
      if (memcmp(&last, &out, sizeof out) == 0) break;
    }
    fwrite(&out, sizeof out, 1, stdout);
  }
  return 0;
}

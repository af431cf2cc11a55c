/*
 * What the programs need beyond libc when they run natively under Linux: areas
 * of memory, and fault handlers on top of signals (32-bit only).
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "abi.h"

void *map_pages(unsigned bytes, unsigned protection)
{
    void *p = mmap(NULL, bytes, (int)protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

int protect_pages(void *address, unsigned bytes, unsigned protection)
{
    return mprotect(address, bytes, (int)protection);
}

int unmap_pages(void *address, unsigned bytes)
{
    return munmap(address, bytes);
}

#ifdef __i386__
static void (*handler)(struct fault *);
static struct fault registers;
static sigjmp_buf back;

static void on_signal(int number, siginfo_t *info, void *context)
{
    static const int order[] = { REG_EDI, REG_ESI, REG_EBP, REG_ESP, REG_EBX,
                                 REG_EDX, REG_ECX, REG_EAX, REG_EIP, REG_EFL };
    greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
    struct fault f = { (unsigned)g[REG_TRAPNO], (unsigned)g[REG_ERR], (unsigned)info->si_addr };
    unsigned *words = &f.edi;
    (void)number;
    for (int i = 0; i < 10; i++)
        words[i] = (unsigned)g[order[i]];
    if (sigsetjmp(back, 0) == 0)
        handler(&f);
    words = &registers.edi;
    for (int i = 0; i < 10; i++)
        g[order[i]] = (greg_t)words[i];
    if (f.vector == 16)                         /* Linux restores the x87 state that it saved */
        ((ucontext_t *)context)->uc_mcontext.fpregs->sw &= ~0x80fful;
}

void resume(const struct fault *f)
{
    registers = *f;
    siglongjmp(back, 1);
}

int on_fault(void (*new_handler)(struct fault *))
{
    static char stack[65536];
    stack_t alternative = { stack, 0, sizeof stack };
    struct sigaction action = { 0 };
    handler = new_handler;
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaltstack(&alternative, NULL);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    return sigaction(SIGTRAP, &action, NULL);
}
#endif

/*
 * faults: a child for each way to go wrong; the kernel must end it with the
 * right vector, say so, and live on.
 */
#include "pupa.h"

static volatile int zero;
static volatile size low = 4;

static void divide(void) { asm volatile("divl %1" : : "a"(1), "m"(zero), "d"(0) : "cc"); }
static void divide_overflow(void) { asm volatile("div %%ecx" : : "a"(0), "d"(7), "c"(7) : "cc"); }
static void single_step(void) { asm volatile("pushf\n\torl $0x100, (%%esp)\n\tpopf\n\tnop" : : : "memory", "cc"); }
static void breakpoint(void) { asm volatile("int3"); }
static void overflow(void) { asm volatile("movb $127, %%al\n\taddb $1, %%al\n\tinto" : : : "eax", "cc"); }
static void bound(void) { static const int limits[2] = { 2, 5 }; asm volatile("bound %0, %1" : : "r"(6), "m"(limits)); }
static void invalid(void) { asm volatile("ud2"); }
static void privileged(void) { asm volatile("cli"); }
static void port(void) { asm volatile("inb $0x60, %%al" : : : "eax"); }
static void control(void) { asm volatile("mov %%cr0, %%eax" : : : "eax"); }
static void selector(void) { asm volatile("mov %w0, %%fs" : : "r"(0x0f3b)); }
static void gate(void) { asm volatile("int $0x20"); }
static void read_null(void) { zero = *(volatile int *)low; }
static void write_code(void) { *(volatile u8 *)(size)divide = 0xc3; }
static void read_kernel(void) { zero = *(volatile int *)0xc0100000; }
static void jump_nowhere(void) { ((void (*)(void))0x00700000)(); }
static u32 __attribute__((noinline)) dive(u32 n)
{
    volatile u8 room[8000];
    room[n & 63] = (u8)n;
    return n == ~0u ? 0 : dive(n + 1) + room[1];
}

static void exhaust_stack(void) { zero = (int)dive(0); }

static void x87(void)
{
    u16 control_word = 0x37b;                   /* zero divide not masked */
    asm volatile("fldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" : : "m"(control_word));
}

static void killed(void)
{
    kill_process(getpid(), KILL_TERMINATE);
    for (;;) {}
}

static const struct { const char *name; void (*run)(void); int status; } cases[] = {
    { "divide by zero", divide, STATUS_FAULT | 0 },
    { "divide overflow", divide_overflow, STATUS_FAULT | 0 },
    { "single step", single_step, STATUS_FAULT | 1 },
    { "breakpoint", breakpoint, STATUS_FAULT | 3 },
    { "overflow", overflow, STATUS_FAULT | 4 },
    { "bound", bound, STATUS_FAULT | 5 },
    { "invalid opcode", invalid, STATUS_FAULT | 6 },
    { "privileged", privileged, STATUS_FAULT | 13 },
    { "port", port, STATUS_FAULT | 13 },
    { "control register", control, STATUS_FAULT | 13 },
    { "selector", selector, STATUS_FAULT | 13 },
    { "gate", gate, STATUS_FAULT | 13 },
    { "read at 4", read_null, STATUS_FAULT | 14 },
    { "write code", write_code, STATUS_FAULT | 14 },
    { "read kernel", read_kernel, STATUS_FAULT | 14 },
    { "jump nowhere", jump_nowhere, STATUS_FAULT | 14 },
    { "exhaust the stack", exhaust_stack, STATUS_FAULT | 14 },
    { "x87 divide", x87, STATUS_FAULT | 16 },
    { "kill", killed, STATUS_KILLED | KILL_TERMINATE },
};

int main(void)
{
    static const struct known known[] = { { LENGTH(cases), LENGTH(cases) }, { 0, 0 } };
    u32 right = 0;
    for (u32 i = 0; i < LENGTH(cases); i++) {
        int pid = fork(), status = -1;
        if (pid == 0) {
            cases[i].run();
            exit(0);
        }
        wait_for(pid, &status, 0);
        if (status == cases[i].status)
            right++;
        else
            print("faults: %s: status %x instead of %x\n", cases[i].name, status, cases[i].status);
    }
    return report("faults", 1, known, LENGTH(cases), right, "%u of %u faults ended their program", right,
                  (u32)LENGTH(cases));
}

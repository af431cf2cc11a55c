/* The interrupt table, and where each vector goes. */
#include "kernel.h"
#include "trap.h"
#include "x86.h"

static u64 idt[256];
struct pointer { u16 limit; u32 base; } __attribute__((packed));

static void set_gate(u32 vector, u32 handler, u32 ring)
{
    u32 low = KERNEL_CODE << 16 | (handler & 0xffff);
    u32 high = (handler & 0xffff0000) | 0x8e00 | ring << 13;   /* 32-bit interrupt gate: IF goes off */
    idt[vector] = (u64)high << 32 | low;
}

void trap_init(void)
{
    for (u32 v = 0; v < LENGTH(vector_table); v++)
        set_gate(v, vector_table[v], v == 3 || v == 4 ? 3 : 0);   /* int3 and into are for everyone */
    set_gate(VECTOR_SYSCALL, (u32)vector_syscall, 3);
    struct pointer idtr = { sizeof idt - 1, (u32)idt };
    asm volatile("lidt %0" : : "m"(idtr));
}

static void interrupt(int irq)
{
    irq_end(irq);                               /* IF stays off until iret, so this is early enough */
    if (irq == 0)
        timer_interrupt();
    else if (irq == 4)
        uart_interrupt();
}

void trap(struct frame *f)
{
    if (f->vector == VECTOR_SYSCALL || f->vector == VECTOR_SYSENTER)
        f->eax = (u32)syscall(f->eax, f->ebx, f->esi, f->edi);
    else if (f->vector >= VECTOR_IRQ)
        interrupt((int)f->vector - VECTOR_IRQ);
    else
        fault(f);
    if (!from_user(f))
        return;
    if (need_schedule)
        schedule();
    if (current->killed)
        process_exit(STATUS_KILLED | current->killed);
}

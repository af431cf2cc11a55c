/*
 * Round robin over the process table, one tick a slice, and sleeping on a
 * channel (any address). The kernel runs with interrupts off, so nothing
 * happens between a check and the sleep that follows it.
 */
#include "kernel.h"
#include "trap.h"
#include "x86.h"

int need_schedule;

static struct process *next_ready(void)
{
    int start = (int)(current - processes);
    for (int i = 1; i <= PROCESSES; i++) {
        struct process *p = &processes[(start + i) % PROCESSES];
        if (p != processes && p->state == READY)
            return p;
    }
    return current->state == RUNNING ? current : processes;
}

void schedule(void)
{
    need_schedule = 0;
    struct process *old = current, *next = next_ready();
    if (next == old)
        return;
    if (old->state == RUNNING)
        old->state = READY;
    next->state = RUNNING;
    current = next;
    if (next->space.directory)
        write_cr3(V2P(next->space.directory));
    set_kernel_stack(next->stack + PAGE_SIZE);
    fpu_switch();
    switch_stack(&old->saved_esp, next->saved_esp);
}

void idle(void)
{
    for (;;) {
        schedule();
        sti_hlt_cli();
    }
}

int sleep_on(const void *channel)
{
    if (current->killed)
        return -E_INTR;
    current->channel = channel;
    current->state = SLEEPING;
    schedule();
    current->channel = NULL;
    return current->killed ? -E_INTR : 0;
}

void wake(const void *channel)
{
    for (struct process *p = processes; p < processes + PROCESSES; p++)
        if (p->state == SLEEPING && p->channel == channel)
            p->state = READY;
}

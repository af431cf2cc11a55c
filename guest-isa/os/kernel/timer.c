/* Channel 0 of the 8254 as the 100 Hz tick: time, time slices, sleepers. */
#include "kernel.h"
#include "x86.h"

#define PIT_HZ 1193182
#define DIVISOR (PIT_HZ / TICKS_PER_SECOND)

u32 ticks;

void timer_init(void)
{
    out8(0x43, 0x34);                           /* channel 0, low then high byte, rate generator */
    out8(0x40, DIVISOR & 0xff);
    out8(0x40, DIVISOR >> 8);
    irq_enable(0);
}

void timer_interrupt(void)
{
    ticks++;
    current->own_ticks++;
    for (struct process *p = processes; p < processes + PROCESSES; p++)
        if (p->state == SLEEPING && p->channel == &ticks && (s32)(ticks - p->wake_at) >= 0)
            p->state = READY;
    need_schedule = 1;                          /* a slice is one tick */
}

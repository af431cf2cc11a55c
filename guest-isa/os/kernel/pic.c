/*
 * The two 8259 interrupt controllers (Intel 8259A data sheet): IRQ 0-15 come
 * as vectors 32-47, all masked until a driver asks for its line.
 */
#include "kernel.h"
#include "x86.h"

#define MASTER 0x20
#define SLAVE  0xa0
#define END_OF_INTERRUPT 0x20

static u16 mask = 0xffff & ~(1 << 2);           /* the slave's line stays open */

static void set_mask(void)
{
    out8(MASTER + 1, (u8)mask);
    out8(SLAVE + 1, (u8)(mask >> 8));
}

void pic_init(void)
{
    out8(MASTER, 0x11);                         /* ICW1: edge triggered, cascade, ICW4 follows */
    out8(SLAVE, 0x11);
    out8(MASTER + 1, VECTOR_IRQ);
    out8(SLAVE + 1, VECTOR_IRQ + 8);
    out8(MASTER + 1, 1 << 2);                   /* ICW3: slave on line 2 */
    out8(SLAVE + 1, 2);
    out8(MASTER + 1, 0x01);                     /* ICW4: 8086 mode */
    out8(SLAVE + 1, 0x01);
    set_mask();
}

void irq_enable(int irq)
{
    mask &= (u16)~(1 << irq);
    set_mask();
}

void irq_end(int irq)
{
    if (irq >= 8)
        out8(SLAVE, END_OF_INTERRUPT);
    out8(MASTER, END_OF_INTERRUPT);
}

/*
 * COM1, a 16550 at 0x3f8 on IRQ 4 (National PC16550D data sheet), 115200 8N1,
 * FIFOs on. Output goes through a ring that the transmitter-empty interrupt
 * drains; when the ring is full a process sleeps, the kernel itself waits.
 */
#include "kernel.h"
#include "x86.h"

#define COM1 0x3f8
#define DATA (COM1 + 0)
#define ENABLE (COM1 + 1)
#define IDENTIFY (COM1 + 2)
#define LINE_CONTROL (COM1 + 3)
#define MODEM_CONTROL (COM1 + 4)
#define LINE_STATUS (COM1 + 5)
#define SCRATCH (COM1 + 7)

#define RECEIVE_ON 1
#define TRANSMIT_ON 2
#define STATUS_DATA 0x01
#define STATUS_EMPTY 0x20
#define STATUS_IDLE 0x40
#define FIFO_BYTES 16
#define RING 2048

static const char uart_wait_channel;
static char ring[RING];
static u32 head, tail;                          /* count up for ever; RING divides 2^32 */
static int present, transmitting;

void uart_init(void)
{
    out8(SCRATCH, 0x5a);
    present = in8(SCRATCH) == 0x5a;
    if (!present)
        return;
    out8(ENABLE, 0);
    out8(LINE_CONTROL, 0x80);                   /* divisor latch: 115200 / 1 */
    out8(DATA, 1);
    out8(ENABLE, 0);
    out8(LINE_CONTROL, 0x03);                   /* 8 data bits, no parity, 1 stop bit */
    out8(IDENTIFY, 0x07);                       /* FIFOs on and empty, interrupt at 1 byte */
    out8(MODEM_CONTROL, 0x0b);                  /* DTR, RTS, OUT2: let the interrupt out */
    out8(ENABLE, RECEIVE_ON);
    irq_enable(4);
}

int uart_room(void)
{
    return RING - (int)(head - tail);
}

static void send(void)
{
    if (in8(LINE_STATUS) & STATUS_EMPTY)
        for (int n = 0; n < FIFO_BYTES && tail != head; n++)
            out8(DATA, (u8)ring[tail++ % RING]);
    int more = tail != head;
    if (more != transmitting)
        out8(ENABLE, more ? RECEIVE_ON | TRANSMIT_ON : RECEIVE_ON);
    transmitting = more;
}

void uart_put(char c)
{
    if (!present)
        return;
    while (uart_room() == 0)
        send();
    ring[head++ % RING] = c;
    if (!transmitting)
        send();
}

void uart_flush(void)
{
    while (present && tail != head)
        send();
    while (present && !(in8(LINE_STATUS) & STATUS_IDLE))
        ;
}

/* For processes: sleeps, where uart_put and uart_flush would wait in a loop. */
void uart_make_room(int bytes)
{
    while (present && uart_room() < bytes)
        if (sleep_on(&uart_wait_channel) < 0)
            return;
}

void uart_drain(void)
{
    uart_make_room(RING);
}

void uart_interrupt(void)
{
    while (!(in8(IDENTIFY) & 1)) {              /* reading it also clears the transmitter's request */
        while (in8(LINE_STATUS) & STATUS_DATA)
            tty_input((char)in8(DATA));
        send();
        in8(MODEM_CONTROL + 2);                 /* modem status: a change there would ask for ever */
    }
    if (uart_room() >= RING / 2)
        wake(&uart_wait_channel);
}

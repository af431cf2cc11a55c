/*
 * The end of a run. Status 0: ACPI soft-off by PM1a of the PIIX4 (82371AB data
 * sheet: function 3 of device 1, base at 0x40, enable at 0x80), then the exit
 * port. Any other status: the exit port first, since soft-off cannot carry it.
 * A 32-bit write of N to port 0xf4 makes QEMU's isa-debug-exit end with 2N+1.
 */
#include "kernel.h"
#include "x86.h"

#define EXIT_PORT 0xf4
#define PIIX4_POWER_MANAGEMENT 0x71138086
#define PM_BASE_DEFAULT 0x600
#define SLEEP_ENABLE 0x2000                     /* with sleep type 0: soft-off */

static void pci_select(u32 reg)
{
    out32(0xcf8, 0x80000000 | 1 << 11 | 3 << 8 | reg);
}

static u32 pci_read(u32 reg)
{
    pci_select(reg);
    return in32(0xcfc);
}

static void pci_write(u32 reg, u32 value)
{
    pci_select(reg);
    out32(0xcfc, value);
}

static void soft_off(void)
{
    if (pci_read(0) != PIIX4_POWER_MANAGEMENT)
        return;
    u32 base = pci_read(0x40) & 0xffc0;
    if (!base || !(pci_read(0x80) & 1)) {       /* no firmware has set it up */
        base = base ? base : PM_BASE_DEFAULT;
        pci_write(0x40, base | 1);
        pci_write(0x04, pci_read(0x04) | 1);
        pci_write(0x80, pci_read(0x80) | 1);
    }
    out16((u16)(base + 4), SLEEP_ENABLE);
}

static void wait_a_moment(void)
{
    for (int i = 0; i < 10000; i++)
        in8(0x80);
}

void power_off(int status)
{
    cli();
    uart_flush();
    if (status == 0)
        soft_off();
    else
        out32(EXIT_PORT, (u32)status);
    wait_a_moment();
    if (status == 0)
        out32(EXIT_PORT, 0);
    else
        soft_off();
    for (;;)
        asm volatile("hlt");
}

void reboot(void)
{
    cli();
    uart_flush();
    out8(0x64, 0xfe);                           /* the keyboard controller pulls the reset line */
    wait_a_moment();
    struct { u16 limit; u32 base; } __attribute__((packed)) none = { 0, 0 };
    asm volatile("lidt %0; int3" : : "m"(none));  /* a triple fault resets, too */
    for (;;)
        asm volatile("hlt");
}

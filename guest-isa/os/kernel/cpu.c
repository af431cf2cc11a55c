/*
 * What CPUID announces, the flat segments, the one TSS (only for its ring 0
 * stack) and the MSRs of sysenter. Each feature can be declined on the command
 * line: nopse, nopge, nofxsr, syscall=int.
 */
#include "kernel.h"
#include "trap.h"
#include "x86.h"

int cpu_has_pse, cpu_has_pge, cpu_has_fxsr, cpu_has_sysenter;

struct tss {
    u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, general[8], segments[6], ldt;
    u16 trap, io_map;
};

static struct tss tss;
static u64 gdt[6];
struct pointer { u16 limit; u32 base; } __attribute__((packed));

static u64 descriptor(u32 base, u32 limit, u32 access, u32 flags)
{
    u32 low = (base << 16) | (limit & 0xffff);
    u32 high = (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | (base >> 16 & 0xff);
    return (u64)high << 32 | low;
}

static void segments_init(void)
{
    gdt[KERNEL_CODE / 8] = descriptor(0, 0xfffff, 0x9a, 0xc);
    gdt[KERNEL_DATA / 8] = descriptor(0, 0xfffff, 0x92, 0xc);
    gdt[USER_CODE / 8] = descriptor(0, 0xfffff, 0xfa, 0xc);
    gdt[USER_DATA / 8] = descriptor(0, 0xfffff, 0xf2, 0xc);
    gdt[TSS_SELECTOR / 8] = descriptor((u32)&tss, sizeof tss - 1, 0x89, 0);
    tss.ss0 = KERNEL_DATA;
    tss.io_map = sizeof tss;                    /* beyond the limit: no port is open to ring 3 */

    struct pointer gdtr = { sizeof gdt - 1, (u32)gdt };
    asm volatile("lgdt %0\n\t"
                 "ljmp %1, $1f\n"
                 "1:\tmov %w2, %%ds\n\tmov %w2, %%es\n\tmov %w2, %%ss\n\t"
                 "mov %w3, %%fs\n\tmov %w3, %%gs\n\t"
                 "ltr %w4"
                 : : "m"(gdtr), "i"(KERNEL_CODE), "r"(KERNEL_DATA), "r"(0), "r"(TSS_SELECTOR) : "memory");
}

static void sysenter_init(u32 signature)
{
    const char *wish = option("syscall");
    u32 family = signature >> 8 & 15, model = signature >> 4 & 15, stepping = signature & 15;
    if (family == 6 && model < 3 && stepping < 3)
        cpu_has_sysenter = 0;                   /* the Pentium Pro announces SEP but lacks it */
    if (wish && strcmp(wish, "int") == 0)
        cpu_has_sysenter = 0;
    if (!cpu_has_sysenter)
        return;
    wrmsr(0x174, KERNEL_CODE);
    wrmsr(0x175, (u32)&tss.esp0);               /* entry.S loads the stack from there */
    wrmsr(0x176, (u32)sysenter_entry);
}

void cpu_init(void)
{
    struct cpuid_leaf id = cpuid(1);
    cpu_has_pse = (id.edx & 1u << 3) && !flag("nopse");
    cpu_has_pge = (id.edx & 1u << 13) && !flag("nopge");
    cpu_has_fxsr = (id.edx & 1u << 24) && !flag("nofxsr");
    cpu_has_sysenter = (id.edx & 1u << 11) != 0;
    segments_init();
    sysenter_init(id.eax);
    if (cpu_has_fxsr)
        write_cr4(read_cr4() | CR4_OSFXSR);
}

void set_kernel_stack(u32 top)
{
    tss.esp0 = top;
}

/* Single instructions that C has no word for: ports, control registers, MSRs, CPUID. */
#ifndef PUPA_X86_H
#define PUPA_X86_H
#include "../include/types.h"

#define CR0_MP 0x00000002
#define CR0_EM 0x00000004
#define CR0_TS 0x00000008
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR4_PSE 0x010
#define CR4_PGE 0x080
#define CR4_OSFXSR 0x200
#define EFLAGS_TF 0x100
#define EFLAGS_IF 0x200

static inline void out8(u16 port, u8 value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline void out16(u16 port, u16 value) { asm volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
static inline void out32(u16 port, u32 value) { asm volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 in8(u16 port) { u8 v; asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u16 in16(u16 port) { u16 v; asm volatile("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u32 in32(u16 port) { u32 v; asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }

static inline u32 read_cr0(void) { u32 v; asm volatile("mov %%cr0, %0" : "=r"(v)); return v; }
static inline u32 read_cr2(void) { u32 v; asm volatile("mov %%cr2, %0" : "=r"(v)); return v; }
static inline u32 read_cr4(void) { u32 v; asm volatile("mov %%cr4, %0" : "=r"(v)); return v; }
static inline void write_cr0(u32 v) { asm volatile("mov %0, %%cr0" : : "r"(v) : "memory"); }
static inline void write_cr3(u32 v) { asm volatile("mov %0, %%cr3" : : "r"(v) : "memory"); }
static inline void write_cr4(u32 v) { asm volatile("mov %0, %%cr4" : : "r"(v) : "memory"); }
static inline void invlpg(u32 address) { asm volatile("invlpg (%0)" : : "r"(address) : "memory"); }
static inline void clts(void) { asm volatile("clts"); }
static inline void cli(void) { asm volatile("cli" : : : "memory"); }
/* The shadow of sti covers hlt, so no interrupt slips in between. */
static inline void sti_hlt_cli(void) { asm volatile("sti; hlt; cli" : : : "memory"); }

static inline void wrmsr(u32 index, u32 low) { asm volatile("wrmsr" : : "c"(index), "a"(low), "d"(0)); }

struct cpuid_leaf { u32 eax, ebx, ecx, edx; };
static inline struct cpuid_leaf cpuid(u32 leaf)
{
    struct cpuid_leaf r;
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(0));
    return r;
}

#endif

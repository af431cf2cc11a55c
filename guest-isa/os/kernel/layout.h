/*
 * Pupa's address space (see README.md for the picture). The kernel sees all
 * physical memory from KERNEL_BASE up; user programs live below it.
 * Included by C, assembly and the linker script.
 */
#ifndef PUPA_LAYOUT_H
#define PUPA_LAYOUT_H

#define PAGE_SIZE     0x1000
#define KERNEL_BASE   0xC0000000
#define MAX_PHYSICAL  0x30000000   /* 768 MB: what fits above KERNEL_BASE with room to spare */
#define BOOT_MAPPED   0x01000000   /* start.S maps this much before paging.c takes over */

#define USER_LOW      0x00010000
#define USER_MAP_LOW  0x40000000   /* SYS_MAP areas */
#define USER_MAP_HIGH 0x80000000
#define USER_STACK_LOW 0xBF800000  /* the stack may grow to 8 MB */
#define USER_TOP      0xBFFFF000   /* first byte above the stack */

#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_CODE   0x1b
#define USER_DATA   0x23
#define TSS_SELECTOR 0x28

#define VECTOR_IRQ      32
#define VECTOR_SYSCALL  0x80
#define VECTOR_SYSENTER 0x81       /* never a gate: marks a frame made by sysenter */

#endif

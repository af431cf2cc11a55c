/*
 * Entry from a multiboot 1 loader: protected mode, paging off, eax = magic,
 * ebx = physical address of the boot information.
 * Maps the first 16 MB twice (identity and at KERNEL_BASE), with 4 MB pages if
 * CPUID announces PSE and with four page tables if not, turns paging on and
 * continues in kernel_main, which drops the identity map again.
 */
#include "layout.h"

#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0x00000003      /* align modules to pages, give memory sizes */
#define PHYS(symbol) ((symbol) - KERNEL_BASE)

    .section .boot, "ax"
    .balign 4
    .long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

    .globl _start
_start:
    cli
    cld
    mov $PHYS(boot_stack_top), %esp
    mov %eax, %ebp                      /* magic; cpuid below needs eax..edx */
    mov %ebx, %esi

    pushl $2                            /* known flags, and a CPUID test: can ID be toggled? */
    popf
    pushf
    pop %eax
    mov %eax, %ecx
    xor $0x200000, %eax
    push %eax
    popf
    pushf
    pop %eax
    xor %ecx, %eax
    jz too_old
    mov $1, %eax
    cpuid
    test $0x8000, %edx                  /* CMOV: all C code of Pupa is compiled for i686 */
    jz too_old

    mov $PHYS(boot_directory), %edi
    test $0x8, %edx                     /* PSE */
    jz small_pages
    mov %cr4, %eax
    or $0x10, %eax
    mov %eax, %cr4
    mov $0x83, %eax                     /* present, writable, 4 MB */
    mov $4, %ecx
1:  mov %eax, (%edi)
    mov %eax, (KERNEL_BASE >> 20)(%edi)
    add $0x400000, %eax
    add $4, %edi
    loop 1b
    jmp paging_on

small_pages:
    mov $PHYS(boot_tables), %ebx
    lea 3(%ebx), %eax
    mov $4, %ecx
1:  mov %eax, (%edi)
    mov %eax, (KERNEL_BASE >> 20)(%edi)
    add $PAGE_SIZE, %eax
    add $4, %edi
    loop 1b
    mov $3, %eax
    mov $(BOOT_MAPPED / PAGE_SIZE), %ecx
1:  mov %eax, (%ebx)
    add $PAGE_SIZE, %eax
    add $4, %ebx
    loop 1b

paging_on:
    mov $PHYS(boot_directory), %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80010000, %eax                /* PG, WP */
    mov %eax, %cr0
    mov $high, %eax
    jmp *%eax

too_old:                                /* no console yet: say it on COM1 and the text screen */
    mov $PHYS(too_old_text), %esi
    mov $0xb8000, %edi
1:  lodsb
    test %al, %al
    jz 2f
    mov $0x3f8, %dx
    outb %al, %dx
    mov $7, %ah
    stosw
    jmp 1b
2:  hlt
    jmp 2b

    .text
high:
    mov $boot_stack_top, %esp
    push %esi
    push %ebp
    xor %ebp, %ebp
    call kernel_main
1:  hlt
    jmp 1b

    .section .rodata
too_old_text:
    .asciz "Pupa needs an i686 (CPUID with CMOV).\r\n"

    .bss
    .balign PAGE_SIZE
boot_directory:
    .skip PAGE_SIZE
boot_tables:
    .skip BOOT_MAPPED / 1024
    .skip PAGE_SIZE
    .globl boot_stack_top
boot_stack_top:

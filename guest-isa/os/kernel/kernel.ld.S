/*
 * Where the kernel lies: loaded at 1 MB, running at KERNEL_BASE + 1 MB. Only
 * .boot is linked at its load address, so that the entry point is physical.
 */
#include "layout.h"

OUTPUT_FORMAT(elf32-i386)
ENTRY(_start)
PHDRS { boot PT_LOAD FLAGS(5); kernel PT_LOAD FLAGS(7); }
SECTIONS
{
    . = 0x00100000;
    .boot : { KEEP(*(.boot)) } :boot
    . = ALIGN(16);
    . = . + KERNEL_BASE;
    .text : AT(ADDR(.text) - KERNEL_BASE) { *(.text .text.*) } :kernel
    .rodata : AT(ADDR(.rodata) - KERNEL_BASE) { *(.rodata .rodata.*) *(.files) }
    .data : AT(ADDR(.data) - KERNEL_BASE) { *(.data .data.*) }
    .bss : AT(ADDR(.bss) - KERNEL_BASE) { *(.bss .bss.* COMMON) }
    kernel_end = .;
    /DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) }
}

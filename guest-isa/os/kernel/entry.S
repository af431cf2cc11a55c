/*
 * The ways into and out of the kernel: one stub per vector, the common path
 * that makes a struct frame (trap.h), sysenter/sysexit, and the switch between
 * two kernel stacks.
 */
#include "layout.h"

    .text
    .altmacro
.macro VECTOR number
vector_\number:
    .if (\number == 8) || ((\number >= 10) && (\number <= 14)) || (\number == 17)
    .else
    pushl $0                            /* the processor pushed no error code */
    .endif
    pushl $\number
    jmp vector_common
.endm
.macro VECTOR_ADDRESS number
    .long vector_\number
.endm

    .set n, 0
    .rept 48
    VECTOR %n
    .set n, n + 1
    .endr

    .globl vector_syscall
vector_syscall:
    pushl $0
    pushl $VECTOR_SYSCALL
vector_common:
    pusha
    push %ds
    push %es
    push %fs
    push %gs
    mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    cld
    push %esp
    call trap
    add $4, %esp

    .globl trap_return
trap_return:                            /* a new process starts here, too */
    pop %gs
    pop %fs
    pop %es
    pop %ds
    popa
    add $8, %esp                        /* vector, error code */
    iret

/* MSR 0x175 holds the address of tss.esp0, so that a process switch need not
 * write an MSR: the first load finds the real stack. */
    .globl sysenter_entry
sysenter_entry:
    mov (%esp), %esp
    pushl $USER_DATA
    push %ecx                           /* user esp */
    pushf
    orl $0x200, (%esp)                  /* sysenter has cleared IF */
    pushl $USER_CODE
    push %edx                           /* return eip */
    pushl $0
    pushl $VECTOR_SYSENTER
    pusha
    push %ds
    push %es
    push %fs
    push %gs
    mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    cld
    push %esp
    call trap
    add $4, %esp
    cmpl $VECTOR_SYSENTER, 48(%esp)     /* exec and resume replace the frame: leave by iret */
    jne trap_return
    pop %gs
    pop %fs
    pop %es
    pop %ds
    popa
    mov 8(%esp), %edx                   /* eip */
    mov 20(%esp), %ecx                  /* esp */
    sti                                 /* takes effect after sysexit */
    sysexit

/* void switch_stack(u32 *save_esp, u32 load_esp) */
    .globl switch_stack
switch_stack:
    mov 4(%esp), %eax
    mov 8(%esp), %edx
    push %ebp
    push %ebx
    push %esi
    push %edi
    mov %esp, (%eax)
    mov %edx, %esp
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    ret

    .section .rodata
    .balign 4
    .globl vector_table
vector_table:
    .set n, 0
    .rept 48
    VECTOR_ADDRESS %n
    .set n, n + 1
    .endr

/*
 * int syscall3(int number, u32 a, u32 b, u32 c): into the kernel by int $0x80,
 * or by sysenter once the kernel has said that it takes it.
 */
#include "../include/abi.h"
    .text
    .globl syscall3
syscall3:
    push %ebx
    push %esi
    push %edi
    mov 16(%esp), %eax
    mov 20(%esp), %ebx
    mov 24(%esp), %esi
    mov 28(%esp), %edi
    cmpb $0, use_sysenter
    jne 1f
    int $0x80
back:
    pop %edi
    pop %esi
    pop %ebx
    ret
1:  mov %esp, %ecx
    mov $back, %edx
    sysenter

    .globl choose_system_call
choose_system_call:
    mov $SYS_FEATURES, %eax
    int $0x80
    and $FEATURE_SYSENTER, %eax
    mov %al, use_sysenter
    ret

    .bss
use_sysenter:
    .byte 0

/* Where a program starts: the kernel leaves argc and argv[] at esp. */
    .text
    .globl _start
_start:
    xor %ebp, %ebp
    mov (%esp), %esi
    lea 4(%esp), %edi
    and $-16, %esp
    call choose_system_call
    sub $8, %esp
    push %edi
    push %esi
    call main
    push %eax
    call exit

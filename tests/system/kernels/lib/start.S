/* Multiboot 1 header and entry; stub for each vector; going into a case and coming back from it.
   Each stub pushes its vector on what the processor pushed, so that the frame stays readable as it is. */
    .section .multiboot, "a"
    .balign 4
    .long 0x1badb002, 0, -0x1badb002

    .text
    .globl entry
entry:
    cli
    cld
    movl $kernel_stack_top, %esp
    pushl $0
    popfl
    call prepare
    call main
    call finish

    .balign 16
    .globl stubs
stubs:
vector = 0
    .rept 256
    .balign 16
    pushl $vector
    jmp caught
vector = vector + 1
    .endr

/* Any interrupt or exception of a case: keeps the registers above the frame and returns from enter_case. */
caught:
    pushal
    pushl %ds
    pushl %es
    pushl %fs
    pushl %gs
    movw $0x10, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    cld
    movl %esp, %eax
    movw %ss, %cx
    movzwl %cx, %ecx
    movl %ecx, caught_ss
    movl kernel_esp, %esp
    movw $0x10, %cx
    movw %cx, %ss
    movl kernel_esp, %esp
    popl %edi
    popl %esi
    popl %ebp
    popl %ebx
    ret

/* u32 *enter_case(struct context *): iret to where it says; comes back with the frame's address. */
    .globl enter_case
enter_case:
    movl 4(%esp), %eax
    pushl %ebx
    pushl %ebp
    pushl %esi
    pushl %edi
    movl %esp, kernel_esp
    testl $0x20000, 52(%eax)
    jnz virtual
    testl $3, 48(%eax)
    jnz outer
    /* Level 0: its own stack, with the frame of an iret on it. */
    movw 60(%eax), %ss
    movl 56(%eax), %esp
    jmp frame
virtual:
    pushl 64+12(%eax)
    pushl 64+8(%eax)
    pushl 64+4(%eax)
    pushl 64(%eax)
outer:
    pushl 60(%eax)
    pushl 56(%eax)
frame:
    pushl 52(%eax)
    pushl 48(%eax)
    pushl 44(%eax)
    movl 16(%eax), %edi
    movl 20(%eax), %esi
    movl 24(%eax), %ebp
    movl 28(%eax), %ebx
    movl 32(%eax), %edx
    movl 36(%eax), %ecx
    pushl 40(%eax)
    pushl 12(%eax)
    movw 0(%eax), %gs
    movw 4(%eax), %fs
    movw 8(%eax), %es
    popl %ds
    popl %eax
    .globl leave_for_case
leave_for_case:
    iretl

/* jump_back(): for handlers of a kernel's own; ends the case with the present stack as its frame, vector as pushed. */
    .globl case_caught
case_caught = caught

    .bss
    .balign 16
    .skip 8192
kernel_stack_top:
    .globl kernel_esp, caught_ss
kernel_esp: .long 0
caught_ss: .long 0

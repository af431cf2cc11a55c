/* Code with its data beside it, in the same page and cache line; see mixed.c. */
    .section .hotdata, "awx", @progbits
    .balign 64

/* uint32 counters_between(uint32 rounds): three counters inside the loop's own line */
    .globl counters_between
counters_between:
    mov 4(%esp), %ecx
    xor %eax, %eax
    movl $0, first_counter
    movl $0, second_counter
1:  incl first_counter
    jmp 2f
    .balign 4
first_counter:
    .long 0
2:  mov first_counter, %edx
    and $7, %edx
    jmp *branches(,%edx,4)              /* a jump table between the code, too */
    .balign 4
branches:
    .long 3f, 4f, 3f, 4f, 4f, 3f, 5f, 3f
3:  add $3, %eax
    jmp 6f
4:  addl %eax, second_counter
    jmp 6f
second_counter:
    .long 0
5:  rol $7, %eax
6:  dec %ecx
    jnz 1b
    xor second_counter, %eax
    ret

/* void on_stack(void *top, uint32 (*f)(uint32), uint32 argument): f runs on another stack */
    .globl on_stack
on_stack:
    push %ebp
    mov %esp, %ebp
    mov 8(%ebp), %esp
    pushl 16(%ebp)
    call *12(%ebp)
    mov %ebp, %esp
    pop %ebp
    ret

/* uint32 recursive(uint32 n), independent of its place: sum of squares, one frame a level */
    .globl recursive, recursive_end
recursive:
    mov 4(%esp), %eax
    test %eax, %eax
    jz 1f
    push %ebx
    mov %eax, %ebx
    dec %eax
    push %eax
    call recursive
    add $4, %esp
    imul %ebx, %ebx
    add %ebx, %eax
    pop %ebx
1:  ret
recursive_end:
    .section .note.GNU-stack, "", @progbits

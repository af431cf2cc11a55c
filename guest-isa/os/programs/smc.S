/*
 * Code that changes itself, each routine uint32 f(uint32 rounds), cdecl. It
 * lies in a writable section; what each does is told in smc.c.
 */
    .section .hotdata, "awx", @progbits
    .balign 16

/* The immediate of an addition grows by three a round. */
    .globl patch_immediate
patch_immediate:
    mov 4(%esp), %ecx
    xor %eax, %eax
    movl $1, immediate
    jmp 1f
1:  .byte 0x05                          /* add $imm32, %eax */
immediate:
    .long 1
    addl $3, immediate
    dec %ecx
    jnz 1b
    ret

/* The opcode of an instruction turns through add, sub, xor, or. */
    .globl patch_opcode
patch_opcode:
    push %ebx
    mov 8(%esp), %ecx
    xor %eax, %eax
    mov $0x12345, %edx
1:  mov %ecx, %ebx
    and $3, %ebx
    mov opcodes(%ebx), %bl
    mov %bl, operation
    jmp operation
operation:
    .byte 0x01, 0xd0                    /* add %edx, %eax */
    rol $3, %edx
    dec %ecx
    jnz 1b
    pop %ebx
    ret
opcodes:
    .byte 0x01, 0x29, 0x31, 0x09

/* The very next instruction turns from inc to dec and back, with no jump between. */
    .globl patch_next
patch_next:
    mov 4(%esp), %ecx
    mov $1000, %eax
    movb $0x40, 2f
1:  xorb $0x08, 2f
2:  .byte 0x40                          /* inc %eax or dec %eax */
    add %ecx, %eax
    dec %ecx
    jnz 1b
    ret

/* The displacement of a jump chooses one of three arms. */
    .globl patch_jump
patch_jump:
    mov 4(%esp), %ecx
    xor %eax, %eax
    xor %edx, %edx
1:  mov arms(%edx), %al
    mov %al, displacement
    .byte 0xeb                          /* jmp short */
displacement:
    .byte 0
from:
    addl $1, patch_total
    jmp 2f
second:
    addl $100, patch_total
    jmp 2f
third:
    addl $10000, patch_total
2:  inc %edx
    cmp $3, %edx
    jne 3f
    xor %edx, %edx
3:  dec %ecx
    jnz 1b
    mov patch_total, %eax
    movl $0, patch_total
    ret
arms:
    .byte 0, second - from, third - from
    .balign 4
patch_total:
    .long 0

/* Stores over code that change nothing, then one that does. */
    .globl patch_silent
patch_silent:
    mov 4(%esp), %ecx
    xor %eax, %eax
    movb $0x42, silent                  /* xor $0x42, %al */
1:  mov silent, %dl
    mov %dl, silent
    .byte 0x34
silent:
    .byte 0x42
    rol $5, %eax
    add %ecx, %eax
    test $63, %cl
    jnz 2f
    incb silent
2:  dec %ecx
    jnz 1b
    ret

/* A string instruction lays one of two bodies over the code that follows. */
    .globl patch_string
patch_string:
    push %esi
    push %edi
    push %ebx
    mov 16(%esp), %ebx
    mov $1, %eax
    cld
1:  mov $body_one, %esi
    test $1, %bl
    jz 2f
    mov $body_two, %esi
2:  mov $body, %edi
    mov $(body_two - body_one), %ecx
    rep movsb
body:
    .skip 8, 0x90
    dec %ebx
    jnz 1b
    pop %ebx
    pop %edi
    pop %esi
    ret
body_one:
    lea 7(%eax,%eax,2), %eax            /* 4 bytes */
    xor %ebx, %eax                      /* 2 */
    nop
    nop
body_two:
    imul $5, %eax, %eax                 /* 3 bytes */
    ror $1, %eax                        /* 2 */
    add $9, %eax                        /* 3 */
body_end:
    .if (body_two - body_one) - 8
    .error "body_one must be 8 bytes"
    .endif
    .if (body_end - body_two) - 8
    .error "body_two must be 8 bytes"
    .endif
    .section .note.GNU-stack, "", @progbits

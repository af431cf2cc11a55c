/*
 * One routine that loads all registers and flags, runs one instruction and
 * stores them again, for each instruction of precise.c. `probe_at` of each is
 * where a fault must be reported. Not here: rcl and rcr of memory, whose carry
 * QEMU 7.2 changes before the store faults (processors do not).
 */
    .text
/* struct probe_state state: eax ebx ecx edx esi edi ebp esp eflags; esp is only for the probe */
    .set EAX, 0
    .set EBX, 4
    .set ECX, 8
    .set EDX, 12
    .set ESI, 16
    .set EDI, 20
    .set EBP, 24
    .set ESP, 28
    .set FLAGS, 32

load_state:                             /* jumped to with the probe's address in target */
    pusha
    pushf
    mov %esp, saved_esp
    mov state+ESP, %esp
    pushl state+FLAGS
    popf
    mov state+EAX, %eax
    mov state+EBX, %ebx
    mov state+ECX, %ecx
    mov state+EDX, %edx
    mov state+ESI, %esi
    mov state+EDI, %edi
    mov state+EBP, %ebp
    jmp *target

store_state:
    mov %esp, state+ESP
    mov saved_esp, %esp
    push %eax                           /* keeps the flags, unlike anything else */
    pushf
    popl state+FLAGS
    popl state+EAX
    mov %ebx, state+EBX
    mov %ecx, state+ECX
    mov %edx, state+EDX
    mov %esi, state+ESI
    mov %edi, state+EDI
    mov %ebp, state+EBP
    cld
    popf
    popa
    ret

    .globl run_probe
run_probe:                              /* void run_probe(void *at) */
    mov 4(%esp), %eax
    mov %eax, target
    jmp load_state

    .macro PROBE instruction:vararg
    .section .rodata
9:  .asciz "\instruction"
    .text
8:  \instruction
    jmp store_state
    .section .data
    .long 8b, 9b
    .text
    .endm

    .section .data
    .globl probes
probes:
    PROBE add %eax, (%edi)
    PROBE adc %eax, (%edi)
    PROBE sub (%esi), %eax
    PROBE sbb %eax, (%edi)
    PROBE cmp %eax, (%esi)
    PROBE xor %ax, (%edi)
    PROBE incl (%edi)
    PROBE decw (%edi)
    PROBE negl (%edi)
    PROBE notl (%edi)
    PROBE mov (%esi), %eax
    PROBE mov %eax, (%edi)
    PROBE movl $0x12345678, (%edi)
    PROBE movzwl (%esi), %ebx
    PROBE movsbl 3(%esi), %ebx
    PROBE xchg %eax, (%edi)
    PROBE xadd %eax, (%edi)
    PROBE cmpxchg %ecx, (%edi)
    PROBE cmpxchg8b (%edi)
    PROBE bts %ecx, (%edi)
    PROBE btrl $31, (%edi)
    PROBE shll $3, (%edi)
    PROBE rorw $5, (%edi)
    PROBE shld $7, %eax, (%edi)
    PROBE imul (%esi), %eax
    PROBE imul $77, (%esi), %ecx
    PROBE mull (%esi)
    PROBE setb 3(%edi)
    PROBE cmovz (%esi), %eax
    PROBE push (%esi)
    PROBE pop (%edi)
    PROBE movsl
    PROBE stosl
    PROBE lodsl
    PROBE cmpsl
    PROBE scasl
    PROBE movsw
    PROBE mov 2(%esi), %ax
    PROBE orl $0, (%edi)
    PROBE add (%esi), %esi
    PROBE sub (%edi), %edi
    PROBE bound %ecx, (%esi)
    .section .data
    .globl probes_end
probes_end:
    .long 0

    .section .data
    .balign 4
saved_esp: .long 0
target: .long 0
    .globl state
state:
    .skip 36

; Real mode from the reset vector on: vectors, faults without error codes, limits, wrap-around,
; stacks, switching modes, segments that keep a 4 GB limit, A20, instructions that do not exist.
; Source: SDM vol. 3, ch. 9 and 20.1. A flat ROM: its last byte is the last below 1 MB.
  cpu 686
  bits 16
%define SIZE 0x2000
%define ORIGIN 0x10000 - SIZE
  org ORIGIN

; Variables, in segment 0.
saved_sp   equ 0x600
case_ip    equ 0x602
resume     equ 0x604
got_vector equ 0x606
got_ip     equ 0x608
got_cs     equ 0x60a
got_flags  equ 0x60c
got_sp     equ 0x60e
got_eax    equ 0x610
got_ecx    equ 0x614
got_ss     equ 0x618
got_stack  equ 0x61a
scratch    equ 0x700
STACK      equ 0x6000
WORK       equ 0x2000        ; a segment of free memory

; A case: its name, then code that ends by int 0x20 or otherwise.
%assign cases 0
%macro CASE 1
%assign cases cases + 1
case%[cases]:                         ; local labels of the code belong to this one
  call begin
  jmp near %%after
  db %1, 0
%%after:
  mov word [resume], %%resume
  mov word [case_ip], %%code
  mov [saved_sp], sp
  call fresh
%%code:
%push case
%define %$resume %%resume
%endmacro
%macro END 0
  int 0x20
  hlt
%$resume:
  call show
%pop
%endmacro

start:
  cli
  cld
  xor ax, ax
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, STACK
  call vectors

  CASE "nothing"
  END
  CASE "div by zero"
  xor cx, cx
  div cx
  END
  CASE "div overflow"
  mov dx, 7
  mov cx, 7
  div cx
  END
  CASE "aam 0"
  aam 0
  END
  CASE "ud2"
  nop
  ud2
  END
  CASE "int3"
  int3
  END
  CASE "int 3"
  db 0xcd, 3
  END
  CASE "int1"
  db 0xf1
  END
  CASE "into"
  mov al, 0x7f
  inc al
  into
  END
  CASE "bound"
  mov dword [scratch], 0x00050001
  mov ax, 6
  bound ax, [scratch]
  END
  CASE "single step"
  pushf
  pop ax
  or ah, 1
  push ax
  popf
  nop
  nop
  END
  CASE "lock nop"
  db 0xf0, 0x90
  END
  CASE "16 bytes"
  times 15 db 0x26
  nop
  END
  CASE "int 21"
  stc
  sti
  int 0x21
  END
  CASE "flags inside the handler"
  push word 0x3ed7
  popf
  int 0x22
  END
  CASE "iret sets flags"
  push word 0x4cd7
  push cs
  push word .iret
  iret
.iret:
  END
  CASE "popf sets all"
  push word 0xfeff
  popf
  pushf
  pop ax
  END
  CASE "popfd sets what it may"
  push dword 0x003cfeff
  popfd
  pushfd
  pop eax
  and eax, ~0x200000
  END
  CASE "cli and sti"
  sti
  pushf
  cli
  pushf
  pop cx
  pop ax
  END

  ; Limits of 64 KB.
  CASE "word at ffff"
  mov bx, 0xffff
  mov ax, [bx]
  END
  CASE "dword at fffd"
  mov bx, 0xfffd
  mov eax, [bx]
  END
  CASE "byte at ffff"
  mov bx, 0xffff
  mov al, [bx]
  mov eax, 1
  END
  CASE "stack word at ffff"
  mov bp, 0xffff
  mov ax, [bp]
  END
  CASE "32-bit address"
  mov ebx, 0x10000
  mov al, [ebx]
  END
  CASE "32-bit address below"
  mov ebx, scratch
  mov dword [ebx], 0x12345678
  mov eax, [ebx]
  END
  CASE "movsw at ffff"
  mov si, 0xffff
  mov di, scratch
  movsw
  END
  CASE "lodsb wraps"
  mov si, 0xffff
  lodsb
  mov cx, si
  movzx eax, cx
  END
  CASE "scaled index wraps"
  mov word [scratch], 0x4321
  mov bx, 0xfff0
  mov si, scratch + 16
  mov ax, [bx + si]
  END
  CASE "enter and leave"
  mov bp, sp
  enter 16, 2
  mov ax, bp
  sub ax, sp
  leave
  END
  CASE "push esp"
  push esp
  pop eax
  END
  CASE "push sp"
  push sp
  pop ax
  sub ax, sp
  END
  CASE "push imm8 and imm16"
  push byte -2
  pop ax
  push word 0x8765
  pop cx
  END
  CASE "push segment as dword"
  push dword 0xffffffff
  pop eax
  db 0x66
  push ds
  pop eax
  and eax, 0xffff
  END
  CASE "pushad and popad"
  mov ecx, 0x13572468
  pushad
  xor ecx, ecx
  popad
  mov eax, ecx
  END
  CASE "pusha wraps"
  mov ax, WORK
  mov ss, ax
  mov sp, 6
  pusha
  mov eax, esp
  mov cx, 0
  mov ss, cx
  mov sp, [saved_sp]
  END
  CASE "jcxz and jecxz"
  mov ecx, 0x10000
  jcxz .cx
  ud2
.cx:
  mov eax, 1
  jecxz .ecx
  mov eax, 2
.ecx:
  END
  CASE "loop by ecx"
  mov ecx, 0x10001
  a32 loop .loop
  ud2
.loop:
  mov eax, ecx
  END
  CASE "far call and return"
  call 0xf000:.far
  mov ax, 0x77
  jmp .over
.far:
  mov cx, sp
  retf
.over:
  END
  CASE "32-bit far call and return"
  call dword 0xf000:.far
  mov ax, sp
  jmp .over
.far:
  mov cx, sp
  o32 retf
.over:
  sub ax, cx
  END
  CASE "lds"
  mov dword [scratch], 0x12345678
  lds ax, [scratch]
  mov cx, ds
  END
  CASE "lss blocks nothing"
  mov word [scratch], sp
  mov word [scratch + 2], ss
  lss sp, [scratch]
  END

  ; The vector table elsewhere, and shorter.
  CASE "lidt with a short limit"
  lidt [cs:short_table]
  int 0x21
  END
  lidt [cs:whole_table]
  CASE "lidt with another base"
  mov ax, WORK
  mov es, ax
  mov dword [es:0x21 * 4], 0xf0000000 + stub_2f
  mov dword [es:0x20 * 4], 0xf0000000 + stub_20
  lidt [cs:other_table]
  int 0x21
  END
  lidt [cs:whole_table]
  CASE "sidt"
  sidt [scratch]
  mov ax, [scratch]
  mov ecx, [scratch + 2]
  END

  ; What protected mode only has.
%macro ABSENT 2+
  CASE %1
  %2
  END
%endmacro
  ABSENT "sldt", sldt ax
  ABSENT "str", str ax
  ABSENT "lldt", lldt ax
  ABSENT "ltr", ltr ax
  ABSENT "lar", lar ax, cx
  ABSENT "lsl", lsl ax, cx
  ABSENT "verr", verr ax
  ABSENT "verw", verw ax
  ABSENT "arpl", db 0x63, 0xc0
  CASE "smsw"
  smsw ax
  and ax, 1
  END
  CASE "mov cr0 and clts"
  mov eax, cr0
  or al, 8
  mov cr0, eax
  clts
  mov eax, cr0
  and eax, 9
  END
  CASE "fpu with TS"
  mov eax, cr0
  or al, 8
  mov cr0, eax
  fnop
  END
  clts
  CASE "mov cr1"
  db 0x0f, 0x22, 0xc8
  END
  CASE "rdtsc"
  rdtsc
  xor eax, eax
  END
  CASE "wbinvd"
  wbinvd
  END

  ; Protected mode and back.
  CASE "PE on, the next instruction, PE off"
  mov eax, cr0
  or al, 1
  mov cr0, eax
  jmp .flush
.flush:
  mov bx, cs
  and al, 0xfe
  mov cr0, eax
  jmp .back
.back:
  movzx eax, bx
  END
  CASE "32-bit code"
  lgdt [cs:gdt_register]
  mov eax, cr0
  or al, 1
  mov cr0, eax
  jmp dword 8:0xf0000 + .wide
  bits 32
.wide:
  mov ecx, 0x89abcdef
  mov dx, 0x10
  mov ds, dx
  mov [0x00100000 + scratch], ecx
  mov eax, [0x00100000 + scratch]
  jmp 0x18:.narrow
  bits 16
.narrow:
  mov ebx, cr0
  and bl, 0xfe
  mov cr0, ebx
  jmp 0xf000:.real
.real:
  xor bx, bx
  mov ds, bx
  END
  CASE "4 GB limit in real mode"
  push ds
  lgdt [cs:gdt_register]
  mov eax, cr0
  or al, 1
  mov cr0, eax
  jmp .one
.one:
  mov bx, 0x10
  mov fs, bx
  and al, 0xfe
  mov cr0, eax
  jmp .two
.two:
  pop ds
  mov ebx, 0x00100000 + scratch
  mov eax, [fs:ebx]
  END
  CASE "kept by a real-mode load"
  xor ax, ax
  mov fs, ax
  mov ebx, 0x00100000 + scratch
  mov eax, [fs:ebx]
  END
  CASE "base of a real-mode load"
  mov ax, 0x1000
  mov fs, ax
  mov ebx, 0x000f0000 + scratch
  mov eax, [fs:ebx]
  END
  CASE "ds was loaded there too"
  mov ebx, 0x00100000 + scratch
  mov eax, [ebx]
  END
  CASE "es keeps 64 KB"
  mov ebx, 0x00100000 + scratch
  mov eax, [es:ebx]
  END
  CASE "a 64 KB limit comes back"
  lgdt [cs:gdt_register]
  mov eax, cr0
  or al, 1
  mov cr0, eax
  jmp .one
.one:
  mov bx, 0x20
  mov fs, bx
  and al, 0xfe
  mov cr0, eax
  jmp .two
.two:
  xor bx, bx
  mov fs, bx
  mov ebx, 0x00100000
  mov eax, [fs:ebx]
  END

  ; Address line 20.
  CASE "A20 on"
  in al, 0x92
  or al, 2
  out 0x92, al
  mov word [0x500], 0x1111
  mov ax, 0xffff
  mov es, ax
  mov word [es:0x510], 0x2222
  mov ax, [0x500]
  mov cx, [es:0x510]
  END
  CASE "A20 off"
  in al, 0x92
  and al, 0xfd
  out 0x92, al
  mov word [0x500], 0x1111
  mov ax, 0xffff
  mov es, ax
  mov word [es:0x510], 0x2222
  mov ax, [0x500]
  mov cx, [es:0x510]
  END
  CASE "A20 on again"
  in al, 0x92
  or al, 2
  out 0x92, al
  mov ax, 0xffff
  mov es, ax
  mov ax, [0x500]
  mov cx, [es:0x510]
  END

  ; Code at the end of a segment.
  mov ax, WORK
  mov es, ax
  mov dword [es:0xfffc], 0x20cd9090   ; nop nop int 0x20
  mov dword [es:0], 0x20cdf4f4        ; hlt hlt int 0x20
  CASE "int at the end of a segment"
  jmp WORK:0xfffc
  END
  mov ax, WORK
  mov es, ax
  mov dword [es:0xfffc], 0xb8909090   ; nop nop nop, then mov ax crosses
  CASE "instruction across the end"
  jmp WORK:0xfffc
  END
  mov si, text_end
  call text
  mov dx, 0xf4
  xor al, al
  out dx, al
  hlt

; ---- what the cases use
begin:                                ; prints the text after the jmp that follows the call
  pop si
  push si
  add si, 3
  push cs
  pop ds
  call text_ds
  xor ax, ax
  mov ds, ax
  ret

fresh:
  xor ax, ax
  mov es, ax
  mov fs, ax
  mov gs, ax
  push word 2
  popf
  xor eax, eax
  xor ebx, ebx
  xor ecx, ecx
  xor edx, edx
  xor esi, esi
  xor edi, edi
  xor ebp, ebp
  ret

vectors:
  xor di, di
  mov si, stub_table
  mov cx, 256
.next:
  mov ax, si
  stosw
  mov ax, 0xf000
  stosw
  add si, 5
  loop .next
  mov word [0x22 * 4], flags_handler
  ret

flags_handler:
  pushf
  pop ax
  add sp, 6
  int 0x20

stub_table:
%assign v 0
%rep 256
%if v = 0x20
stub_20:
%elif v = 0x2f
stub_2f:
%endif
  db 0x6a, v                          ; push byte
  db 0xe9
  dw caught - ($ + 2)
%assign v v + 1
%endrep

caught:
  push ds
  push ax
  xor ax, ax
  mov ds, ax
  mov [got_eax], eax
  pop ax
  mov [got_eax], ax
  mov [got_ecx], ecx
  pop cx                              ; ds
  pop ax
  xor ah, ah
  mov [got_vector], ax
  mov ax, ss
  mov [got_ss], ax
  pop word [got_ip]
  pop word [got_cs]
  pop word [got_flags]
  mov [got_sp], sp
  mov ss, [cs:zero]
  mov sp, [saved_sp]
  cld
  cli
  jmp [resume]
zero: dw 0

show:
  mov al, ':'
  call char
  mov al, ' '
  call char
  mov al, '#'
  call char
  mov al, [got_vector]
  call hex8
  mov si, text_ip
  call text
  mov ax, [got_ip]
  cmp word [got_cs], 0xf000
  jne .absolute
  sub ax, [case_ip]
.absolute:
  call hex16
  mov si, text_cs
  call text
  mov ax, [got_cs]
  call hex16
  mov si, text_flags
  call text
  mov ax, [got_flags]
  call hex16
  mov si, text_sp
  call text
  mov ax, [got_ss]
  call hex16
  mov al, ':'
  call char
  mov ax, [got_sp]
  call hex16
  mov si, text_eax
  call text
  mov ax, [got_eax + 2]
  call hex16
  mov ax, [got_eax]
  call hex16
  mov si, text_ecx
  call text
  mov ax, [got_ecx + 2]
  call hex16
  mov ax, [got_ecx]
  call hex16
  mov al, 10
  jmp char

text:
  push cs
  pop ds
  call text_ds
  xor ax, ax
  mov ds, ax
  ret
text_ds:
  lodsb
  or al, al
  jz .end
  call char
  jmp text_ds
.end:
  ret

hex16:
  push ax
  mov al, ah
  call hex8
  pop ax
hex8:
  push ax
  shr al, 4
  call digit
  pop ax
  and al, 15
digit:
  add al, '0'
  cmp al, '9'
  jbe char
  add al, 'a' - '0' - 10
char:
  push dx
  push ax
  mov dx, 0x3fd
.wait:
  in al, dx
  test al, 0x20
  jz .wait
  pop ax
  mov dx, 0x3f8
  out dx, al
  pop dx
  ret

text_ip: db " ip=", 0
text_cs: db " cs=", 0
text_flags: db " fl=", 0
text_sp: db " ss:sp=", 0
text_eax: db " eax=", 0
text_ecx: db " ecx=", 0
text_end: db "end", 10, 0

short_table: dw 0x20 * 4 + 3
  dd 0
whole_table: dw 0x3ff
  dd 0
other_table: dw 0x3ff
  dd WORK * 16

  align 8
gdt:
  dq 0
  dq 0x00cf9a000000ffff               ; 08: flat 32-bit code
  dq 0x00cf92000000ffff               ; 10: flat data
  dq 0x00009a0f0000ffff               ; 18: 16-bit code at f0000
  dq 0x000092000000ffff               ; 20: 64 KB of data
gdt_register: dw $ - gdt - 1
  dd 0xf0000 + gdt

  times SIZE - 16 - ($ - $$) db 0xff
  jmp 0xf000:start
  times SIZE - ($ - $$) db 0xff

/*
 * Exceptions. A page fault that the regions allow is answered with a page. Any
 * other fault of a user program goes to its handler (SYS_ONFAULT) with all
 * registers, or ends the program with a message. In the kernel it is a panic.
 */
#include "kernel.h"
#include "trap.h"
#include "x86.h"

#define EFLAGS_DF 0x400
#define EFLAGS_USER 0x00240dd5                  /* what a program may choose: ID AC OF DF TF SF ZF AF PF CF */

static const char *const names[] = {
    "divide error", "debug", "NMI", "breakpoint", "overflow", "bound", "invalid opcode", "no FPU",
    "double fault", "9", "invalid TSS", "segment not present", "stack fault", "general protection",
    "page fault", "15", "x87 error", "alignment", "machine check",
};

static const char *name_of(u32 vector)
{
    return vector < LENGTH(names) ? names[vector] : "unknown";
}

static void kernel_fault(struct frame *f, u32 address)
{
    print("\nvector %u (%s) error %04x eip %08x cr2 %08x eflags %08x\n", f->vector, name_of(f->vector),
          f->error, f->eip, address, f->eflags);
    print("eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x ebp %08x esp %08x\n", f->eax, f->ebx,
          f->ecx, f->edx, f->esi, f->edi, f->ebp, (u32)&f->esp);
    panic("fault in the kernel, process %d (%s)", current->pid, current->name);
}

static int deliver(struct frame *f, u32 address)
{
    struct fault info = { f->vector, f->error, address, f->edi, f->esi, f->ebp, f->esp, f->ebx, f->edx,
                          f->ecx, f->eax, f->eip, f->eflags };
    u32 place = ROUND_DOWN(f->esp - 128 - sizeof info, 16);
    u32 call[2] = { 0, place };                 /* return address (none), the argument */
    u32 esp = place - sizeof call;
    if (!user_range((void *)esp, sizeof call + sizeof info, 1))
        return -E_FAULT;
    memcpy((void *)place, &info, sizeof info);
    memcpy((void *)esp, call, sizeof call);
    f->esp = esp;
    f->eip = current->fault_handler;
    f->eflags &= ~(u32)(EFLAGS_TF | EFLAGS_DF);
    return 0;
}

static void user_fault(struct frame *f, u32 address, int out_of_memory)
{
    if (current->fault_handler && deliver(f, address) == 0)
        return;
    uart_make_room(200);
    print("Pupa: %s (pid %d) killed: vector %u (%s) eip=%08x error=%04x", current->name, current->pid,
          f->vector, name_of(f->vector), f->eip, f->error);
    if (f->vector == 14)
        print(" address=%08x", address);
    print(out_of_memory ? " (out of memory)\n" : "\n");
    process_exit(STATUS_FAULT | (int)f->vector);
}

void fault(struct frame *f)
{
    u32 address = f->vector == 14 ? read_cr2() : 0;
    int error = -E_FAULT;
    if (f->vector == 7 && from_user(f)) {
        fpu_unavailable();
        return;
    }
    if (f->vector == 14 && address < KERNEL_BASE && current->space.directory)
        error = space_touch(&current->space, address, f->error & 2);
    if (error == 0)
        return;
    if (f->vector == 16 && from_user(f))
        fpu_unavailable();
    if (from_user(f))
        user_fault(f, address, error == -E_NOMEM);
    else
        kernel_fault(f, address);
}

/* SYS_RESUME: all registers as given; the result is eax as the program left it. */
int fault_resume(const struct fault *r)
{
    if (!user_range(r, sizeof *r, 0))
        return -E_FAULT;
    struct frame *f = current->frame;
    f->edi = r->edi, f->esi = r->esi, f->ebp = r->ebp, f->ebx = r->ebx;
    f->edx = r->edx, f->ecx = r->ecx, f->eip = r->eip, f->esp = r->esp;
    f->eflags = (r->eflags & EFLAGS_USER) | EFLAGS_IF | 2;
    f->vector = VECTOR_SYSCALL;                 /* leave by iret even if it came by sysenter */
    return (int)r->eax;
}

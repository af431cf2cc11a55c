/*
 * The x87 (and MMX) registers, switched lazily: a process switch only sets
 * CR0.TS; the first FPU instruction after it raises #NM, and then the old
 * owner's registers are saved and the new one's loaded.
 */
#include "kernel.h"
#include "x86.h"

static struct process *owner;

static void save(void *area)
{
    if (cpu_has_fxsr)
        asm volatile("fxsave (%0)" : : "r"(area) : "memory");
    else
        asm volatile("fnsave (%0); fwait" : : "r"(area) : "memory");
}

static void load(void *area)
{
    if (cpu_has_fxsr)
        asm volatile("fxrstor (%0)" : : "r"(area) : "memory");
    else
        asm volatile("frstor (%0)" : : "r"(area) : "memory");
}

void fpu_init(void)
{
    u32 cr0 = read_cr0() & ~(u32)CR0_EM;
    write_cr0(cr0 | CR0_MP | CR0_NE | CR0_TS);
}

void fpu_switch(void)
{
    if (owner == current)
        clts();
    else
        write_cr0(read_cr0() | CR0_TS);
}

void fpu_unavailable(void)
{
    clts();
    if (owner == current)
        return;
    if (owner)
        save(owner->fpu);
    owner = current;
    if (current->fpu) {
        load(current->fpu);
        return;
    }
    current->fpu = kalloc(FPU_BYTES);
    if (!current->fpu)
        panic("no memory for FPU state");
    asm volatile("fninit");
}

/* A copy of the current process's state for fork; NULL if it has none yet. */
void *fpu_copy(void)
{
    if (!current->fpu)
        return NULL;
    if (owner == current) {
        clts();
        save(current->fpu);
        load(current->fpu);                     /* fnsave has cleared it */
    }
    void *copy = kalloc(FPU_BYTES);
    if (copy)
        memcpy(copy, current->fpu, FPU_BYTES);
    return copy;
}

void fpu_forget(struct process *p)
{
    if (owner == p) {
        owner = NULL;
        write_cr0(read_cr0() | CR0_TS);
    }
    if (p->fpu)
        kfree(p->fpu, FPU_BYTES);
    p->fpu = NULL;
}

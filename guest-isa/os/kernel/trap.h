/* The registers of the interrupted code, as entry.S leaves them on the kernel stack. */
#ifndef PUPA_TRAP_H
#define PUPA_TRAP_H
#include "../include/types.h"

struct frame {
    u32 gs, fs, es, ds;
    u32 edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;
    u32 vector, error;
    u32 eip, cs, eflags;
    u32 esp, ss;                                /* only there when the code ran in ring 3 */
};

static inline int from_user(const struct frame *f) { return (f->cs & 3) == 3; }

extern void trap_return(void);
extern void vector_syscall(void);
extern void sysenter_entry(void);
extern void switch_stack(u32 *save_esp, u32 load_esp);
extern const u32 vector_table[48];

#endif

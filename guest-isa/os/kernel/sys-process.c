/* System calls about processes, memory, time and the machine. */
#include "kernel.h"
#include "syscalls.h"

int sys_exit(u32 a, u32 b, u32 c) { UNUSED_ARGUMENTS; process_exit((int)(a & 255)); }
int sys_fork(u32 a, u32 b, u32 c) { UNUSED_ARGUMENTS; return process_fork(); }
int sys_getpid(u32 a, u32 b, u32 c) { UNUSED_ARGUMENTS; return current->pid; }
int sys_yield(u32 a, u32 b, u32 c) { UNUSED_ARGUMENTS; schedule(); return 0; }
int sys_kill(u32 a, u32 b, u32 c) { UNUSED_ARGUMENTS; return process_kill((int)a, (int)(b & 255)); }
int sys_brk(u32 a, u32 b, u32 c) { UNUSED_ARGUMENTS; return (int)space_set_heap(&current->space, a); }
int sys_features(u32 a, u32 b, u32 c) { UNUSED_ARGUMENTS; return cpu_has_sysenter ? FEATURE_SYSENTER : 0; }
int sys_onfault(u32 a, u32 b, u32 c) { UNUSED_ARGUMENTS; current->fault_handler = a; return 0; }
int sys_resume(u32 a, u32 b, u32 c) { UNUSED_ARGUMENTS; return fault_resume((const struct fault *)a); }
int sys_foreground(u32 a, u32 b, u32 c) { UNUSED_ARGUMENTS; tty_foreground = (int)a; return 0; }

int sys_exec(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    char path[PATH_MAX];
    int n = user_text((const char *)a, path, sizeof path);
    return n < 0 ? n : exec(path, (char *const *)b, 0);
}

int sys_wait(u32 a, u32 b, u32 c)
{
    int status;
    if (!user_range((void *)b, sizeof status, 1))
        return -E_FAULT;
    int pid = process_wait((int)a, &status, c);
    if (pid > 0)
        *(int *)b = status;
    return pid;
}

int sys_sleep(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    u32 until = ticks + a / 1000 * TICKS_PER_SECOND + (a % 1000 * TICKS_PER_SECOND + 999) / 1000;
    while ((s32)(ticks - until) < 0) {
        current->wake_at = until;
        if (sleep_on(&ticks) < 0)
            return -E_INTR;
    }
    return 0;
}

int sys_times(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    struct times *t = (struct times *)a;
    if (!user_range(t, sizeof *t, 1))
        return -E_FAULT;
    *t = (struct times){ ticks, current->own_ticks, current->child_ticks };
    return 0;
}

static int is_area(u32 address, u32 size)
{
    return size && address % PAGE_SIZE == 0 && address >= USER_LOW && size <= USER_TOP - address;
}

int sys_map(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    if (a == 0 || a > USER_MAP_HIGH - USER_MAP_LOW)
        return -E_INVAL;
    u32 size = ROUND_UP(a, PAGE_SIZE), start = space_find_hole(&current->space, size);
    if (!start || space_add(&current->space, start, start + size, b & 7) < 0)
        return -E_NOMEM;
    return (int)start;
}

int sys_unmap(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    return is_area(a, b) ? space_remove(&current->space, a, a + ROUND_UP(b, PAGE_SIZE)) : -E_INVAL;
}

int sys_protect(u32 a, u32 b, u32 c)
{
    return is_area(a, b) ? space_protect(&current->space, a, a + ROUND_UP(b, PAGE_SIZE), c & 7) : -E_INVAL;
}

int sys_uname(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    struct uname *u = (struct uname *)a;
    if (!user_range(u, sizeof *u, 1))
        return -E_FAULT;
    *u = (struct uname){ "Pupa", "1.0", "i686" };
    return 0;
}

int sys_procinfo(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    struct procinfo *info = (struct procinfo *)b;
    if (!user_range(info, sizeof *info, 1))
        return -E_FAULT;
    for (struct process *p = processes; p < processes + PROCESSES; p++) {
        if (p->state == UNUSED || p->state == DEAD || a--)
            continue;
        *info = (struct procinfo){ p->pid, p->parent ? p->parent->pid : 0, p->group,
                                   space_pages(&p->space), p->own_ticks, "-RRSZ-"[p->state], "" };
        copy_text(info->name, p->name, sizeof info->name);
        return 1;
    }
    return 0;
}

int sys_meminfo(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    struct meminfo *info = (struct meminfo *)a;
    if (!user_range(info, sizeof *info, 1))
        return -E_FAULT;
    u32 alive = 0;
    for (struct process *p = processes; p < processes + PROCESSES; p++)
        alive += p->state != UNUSED && p->state != DEAD;
    *info = (struct meminfo){ frames_total() * 4, frames_left() * 4, ramfs_count, alive };
    return 0;
}

int sys_power(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    uart_drain();
    if (a == POWER_REBOOT)
        reboot();
    power_off((int)(b & 255));
}

int sys_setgroup(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    for (struct process *p = processes + 1; p < processes + PROCESSES; p++)
        if (p->state != UNUSED && p->pid == (a ? (int)a : current->pid)) {
            p->group = (int)b;
            return 0;
        }
    return -E_SRCH;
}

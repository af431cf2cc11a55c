/* From the number of a system call to its function. */
#include "kernel.h"
#include "syscalls.h"

static int (*const table[SYS_COUNT])(u32, u32, u32) = {
    [SYS_EXIT] = sys_exit, [SYS_FORK] = sys_fork, [SYS_EXEC] = sys_exec, [SYS_WAIT] = sys_wait,
    [SYS_GETPID] = sys_getpid, [SYS_YIELD] = sys_yield, [SYS_SLEEP] = sys_sleep, [SYS_TIMES] = sys_times,
    [SYS_KILL] = sys_kill, [SYS_OPEN] = sys_open, [SYS_CLOSE] = sys_close, [SYS_READ] = sys_read,
    [SYS_WRITE] = sys_write, [SYS_LSEEK] = sys_lseek, [SYS_STAT] = sys_stat, [SYS_READDIR] = sys_readdir,
    [SYS_UNLINK] = sys_unlink, [SYS_MKDIR] = sys_mkdir, [SYS_CHDIR] = sys_chdir, [SYS_GETCWD] = sys_getcwd,
    [SYS_PIPE] = sys_pipe, [SYS_DUP2] = sys_dup2, [SYS_BRK] = sys_brk, [SYS_MAP] = sys_map,
    [SYS_UNMAP] = sys_unmap, [SYS_PROTECT] = sys_protect, [SYS_UNAME] = sys_uname,
    [SYS_PROCINFO] = sys_procinfo, [SYS_MEMINFO] = sys_meminfo, [SYS_POWER] = sys_power,
    [SYS_SETGROUP] = sys_setgroup, [SYS_FOREGROUND] = sys_foreground, [SYS_FEATURES] = sys_features,
    [SYS_ONFAULT] = sys_onfault, [SYS_RESUME] = sys_resume,
};

int syscall(u32 number, u32 a, u32 b, u32 c)
{
    if (number >= SYS_COUNT)
        return -E_NOSYS;
    return table[number](a, b, c);
}

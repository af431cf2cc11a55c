/* The system calls, each with the three argument words of the trap. */
#ifndef PUPA_SYSCALLS_H
#define PUPA_SYSCALLS_H
#include "../include/types.h"

#define CALL(name) int sys_##name(u32 a, u32 b, u32 c)
CALL(exit); CALL(fork); CALL(exec); CALL(wait); CALL(getpid); CALL(yield); CALL(sleep); CALL(times);
CALL(kill); CALL(open); CALL(close); CALL(read); CALL(write); CALL(lseek); CALL(stat); CALL(readdir);
CALL(unlink); CALL(mkdir); CALL(chdir); CALL(getcwd); CALL(pipe); CALL(dup2); CALL(brk); CALL(map);
CALL(unmap); CALL(protect); CALL(uname); CALL(procinfo); CALL(meminfo); CALL(power); CALL(setgroup);
CALL(foreground); CALL(features); CALL(onfault); CALL(resume);

#define UNUSED_ARGUMENTS ((void)a, (void)b, (void)c)

#endif

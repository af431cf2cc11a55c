/*
 * The contract between the Pupa kernel and its programs: system call numbers,
 * error numbers and the structures that cross the ring boundary.
 *
 * Registers: eax = number, ebx, esi, edi = arguments; the result comes back in
 * eax (a negative value is an error). `int $0x80` keeps all other registers;
 * `sysenter` takes the return eip in edx and the user esp in ecx, and does not
 * keep ecx, edx and the flags.
 */
#ifndef PUPA_ABI_H
#define PUPA_ABI_H

#define SYS_EXIT      0   /* (status) */
#define SYS_FORK      1   /* () -> pid, 0 in the child */
#define SYS_EXEC      2   /* (path, argv) */
#define SYS_WAIT      3   /* (pid or -1, int *status, flags) -> pid */
#define SYS_GETPID    4
#define SYS_YIELD     5
#define SYS_SLEEP     6   /* (milliseconds) */
#define SYS_TIMES     7   /* (struct times *) */
#define SYS_KILL      8   /* (pid, reason) */
#define SYS_OPEN      9   /* (path, flags) -> fd */
#define SYS_CLOSE    10   /* (fd) */
#define SYS_READ     11   /* (fd, buffer, size) -> bytes */
#define SYS_WRITE    12   /* (fd, buffer, size) -> bytes */
#define SYS_LSEEK    13   /* (fd, offset, whence) -> position */
#define SYS_STAT     14   /* (path, struct stat *) */
#define SYS_READDIR  15   /* (fd, index, struct dirent *) -> 1, or 0 at the end */
#define SYS_UNLINK   16   /* (path) */
#define SYS_MKDIR    17   /* (path) */
#define SYS_CHDIR    18   /* (path) */
#define SYS_GETCWD   19   /* (buffer, size) */
#define SYS_PIPE     20   /* (int fds[2]) */
#define SYS_DUP2     21   /* (old fd, new fd) */
#define SYS_BRK      22   /* (new end or 0) -> end of the heap */
#define SYS_MAP      23   /* (size, protection) -> address */
#define SYS_UNMAP    24   /* (address, size) */
#define SYS_PROTECT  25   /* (address, size, protection) */
#define SYS_UNAME    26   /* (struct uname *) */
#define SYS_PROCINFO 27   /* (index, struct procinfo *) -> 1, or 0 at the end */
#define SYS_MEMINFO  28   /* (struct meminfo *) */
#define SYS_POWER    29   /* (POWER_..., status) */
#define SYS_SETGROUP 30   /* (pid or 0, group) */
#define SYS_FOREGROUND 31 /* (group): the group that ctrl-c ends */
#define SYS_FEATURES 32   /* () -> FEATURE_... bits */
#define SYS_ONFAULT  33   /* (handler or 0) */
#define SYS_RESUME   34   /* (struct fault *): continue with these registers */
#define SYS_COUNT    35

#define E_NOENT 2
#define E_SRCH 3
#define E_INTR 4
#define E_2BIG 7
#define E_NOEXEC 8
#define E_BADF 9
#define E_CHILD 10
#define E_AGAIN 11
#define E_NOMEM 12
#define E_ACCES 13
#define E_FAULT 14
#define E_EXIST 17
#define E_NOTDIR 20
#define E_ISDIR 21
#define E_INVAL 22
#define E_MFILE 24
#define E_FBIG 27
#define E_PIPE 32
#define E_NOSYS 38
#define E_NOTEMPTY 39

#define O_READ   1
#define O_WRITE  2
#define O_CREATE 4
#define O_TRUNC  8
#define O_APPEND 16

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

#define WAIT_NOHANG 1

/* Status as `wait` reports it: low byte exit code, or one of these with the
 * vector of the fault, or the reason given to `kill`, in the low byte. */
#define STATUS_FAULT  0x100
#define STATUS_KILLED 0x200
#define KILL_INTERRUPT 2
#define KILL_NOREADER 13
#define KILL_TERMINATE 15

#define PROT_NONE  0
#define PROT_READ  1
#define PROT_WRITE 2
#define PROT_EXEC  4   /* this generation of processors has no way to refuse it */

#define POWER_OFF 0
#define POWER_REBOOT 1

#define FEATURE_SYSENTER 1   /* the kernel accepts sysenter: use it */

#define TYPE_FILE 1
#define TYPE_DIR  2
#define TYPE_DEVICE 3

#define NAME_MAX 28
#define PATH_MAX 128
#define TICKS_PER_SECOND 100

#ifndef __ASSEMBLER__

struct stat { unsigned type, size, blocks; };
struct dirent { char name[NAME_MAX]; unsigned type, size; };
struct times { unsigned now, own, children; };
struct uname { char name[16], release[16], machine[16]; };
struct procinfo { int pid, parent, group; unsigned pages, ticks; char state; char name[19]; };
struct meminfo { unsigned total_kb, free_kb, files, processes; };

/* What a fault handler receives on the user stack, and SYS_RESUME takes back. */
struct fault {
    unsigned vector, error, address;
    unsigned edi, esi, ebp, esp, ebx, edx, ecx, eax, eip, eflags;
};

#endif

#endif

/* The system calls by name. */
#include "pupa.h"

#define A(value) ((u32)(value))

void exit(int status) { syscall3(SYS_EXIT, A(status), 0, 0); for (;;); }
int fork(void) { return syscall3(SYS_FORK, 0, 0, 0); }
int exec(const char *path, char *const argv[]) { return syscall3(SYS_EXEC, A(path), A(argv), 0); }
int wait_for(int pid, int *status, int flags) { return syscall3(SYS_WAIT, A(pid), A(status), A(flags)); }
int getpid(void) { return syscall3(SYS_GETPID, 0, 0, 0); }
int yield(void) { return syscall3(SYS_YIELD, 0, 0, 0); }
int sleep_ms(u32 milliseconds) { return syscall3(SYS_SLEEP, milliseconds, 0, 0); }
void get_times(struct times *t) { syscall3(SYS_TIMES, A(t), 0, 0); }
int kill_process(int pid, int reason) { return syscall3(SYS_KILL, A(pid), A(reason), 0); }
int open_file(const char *path, int flags) { return syscall3(SYS_OPEN, A(path), A(flags), 0); }
int close(int fd) { return syscall3(SYS_CLOSE, A(fd), 0, 0); }
int read(int fd, void *buffer, size bytes) { return syscall3(SYS_READ, A(fd), A(buffer), bytes); }
int write(int fd, const void *buffer, size bytes) { return syscall3(SYS_WRITE, A(fd), A(buffer), bytes); }
int seek(int fd, int offset, int whence) { return syscall3(SYS_LSEEK, A(fd), A(offset), A(whence)); }
int get_stat(const char *path, struct stat *s) { return syscall3(SYS_STAT, A(path), A(s), 0); }
int read_directory(int fd, u32 index, struct dirent *e) { return syscall3(SYS_READDIR, A(fd), index, A(e)); }
int unlink(const char *path) { return syscall3(SYS_UNLINK, A(path), 0, 0); }
int make_directory(const char *path) { return syscall3(SYS_MKDIR, A(path), 0, 0); }
int change_directory(const char *path) { return syscall3(SYS_CHDIR, A(path), 0, 0); }
int current_directory(char *buffer, u32 bytes) { return syscall3(SYS_GETCWD, A(buffer), bytes, 0); }
int pipe(int fds[2]) { return syscall3(SYS_PIPE, A(fds), 0, 0); }
int dup2(int old_fd, int new_fd) { return syscall3(SYS_DUP2, A(old_fd), A(new_fd), 0); }
void *set_heap_end(void *end) { return (void *)syscall3(SYS_BRK, A(end), 0, 0); }
int unmap_pages(void *address, u32 bytes) { return syscall3(SYS_UNMAP, A(address), bytes, 0); }
void get_uname(struct uname *u) { syscall3(SYS_UNAME, A(u), 0, 0); }
int get_process(u32 index, struct procinfo *info) { return syscall3(SYS_PROCINFO, index, A(info), 0); }
void get_meminfo(struct meminfo *info) { syscall3(SYS_MEMINFO, A(info), 0, 0); }
int power(int what, int status) { return syscall3(SYS_POWER, A(what), A(status), 0); }
int set_group(int pid, int group) { return syscall3(SYS_SETGROUP, A(pid), A(group), 0); }
int set_foreground(int group) { return syscall3(SYS_FOREGROUND, A(group), 0, 0); }
int on_fault(void (*handler)(struct fault *)) { return syscall3(SYS_ONFAULT, A(handler), 0, 0); }
void resume(const struct fault *registers) { syscall3(SYS_RESUME, A(registers), 0, 0); for (;;); }

void *map_pages(u32 bytes, u32 protection)
{
    int address = syscall3(SYS_MAP, bytes, protection, 0);
    return address < 0 && address > -4096 ? NULL : (void *)address;
}

int protect_pages(void *address, u32 bytes, u32 protection)
{
    return syscall3(SYS_PROTECT, A(address), bytes, protection);
}

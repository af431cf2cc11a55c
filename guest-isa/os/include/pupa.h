/*
 * The library of Pupa's programs: system calls, text and memory, printing, and
 * the result line that every test program ends with. The same programs also
 * compile as native Linux programs (native.sh), where libc stands in for all
 * but print.c, report.c and random.c; so only use what is declared here.
 */
#ifndef PUPA_H
#define PUPA_H
#include "types.h"
#include "abi.h"

typedef __SIZE_TYPE__ size;

/* syscall.S, calls.c; each returns a negative error number on failure */
int syscall3(int number, u32 a, u32 b, u32 c);
void exit(int status) __attribute__((noreturn));
int fork(void);
int exec(const char *path, char *const argv[]);
int wait_for(int pid, int *status, int flags);
int getpid(void);
int yield(void);
int sleep_ms(u32 milliseconds);
void get_times(struct times *t);
int kill_process(int pid, int reason);
int open_file(const char *path, int flags);
int close(int fd);
int read(int fd, void *buffer, size bytes);
int write(int fd, const void *buffer, size bytes);
int seek(int fd, int offset, int whence);
int get_stat(const char *path, struct stat *s);
int read_directory(int fd, u32 index, struct dirent *entry);
int unlink(const char *path);
int make_directory(const char *path);
int change_directory(const char *path);
int current_directory(char *buffer, u32 bytes);
int pipe(int fds[2]);
int dup2(int old_fd, int new_fd);
void *set_heap_end(void *end);
void *map_pages(u32 bytes, u32 protection);     /* NULL on failure */
int unmap_pages(void *address, u32 bytes);
int protect_pages(void *address, u32 bytes, u32 protection);
void get_uname(struct uname *u);
int get_process(u32 index, struct procinfo *info);
void get_meminfo(struct meminfo *info);
int power(int what, int status);
int set_group(int pid, int group);
int set_foreground(int group);
int on_fault(void (*handler)(struct fault *));
void resume(const struct fault *registers) __attribute__((noreturn));

/* text.c */
void *memcpy(void *to, const void *from, size bytes);
void *memmove(void *to, const void *from, size bytes);
void *memset(void *to, int value, size bytes);
int memcmp(const void *a, const void *b, size bytes);
size strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size bytes);
char *strchr(const char *text, int c);

/* heap.c */
void *malloc(size bytes);
void free(void *block);

/* print.c: %s %c %d %u %x, with - 0 width, and ll */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
int format_text(char *to, u32 room, const char *format, ...) __attribute__((format(printf, 3, 4)));
int format_list(char *to, u32 room, const char *format, __builtin_va_list list);
u32 number(const char *text, u32 otherwise);    /* decimal; NULL or no number: otherwise */

/* random.c: a fixed sequence for every seed */
u32 random_next(u32 *state);
u32 mix(u32 sum, u32 value);                    /* one step of a 32-bit checksum */
u32 mix_bytes(u32 sum, const void *bytes, u32 count);
#define SUM_START 2166136261u

/*
 * report.c: one line "name  detail  checksum  PASS"; returns the exit status.
 * `known` lists checksums by size, up to a zero entry; a size that is not
 * there is judged by `good` (the program's own check) alone.
 */
struct known { u32 size, sum; };
int report(const char *name, int good, const struct known *known, u32 size, u32 sum, const char *detail, ...)
    __attribute__((format(printf, 6, 7)));

/* cpuid.c: bits of leaf 1, edx; 0 where there is no CPUID */
u32 cpu_features(void);
#define CPU_TSC 0x10
#define CPU_CX8 0x100
#define CPU_MMX 0x800000

#endif

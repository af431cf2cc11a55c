/*
 * What the parts of the kernel offer one another. One block per source file,
 * in the order from the hardware up.
 */
#ifndef PUPA_KERNEL_H
#define PUPA_KERNEL_H
#include "../include/abi.h"
#include "../include/types.h"
#include "layout.h"

#define P2V(physical) ((void *)((u32)(physical) + KERNEL_BASE))
#define V2P(pointer) ((u32)(pointer) - KERNEL_BASE)
#define ROUND_UP(value, unit) (((value) + (unit) - 1) & ~((unit) - 1))
#define ROUND_DOWN(value, unit) ((value) & ~((unit) - 1))

struct process;
struct inode;
struct file;
struct frame;

/* text.c: freestanding pieces of the C library */
void *memcpy(void *to, const void *from, u32 size);
void *memset(void *to, int value, u32 size);
int memcmp(const void *a, const void *b, u32 size);
u32 strlen(const char *text);
int strcmp(const char *a, const char *b);
void copy_text(char *to, const char *from, u32 size);

/* print.c */
void print(const char *format, ...);            /* %s %c %d %u %x %08x */
void panic(const char *format, ...) __attribute__((noreturn));

/* cmdline.c */
void cmdline_init(const char *text);
const char *option(const char *key);            /* value of key=value, or NULL */
int flag(const char *word);                     /* is the bare word given? */

/* cpu.c */
extern int cpu_has_pse, cpu_has_pge, cpu_has_fxsr, cpu_has_sysenter;
void cpu_init(void);
void set_kernel_stack(u32 top);

/* uart.c, vga.c: the two faces of the console */
void uart_init(void);
void uart_put(char c);
int uart_room(void);
void uart_flush(void);
void uart_make_room(int bytes);
void uart_drain(void);
void uart_interrupt(void);
void vga_init(void);
void vga_put(char c);

/* tty.c: one line at a time from the console, with editing and ctrl-c */
void tty_init(void);
void tty_input(char c);
void tty_put(char c);
int tty_read(char *buffer, u32 size);
int tty_write(const char *buffer, u32 size);
extern int tty_foreground;

/* pic.c, timer.c */
void pic_init(void);
void irq_enable(int irq);
void irq_end(int irq);
void timer_init(void);
void timer_interrupt(void);
extern u32 ticks;

/* frames.c: physical pages with reference counts; heap.c: small blocks */
void frames_init(u32 first, u32 end);
u32 frame_alloc(void);                          /* 0: none left */
void frame_share(u32 frame);
void frame_free(u32 frame);
int frame_users(u32 frame);
u32 frames_total(void);
u32 frames_left(void);
void *kalloc(u32 size);                         /* up to PAGE_SIZE; NULL: none left */
void kfree(void *block, u32 size);

/* paging.c: page directories; space.c: what a process may touch */
#define PTE_PRESENT 0x001
#define PTE_WRITE   0x002
#define PTE_USER    0x004
#define PTE_LARGE   0x080
#define PTE_GLOBAL  0x100
#define PTE_COPY    0x200                       /* ours: shared, copy before writing */
#define PTE_KEPT    0x400                       /* ours: a page, but PROT_NONE: not present */

#define REGIONS 24
struct region { u32 start, end, prot; };
struct space {
    u32 *directory;
    u32 heap_start, heap_end;
    struct region regions[REGIONS];
};

void paging_init(u32 memory_end);
u32 *directory_new(void);
void directory_free(u32 *directory);
u32 *page_entry(u32 *directory, u32 address, int create);
void use_kernel_directory(void);

int space_init(struct space *s);
void space_free(struct space *s);
int space_copy(struct space *to, struct space *from);
int space_add(struct space *s, u32 start, u32 end, u32 prot);
u32 space_find_hole(struct space *s, u32 size);
int space_remove(struct space *s, u32 start, u32 end);
int space_protect(struct space *s, u32 start, u32 end, u32 prot);
u32 space_set_heap(struct space *s, u32 end);
int space_touch(struct space *s, u32 address, int write);
u32 space_pages(struct space *s);
int user_range(const void *pointer, u32 size, int write);
int user_text(const char *pointer, char *to, u32 size);

/* ramfs.c: the tree of files; file.c: open files; pipe.c */
#define BLOCKS (PAGE_SIZE / 4)                  /* one page of block pointers: 4 MB a file */
struct inode {
    u32 type, size, users;
    u32 device;                                 /* FILE_TTY or FILE_NULL for TYPE_DEVICE */
    const u8 *fixed;                            /* content packed into the kernel, until written */
    u32 *blocks;
    struct inode *parent, *children, *next;     /* the tree: a directory's entries are a list */
    char name[NAME_MAX];
};
void ramfs_init(void);
struct inode *ramfs_add(const char *path, u32 type, const u8 *content, u32 size);
struct inode *ramfs_find(struct inode *from, const char *path);
struct inode *ramfs_create(struct inode *from, const char *path, u32 type, int *error);
int ramfs_unlink(struct inode *from, const char *path);
int ramfs_read(struct inode *i, u32 offset, void *buffer, u32 size);
int ramfs_write(struct inode *i, u32 offset, const void *buffer, u32 size);
void ramfs_truncate(struct inode *i);
void inode_drop(struct inode *i);
int ramfs_path(struct inode *i, char *buffer, u32 size);
extern struct inode *ramfs_root;
extern u32 ramfs_count;

#define FILES 16                                /* open files a process */
struct pipe;
struct file { u32 kind, users, flags, offset; struct inode *inode; struct pipe *pipe; };
#define FILE_INODE 1
#define FILE_PIPE  2
#define FILE_TTY   3
#define FILE_NULL  4
struct file *file_new(u32 kind, u32 flags);
void file_close(struct file *f);
int pipe_open(struct file **reader, struct file **writer);
int pipe_read(struct file *f, char *buffer, u32 size);
int pipe_write(struct file *f, const char *buffer, u32 size);
void pipe_close(struct file *f);

/* process.c, schedule.c, exec.c, fpu.c */
enum state { UNUSED, READY, RUNNING, SLEEPING, ZOMBIE, DEAD };
#define PROCESSES 32
struct process {
    enum state state;
    int pid, group, status, killed;
    struct process *parent;
    const void *channel;                        /* what a sleeper waits for */
    u32 wake_at, own_ticks, child_ticks;
    u32 stack, saved_esp;                       /* kernel stack: lowest address, switch_stack's */
    struct frame *frame;                        /* user registers, at the top of that stack */
    struct space space;
    struct file *files[FILES];
    struct inode *directory;
    void *fpu;
    u32 fault_handler;
    char name[19];
};
extern struct process processes[PROCESSES];
extern struct process *current;
extern int need_schedule;

void process_init(void);
int process_start(const char *path, char *const argv[]);
int process_fork(void);
void process_exit(int status) __attribute__((noreturn));
int process_wait(int pid, int *status, u32 flags);
int process_kill(int pid, int reason);
void process_kill_group(int group, int reason);
void schedule(void);
void idle(void) __attribute__((noreturn));
int sleep_on(const void *channel);              /* -E_INTR if killed */
void wake(const void *channel);
int exec(const char *path, char *const argv[], int arguments_in_kernel);

#define FPU_BYTES 512
void fpu_init(void);
void fpu_switch(void);
void fpu_unavailable(void);
void *fpu_copy(void);
void fpu_forget(struct process *p);

/* trap.c, fault.c, syscall.c, power.c, main.c */
void trap_init(void);
void fault(struct frame *f);
int fault_resume(const struct fault *registers);
int syscall(u32 number, u32 a, u32 b, u32 c);
void power_off(int status) __attribute__((noreturn));
void reboot(void) __attribute__((noreturn));

#endif

/* Birth, death and inheritance of processes. */
#include "kernel.h"
#include "trap.h"
#include "x86.h"

struct process processes[PROCESSES];
struct process *current = processes;            /* processes[0] is the idle loop on the boot stack */
static int next_pid = 1;

struct first_stack { u32 edi, esi, ebx, ebp, eip; struct frame frame; };

void process_init(void)
{
    current->state = RUNNING;
    copy_text(current->name, "idle", sizeof current->name);
}

static struct process *process_new(void)
{
    struct process *p = processes + 1;
    while (p < processes + PROCESSES && p->state != UNUSED && p->state != DEAD)
        p++;
    if (p == processes + PROCESSES)
        return NULL;
    if (p->state == DEAD)                       /* nobody waits for it; now it surely left its stack */
        frame_free(V2P(p->stack));
    memset(p, 0, sizeof *p);
    u32 stack = frame_alloc();
    if (!stack)
        return NULL;
    p->stack = (u32)P2V(stack);
    struct first_stack *first = (struct first_stack *)(p->stack + PAGE_SIZE) - 1;
    first->eip = (u32)trap_return;
    p->saved_esp = (u32)first;
    p->frame = &first->frame;
    p->pid = next_pid++;
    return p;
}

/* The first program: its exit ends the machine. */
int process_start(const char *path, char *const argv[])
{
    struct process *p = process_new();
    struct process *idle_process = current;
    p->group = p->pid;
    p->directory = ramfs_root;
    ramfs_root->users++;
    struct file *console = file_new(FILE_TTY, O_READ | O_WRITE);
    for (int fd = 0; fd < 3; fd++)
        p->files[fd] = console;
    console->users = 3;
    current = p;                                /* exec works on the current process */
    int error = exec(path, argv, 1);
    current = idle_process;
    use_kernel_directory();
    p->state = error ? UNUSED : READY;
    return error;
}

int process_fork(void)
{
    struct process *p = process_new();
    if (!p)
        return -E_AGAIN;
    if (space_copy(&p->space, &current->space) < 0) {
        frame_free(V2P(p->stack));
        return -E_NOMEM;
    }
    p->fpu = fpu_copy();
    if (current->fpu && !p->fpu) {
        space_free(&p->space);
        frame_free(V2P(p->stack));
        return -E_NOMEM;
    }
    *p->frame = *current->frame;
    p->frame->eax = 0;
    p->frame->vector = VECTOR_SYSCALL;
    p->parent = current;
    p->group = current->group;
    p->fault_handler = current->fault_handler;
    p->directory = current->directory;
    p->directory->users++;
    for (int fd = 0; fd < FILES; fd++)
        if ((p->files[fd] = current->files[fd]))
            p->files[fd]->users++;
    memcpy(p->name, current->name, sizeof p->name);
    p->state = READY;
    return p->pid;
}

void process_exit(int status)
{
    if (current->pid == 1) {
        uart_drain();
        power_off(status);
    }
    for (int fd = 0; fd < FILES; fd++)
        if (current->files[fd])
            file_close(current->files[fd]);
    memset(current->files, 0, sizeof current->files);
    inode_drop(current->directory);
    fpu_forget(current);
    use_kernel_directory();
    space_free(&current->space);
    for (struct process *p = processes; p < processes + PROCESSES; p++) {
        if (p->parent != current)
            continue;
        p->parent = NULL;                       /* an orphan: it will not be waited for */
        if (p->state == ZOMBIE)
            p->state = DEAD;
    }
    current->status = status;
    current->state = current->parent ? ZOMBIE : DEAD;
    if (current->parent)
        wake(current->parent);
    schedule();
    panic("a dead process runs");
}

static int reap(struct process *p, int *status)
{
    int pid = p->pid;
    *status = p->status;
    current->child_ticks += p->own_ticks + p->child_ticks;
    frame_free(V2P(p->stack));
    memset(p, 0, sizeof *p);
    return pid;
}

int process_wait(int pid, int *status, u32 flags)
{
    for (;;) {
        int children = 0;
        for (struct process *p = processes; p < processes + PROCESSES; p++) {
            if (p->state == UNUSED || p->parent != current || (pid > 0 && p->pid != pid))
                continue;
            if (p->state == ZOMBIE)
                return reap(p, status);
            children = 1;
        }
        if (!children)
            return -E_CHILD;
        if (flags & WAIT_NOHANG)
            return 0;
        if (sleep_on(current) < 0)
            return -E_INTR;
    }
}

static int is_alive(struct process *p)
{
    return p->state == READY || p->state == RUNNING || p->state == SLEEPING;
}

static void kill_one(struct process *p, int reason)
{
    p->killed = reason;                         /* it dies on its way back to user mode */
    if (p->state == SLEEPING)
        p->state = READY;
}

int process_kill(int pid, int reason)
{
    for (struct process *p = processes + 1; p < processes + PROCESSES; p++)
        if (p->pid == pid && is_alive(p)) {
            kill_one(p, reason);
            return 0;
        }
    return -E_SRCH;
}

void process_kill_group(int group, int reason)
{
    for (struct process *p = processes + 1; p < processes + PROCESSES; p++)
        if (p->group == group && p->pid != 1 && is_alive(p))
            kill_one(p, reason);
}

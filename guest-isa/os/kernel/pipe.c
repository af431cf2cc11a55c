/* Pipes: one page as a ring between two open files; both ends block. */
#include "kernel.h"

struct pipe { char *ring; u32 head, tail; int readers, writers; };

int pipe_open(struct file **reader, struct file **writer)
{
    struct pipe *p = kalloc(sizeof *p);
    char *ring = kalloc(PAGE_SIZE);
    *reader = file_new(FILE_PIPE, O_READ);
    *writer = file_new(FILE_PIPE, O_WRITE);
    if (!p || !ring || !*reader || !*writer)
        return -E_NOMEM;                        /* memory is gone: the few bytes stay lost */
    *p = (struct pipe){ ring, 0, 0, 1, 1 };
    (*reader)->pipe = (*writer)->pipe = p;
    return 0;
}

void pipe_close(struct file *f)
{
    struct pipe *p = f->pipe;
    if (f->flags & O_WRITE)
        p->writers--;
    else
        p->readers--;
    wake(p);
    if (p->readers + p->writers)
        return;
    kfree(p->ring, PAGE_SIZE);
    kfree(p, sizeof *p);
}

int pipe_read(struct file *f, char *buffer, u32 size)
{
    struct pipe *p = f->pipe;
    while (p->head == p->tail && p->writers)
        if (sleep_on(p) < 0)
            return -E_INTR;
    u32 n = 0;
    while (n < size && p->tail != p->head)
        buffer[n++] = p->ring[p->tail++ % PAGE_SIZE];
    wake(p);
    return (int)n;
}

int pipe_write(struct file *f, const char *buffer, u32 size)
{
    struct pipe *p = f->pipe;
    for (u32 n = 0; n < size; n++) {
        while (p->readers && p->head - p->tail == PAGE_SIZE) {
            wake(p);
            if (sleep_on(p) < 0)
                return -E_INTR;
        }
        if (!p->readers) {
            process_kill(current->pid, KILL_NOREADER);
            return -E_PIPE;
        }
        p->ring[p->head++ % PAGE_SIZE] = buffer[n];
    }
    wake(p);
    return (int)size;
}

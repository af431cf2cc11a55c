/* Open files: one record per open, shared by dup2 and fork, closed by the last user. */
#include "kernel.h"

struct file *file_new(u32 kind, u32 flags)
{
    struct file *f = kalloc(sizeof *f);
    if (f) {
        f->kind = kind;
        f->flags = flags;
        f->users = 1;
    }
    return f;
}

void file_close(struct file *f)
{
    if (--f->users)
        return;
    if (f->inode)
        inode_drop(f->inode);
    if (f->kind == FILE_PIPE)
        pipe_close(f);
    kfree(f, sizeof *f);
}

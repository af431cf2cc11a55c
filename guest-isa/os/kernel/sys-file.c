/* System calls about files, directories and pipes. */
#include "kernel.h"
#include "syscalls.h"

static struct file *file_of(u32 fd)
{
    return fd < FILES ? current->files[fd] : NULL;
}

static int free_slot(struct file *f)
{
    for (int fd = 0; fd < FILES; fd++)
        if (!current->files[fd]) {
            current->files[fd] = f;
            return fd;
        }
    return -E_MFILE;
}

static int open_inode(struct inode *i, u32 flags)
{
    if (i->type == TYPE_DIR && (flags & O_WRITE))
        return -E_ISDIR;
    struct file *f = file_new(i->type == TYPE_DEVICE ? i->device : FILE_INODE, flags);
    int fd = f ? free_slot(f) : -E_NOMEM;
    if (fd < 0) {
        if (f)
            file_close(f);
        return fd;
    }
    f->inode = i;
    i->users++;
    if ((flags & O_TRUNC) && i->type == TYPE_FILE)
        ramfs_truncate(i);
    return fd;
}

int sys_open(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    char path[PATH_MAX];
    int error = user_text((const char *)a, path, sizeof path);
    if (error < 0)
        return error;
    struct inode *i = ramfs_find(current->directory, path);
    if (!i && (b & O_CREATE))
        i = ramfs_create(current->directory, path, TYPE_FILE, &error);
    else
        error = -E_NOENT;
    return i ? open_inode(i, b) : error;
}

int sys_close(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    struct file *f = file_of(a);
    if (!f)
        return -E_BADF;
    current->files[a] = NULL;
    file_close(f);
    return 0;
}

int sys_read(u32 a, u32 b, u32 c)
{
    struct file *f = file_of(a);
    char *buffer = (char *)b;
    if (!f || !(f->flags & O_READ))
        return -E_BADF;
    if (!user_range(buffer, c, 1))
        return -E_FAULT;
    if (f->kind == FILE_TTY)
        return tty_read(buffer, c);
    if (f->kind == FILE_PIPE)
        return pipe_read(f, buffer, c);
    if (f->kind == FILE_NULL)
        return 0;
    if (f->inode->type == TYPE_DIR)
        return -E_ISDIR;
    int n = ramfs_read(f->inode, f->offset, buffer, c);
    f->offset += n > 0 ? (u32)n : 0;
    return n;
}

int sys_write(u32 a, u32 b, u32 c)
{
    struct file *f = file_of(a);
    const char *buffer = (const char *)b;
    if (!f || !(f->flags & O_WRITE))
        return -E_BADF;
    if (!user_range(buffer, c, 0))
        return -E_FAULT;
    if (f->kind == FILE_TTY)
        return tty_write(buffer, c);
    if (f->kind == FILE_PIPE)
        return pipe_write(f, buffer, c);
    if (f->kind == FILE_NULL)
        return (int)c;
    if (f->flags & O_APPEND)
        f->offset = f->inode->size;
    int n = ramfs_write(f->inode, f->offset, buffer, c);
    f->offset += n > 0 ? (u32)n : 0;
    return n;
}

int sys_lseek(u32 a, u32 b, u32 c)
{
    struct file *f = file_of(a);
    if (!f || f->kind != FILE_INODE)
        return -E_BADF;
    u32 base = c == SEEK_CUR ? f->offset : c == SEEK_END ? f->inode->size : 0;
    if (c > SEEK_END || (s32)(base + b) < 0)
        return -E_INVAL;
    f->offset = base + b;
    return (int)f->offset;
}

int sys_stat(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    char path[PATH_MAX];
    struct stat *to = (struct stat *)b;
    int error = user_text((const char *)a, path, sizeof path);
    if (error < 0 || !user_range(to, sizeof *to, 1))
        return -E_FAULT;
    struct inode *i = ramfs_find(current->directory, path);
    if (!i)
        return -E_NOENT;
    u32 blocks = 0;
    for (u32 n = 0; i->blocks && n < BLOCKS; n++)
        blocks += i->blocks[n] != 0;
    *to = (struct stat){ i->type, i->size, blocks };
    return 0;
}

int sys_readdir(u32 a, u32 b, u32 c)
{
    struct file *f = file_of(a);
    struct dirent *to = (struct dirent *)c;
    if (!f || !f->inode || f->inode->type != TYPE_DIR)
        return -E_NOTDIR;
    if (!user_range(to, sizeof *to, 1))
        return -E_FAULT;
    struct inode *i = f->inode->children;
    while (i && b--)
        i = i->next;
    if (!i)
        return 0;
    copy_text(to->name, i->name, NAME_MAX);
    to->type = i->type;
    to->size = i->size;
    return 1;
}

int sys_unlink(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    char path[PATH_MAX];
    int n = user_text((const char *)a, path, sizeof path);
    return n < 0 ? n : ramfs_unlink(current->directory, path);
}

int sys_mkdir(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    char path[PATH_MAX];
    int error = user_text((const char *)a, path, sizeof path);
    if (error < 0)
        return error;
    return ramfs_create(current->directory, path, TYPE_DIR, &error) ? 0 : error;
}

int sys_chdir(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    char path[PATH_MAX];
    int n = user_text((const char *)a, path, sizeof path);
    struct inode *i = n < 0 ? NULL : ramfs_find(current->directory, path);
    if (!i || i->type != TYPE_DIR)
        return n < 0 ? n : i ? -E_NOTDIR : -E_NOENT;
    i->users++;
    inode_drop(current->directory);
    current->directory = i;
    return 0;
}

int sys_getcwd(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    if (b < 2 || !user_range((void *)a, b, 1))
        return -E_FAULT;
    return ramfs_path(current->directory, (char *)a, b);
}

int sys_pipe(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    int *fds = (int *)a;
    struct file *reader, *writer;
    if (!user_range(fds, 2 * sizeof *fds, 1))
        return -E_FAULT;
    int error = pipe_open(&reader, &writer);
    if (error)
        return error;
    fds[0] = free_slot(reader);
    fds[1] = fds[0] < 0 ? -E_MFILE : free_slot(writer);
    if (fds[1] >= 0)
        return 0;
    if (fds[0] >= 0)
        current->files[fds[0]] = NULL;
    file_close(reader);
    file_close(writer);
    return -E_MFILE;
}

int sys_dup2(u32 a, u32 b, u32 c)
{
    UNUSED_ARGUMENTS;
    struct file *f = file_of(a);
    if (!f || b >= FILES)
        return -E_BADF;
    if (a == b)
        return (int)b;
    if (current->files[b])
        file_close(current->files[b]);
    current->files[b] = f;
    f->users++;
    return (int)b;
}

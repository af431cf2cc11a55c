/*
 * The file system: a tree of inodes in memory. Files packed into the kernel
 * (or loaded as modules) stay where they are until somebody writes to them;
 * written content lives in single pages found through one page of pointers.
 */
#include "kernel.h"

struct inode *ramfs_root;
u32 ramfs_count;

static struct inode *new_inode(struct inode *parent, const char *name, u32 type)
{
    struct inode *i = kalloc(sizeof *i);
    if (!i)
        return NULL;
    i->type = type;
    copy_text(i->name, name, NAME_MAX);
    i->parent = parent;
    if (parent) {                               /* entries are sorted by name, so that ls is */
        struct inode **at = &parent->children;
        while (*at && strcmp((*at)->name, name) < 0)
            at = &(*at)->next;
        i->next = *at;
        *at = i;
    }
    ramfs_count++;
    return i;
}

void ramfs_init(void)
{
    ramfs_root = new_inode(NULL, "", TYPE_DIR);
    ramfs_root->parent = ramfs_root;
    ramfs_add("/dev/tty", TYPE_DEVICE, NULL, 0)->device = FILE_TTY;
    ramfs_add("/dev/null", TYPE_DEVICE, NULL, 0)->device = FILE_NULL;
    ramfs_add("/tmp", TYPE_DIR, NULL, 0);
}

static struct inode *child(struct inode *directory, const char *name)
{
    if (strcmp(name, ".") == 0)
        return directory;
    if (strcmp(name, "..") == 0)
        return directory->parent;
    for (struct inode *i = directory->children; i; i = i->next)
        if (strcmp(i->name, name) == 0)
            return i;
    return NULL;
}

/* Cuts the next name off a path; what follows, or NULL when that was the last. */
static const char *next_name(const char *path, char *name)
{
    u32 n = 0;
    while (*path == '/')
        path++;
    for (; *path && *path != '/'; path++)
        if (n < NAME_MAX - 1)
            name[n++] = *path;
    name[n] = 0;
    while (*path == '/')
        path++;
    return *path ? path : NULL;
}

/* The directory that holds the last name of a path, and that name. */
static struct inode *find_parent(struct inode *from, const char *path, char *name)
{
    struct inode *at = *path == '/' ? ramfs_root : from;
    while ((path = next_name(path, name)) && at)
        at = at->type == TYPE_DIR ? child(at, name) : NULL;
    return at && at->type == TYPE_DIR ? at : NULL;
}

struct inode *ramfs_find(struct inode *from, const char *path)
{
    char name[NAME_MAX];
    struct inode *parent = find_parent(from, path, name);
    if (!parent)
        return NULL;
    return name[0] ? child(parent, name) : parent;
}

struct inode *ramfs_create(struct inode *from, const char *path, u32 type, int *error)
{
    char name[NAME_MAX];
    struct inode *parent = find_parent(from, path, name), *i = NULL;
    if (!parent)
        *error = -E_NOENT;
    else if (!name[0] || child(parent, name))
        *error = -E_EXIST;
    else if (!(i = new_inode(parent, name, type)))
        *error = -E_NOMEM;
    return i;
}

/* For the boot: makes the directories on the way, too. */
struct inode *ramfs_add(const char *path, u32 type, const u8 *content, u32 size)
{
    char name[NAME_MAX];
    struct inode *at = ramfs_root;
    for (const char *rest = path; rest;) {
        rest = next_name(rest, name);
        struct inode *next = child(at, name);
        at = next ? next : new_inode(at, name, rest ? TYPE_DIR : type);
    }
    at->fixed = content;
    at->size = size;
    return at;
}

static void free_content(struct inode *i)
{
    for (u32 b = 0; i->blocks && b < BLOCKS; b++)
        if (i->blocks[b])
            frame_free(i->blocks[b]);
    if (i->blocks)
        kfree(i->blocks, PAGE_SIZE);
    i->blocks = NULL;
    i->fixed = NULL;
    i->size = 0;
}

void ramfs_truncate(struct inode *i)
{
    free_content(i);
}

/* Gives up one use; an unlinked inode goes with its last user. */
void inode_drop(struct inode *i)
{
    if (--i->users == 0 && !i->parent) {
        free_content(i);
        kfree(i, sizeof *i);
    }
}

int ramfs_unlink(struct inode *from, const char *path)
{
    struct inode *i = ramfs_find(from, path);
    if (!i)
        return -E_NOENT;
    if (i->children || i == ramfs_root)
        return -E_NOTEMPTY;
    struct inode **at = &i->parent->children;
    while (*at != i)
        at = &(*at)->next;
    *at = i->next;
    i->parent = NULL;
    ramfs_count--;
    i->users++;
    inode_drop(i);
    return 0;
}

int ramfs_read(struct inode *i, u32 offset, void *buffer, u32 size)
{
    if (offset >= i->size)
        return 0;
    if (size > i->size - offset)
        size = i->size - offset;
    u8 *to = buffer;
    for (u32 done = 0, part; done < size; done += part, offset += part) {
        u32 inside = offset % PAGE_SIZE;
        part = PAGE_SIZE - inside < size - done ? PAGE_SIZE - inside : size - done;
        if (i->fixed)
            memcpy(to + done, i->fixed + offset, part);
        else if (i->blocks[offset / PAGE_SIZE])
            memcpy(to + done, (u8 *)P2V(i->blocks[offset / PAGE_SIZE]) + inside, part);
        else
            memset(to + done, 0, part);
    }
    return (int)size;
}

/* Packed content is copied before the first change. */
static int make_writable(struct inode *i)
{
    const u8 *fixed = i->fixed;
    u32 size = i->size;
    if (!i->blocks && !(i->blocks = kalloc(PAGE_SIZE)))
        return -E_NOMEM;
    if (!fixed)
        return 0;
    i->fixed = NULL;
    i->size = 0;
    return ramfs_write(i, 0, fixed, size) == (int)size ? 0 : -E_NOMEM;
}

int ramfs_write(struct inode *i, u32 offset, const void *buffer, u32 size)
{
    if (offset + size < offset || offset + size > BLOCKS * PAGE_SIZE)
        return -E_FBIG;
    if (make_writable(i) < 0)
        return -E_NOMEM;
    const u8 *from = buffer;
    for (u32 done = 0, part; done < size; done += part, offset += part) {
        u32 inside = offset % PAGE_SIZE, *block = &i->blocks[offset / PAGE_SIZE];
        part = PAGE_SIZE - inside < size - done ? PAGE_SIZE - inside : size - done;
        if (!*block && !(*block = frame_alloc()))
            return done ? (int)done : -E_NOMEM;
        memcpy((u8 *)P2V(*block) + inside, from + done, part);
        if (offset + part > i->size)
            i->size = offset + part;
    }
    return (int)size;
}

/* The absolute path of a directory. */
int ramfs_path(struct inode *i, char *buffer, u32 size)
{
    char *at = buffer + size - 1;
    *at = 0;
    for (; i && i != ramfs_root; i = i->parent) {
        u32 n = strlen(i->name);
        if (n + 1 > (u32)(at - buffer))
            return -E_2BIG;
        at -= n;
        memcpy(at, i->name, n);
        *--at = '/';
    }
    if (!*at)
        *--at = '/';
    u32 length = (u32)(buffer + size - at);
    for (u32 n = 0; n < length; n++)
        buffer[n] = at[n];
    return (int)length - 1;
}

/*
 * Replaces the current process's program by an ELF executable (System V ABI,
 * i386 supplement: 32-bit, static, ET_EXEC). Segments are copied into fresh
 * pages; argc and argv[] lie on top of the stack. Only when everything is in
 * place is the old program given up.
 */
#include "kernel.h"
#include "trap.h"
#include "x86.h"

struct elf_header {
    u8 ident[16];
    u16 type, machine;
    u32 version, entry, program_offset, section_offset, flags;
    u16 header_size, program_size, program_count;
};
struct segment { u32 type, offset, address, physical, file_size, memory_size, flags, align; };
#define LOADABLE 1
#define WRITABLE 2
#define ARGUMENTS 32

struct arguments { u32 count, bytes; u16 starts[ARGUMENTS]; char text[PAGE_SIZE - 128]; };

static int collect(struct arguments *a, char *const argv[], int in_kernel)
{
    for (u32 i = 0; i < ARGUMENTS; i++) {
        if (!in_kernel && !user_range(&argv[i], sizeof argv[i], 0))
            return -E_FAULT;
        if (!argv[i])
            return 0;
        char *to = a->text + a->bytes;
        u32 room = sizeof a->text - a->bytes;
        int n;
        if (in_kernel) {
            copy_text(to, argv[i], room);
            n = (int)strlen(to);
        } else {
            n = user_text(argv[i], to, room);
        }
        if (n < 0)
            return n;
        a->starts[a->count++] = (u16)a->bytes;
        a->bytes += (u32)n + 1;
    }
    return -E_2BIG;
}

/* Writes into a space that is not in use yet, whatever its pages allow the program. */
static int poke(struct space *s, u32 address, const void *from, struct inode *file, u32 size)
{
    for (u32 done = 0, part; done < size; done += part) {
        u32 at = address + done, inside = at % PAGE_SIZE;
        part = PAGE_SIZE - inside < size - done ? PAGE_SIZE - inside : size - done;
        if (space_touch(s, at, 0) < 0)
            return -E_NOMEM;
        u8 *page = P2V(ROUND_DOWN(*page_entry(s->directory, at, 0), PAGE_SIZE));
        if (file)
            ramfs_read(file, (u32)from + done, page + inside, part);
        else
            memcpy(page + inside, (const u8 *)from + done, part);
    }
    return 0;
}

static int load_segment(struct space *s, struct inode *file, struct segment *g)
{
    u32 end = g->address + g->memory_size;
    if (g->address < USER_LOW || end < g->address || end > USER_MAP_LOW || g->file_size > g->memory_size)
        return -E_NOEXEC;
    if (g->offset + g->file_size < g->offset || g->offset + g->file_size > file->size)
        return -E_NOEXEC;
    u32 prot = PROT_READ | PROT_EXEC | (g->flags & WRITABLE ? PROT_WRITE : 0);
    u32 start = ROUND_DOWN(g->address, PAGE_SIZE);
    if (end > s->heap_start)
        s->heap_start = s->heap_end = ROUND_UP(end, PAGE_SIZE);
    if (space_add(s, start, ROUND_UP(end, PAGE_SIZE), prot) < 0)
        return -E_NOMEM;
    return poke(s, g->address, (void *)g->offset, file, g->file_size);
}

static int load(struct space *s, struct inode *file, u32 *entry)
{
    struct elf_header h;
    if (ramfs_read(file, 0, &h, sizeof h) < (int)sizeof h || memcmp(h.ident, "\177ELF\1\1", 6) != 0)
        return -E_NOEXEC;
    if (h.type != 2 || h.machine != 3 || h.program_size != sizeof(struct segment))
        return -E_NOEXEC;
    for (u32 i = 0; i < h.program_count; i++) {
        struct segment g;
        u32 at = h.program_offset + i * sizeof g;
        if (ramfs_read(file, at, &g, sizeof g) < (int)sizeof g)
            return -E_NOEXEC;
        int error = g.type == LOADABLE && g.memory_size ? load_segment(s, file, &g) : 0;
        if (error)
            return error;
    }
    *entry = h.entry;
    return s->heap_start ? 0 : -E_NOEXEC;
}

/* From the top: the texts, argv[], NULL, argc <- esp. */
static u32 build_stack(struct space *s, struct arguments *a)
{
    u32 text = ROUND_DOWN(USER_TOP - a->bytes, 16), words[ARGUMENTS + 2];
    words[0] = a->count;
    for (u32 i = 0; i < a->count; i++)
        words[i + 1] = text + a->starts[i];
    words[a->count + 1] = 0;
    u32 bytes = (a->count + 2) * 4, esp = ROUND_DOWN(text - bytes, 16);
    if (space_add(s, USER_STACK_LOW, USER_TOP, PROT_READ | PROT_WRITE) < 0 ||
        poke(s, text, a->text, NULL, a->bytes) < 0 || poke(s, esp, words, NULL, bytes) < 0)
        return 0;
    return esp;
}

static int build(struct space *s, struct inode *file, struct arguments *a, u32 *entry, u32 *esp)
{
    int error = space_init(s);
    if (!error)
        error = load(s, file, entry);
    if (!error)
        error = (*esp = build_stack(s, a)) ? 0 : -E_NOMEM;
    if (error)
        space_free(s);
    return error;
}

static void enter(struct space *s, u32 entry, u32 esp)
{
    struct space old = current->space;
    current->space = *s;
    write_cr3(V2P(s->directory));
    space_free(&old);
    fpu_forget(current);
    current->fault_handler = 0;
    *current->frame = (struct frame){ .ds = USER_DATA, .es = USER_DATA, .vector = VECTOR_SYSCALL,
        .eip = entry, .cs = USER_CODE, .eflags = EFLAGS_IF | 2, .esp = esp, .ss = USER_DATA };
}

int exec(const char *path, char *const argv[], int arguments_in_kernel)
{
    struct inode *file = ramfs_find(current->directory, path);
    if (!file)
        return -E_NOENT;
    if (file->type != TYPE_FILE)
        return -E_ACCES;
    struct arguments *a = kalloc(sizeof *a);
    if (!a)
        return -E_NOMEM;
    struct space s;
    u32 entry, esp;
    int error = collect(a, argv, arguments_in_kernel);
    if (!error)
        error = build(&s, file, a, &entry, &esp);
    kfree(a, sizeof *a);
    if (error)
        return error;
    copy_text(current->name, file->name, sizeof current->name);
    enter(&s, entry, esp);
    return 0;
}

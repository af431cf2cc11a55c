/*
 * The boot, in order; and the choice of the first program from the command line:
 *   run=FILE         the shell runs FILE, then the machine ends with its status
 *   script="A; B"    the shell runs the commands, then the same
 *   stay             with one of these: go on with the prompt instead of ending
 */
#include "kernel.h"
#include "x86.h"

#define BOOT_MAGIC 0x2BADB002
#define HAS_MEMORY 0x01
#define HAS_COMMAND_LINE 0x04
#define HAS_MODULES 0x08

struct boot_info {                              /* multiboot specification 0.6.96, section 3.3 */
    u32 flags, memory_lower, memory_upper, boot_device, command_line, module_count, modules;
};
struct module { u32 start, end, text, reserved; };

/* The packed files (files.S): ends with an empty path. */
struct packed_file { const char *path; const u8 *content; u32 size; };
extern const struct packed_file packed_files[];
extern char kernel_end[];

static u32 memory_end(const struct boot_info *info)
{
    if (!(info->flags & HAS_MEMORY))
        return BOOT_MAPPED;
    if (info->memory_upper >= MAX_PHYSICAL / 1024 - 1024)
        return MAX_PHYSICAL;
    return ROUND_DOWN(0x100000 + info->memory_upper * 1024, PAGE_SIZE);
}

static u32 above(u32 end, u32 start, u32 size)
{
    return start + size > end ? start + size : end;
}

/* The first byte behind the kernel, the modules and what the loader tells about them. */
static u32 loaded_end(const struct boot_info *info)
{
    u32 end = V2P(kernel_end);
    if (info->flags & HAS_MODULES) {
        const struct module *m = P2V(info->modules);
        end = above(end, info->modules, info->module_count * sizeof *m);
        for (u32 i = 0; i < info->module_count; i++) {
            end = above(end, m[i].end, 0);
            end = above(end, m[i].text, strlen(P2V(m[i].text)) + 1);
        }
    }
    return ROUND_UP(above(end, V2P(info), sizeof *info), PAGE_SIZE);
}

/* A module becomes /mod/NAME, NAME being the last part of the first word of its text. */
static void add_module(const struct module *m)
{
    char path[PATH_MAX] = "/mod/";
    const char *text = P2V(m->text), *name = text;
    for (const char *p = text; *p && *p != ' '; p++)
        if (*p == '/')
            name = p + 1;
    u32 n = 5;
    while (*name && *name != ' ' && n < PATH_MAX - 1)
        path[n++] = *name++;
    path[n] = 0;
    if (n > 5)
        ramfs_add(path, TYPE_FILE, P2V(m->start), m->end - m->start);
}

static void add_files(const struct boot_info *info)
{
    ramfs_init();
    for (const struct packed_file *f = packed_files; f->path; f++)
        ramfs_add(f->path, TYPE_FILE, f->content, f->size);
    const struct module *m = P2V(info->modules);
    for (u32 i = 0; (info->flags & HAS_MODULES) && i < info->module_count; i++)
        add_module(&m[i]);
}

static void start_shell(void)
{
    char *argv[5] = { "sh" };
    int n = 1;
    const char *script = option("script"), *file = option("run");
    if ((script || file) && flag("stay"))
        argv[n++] = "-i";
    if (script) {
        argv[n++] = "-c";
        argv[n++] = (char *)script;
    } else if (file) {
        argv[n++] = (char *)file;
    }
    argv[n] = NULL;
    int error = process_start("/bin/sh", argv);
    if (error)
        panic("cannot start /bin/sh: error %d", -error);
}

void kernel_main(u32 magic, u32 info_address)
{
    const struct boot_info *info = P2V(info_address);
    int by_multiboot = magic == BOOT_MAGIC;
    static const struct boot_info nothing;
    if (!by_multiboot)
        info = &nothing;
    cmdline_init(info->flags & HAS_COMMAND_LINE ? P2V(info->command_line) : "");
    cpu_init();
    trap_init();
    pic_init();
    u32 end = memory_end(info);
    /* Page tables, if needed, come from below BOOT_MAPPED: frames before paging. */
    frames_init(loaded_end(info), end);
    paging_init(end);
    tty_init();
    fpu_init();
    process_init();
    if (!flag("quiet"))
        print("\nPupa 1.0, the guest inside Chrysalis\n");
    if (!by_multiboot)
        panic("the loader is not multiboot 1");
    add_files(info);
    timer_init();
    start_shell();
    idle();
}

/* Small commands about processes and the machine. */
#include "tools.h"

int tool_ps(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct procinfo p;
    print("  PID PARENT GROUP S PAGES TICKS NAME\n");
    for (u32 i = 0; get_process(i, &p) > 0; i++)
        print("%5d %6d %5d %c %5u %5u %s\n", p.pid, p.parent, p.group, p.state, p.pages, p.ticks, p.name);
    return 0;
}

int tool_mem(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct meminfo m;
    get_meminfo(&m);
    print("%u KB, %u KB free, %u files and directories, %u processes\n", m.total_kb, m.free_kb, m.files,
          m.processes);
    return 0;
}

static void cpuid(u32 leaf, u32 r[4])
{
    asm volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(0));
}

static void print_brand(u32 first)
{
    char text[65];
    u32 n = first == 0x80000002 ? 3 : 4;        /* Transmeta's leaves hold 64 bytes */
    for (u32 i = 0; i < n; i++)
        cpuid(first + i, (u32 *)(text + 16 * i));
    text[16 * n] = 0;
    print("%s\n", text);
}

int tool_cpu(int argc, char **argv)
{
    (void)argc, (void)argv;
    u32 r[4], id[4];
    char vendor[13];
    cpuid(0, r);
    memcpy(vendor, &r[1], 4);
    memcpy(vendor + 4, &r[3], 4);
    memcpy(vendor + 8, &r[2], 4);
    vendor[12] = 0;
    cpuid(1, id);
    print("%s family %u model %u stepping %u, features %08x\n", vendor, id[0] >> 8 & 15, id[0] >> 4 & 15,
          id[0] & 15, id[3]);
    cpuid(0x80000000, r);
    if (r[0] >= 0x80000004 && r[0] < 0x80010000)
        print_brand(0x80000002);
    cpuid(0x80860000, r);
    if (r[0] >= 0x80860006 && r[0] < 0x80870000)
        print_brand(0x80860003);
    return 0;
}

int tool_uname(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct uname u;
    get_uname(&u);
    print("%s %s %s\n", u.name, u.release, u.machine);
    return 0;
}

int tool_kill(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++)
        if (kill_process((int)number(argv[i], 0), KILL_TERMINATE) < 0) {
            print("kill: %s: no such process\n", argv[i]);
            failed = 1;
        }
    return failed;
}

int tool_sleep(int argc, char **argv)
{
    sleep_ms(number(argc > 1 ? argv[1] : NULL, 1) * 1000);
    return 0;
}

int tool_yes(int argc, char **argv)
{
    for (;;)
        print("%s\n", argc > 1 ? argv[1] : "y");
}

int tool_true(int argc, char **argv) { (void)argc, (void)argv; return 0; }
int tool_false(int argc, char **argv) { (void)argc, (void)argv; return 1; }

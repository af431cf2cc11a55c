/*
 * The small commands in one program, chosen by the name it is started under:
 * ls cat echo cp rm mkdir wc hexdump grep ps mem cpu uname kill sleep yes true
 * false. The packed file system holds it under each of these names.
 */
#include "tools.h"

static const struct { const char *name; int (*run)(int, char **); } tools[] = {
    { "ls", tool_ls }, { "cat", tool_cat }, { "echo", tool_echo }, { "cp", tool_cp }, { "rm", tool_rm },
    { "mkdir", tool_mkdir }, { "wc", tool_wc }, { "hexdump", tool_hexdump }, { "grep", tool_grep },
    { "ps", tool_ps }, { "mem", tool_mem }, { "cpu", tool_cpu }, { "uname", tool_uname },
    { "kill", tool_kill }, { "sleep", tool_sleep }, { "yes", tool_yes }, { "true", tool_true },
    { "false", tool_false },
};

int main(int argc, char *argv[])
{
    const char *name = argv[0];
    for (const char *p = argv[0]; *p; p++)
        if (*p == '/')
            name = p + 1;
    for (u32 i = 0; i < LENGTH(tools); i++)
        if (strcmp(tools[i].name, name) == 0)
            return tools[i].run(argc, argv);
    print("%s: not one of the tools\n", name);
    return 1;
}

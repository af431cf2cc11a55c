/* Commands that the shell runs itself, and the prefixes time and repeat. */
#include "shell.h"

static void help(void)
{
    print("Built in: cd DIR, exit [N], poweroff, reboot, wait, help, time PROGRAM,\n"
          "          repeat N PROGRAM, sh FILE\n"
          "Files:    ls, cat, echo, cp, rm, mkdir, wc, hexdump, grep\n"
          "System:   ps, mem, cpu, uname, kill PID, sleep SECONDS, yes\n"
          "Programs: see /etc/demo, which runs them all; most take a size\n");
}

static int change(struct command *c)
{
    const char *to = c->count > 1 ? c->words[1] : "/";
    int error = change_directory(to);
    if (error)
        print("cd: %s: %s\n", to, error_text(error));
    return error != 0;
}

int run_builtin(struct command *c)
{
    const char *name = c->words[0];
    int n = c->count > 1 ? (int)number(c->words[1], 0) : shell.status;
    if (strcmp(name, "exit") == 0) {
        shell.status = n;
        shell.leave = 1;
    } else if (strcmp(name, "poweroff") == 0) {
        power(POWER_OFF, c->count > 1 ? n : 0);
    } else if (strcmp(name, "reboot") == 0) {
        power(POWER_REBOOT, 0);
    } else if (strcmp(name, "cd") == 0) {
        shell.status = change(c);
    } else if (strcmp(name, "wait") == 0) {
        finish_background(1);
    } else if (strcmp(name, "help") == 0) {
        help();
        shell.status = 0;
    } else {
        return 0;
    }
    return 1;
}

static void drop_words(struct command *c, int n)
{
    for (int i = n; i <= c->count; i++)
        c->words[i - n] = c->words[i];
    c->count -= n;
}

/* Takes `time` and `repeat N` off; repeat runs the command N-1 times at once. 0: nothing is left. */
int prefix_words(struct command *c, int *timed)
{
    for (;;) {
        if (strcmp(c->words[0], "time") == 0) {
            *timed = 1;
            drop_words(c, 1);
        } else if (strcmp(c->words[0], "repeat") == 0 && c->count > 2) {
            u32 times = number(c->words[1], 1);
            drop_words(c, 2);
            struct command copy;
            for (u32 i = 1; i < times; i++) {
                memcpy(&copy, c, sizeof copy);
                run_pipeline(&copy, 1, 0);
            }
            return times > 0;
        } else {
            return 1;
        }
        if (c->count == 0)
            return 0;
    }
}

/*
 * The shell. Grammar: lists of pipelines joined by ; & && || and new lines;
 * words with 'quotes', "quotes" and \x; redirections < > >>; # comments;
 * variables $? $passed $failed $0..$9 $#. Built in: cd exit poweroff reboot time
 * repeat wait help. A text file is run by `sh FILE`, or by its name alone.
 */
#include "pupa.h"
#include "shell.h"

static char input[LINE_BYTES];
static u32 input_used, input_filled;

/* The next line of a file or of the console; -1 at the end, -E_INTR after ctrl-c. */
static int read_line(int fd, char *line)
{
    int n = 0;
    for (;;) {
        if (input_used == input_filled) {
            int got = read(fd, input, sizeof input);
            if (got < 0)
                return got;
            if (got == 0)
                return n ? n : -1;
            input_used = 0;
            input_filled = (u32)got;
        }
        char c = input[input_used++];
        if (c == '\n')
            break;
        if (n < LINE_BYTES - 1)
            line[n++] = c;
    }
    line[n] = 0;
    return n;
}

static void prompt(void)
{
    char directory[PATH_MAX];
    current_directory(directory, sizeof directory);
    print("pupa:%s$ ", directory);
}

static int interactive(void)
{
    char line[LINE_BYTES];
    while (!shell.leave) {
        prompt();
        int n = read_line(0, line);
        if (n == -1) {
            print("exit\n");
            break;
        }
        if (n >= 0)
            run_line(line);
        finish_background(0);
    }
    return shell.status;
}

static int run_file(const char *path)
{
    static char line[LINE_BYTES];
    int fd = open_file(path, O_READ);
    if (fd < 0) {
        print("sh: %s: %s\n", path, error_text(fd));
        return 127;
    }
    int copy = dup2(fd, FD_SCRIPT);             /* out of the way of pipes and redirections */
    close(fd);
    while (!shell.leave) {
        int n = read_line(copy, line);
        if (n < 0)
            break;
        line[n] = 0;
        run_line(line);
    }
    close(copy);
    return shell.status;
}

int main(int argc, char *argv[])
{
    int at = 1, stay = 0;
    shell.group = getpid();
    if (at < argc && strcmp(argv[at], "-i") == 0)
        stay = 1, at++;
    if (at + 1 < argc && strcmp(argv[at], "-c") == 0) {
        shell.arguments = argv + at + 1;
        shell.argument_count = argc - at - 1;
        run_line(argv[at + 1]);
    } else if (at < argc) {
        shell.arguments = argv + at;
        shell.argument_count = argc - at;
        run_file(argv[at]);
    } else {
        stay = 1;
    }
    if (!stay || shell.leave)
        return shell.status;
    shell.interactive = 1;
    set_group(0, shell.group);
    run_line("cat /etc/motd");
    return interactive();
}

/* Runs pipelines: fork, redirect, exec, wait, and say how a program ended. */
#include "shell.h"

struct shell shell;
static int background[16], background_count;

const char *error_text(int error)
{
    switch (-error) {
    case E_NOENT: return "no such file";
    case E_NOEXEC: return "not a program";
    case E_ACCES: return "not a file";
    case E_NOMEM: return "out of memory";
    case E_AGAIN: return "too many processes";
    case E_EXIST: return "exists";
    case E_ISDIR: return "is a directory";
    case E_NOTDIR: return "not a directory";
    case E_NOTEMPTY: return "directory not empty";
    case E_INVAL: return "invalid";
    case E_FBIG: return "file too large";
    case E_SRCH: return "no such process";
    default: return "failed";
    }
}

static void redirect(const char *path, int flags, int fd)
{
    int opened = open_file(path, flags);
    if (opened < 0) {
        print("sh: %s: %s\n", path, error_text(opened));
        exit(1);
    }
    dup2(opened, fd);
    close(opened);
}

/* A text file that starts with #! or that is no ELF file is run by a shell. */
static int exec_script(const char *path, struct command *c)
{
    char *argv[WORDS + 2];
    argv[0] = "sh";
    argv[1] = (char *)path;
    for (int i = 1; i <= c->count; i++)
        argv[i + 1] = c->words[i];
    return exec("/bin/sh", argv);
}

static void run_child(struct command *c)
{
    char path[PATH_MAX];
    if (c->in)
        redirect(c->in, O_READ, 0);
    if (c->out)
        redirect(c->out, O_WRITE | O_CREATE | (c->append ? O_APPEND : O_TRUNC), 1);
    close(FD_SCRIPT);
    if (run_builtin(c))
        exit(shell.status);
    if (strchr(c->words[0], '/'))
        format_text(path, sizeof path, "%s", c->words[0]);
    else
        format_text(path, sizeof path, "/bin/%s", c->words[0]);
    int error = exec(path, c->words);
    if (error == -E_NOEXEC)
        error = exec_script(path, c);
    dup2(2, 1);
    print("sh: %s: %s\n", c->words[0], error == -E_NOENT ? "no such program (try help)" : error_text(error));
    exit(127);
}

/* Starts all stages in one group; the pid of the last, or an error. */
static int start(struct command *stages, int count, int *first)
{
    int input = -1, pid = 0;
    *first = 0;
    for (int i = 0; i < count; i++) {
        int ends[2] = { -1, -1 };
        if (i + 1 < count && pipe(ends) < 0)
            return -E_NOMEM;
        pid = fork();
        if (pid < 0)
            return pid;
        if (pid == 0) {
            set_group(0, *first ? *first : getpid());
            if (input >= 0) {
                dup2(input, 0);
                close(input);
            }
            if (ends[1] >= 0) {
                dup2(ends[1], 1);
                close(ends[0]);
                close(ends[1]);
            }
            run_child(&stages[i]);
        }
        if (!*first)
            *first = pid;
        set_group(pid, *first);                 /* whoever comes first: both do it */
        if (input >= 0)
            close(input);
        if (ends[1] >= 0)
            close(ends[1]);
        input = ends[0];
    }
    return pid;
}

static int describe(const char *name, int status)
{
    if (status & STATUS_FAULT)
        print("sh: %s: killed by fault %d\n", name, status & 255);
    else if (status & STATUS_KILLED && (status & 255) != KILL_INTERRUPT && (status & 255) != KILL_NOREADER)
        print("sh: %s: killed\n", name);
    return status & ~255 ? 128 + (status & 127) : status;
}

static void print_times(const struct times *before)
{
    struct times now;
    get_times(&now);
    print("%u ticks, %u on the processor\n", now.now - before->now, now.children - before->children);
}

/* Waits for every stage; the status of the last counts. */
static void wait_pipeline(const char *name, int first, int last)
{
    for (int pid = first; pid <= last; pid++) {
        int status = 0;
        while (wait_for(pid, &status, 0) == -E_INTR)
            ;
        if (pid == last)
            shell.status = describe(name, status);
    }
}

static int in_this_process(struct command *stages, int count, int wants_background)
{
    return count == 1 && !wants_background && !stages[0].in && !stages[0].out && run_builtin(&stages[0]);
}

void run_pipeline(struct command *stages, int count, int wants_background)
{
    int timed = 0, first;
    struct times before;
    if (!prefix_words(&stages[0], &timed) || in_this_process(stages, count, wants_background))
        return;
    get_times(&before);
    int last = start(stages, count, &first);
    if (last < 0) {
        print("sh: %s\n", error_text(last));
        shell.status = 1;
        return;
    }
    if (wants_background) {
        if (background_count < (int)LENGTH(background))
            background[background_count++] = last;
        if (shell.interactive)
            print("[%d]\n", last);
        return;
    }
    set_foreground(first);
    wait_pipeline(stages[count - 1].words[0], first, last);
    set_foreground(0);
    if (shell.status == 0)
        shell.passed++;
    else
        shell.failed++;
    if (timed)
        print_times(&before);
}

/* Collects background programs that have ended (all of them if told to wait). */
void finish_background(int wait)
{
    for (int i = 0; i < background_count; i++) {
        int status, pid = wait_for(background[i], &status, wait ? 0 : WAIT_NOHANG);
        if (pid == 0 || pid == -E_INTR)
            continue;
        if (shell.interactive)
            print("[%d] ended\n", background[i]);
        if (pid > 0) {
            shell.status = describe("background", status);
            if (shell.status == 0)
                shell.passed++;
            else
                shell.failed++;
        }
        background[i--] = background[--background_count];
    }
}

/* What the parts of the shell share. */
#ifndef PUPA_SHELL_H
#define PUPA_SHELL_H
#include "pupa.h"

#define LINE_BYTES 512
#define WORDS 32
#define STAGES 8
#define FD_SCRIPT 15                            /* the script being run */

struct command { char *words[WORDS + 1]; int count; char *in, *out; int append; };

struct shell {
    int status, passed, failed, leave, interactive, group;
    char **arguments;
    int argument_count;
};
extern struct shell shell;

/* shell-parse.c */
void run_line(const char *line);

/* shell-run.c */
void run_pipeline(struct command *stages, int count, int background);
void finish_background(int wait);
const char *error_text(int error);

/* shell-builtin.c: 1 if it was one */
int run_builtin(struct command *c);
int prefix_words(struct command *c, int *timed);

#endif

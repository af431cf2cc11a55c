/* From a line to pipelines: words, quotes, variables, operators. */
#include "shell.h"

static char store[2 * LINE_BYTES], *store_at;
static struct command stages[STAGES];
static const char *at;

static void put(char c)
{
    if (store_at < store + sizeof store - 1)
        *store_at++ = c;
}

static int is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void put_number(int value)
{
    char text[12];
    format_text(text, sizeof text, "%d", value);
    for (char *p = text; *p; p++)
        put(*p);
}

/* at stands behind the dollar sign */
static void expand(void)
{
    if (*at == '?') {
        put_number(shell.status);
        at++;
    } else if (*at == '#') {
        put_number(shell.argument_count - 1);
        at++;
    } else if (*at >= '0' && *at <= '9') {
        int i = *at++ - '0';
        for (char *p = i < shell.argument_count ? shell.arguments[i] : ""; *p; p++)
            put(*p);
    } else if (strncmp(at, "passed", 6) == 0 && !is_name(at[6])) {
        put_number(shell.passed);
        at += 6;
    } else if (strncmp(at, "failed", 6) == 0 && !is_name(at[6])) {
        put_number(shell.failed);
        at += 6;
    } else {
        put('$');
    }
}

static int ends_word(char c)
{
    return !c || strchr(" \t\n;&|<>", c) != NULL;
}

static char *read_word(void)
{
    char *word = store_at, quote = 0;
    while (*at && (quote || !ends_word(*at))) {
        char c = *at++;
        if (c == quote)
            quote = 0;
        else if (!quote && (c == '"' || c == '\''))
            quote = c;
        else if (c == '\\' && quote != '\'' && *at)
            put(*at++);
        else if (c == '$' && quote != '\'')
            expand();
        else
            put(c);
    }
    put(0);
    return word;
}

static void skip_blanks(void)
{
    while (*at == ' ' || *at == '\t')
        at++;
}

static int read_redirection(struct command *c)
{
    char kind = *at++;
    if (kind == '>' && *at == '>') {
        c->append = 1;
        at++;
    }
    skip_blanks();
    if (ends_word(*at))
        return 0;
    *(kind == '<' ? &c->in : &c->out) = read_word();
    return 1;
}

static int read_command(struct command *c)
{
    memset(c, 0, sizeof *c);
    for (;;) {
        skip_blanks();
        if (*at == '<' || *at == '>') {
            if (!read_redirection(c))
                return 0;
        } else if (*at == '#') {
            while (*at && *at != '\n')
                at++;
        } else if (ends_word(*at)) {
            return 1;
        } else if (c->count < WORDS) {
            c->words[c->count++] = read_word();
        } else {
            return 0;
        }
    }
}

static int read_pipeline(void)
{
    int n = 0;
    for (;;) {
        if (n == STAGES || !read_command(&stages[n]))
            return -1;
        n++;
        if (*at != '|' || at[1] == '|')
            break;
        at++;
    }
    for (int i = 0; i < n; i++)
        if (stages[i].count == 0 && n > 1)
            return -1;
    return stages[0].count || stages[0].in || stages[0].out ? n : 0;
}

void run_line(const char *line)
{
    int skip = 0;
    const char *saved = at;                     /* a builtin may run another line */
    at = line;
    while (*at && !shell.leave) {
        store_at = store;
        int n = read_pipeline();
        int background = *at == '&' && at[1] != '&';
        if (n < 0) {
            print("sh: syntax error\n");
            shell.status = 2;
            break;
        }
        const char *behind = at;
        if (n > 0 && !skip && stages[0].count)
            run_pipeline(stages, n, background);
        at = behind;
        skip = 0;
        if (at[0] == '&' && at[1] == '&')
            skip = shell.status != 0, at += 2;
        else if (at[0] == '|' && at[1] == '|')
            skip = shell.status == 0, at += 2;
        else if (*at)
            at++;                               /* ; & new line */
    }
    at = saved;
}

/*
 * The kernel command line: words separated by blanks, each `word` or
 * `key=value`; a value with blanks stands in single or double quotes. Loaders
 * put the kernel's file name first; it is no known word and does no harm.
 */
#include "kernel.h"

static char line[1024];
static char *words[32];
static int count;

void cmdline_init(const char *text)
{
    copy_text(line, text, sizeof line);
    char *in = line, *out = line;
    while (count < (int)LENGTH(words)) {
        while (*in == ' ' || *in == '\t')
            in++;
        if (!*in)
            break;
        words[count++] = out;
        char quote = 0;
        for (; *in && (quote || (*in != ' ' && *in != '\t')); in++) {
            if (quote ? *in == quote : (*in == '"' || *in == '\''))
                quote = quote ? 0 : *in;
            else
                *out++ = *in;
        }
        if (*in)
            in++;
        *out++ = 0;                             /* never passes in: the blank made room */
    }
}

const char *option(const char *key)
{
    u32 n = strlen(key);
    for (int i = 0; i < count; i++)
        if (memcmp(words[i], key, n) == 0 && words[i][n] == '=')
            return words[i] + n + 1;
    return NULL;
}

int flag(const char *word)
{
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return 1;
    return 0;
}

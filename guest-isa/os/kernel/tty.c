/*
 * The console: output to the serial line and (or) the text screen, input one
 * edited line at a time. Backspace, ctrl-u (drop the line), ctrl-c (end the
 * foreground group, drop the line), ctrl-d (end of input). Cursor keys are
 * swallowed: there is no history.
 */
#include "kernel.h"

#define CTRL(letter) ((letter) & 31)
#define LINE 256
#define QUEUE 4096

int tty_foreground;
static int to_serial = 1, to_screen;
static char line[LINE];
static u32 line_length;
static char queue[QUEUE];                       /* finished lines; CTRL('D') marks an end of input */
static u32 head, tail;
static int interrupted;
static enum { PLAIN, ESCAPE, SEQUENCE } escape;

void tty_init(void)
{
    const char *wish = option("console");
    if (wish && strcmp(wish, "vga") == 0)
        to_serial = 0, to_screen = 1;
    else if (wish && strcmp(wish, "both") == 0)
        to_screen = 1;
    uart_init();
    if (to_screen)
        vga_init();
}

void tty_put(char c)
{
    if (to_serial) {
        if (c == '\n')
            uart_put('\r');
        uart_put(c);
    }
    if (to_screen)
        vga_put(c);
}

static void echo(const char *text)
{
    while (*text)
        tty_put(*text++);
}

static void finish_line(void)
{
    for (u32 i = 0; i < line_length && head - tail < QUEUE; i++)
        queue[head++ % QUEUE] = line[i];
    line_length = 0;
    wake(queue);
}

static int in_escape(char c)
{
    if (escape == ESCAPE)
        escape = c == '[' || c == 'O' ? SEQUENCE : PLAIN;
    else if (escape == SEQUENCE)
        escape = c >= '@' && c <= '~' ? PLAIN : SEQUENCE;
    else if (c == 27)
        escape = ESCAPE;
    else
        return 0;
    return 1;
}

static void erase(void)
{
    if (line_length == 0)
        return;
    line_length--;
    echo("\b \b");
}

void tty_input(char c)
{
    if (in_escape(c))
        return;
    if (c == '\r')
        c = '\n';
    if (c == '\b' || c == 127) {
        erase();
    } else if (c == CTRL('U')) {
        while (line_length)
            erase();
    } else if (c == CTRL('C')) {
        echo("^C\n");
        line_length = 0;
        interrupted = 1;
        process_kill_group(tty_foreground, KILL_INTERRUPT);
        wake(queue);
    } else if (c == CTRL('D')) {
        line[line_length++] = c;
        finish_line();
    } else if (c == '\n' || ((u8)c >= ' ' && line_length < LINE - 2)) {
        tty_put(c);
        line[line_length++] = c;
        if (c == '\n')
            finish_line();
    }
}

/* One line, or less; 0 at the end of input; -E_INTR after ctrl-c. */
int tty_read(char *buffer, u32 size)
{
    interrupted = 0;
    while (head == tail) {
        if (sleep_on(queue) < 0 || interrupted)
            return -E_INTR;
    }
    u32 n = 0;
    while (n < size && head != tail) {
        char c = queue[tail % QUEUE];
        if (c == CTRL('D') && n > 0)
            break;                              /* next time */
        tail++;
        if (c == CTRL('D'))
            return 0;
        buffer[n++] = c;
        if (c == '\n')
            break;
    }
    return (int)n;
}

int tty_write(const char *buffer, u32 size)
{
    for (u32 i = 0; i < size; i++) {
        if (to_serial)
            uart_make_room(2);
        if (current->killed)
            return -E_INTR;
        tty_put(buffer[i]);
    }
    return (int)size;
}

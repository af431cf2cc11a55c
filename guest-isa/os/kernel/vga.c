/*
 * The text screen at 0xb8000 (colour, 80x25), for console=vga and console=both.
 * Output only: new line, backspace, scrolling and the hardware cursor.
 */
#include "kernel.h"
#include "x86.h"

#define COLUMNS 80
#define ROWS 25
#define BLANK 0x0720

static u16 *const screen = P2V(0xb8000);
static int column, row;

static void show_cursor(void)
{
    u32 at = (u32)(row * COLUMNS + column);
    out8(0x3d4, 14);
    out8(0x3d5, (u8)(at >> 8));
    out8(0x3d4, 15);
    out8(0x3d5, (u8)at);
}

static void clear(int from, int to)
{
    for (int i = from * COLUMNS; i < to * COLUMNS; i++)
        screen[i] = BLANK;
}

void vga_init(void)
{
    clear(0, ROWS);
    show_cursor();
}

static void new_line(void)
{
    column = 0;
    if (++row < ROWS)
        return;
    row = ROWS - 1;
    memcpy(screen, screen + COLUMNS, (ROWS - 1) * COLUMNS * 2);
    clear(ROWS - 1, ROWS);
}

void vga_put(char c)
{
    if (c == '\n') {
        new_line();
    } else if (c == '\r') {
        column = 0;
    } else if (c == '\b') {
        column -= column > 0;
    } else {
        if (column == COLUMNS)
            new_line();
        screen[row * COLUMNS + column++] = (u16)(0x0700 | (u8)c);
    }
    show_cursor();
}

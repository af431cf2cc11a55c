/*
 * life [GENERATIONS]: Conway's Life on a 64x64 torus, cell by cell and with
 * 32 cells a word; both must agree. Starts with the r-pentomino and a glider.
 */
#include "pupa.h"

#define SIDE 64
static const struct known known[] = { { 60, 0xa40b0b58 }, { 600, 0x6918007c }, { 6000, 0xc387ebed }, { 0, 0 } };
static u8 cells[2][SIDE][SIDE];
static u32 rows[2][SIDE][2];

static void set(u32 x, u32 y)
{
    cells[0][y][x] = 1;
    rows[0][y][x / 32] |= 1u << x % 32;
}

static void step_cells(u8 from[SIDE][SIDE], u8 to[SIDE][SIDE])
{
    for (u32 y = 0; y < SIDE; y++)
        for (u32 x = 0; x < SIDE; x++) {
            u32 up = (y - 1) % SIDE, down = (y + 1) % SIDE, left = (x - 1) % SIDE, right = (x + 1) % SIDE;
            int n = from[up][left] + from[up][x] + from[up][right] + from[y][left] + from[y][right] +
                    from[down][left] + from[down][x] + from[down][right];
            to[y][x] = n == 3 || (n == 2 && from[y][x]);
        }
}

/* Neighbour counts as three bit planes (the eights do not matter: 8 is 0, and dead). */
static void add(u32 planes[3], u32 bits)
{
    u32 carry = planes[0] & bits;
    planes[0] ^= bits;
    bits = planes[1] & carry;
    planes[1] ^= carry;
    planes[2] ^= bits;
}

static void step_rows(u32 from[SIDE][2], u32 to[SIDE][2])
{
    for (u32 y = 0; y < SIDE; y++)
        for (u32 w = 0; w < 2; w++) {
            u32 planes[3] = { 0, 0, 0 };
            for (u32 dy = 0; dy < 3; dy++) {
                u32 *row = from[(y + dy - 1) % SIDE], here = row[w], there = row[1 - w];
                add(planes, here << 1 | there >> 31);
                add(planes, here >> 1 | there << 31);
                if (dy != 1)
                    add(planes, here);
            }
            to[y][w] = ~planes[2] & planes[1] & (planes[0] | from[y][w]);
        }
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 60), sum = SUM_START, alive = 0, now = 0;
    static const u8 start[][2] = { { 33, 31 }, { 34, 31 }, { 32, 32 }, { 33, 32 }, { 33, 33 },
                                   { 2, 1 }, { 3, 2 }, { 1, 3 }, { 2, 3 }, { 3, 3 } };
    for (u32 i = 0; i < LENGTH(start); i++)
        set(start[i][0], start[i][1]);
    for (u32 i = 0; i < n; i++, now ^= 1) {
        step_cells(cells[now], cells[now ^ 1]);
        step_rows(rows[now], rows[now ^ 1]);
    }
    int good = 1;
    for (u32 i = 0; i < SIDE * SIDE; i++) {
        u32 x = i % SIDE, y = i / SIDE, bit = rows[now][y][x / 32] >> x % 32 & 1;
        good = good && bit == cells[now][y][x];
        alive += bit;
        sum = mix(sum, bit);
    }
    return report("life", good, known, n, sum, "%u generations, %u cells alive", n, alive);
}

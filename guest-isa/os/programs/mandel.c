/*
 * mandel [WIDTH]: the Mandelbrot set, WIDTH x WIDTH/2 points, at most 100
 * rounds each, on the x87. `mandel -p` draws it with 72 x 24 letters.
 */
#include "pupa.h"

#define ROUNDS 100
static const struct known known[] = { { 100, 0x3f76a6d1 }, { 400, 0x526e2a44 }, { 1600, 0x452ee33b }, { 0, 0 } };

static u32 rounds(double cx, double cy)
{
    double x = 0, y = 0;
    u32 n = 0;
    for (; n < ROUNDS; n++) {
        double xx = x * x, yy = y * y;
        if (xx + yy > 4)
            break;
        y = 2 * x * y + cy;
        x = xx - yy + cx;
    }
    return n;
}

static double across(u32 i, u32 width) { return -2.2 + 3.2 * i / width; }
static double down(u32 i, u32 height) { return -1.2 + 2.4 * i / height; }

static void draw(void)
{
    static const char shades[] = " .,:;-=+*#%@";
    for (u32 y = 0; y < 24; y++) {
        char line[73];
        u32 used = 0;
        for (u32 x = 0; x < 72; x++) {
            u32 n = rounds(across(x, 72), down(y, 23));
            line[x] = shades[n == ROUNDS ? 11 : n < 20 ? n / 2 : 10];
            if (line[x] != ' ')
                used = x + 1;
        }
        line[used] = 0;
        print("%s\n", line);
    }
}

int main(int argc, char *argv[])
{
    if (argc > 1 && strcmp(argv[1], "-p") == 0) {
        draw();
        return 0;
    }
    u32 n = number(argc > 1 ? argv[1] : NULL, 100), sum = SUM_START, inside = 0;
    for (u32 y = 0; y < n / 2; y++)
        for (u32 x = 0; x < n; x++) {
            u32 r = rounds(across(x, n), down(y, n / 2));
            inside += r == ROUNDS;
            sum = mix(sum, r);
        }
    return report("mandel", inside > 0, known, n, sum, "%ux%u points, %u inside", n, n / 2, inside);
}

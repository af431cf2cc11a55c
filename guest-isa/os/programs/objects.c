/*
 * objects [ROUNDS]: calls through function pointers held in objects: a scene
 * of shapes with four kinds of methods in changing order, and a chain of
 * filters. Stresses indirect calls whose target changes.
 */
#include "pupa.h"

#define SHAPES 256
static const struct known known[] = { { 300, 0xf4355b49 }, { 3000, 0xe3b0dca1 }, { 30000, 0x11810d8e }, { 0, 0 } };

struct shape;
struct methods { u32 (*area)(const struct shape *); void (*grow)(struct shape *, u32); const struct methods *next; };
struct shape { const struct methods *methods; u32 a, b; };

static u32 square_area(const struct shape *s) { return s->a * s->a; }
static u32 oblong_area(const struct shape *s) { return s->a * s->b; }
static u32 triangle_area(const struct shape *s) { return s->a * s->b / 2; }
static u32 ring_area(const struct shape *s) { return s->a > s->b ? s->a * s->a - s->b * s->b : 0; }
static void grow_one(struct shape *s, u32 by) { s->a = (s->a + by) & 1023; }
static void grow_both(struct shape *s, u32 by) { s->a = (s->a + by) & 1023; s->b = (s->b ^ by) & 1023; }

static const struct methods square, oblong, triangle, ring;
static const struct methods square = { square_area, grow_one, &oblong };
static const struct methods oblong = { oblong_area, grow_both, &triangle };
static const struct methods triangle = { triangle_area, grow_both, &ring };
static const struct methods ring = { ring_area, grow_one, &square };
static struct shape scene[SHAPES];

static u32 rotate(u32 x) { return x << 5 | x >> 27; }
static u32 invert(u32 x) { return ~x; }
static u32 scale(u32 x) { return x * 0x9e3779b1u; }
static u32 fold(u32 x) { return x ^ x >> 15; }
static u32 (*filters[])(u32) = { rotate, invert, scale, fold, scale, rotate, fold };

static u32 one_round(u32 round, u32 sum)
{
    for (u32 i = 0; i < SHAPES; i++) {
        struct shape *s = &scene[i];
        s->methods->grow(s, round + i);
        sum += s->methods->area(s);
        if (((i ^ round) & 31) == 0)
            s->methods = s->methods->next;      /* the object changes its class */
    }
    for (u32 i = 0; i < LENGTH(filters); i++)
        sum = filters[i](sum);
    u32 (*first)(u32) = filters[round % 7];
    filters[round % 7] = filters[round % 3];
    filters[round % 3] = first;
    return sum;
}

int main(int argc, char *argv[])
{
    u32 rounds = number(argc > 1 ? argv[1] : NULL, 300), sum = SUM_START, kinds[2] = { 0, 0 };
    static const struct methods *const all[] = { &square, &oblong, &triangle, &ring };
    for (u32 i = 0; i < SHAPES; i++)
        scene[i] = (struct shape){ all[i * 7 % 4], i, i * 3 & 255 };
    for (u32 r = 0; r < rounds; r++)
        sum = one_round(r, sum);
    for (u32 i = 0; i < SHAPES; i++)
        kinds[scene[i].methods == &ring]++;
    return report("objects", kinds[0] + kinds[1] == SHAPES, known, rounds, sum, "%u calls through pointers",
                  rounds * (2 * SHAPES + 7));
}

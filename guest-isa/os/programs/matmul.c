/*
 * matmul [SIDE]: matrices by the three-loop product: double, float and int.
 * Checked by multiplying the product with a vector both ways (exact in int).
 */
#include "pupa.h"

static const struct known known[] = { { 64, 0x284c43c5 }, { 128, 0xc7d3ab9a }, { 256, 0x92c46e07 }, { 0, 0 } };

#define PRODUCT(type)                                                                   \
    static void product_##type(u32 n, const type *a, const type *b, type *c)            \
    {                                                                                   \
        for (u32 i = 0; i < n; i++)                                                     \
            for (u32 j = 0; j < n; j++) {                                               \
                type s = 0;                                                             \
                for (u32 k = 0; k < n; k++)                                             \
                    s += a[i * n + k] * b[k * n + j];                                   \
                c[i * n + j] = s;                                                       \
            }                                                                           \
    }
PRODUCT(double)
PRODUCT(float)
PRODUCT(u32)

static int agrees(u32 n, const u32 *a, const u32 *b, const u32 *c)
{
    u32 *v = malloc(n * 4);
    int good = 1;
    for (u32 i = 0; i < n; i++) {
        v[i] = 0;
        for (u32 j = 0; j < n; j++)
            v[i] += b[i * n + j] * (j + 1);
    }
    for (u32 i = 0; i < n; i++) {
        u32 left = 0, right = 0;
        for (u32 j = 0; j < n; j++) {
            left += c[i * n + j] * (j + 1);
            right += a[i * n + j] * v[j];
        }
        good = good && left == right;
    }
    return good;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 64), cells = n * n, state = 9;
    double *d = malloc(3 * cells * sizeof *d);
    float *f = malloc(3 * cells * sizeof *f);
    u32 *w = malloc(3 * cells * sizeof *w);
    for (u32 i = 0; i < 2 * cells; i++) {
        w[i] = random_next(&state);
        d[i] = (double)(int)w[i] / 65536.0;
        f[i] = (float)(int)(w[i] >> 8) / 1024.0f - 3.0f;
    }
    product_double(n, d, d + cells, d + 2 * cells);
    product_float(n, f, f + cells, f + 2 * cells);
    product_u32(n, w, w + cells, w + 2 * cells);
    u32 sum = mix_bytes(SUM_START, d + 2 * cells, cells * sizeof *d);
    sum = mix_bytes(sum, f + 2 * cells, cells * sizeof *f);
    sum = mix_bytes(sum, w + 2 * cells, cells * sizeof *w);
    return report("matmul", agrees(n, w, w + cells, w + 2 * cells), known, n, sum, "%ux%u: double, float, int", n, n);
}

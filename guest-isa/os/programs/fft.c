/*
 * fft [POINTS]: forward and inverse Fourier transform of a signal made of three
 * sines, with twiddle factors by fsin and fcos of the x87. Processors differ in
 * the last place of those, so the checksum is made of rounded amplitudes.
 */
#include "pupa.h"

static const struct known known[] = { { 2048, 0x780f4699 }, { 16384, 0x92173e62 }, { 131072, 0x427561ce }, { 0, 0 } };
#define PI 3.14159265358979323846

static double sine(double x) { asm("fsin" : "+t"(x)); return x; }
static double cosine(double x) { asm("fcos" : "+t"(x)); return x; }

static void reorder(double *re, double *im, u32 n)
{
    for (u32 i = 1, j = 0; i < n; i++) {
        u32 bit = n / 2;
        for (; j & bit; bit /= 2)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            double t = re[i];
            re[i] = re[j], re[j] = t;
            t = im[i];
            im[i] = im[j], im[j] = t;
        }
    }
}

static void transform(double *re, double *im, u32 n, double direction)
{
    reorder(re, im, n);
    for (u32 length = 2; length <= n; length *= 2) {
        for (u32 k = 0; k < length / 2; k++) {
            double angle = direction * 2 * PI * k / length, c = cosine(angle), s = sine(angle);
            for (u32 i = k; i < n; i += length) {
                u32 j = i + length / 2;
                double x = re[j] * c - im[j] * s, y = re[j] * s + im[j] * c;
                re[j] = re[i] - x, im[j] = im[i] - y;
                re[i] += x, im[i] += y;
            }
        }
    }
}

/* To the nearest 1/1000, exactly on a tie away from every value that occurs. */
static u32 rounded(double x)
{
    return (u32)(int)(x < 0 ? x * 1000 - 0.5 : x * 1000 + 0.5);
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 2048), sum = SUM_START, peaks = 0;
    double *re = malloc(n * sizeof *re), *im = malloc(n * sizeof *im), worst = 0;
    if (n & (n - 1) || n < 512) {
        print("fft: the number of points must be a power of two from 512 up\n");
        return 2;
    }
    for (u32 i = 0; i < n; i++) {
        re[i] = 3 * sine(2 * PI * 5 * i / n) + 2 * cosine(2 * PI * 40 * i / n) + sine(2 * PI * 200 * i / n);
        im[i] = 0;
    }
    transform(re, im, n, -1);
    for (u32 i = 0; i < n; i++) {
        u32 a = rounded(re[i] / n), b = rounded(im[i] / n);
        if (a || b) {
            peaks++;
            sum = mix(mix(mix(sum, i), a), b);
        }
    }
    transform(re, im, n, 1);
    for (u32 i = 0; i < n; i++) {
        double want = 3 * sine(2 * PI * 5 * i / n) + 2 * cosine(2 * PI * 40 * i / n) + sine(2 * PI * 200 * i / n);
        double error = re[i] / n - want;
        worst = error > worst ? error : -error > worst ? -error : worst;
    }
    return report("fft", peaks == 6 && worst < 1e-9, known, n, sum, "%u points there and back, %u peaks", n, peaks);
}

/*
 * pi [DIGITS]: decimal digits of pi by the spigot of Rabinowitz and Wagon
 * (American Mathematical Monthly 102, 1995): nothing but small divisions.
 */
#include "pupa.h"

static const struct known known[] = { { 300, 0x53d69a0d }, { 1000, 0x999ee2bf }, { 4000, 0xeaec48c0 }, { 0, 0 } };

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 300), columns = n * 10 / 3 + 1, sum = SUM_START;
    u32 *a = malloc(columns * sizeof *a), held = 0, nines = 0, made = 0;
    char first[16];
    for (u32 i = 0; i < columns; i++)
        a[i] = 2;
    for (u32 d = 0; made < n; d++) {
        u32 carry = 0;
        for (u32 i = columns - 1; i > 0; i--) {
            u32 x = a[i] * 10 + carry;
            a[i] = x % (2 * i + 1);
            carry = x / (2 * i + 1) * i;
        }
        u32 x = a[0] * 10 + carry, digit = x / 10;
        a[0] = x % 10;
        if (digit == 9) {
            nines++;
            continue;
        }
        u32 bump = digit == 10;                 /* settles the held digit and the nines behind it */
        for (u32 k = 0; d > 0 && k <= nines && made < n; k++, made++) {
            u32 out = k == 0 ? held + bump : bump ? 0 : 9;
            sum = mix(sum, out);
            if (made < 10)
                first[made] = (char)('0' + out);
        }
        held = bump ? 0 : digit;
        nines = 0;
    }
    first[10] = 0;
    return report("pi", strcmp(first, "3141592653") == 0, known, n, sum, "%u digits: %s..", n, first);
}

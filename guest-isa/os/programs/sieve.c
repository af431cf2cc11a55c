/* sieve [LIMIT]: the primes below LIMIT by Eratosthenes' sieve, one byte a number. */
#include "pupa.h"

/* The sums are counts of primes: pi(10^6) and so on. */
static const struct known known[] = { { 100000, 9592 }, { 1000000, 78498 }, { 10000000, 664579 }, { 0, 0 } };

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 1000000), count = 0;
    u8 *composite = malloc(n + 1);
    memset(composite, 0, n + 1);
    for (u32 i = 2; i < n; i++) {
        if (composite[i])
            continue;
        count++;
        if (i < 65536)
            for (u32 j = i * i; j < n; j += i)
                composite[j] = 1;
    }
    return report("sieve", 1, known, n, count, "%u primes below %u", count, n);
}

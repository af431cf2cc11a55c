/*
 * wide [DIGITS]: arithmetic wider than a register: 64-bit multiply, divide and
 * shift (adc, sbb, mul, div, shld), primality by modular powers, and the
 * digits of e with a number held in 32-bit limbs.
 */
#include "pupa.h"

static const struct known known[] = { { 500, 0xf5baad64 }, { 2000, 0xe200ad2e }, { 10000, 0x0733990b }, { 0, 0 } };

static u64 power_mod(u64 base, u64 exponent, u64 modulus)
{
    u64 result = 1;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1)
            result = result * base % modulus;
        base = base * base % modulus;
    }
    return result;
}

/* Miller and Rabin with bases 2, 3, 5, 7: exact below 3215031751. */
static int is_prime(u64 n)
{
    u64 odd = n - 1;
    int twos = 0;
    for (; (odd & 1) == 0; odd >>= 1)
        twos++;
    for (u64 base = 2; base <= 7; base += base == 2 ? 1 : 2) {
        u64 x = power_mod(base, odd, n);
        int witness = x != 1 && x != n - 1;
        for (int i = 1; witness && i < twos; i++) {
            x = x * x % n;
            witness = x != n - 1;
        }
        if (witness)
            return 0;
    }
    return 1;
}

static u64 scramble(u32 rounds, u32 *sum)
{
    u64 a = 0x0123456789abcdefull, b = 0xfedcba9876543210ull;
    for (u32 i = 0; i < rounds; i++) {
        u32 n = i % 63 + 1;
        a = (a << n | a >> (64 - n)) + b * (a | 1);
        b ^= a / ((b >> (i & 31)) | 1);
        s64 q = (s64)a / ((s64)(b >> 20) | 3), r = (s64)b % ((s64)a | 7);
        a += (u64)q - (u64)r;
        *sum = mix(*sum, (u32)(a >> 32) ^ (u32)b);
    }
    return a ^ b;
}

/* e = 2 + 1/2! + 1/3! + ...: limbs after the point, most significant first. */
static u32 digits_of_e(u32 digits, u32 *sum)
{
    u32 limbs = digits * 107 / 1024 + 4, *total = malloc(limbs * 4), *term = malloc(limbs * 4), seen = 0;
    memset(total, 0, limbs * 4);
    memset(term, 0, limbs * 4);
    term[0] = 0x80000000u;
    for (u32 divisor = 3, first = 0; first < limbs; divisor++) {
        u64 carry = 0, rest = 0;
        for (u32 i = limbs; i-- > first;) {
            carry += (u64)total[i] + term[i];
            total[i] = (u32)carry;
            carry >>= 32;
        }
        for (u32 i = first; carry && i-- > 0; carry = total[i] == 0)
            total[i]++;
        for (u32 i = first; i < limbs; i++) {
            rest = rest << 32 | term[i];
            term[i] = (u32)(rest / divisor);
            rest %= divisor;
        }
        while (first < limbs && term[first] == 0)
            first++;
    }
    for (u32 d = 0; d < digits; d++) {
        u64 carry = 0;
        for (u32 i = limbs; i-- > 0;) {
            carry += (u64)total[i] * 10;
            total[i] = (u32)carry;
            carry >>= 32;
        }
        *sum = mix(*sum, (u32)carry);
        if (d < 9)
            seen = seen * 10 + (u32)carry;
    }
    return seen;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 500), sum = SUM_START, primes = 0;
    u32 nine = digits_of_e(n, &sum);
    for (u32 i = 3000000001u; i < 3000000001u + 2 * n; i += 2)
        primes += (u32)is_prime(i);
    u64 end = scramble(10 * n, &sum);
    sum = mix(mix(sum, primes), (u32)end ^ (u32)(end >> 32));
    return report("wide", nine == 718281828, known, n, sum, "%u digits of e: 2.%u.., %u primes", n, nine, primes);
}

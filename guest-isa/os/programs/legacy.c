/*
 * legacy [ROUNDS]: the old corners of the instruction set: decimal adjust (aaa,
 * aas, aam, aad, daa, das), loop, loope, jecxz, enter with levels, leave,
 * pusha, popa, bound, far calls and returns, segment loads, 16-bit operands and
 * addresses; against plain C.
 */
#include "pupa.h"

static const struct known known[] = { { 500, 0x5bea88b2 }, { 5000, 0x375e4d4a }, { 50000, 0xd01176ef }, { 0, 0 } };
static int good = 1;

static u32 expect(u32 got, u32 want)
{
    good = good && got == want;
    return got;
}

/* Packed decimal: two digits a byte, eight digits a word, added with adc and daa. */
static u32 decimal(u32 value)
{
    u32 packed = 0;
    for (u32 i = 0; i < 32; i += 4, value /= 10)
        packed |= value % 10 << i;
    return packed;
}

static u32 add_decimal(u32 a, u32 b)
{
    u32 result = 0, carry = 0;
    for (u32 i = 0; i < 4; i++) {
        u32 byte = a >> 8 * i & 255;
        asm("bt $0, %1\n\tadcb %b2, %b0\n\tdaa\n\tsbb %1, %1" : "+a"(byte), "+r"(carry) : "q"(b >> 8 * i) : "cc");
        result |= (byte & 255) << 8 * i;
    }
    return result;
}

static u32 subtract_decimal(u32 a, u32 b)
{
    u32 result = 0, carry = 0;
    for (u32 i = 0; i < 4; i++) {
        u32 byte = a >> 8 * i & 255;
        asm("bt $0, %1\n\tsbbb %b2, %b0\n\tdas\n\tsbb %1, %1" : "+a"(byte), "+r"(carry) : "q"(b >> 8 * i) : "cc");
        result |= (byte & 255) << 8 * i;
    }
    return result;
}

static u32 digits(u32 a, u32 b)                 /* both 0..9 */
{
    u32 sum = a, difference = a, product = a * b, number = (a << 8) | b;
    asm("movzbl %b0, %0\n\taddb %b1, %b0\n\taaa" : "+a"(sum) : "q"(b) : "cc");
    expect(sum & 0xffff, (a + b) / 10 << 8 | (a + b) % 10);
    asm("movzbl %b0, %0\n\tsubb %b1, %b0\n\taas" : "+a"(difference) : "q"(b) : "cc");
    expect(difference & 0xff, (a + 10 - b) % 10);
    asm("aam" : "+a"(product) : : "cc");
    expect(product & 0xffff, a * b / 10 << 8 | a * b % 10);
    asm("aad" : "+a"(number) : : "cc");
    return mix(sum ^ difference << 16, expect(number & 0xffff, a * 10 + b));
}

static u32 loops(u32 n)                         /* n from 1 */
{
    u32 total = 0, left = n, found = n, skipped = 7;
    asm("1:\taddl %1, %0\n\tloop 1b" : "+r"(total), "+c"(left) : : "cc");
    expect(total, n * (n + 1) / 2);
    asm("1:\tcmpl $3, %0\n\tloopne 1b" : "+c"(found) : : "cc");
    expect(found, n < 3 ? 0 : n == 3 ? 2 : 2);
    asm("xorl %%ecx, %%ecx\n\tjecxz 1f\n\tmovl $0, %0\n1:" : "+r"(skipped) : : "ecx", "cc");
    return total + expect(skipped, 7);
}

/* enter 16, 2 copies the frame pointer of the level above; leave undoes it all. */
static u32 frames(u32 seed)
{
    static u32 ebp_before, ebp_after, esp_before, esp_after;   /* not on the stack that moves */
    u32 result;
    asm volatile("mov %%ebp, %1\n\tmov %%esp, %3\n\t"
                 "enter $8, $1\n\tmovl %5, -8(%%ebp)\n\t"
                 "enter $16, $2\n\tmov -4(%%ebp), %0\n\tmov -8(%0), %0\n\tleave\n\tleave\n\t"
                 "mov %%ebp, %2\n\tmov %%esp, %4"
                 : "=&a"(result), "=m"(ebp_before), "=m"(ebp_after), "=m"(esp_before), "=m"(esp_after)
                 : "d"(seed) : "memory");
    expect(ebp_before, ebp_after);
    expect(esp_before, esp_after);
    return expect(result, seed);
}

static u32 all_registers(u32 seed)
{
    u32 result;
    asm volatile("pusha\n\tmov %1, %%eax\n\tmov $2, %%ecx\n\tmov $3, %%edx\n\tmov $5, %%ebx\n\tmov $7, %%ebp\n\t"
                 "mov $11, %%esi\n\tmov $13, %%edi\n\tpusha\n\t"
                 "xor %%eax, %%eax\n\txor %%ecx, %%ecx\n\txor %%edx, %%edx\n\txor %%ebx, %%ebx\n\t"
                 "popa\n\tadd %%ecx, %%eax\n\timul %%edx, %%eax\n\tadd %%ebx, %%eax\n\timul %%ebp, %%eax\n\t"
                 "add %%esi, %%eax\n\timul %%edi, %%eax\n\tmov %%eax, 28(%%esp)\n\tpopa"
                 : "=a"(result) : "a"(seed) : "memory", "cc");
    return expect(result, (((seed + 2) * 3 + 5) * 7 + 11) * 13);
}

static u32 far_transfers(u32 seed)
{
    static struct { u32 offset; u16 selector; } __attribute__((packed)) target, pointer;
    static u32 value;
    value = seed;
    asm volatile("movl $1f, %0\n\tmovw %%cs, %1\n\t"
                 "lcall *%0\n\tjmp 2f\n"
                 "1:\troll $9, %2\n\tlret\n"
                 "2:\tpush %%cs\n\tpush $3f\n\tlret\n"
                 "3:\txorl $0x5a5a5a5a, %2"
                 : "=m"(target.offset), "=m"(target.selector), "+m"(value) : : "memory", "cc");
    u16 before, after;
    asm volatile("mov %%ds, %0" : "=r"(before));
    pointer.offset = (u32)(size)&value;
    pointer.selector = before;
    u32 through;
    asm volatile("push %%es\n\tles %2, %0\n\tmov %%es:(%0), %0\n\tmov %%es, %1\n\tpop %%es"
                 : "=&r"(through), "=&r"(after) : "m"(pointer), "m"(value));
    expect(through, value);
    expect(after, before);
    return expect(value, (seed << 9 | seed >> 23) ^ 0x5a5a5a5a);
}

static u32 sixteen_bits(u32 a, u32 b)
{
    u16 x = (u16)a, y = (u16)b;
    u32 high, low, wide = a, address = 0x12345678;
    asm("mulw %w3" : "=a"(low), "=d"(high) : "0"(a), "q"(b) : "cc");
    expect((high & 0xffff) << 16 | (low & 0xffff), (u32)x * y);
    asm("addw %w1, %w0\n\tadcw $0, %w0\n\trolw $3, %w0" : "+r"(wide) : "r"(b) : "cc");
    u16 s = (u16)(x + y + ((u32)x + y > 0xffff));
    expect(wide, (a & 0xffff0000) | (u16)(s << 3 | s >> 13));
    /* lea with 16-bit address: wraps, and knows bx+si only */
    asm("addr16 leal 0x1234(%%bx,%%si), %0" : "=r"(address) : "b"(a), "S"(b));
    expect(address, (u16)(x + y + 0x1234));
    asm("pushw %w1\n\tpushw %w2\n\tpop %0" : "=r"(address) : "r"(a), "r"(b));
    return mix(wide, expect(address, (u32)x << 16 | y));
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 500), sum = SUM_START, state = 55;
    for (u32 i = 0; i < n; i++) {
        u32 a = random_next(&state), b = random_next(&state), p = a % 50000000, q = b % 50000000;
        static const int limits[2] = { 0, 9 };
        sum = mix(sum, expect(add_decimal(decimal(p), decimal(q)), decimal(p + q)));
        sum = mix(sum, expect(subtract_decimal(decimal(p + q), decimal(q)), decimal(p)));
        sum = mix(sum, digits(a % 10, b % 10));
        asm volatile("bound %0, %1" : : "r"(a % 10), "m"(limits));
        sum = mix(sum, loops(i % 40 + 1));
        sum = mix(sum, frames(a));
        sum = mix(sum, all_registers(b));
        sum = mix(sum, far_transfers(a));
        sum = mix(sum, sixteen_bits(a, b));
    }
    return report("legacy", good, known, n, sum, "%u rounds of old instructions", n);
}

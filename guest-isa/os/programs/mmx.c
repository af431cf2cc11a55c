/*
 * mmx [ROUNDS]: packed integers on the MMX registers - saturating and wrapping
 * adds, multiplies, compares, packs, shifts - over a small picture, against the
 * same arithmetic on single numbers. Says so and passes where CPUID has no MMX.
 */
#include "pupa.h"

#define PIXELS 1024
static const struct known known[] = { { 30, 0xd6c3983b }, { 300, 0x60e4570a }, { 3000, 0xf7f3c9d8 }, { 0, 0 } };
static u8 front[PIXELS], back[PIXELS], fast[PIXELS], slow[PIXELS];

static int clamp(int v, int low, int high) { return v < low ? low : v > high ? high : v; }

/* fast = (front * weight + back * (256 - weight)) / 256, eight pixels a turn */
static void blend_fast(u16 weight)
{
    u16 a[4] = { weight, weight, weight, weight }, w = (u16)(256 - weight), b[4] = { w, w, w, w };
    asm volatile("movq %0, %%mm6\n\tmovq %1, %%mm7\n\tpxor %%mm5, %%mm5" : : "m"(a), "m"(b));
    for (u32 i = 0; i < PIXELS; i += 8)
        asm volatile("movq (%0), %%mm0\n\tmovq %%mm0, %%mm1\n\tpunpcklbw %%mm5, %%mm0\n\tpunpckhbw %%mm5, %%mm1\n\t"
                     "movq (%1), %%mm2\n\tmovq %%mm2, %%mm3\n\tpunpcklbw %%mm5, %%mm2\n\tpunpckhbw %%mm5, %%mm3\n\t"
                     "pmullw %%mm6, %%mm0\n\tpmullw %%mm6, %%mm1\n\tpmullw %%mm7, %%mm2\n\tpmullw %%mm7, %%mm3\n\t"
                     "paddw %%mm2, %%mm0\n\tpaddw %%mm3, %%mm1\n\tpsrlw $8, %%mm0\n\tpsrlw $8, %%mm1\n\t"
                     "packuswb %%mm1, %%mm0\n\tmovq %%mm0, (%2)"
                     : : "r"(front + i), "r"(back + i), "r"(fast + i) : "memory");
    asm volatile("emms");
}

static void blend_slow(u32 weight)
{
    for (u32 i = 0; i < PIXELS; i++)
        slow[i] = (u8)((front[i] * weight + back[i] * (256 - weight)) >> 8 & 0xff);
}

/* fast = saturate(front + back) where front > 64 (signed), else saturate(front - back), xored with a shift */
static void mask_fast(void)
{
    static const u8 limits[8] = { 64, 64, 64, 64, 64, 64, 64, 64 };
    asm volatile("movq %0, %%mm7" : : "m"(limits));
    for (u32 i = 0; i < PIXELS; i += 8)
        asm volatile("movq (%0), %%mm0\n\tmovq (%1), %%mm1\n\tmovq %%mm0, %%mm2\n\tmovq %%mm0, %%mm3\n\t"
                     "pcmpgtb %%mm7, %%mm2\n\tpaddusb %%mm1, %%mm0\n\tpsubsb %%mm1, %%mm3\n\t"
                     "pand %%mm2, %%mm0\n\tpandn %%mm3, %%mm2\n\tpor %%mm2, %%mm0\n\t"
                     "movq %%mm1, %%mm4\n\tpsllq $5, %%mm4\n\tpxor %%mm4, %%mm0\n\tmovq %%mm0, (%2)"
                     : : "r"(front + i), "r"(back + i), "r"(fast + i) : "memory");
    asm volatile("emms");
}

static void mask_slow(void)
{
    for (u32 i = 0; i < PIXELS; i++) {
        int f = (s8)front[i], b = (s8)back[i];
        u32 turned = (u32)back[i] << 5 | (i % 8 ? back[i - 1] >> 3 : 0);
        int v = f > 64 ? clamp(front[i] + back[i], 0, 255) : clamp(f - b, -128, 127);
        slow[i] = (u8)((u32)v ^ turned);
    }
}

static s32 dot_fast(void)
{
    s32 sums[2];
    asm volatile("pxor %mm7, %mm7");
    for (u32 i = 0; i < PIXELS; i += 8)
        asm volatile("movq (%0), %%mm0\n\tpmaddwd (%1), %%mm0\n\tpaddd %%mm0, %%mm7"
                     : : "r"(front + i), "r"(back + i) : "memory");
    asm volatile("movq %%mm7, %0\n\temms" : "=m"(sums));
    return (s32)((u32)sums[0] + (u32)sums[1]);
}

static s32 dot_slow(void)
{
    u32 total = 0;
    for (u32 i = 0; i < PIXELS; i += 2)
        total += (u32)(*(s16 *)(front + i) * *(s16 *)(back + i));
    return (s32)total;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 30), sum = SUM_START, state = 17;
    int good = 1;
    if (!(cpu_features() & CPU_MMX)) {
        print("mmx       skipped: CPUID does not announce MMX\n");
        return 0;
    }
    for (u32 i = 0; i < PIXELS; i++)
        front[i] = (u8)random_next(&state), back[i] = (u8)random_next(&state);
    for (u32 r = 0; r < n; r++) {
        blend_fast((u16)(r * 37 & 255));
        blend_slow(r * 37 & 255);
        good = good && memcmp(fast, slow, PIXELS) == 0;
        memcpy(back, fast, PIXELS / 2);
        mask_fast();
        mask_slow();
        good = good && memcmp(fast, slow, PIXELS) == 0 && dot_fast() == dot_slow();
        memcpy(front, fast, PIXELS);
        sum = mix(sum, (u32)dot_fast());
    }
    return report("mmx", good, known, n, mix_bytes(sum, fast, PIXELS), "%u rounds over %u pixels", n, PIXELS);
}

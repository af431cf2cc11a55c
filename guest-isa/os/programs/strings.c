/*
 * strings [ROUNDS]: rep movs, stos, cmps, scas and lods in bytes, words and
 * doublewords, forward and backward, overlapping, with counts from 0 up, each
 * compared with the same operation as a plain loop.
 */
#include "pupa.h"

#define BYTES 640
static const struct known known[] = { { 40, 0x1efa0146 }, { 400, 0x693f23d0 }, { 4000, 0x237db1e1 }, { 0, 0 } };
static u8 real[BYTES + 16], model[BYTES + 16];
struct state { u8 *si, *di; u32 count, eax, equal, below; };

#define STRING(name, operation)                                                          \
    static void name(struct state *s)                                                    \
    {                                                                                    \
        asm volatile(operation "\n\tcld\n\tsete %b4\n\tsetb %b5"                         \
                     : "+S"(s->si), "+D"(s->di), "+c"(s->count), "+a"(s->eax), "+q"(s->equal), "+m"(s->below) \
                     : : "memory", "cc");                                                \
    }
/* cmp sets the flags that a count of zero leaves as they are */
#define BOTH(name, operation) STRING(name##_up, "cmp %%ecx, %%ecx\n\tcld\n\t" operation) \
    STRING(name##_down, "cmp %%ecx, %%ecx\n\tstd\n\t" operation)
BOTH(movs1, "rep movsb") BOTH(movs2, "rep movsw") BOTH(movs4, "rep movsl")
BOTH(stos1, "rep stosb") BOTH(stos2, "rep stosw") BOTH(stos4, "rep stosl")
BOTH(lods1, "rep lodsb") BOTH(lods2, "rep lodsw") BOTH(lods4, "rep lodsl")
BOTH(cmpe1, "repe cmpsb") BOTH(cmpe2, "repe cmpsw") BOTH(cmpe4, "repe cmpsl")
BOTH(cmpn1, "repne cmpsb") BOTH(cmpn2, "repne cmpsw") BOTH(cmpn4, "repne cmpsl")
BOTH(scae1, "repe scasb") BOTH(scae2, "repe scasw") BOTH(scae4, "repe scasl")
BOTH(scan1, "repne scasb") BOTH(scan2, "repne scasw") BOTH(scan4, "repne scasl")

enum { MOVE, STORE, LOAD, COMPARE_E, COMPARE_N, SCAN_E, SCAN_N, KINDS };
#define SIZES(name) { { name##1_up, name##1_down }, { name##2_up, name##2_down }, { name##4_up, name##4_down } }
static void (*const operations[KINDS][3][2])(struct state *) = {
    SIZES(movs), SIZES(stos), SIZES(lods), SIZES(cmpe), SIZES(cmpn), SIZES(scae), SIZES(scan),
};

static u32 get(const u8 *p, u32 size)
{
    return size == 1 ? *p : size == 2 ? *(const u16 *)p : *(const u32 *)p;
}

static void put(u8 *p, u32 value, u32 size)
{
    for (u32 i = 0; i < size; i++)
        p[i] = (u8)(value >> 8 * i);
}

static void in_plain_c(struct state *s, int kind, u32 size, int down)
{
    int step = down ? -(int)size : (int)size, compares = kind >= COMPARE_E;
    u32 mask = size == 4 ? ~0u : (1u << 8 * size) - 1;
    s->equal = 1;
    s->below = 0;
    while (s->count) {
        u32 a = kind == STORE || kind >= SCAN_E ? s->eax & mask : get(s->si, size);
        if (kind == MOVE || kind == STORE)
            put(s->di, a, size);
        if (kind == LOAD)
            s->eax = (s->eax & ~mask) | a;
        if (compares) {
            u32 b = get(s->di, size);
            s->equal = a == b;
            s->below = a < b;
        }
        if (kind != STORE && kind < SCAN_E)
            s->si += step;
        if (kind != LOAD)
            s->di += step;
        s->count--;
        if (compares && s->equal != (kind == COMPARE_E || kind == SCAN_E))
            break;
    }
}

static u32 one_case(u32 *state, int kind, u32 size_index, int down, int *good)
{
    u32 size = 1u << size_index, r = random_next(state), count = r >> 8 & 63;
    u32 si = 256 + (r & 63), di = 256 + (r >> 20 & 63);
    if (r >> 28 == 0)
        di = si + (r >> 26 & 3);                /* closely overlapping */
    struct state a = { real + si, real + di, count, (r >> 14 & 3) * 0x01010101u, 0, 0 };
    struct state b = a;
    if (kind >= SCAN_E && (r >> 27 & 1))
        put(real + di, a.eax, size), put(model + di, a.eax, size);
    b.si = model + si, b.di = model + di;
    operations[kind][size_index][down](&a);
    in_plain_c(&b, kind, size, down);
    *good = *good && a.si - real == b.si - model && a.di - real == b.di - model && a.count == b.count &&
            a.eax == b.eax && (a.equal & 1) == b.equal && (kind < COMPARE_E || (a.below & 1) == b.below) &&
            memcmp(real, model, sizeof real) == 0;
    return mix(mix(a.count, a.eax), (u32)(a.si - real) << 16 | (u32)(a.di - real));
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 40), sum = SUM_START, state = 321;
    int good = 1;
    for (u32 round = 0; round < n; round++) {
        for (u32 i = 0; i < sizeof real; i++)
            real[i] = model[i] = (u8)(random_next(&state) & (round & 1 ? 3 : 1));
        for (int kind = 0; kind < KINDS; kind++)
            for (u32 i = 0; i < 6; i++)
                sum = mix(sum, one_case(&state, kind, i / 2, i & 1, &good));
    }
    return report("strings", good, known, n, mix_bytes(sum, real, BYTES), "%u repeated string operations", n * KINDS * 6);
}

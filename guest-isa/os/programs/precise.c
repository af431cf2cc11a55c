/*
 * precise [ROUNDS]: the state that a fault leaves. A handler (SYS_ONFAULT) sees
 * all registers at a fault, mends the cause and resumes. Instructions of all
 * kinds hit a missing or read-only page, at its start or across its border: the
 * registers and memory must be untouched at the fault and right afterwards.
 * Then: division by zero in a loop, repeated string moves that stop half way,
 * single steps, an x87 error.
 */
#include "pupa.h"

#define PAGE 4096
static const struct known known[] = { { 10, 0xe949caa9 }, { 100, 0xf7a1e0ff }, { 1000, 0xe8c430eb }, { 0, 0 } };

struct probe { void *at; const char *text; };
struct probe_state { u32 eax, ebx, ecx, edx, esi, edi, ebp, esp, eflags; };
extern struct probe probes[], probes_end[];
extern struct probe_state state;
void run_probe(void *at);

#define FLAGS 0x8d5                             /* OF SF ZF AF PF CF */
#define WINDOW 64                               /* bytes on each side of the border that are looked at */
static u8 *pages, probe_stack[8192];
static struct probe_state before;
static const struct probe *running;
static u8 image[2 * PAGE];                      /* what the pages hold before the instruction */
static u32 faults, wrong;

static void complain(const char *what, u32 got, u32 want)
{
    if (wrong++ < 5)
        print("precise: \"%s\": %s is %08x, not %08x\n", running ? running->text : "-", what, got, want);
}

static void same(const char *what, u32 got, u32 want)
{
    if (got != want)
        complain(what, got, want);
}

static void check_probe(struct fault *f)
{
    faults++;
    same("vector", f->vector, 14);
    same("eip", f->eip, (u32)(size)running->at);
    same("eax", f->eax, before.eax);
    same("ebx", f->ebx, before.ebx);
    same("ecx", f->ecx, before.ecx);
    same("edx", f->edx, before.edx);
    same("esi", f->esi, before.esi);
    same("edi", f->edi, before.edi);
    same("ebp", f->ebp, before.ebp);
    same("esp", f->esp, before.esp);
    same("eflags", f->eflags & FLAGS, before.eflags & FLAGS);
    same("page", f->address & ~0xfffu, (u32)(size)(pages + PAGE));
    protect_pages(pages + PAGE, PAGE, PROT_READ | PROT_WRITE);
    if (memcmp(pages + PAGE - WINDOW, image + PAGE - WINDOW, 2 * WINDOW))
        complain("memory", 1, 0);
    resume(f);
}

static void fill(u32 seed)
{
    for (u32 i = PAGE - WINDOW; i < PAGE + WINDOW; i += 4) {
        u32 v = random_next(&seed);
        memcpy(image + i, &v, 4);
    }
}

static void set_up(u32 seed, u32 esi, u32 edi)
{
    u32 random = seed;
    memcpy(pages + PAGE - WINDOW, image + PAGE - WINDOW, 2 * WINDOW);
    before.eax = random_next(&random), before.ebx = random_next(&random);
    before.ecx = random_next(&random) & 31, before.edx = random_next(&random), before.ebp = random_next(&random);
    before.esi = esi, before.edi = edi;
    before.esp = (u32)(size)(probe_stack + 4096);
    before.eflags = (random_next(&random) & FLAGS) | 2;
}

/* The bounds of `bound` must hold, wherever it looks. */
static void allow_bound(u32 at)
{
    static const s32 limits[2] = { -5, 100 };
    memcpy(image + at, limits, 8);
}

static u32 window_sum(void)
{
    return mix_bytes(SUM_START, pages + PAGE - WINDOW, 2 * WINDOW);
}

/* One instruction with the border at `offset` bytes into its operand. */
static u32 probe(const struct probe *p, u32 seed, u32 offset, u32 prot)
{
    u32 at = (u32)(size)pages + PAGE - offset;
    running = p;
    fill(seed);
    allow_bound(PAGE - offset);
    set_up(seed, at, at);
    state = before;
    run_probe(p->at);
    struct probe_state smooth = state;
    u32 sum = window_sum();
    set_up(seed, at, at);
    state = before;
    protect_pages(pages + PAGE, PAGE, prot);
    run_probe(p->at);
    protect_pages(pages + PAGE, PAGE, PROT_READ | PROT_WRITE);
    if (memcmp(&state, &smooth, sizeof state) || window_sum() != sum)
        complain("outcome", 1, 0);
    return mix(sum, state.eax - before.eax);
}

static u32 divisions;
static void mend_division(struct fault *f)
{
    same("vector", f->vector, 0);
    same("ecx", f->ecx, 0);
    same("ebx", f->ebx, 1000 - f->esi);
    divisions++;
    f->ecx = 1;
    resume(f);
}

/* Every 16th divisor is zero; the handler makes it one. */
static u32 divide_in_a_loop(void)
{
    u32 total = 0, n = 0, left = 1000;
    divisions = 0;
    on_fault(mend_division);
    asm volatile("1:\tmov %1, %%ecx\n\tand $15, %%ecx\n\tmov %1, %%eax\n\txor %%edx, %%edx\n\timul $77, %%eax\n\t"
                 "div %%ecx\n\tadd %%eax, %0\n\tinc %1\n\tdec %2\n\tjnz 1b"
                 : "+D"(total), "+S"(n), "+b"(left) : : "eax", "ecx", "edx", "cc", "memory");
    u32 want = 0;
    for (u32 i = 0; i < 1000; i++)
        want += i * 77 / (i % 16 ? i % 16 : 1);
    same("quotients", total, want);
    same("divisions by zero", divisions, 63);
    return total;
}

static u32 string_done, string_unit;
static void mend_string(struct fault *f)
{
    faults++;
    same("edi", f->edi, (u32)(size)(pages + PAGE));
    same("ecx", f->ecx, 64 - string_done);
    same("esi", f->esi, (u32)(size)(image + PAGE - WINDOW) + string_done * string_unit);
    protect_pages(pages + PAGE, PAGE, PROT_READ | PROT_WRITE);
    resume(f);
}

/* rep movs stops at the border with exact counts, and goes on. */
static u32 strings_half_way(void)
{
    on_fault(mend_string);
    for (u32 unit = 1; unit <= 4; unit *= 2) {
        u8 *to = pages + PAGE - 24;
        const u8 *from = image + PAGE - WINDOW;
        u32 count = 64;
        string_unit = unit;
        string_done = 24 / unit;
        protect_pages(pages + PAGE, PAGE, PROT_READ);
        if (unit == 1)
            asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
        else if (unit == 2)
            asm volatile("rep movsw" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
        else
            asm volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
        if (memcmp(pages + PAGE - 24, image + PAGE - WINDOW, 64 * unit))
            complain("string", 1, 0);
    }
    return mix_bytes(SUM_START, pages + PAGE - 24, 256);
}

static u32 steps, step_trail, step_base;
static void count_step(struct fault *f)
{
    same("vector", f->vector, 1);
    if (steps == 0)
        step_base = f->eip;
    step_trail = mix(step_trail, f->eip - step_base);
    if (++steps == 20)
        f->eflags &= ~0x100u;
    resume(f);
}

/* Twenty single steps through a loop: each reports the next instruction. */
static u32 single_steps(void)
{
    u32 left = 50, total = 0;
    steps = 0;
    step_trail = SUM_START;
    on_fault(count_step);
    asm volatile("pushf\n\torl $0x100, (%%esp)\n\tpopf\n"
                 "1:\tadd %1, %0\n\tcmp $40, %1\n\tje 2f\n\tnop\n2:\tdec %1\n\tjnz 1b"
                 : "+r"(total), "+r"(left) : : "cc", "memory");
    same("steps", steps, 20);
    same("total", total, 1275);
    return step_trail;
}

static u32 x87_faults;
static void mend_x87(struct fault *f)
{
    same("vector", f->vector, 16);
    x87_faults++;
    asm volatile("fnclex");
    resume(f);
}

static u32 x87_error(void)
{
    u16 strict = 0x37a, quiet = 0x37f;          /* zero divide and invalid not masked */
    double one = 1, zero = 0, result = 5;
    x87_faults = 0;
    on_fault(mend_x87);
    asm volatile("fldcw %1\n\tfldl %3\n\tfdivrl %2\n\tfwait\n\tfstp %%st(0)\n\tfldl %4\n\tfldcw %5\n\tfstpl %0"
                 : "=m"(result) : "m"(strict), "m"(one), "m"(zero), "m"(result), "m"(quiet) : "memory");
    same("x87 errors", x87_faults, 1);
    return result == 5;
}

int main(int argc, char *argv[])
{
    static const u8 offsets[] = { 0, 1, 2, 3 };
    u32 n = number(argc > 1 ? argv[1] : NULL, 10), sum = SUM_START, count = 0;
    pages = map_pages(2 * PAGE, PROT_READ | PROT_WRITE);
    for (u32 round = 0; round < n; round++) {
        on_fault(check_probe);
        for (const struct probe *p = probes; p < probes_end; p++, count++) {
            u32 result = probe(p, round * 1000 + count + 1, offsets[round % 4], round % 3 ? 0 : PROT_READ);
            sum = mix(sum, result);
        }
        running = NULL;
        sum = mix(sum, divide_in_a_loop());
        sum = mix(sum, strings_half_way());
        sum = mix(sum, single_steps());
        sum = mix(sum, x87_error());
    }
    on_fault(NULL);
    return report("precise", wrong == 0, known, n, sum, "%u instructions, %u faults mended", count, faults);
}

/*
 * jit [ROUNDS]: a compiler of a few lines that writes machine code into one
 * buffer and runs it, again and again over the same bytes: programs of eight
 * commands (the language known as Brainf***) and random expressions; both are
 * interpreted, too, and must agree.
 */
#include "pupa.h"

#define CODE_BYTES 16384
#define TAPE 64
static const struct known known[] = { { 60, 0x5314f228 }, { 600, 0x52fb1629 }, { 6000, 0x1bd25707 }, { 0, 0 } };
static u8 *code, *at, tape[TAPE], output[64];
static u32 output_used;

static void byte(u32 b) { *at++ = (u8)b; }
static void word(u32 w) { memcpy(at, &w, 4); at += 4; }

static char *copy(char *to, const char *from)
{
    while (*from)
        *to++ = *from++;
    return to;
}

/* Three nested loops whose counts change from round to round; cells 3, 4, 5 are the result. */
static void make_source(char *to, u32 round)
{
    u32 counts[3] = { round % 7 + 2, round % 5 + 3, round % 11 + 1 };
    for (u32 level = 0; level < 3; level++) {
        for (u32 i = 0; i < counts[level]; i++)
            *to++ = '+';
        to = copy(to, level < 2 ? "[>" : "[>+++>-->+<<<-]");
    }
    *copy(to, "<-]<-]>>>.>.>.") = 0;
}

/* Registers: ebx = cell, edi = output. */
static void compile_program(const char *source)
{
    u8 *open[16];
    u32 depth = 0;
    at = code;
    byte(0x53), byte(0x57);                                 /* push ebx; push edi */
    byte(0x8b), byte(0x5c), byte(0x24), byte(0x0c);         /* mov ebx, [esp+12] */
    byte(0x8b), byte(0x7c), byte(0x24), byte(0x10);         /* mov edi, [esp+16] */
    for (; *source; source++) {
        u32 run = 1;
        while (strchr("+-<>", *source) && source[1] == *source)
            source++, run++;
        switch (*source) {
        case '>': byte(0x83), byte(0xc3), byte(run); break;             /* add ebx, run */
        case '<': byte(0x83), byte(0xeb), byte(run); break;
        case '+': byte(0x80), byte(0x03), byte(run); break;             /* add byte [ebx], run */
        case '-': byte(0x80), byte(0x2b), byte(run); break;
        case '.': byte(0x8a), byte(0x03), byte(0xaa); break;            /* mov al, [ebx]; stosb */
        case '[':
            byte(0x80), byte(0x3b), byte(0);                            /* cmp byte [ebx], 0 */
            byte(0x0f), byte(0x84), word(0);                            /* je, filled in later */
            open[depth++] = at;
            break;
        case ']': {
            u8 *start = open[--depth];
            byte(0x80), byte(0x3b), byte(0);
            byte(0x0f), byte(0x85);
            word((u32)(start - (at + 4)));                              /* jne start */
            u32 out = (u32)(at - start);
            memcpy(start - 4, &out, 4);
            break;
        }
        }
    }
    byte(0x89), byte(0xf8), byte(0x5f), byte(0x5b), byte(0xc3);         /* mov eax, edi; pops; ret */
}

static u32 interpret(const char *source)
{
    u8 *cell = tape;
    u32 steps = 0;
    for (const char *p = source; *p; p++, steps++) {
        int depth = 0;
        switch (*p) {
        case '>': cell++; break;
        case '<': cell--; break;
        case '+': ++*cell; break;
        case '-': --*cell; break;
        case '.': output[output_used++] = *cell; break;
        case '[':
            if (!*cell)
                do
                    depth += (*p == '[') - (*p == ']');
                while (depth && p++);
            break;
        case ']':
            if (*cell)
                do
                    depth += (*p == ']') - (*p == '[');
                while (depth && p--);
            break;
        }
    }
    return steps;
}

static int one_program(u32 round, u32 *sum)
{
    char source[128];
    u8 first_tape[TAPE], first[8];
    make_source(source, round);
    memset(tape, 0, TAPE);
    output_used = 0;
    u32 steps = interpret(source), used = output_used;
    memcpy(first_tape, tape, TAPE);
    memcpy(first, output, used);
    memset(tape, 0, TAPE);
    compile_program(source);
    u8 *end = ((u8 * (*)(u8 *, u8 *))code)(tape, output);
    *sum = mix(mix_bytes(*sum, output, used), steps);
    return end == output + used && memcmp(first, output, used) == 0 && memcmp(first_tape, tape, TAPE) == 0;
}

/* Expressions over x and y: a tree in an array, children of i at 2i+1 and 2i+2. */
#define NODES 31
static struct { u32 kind, value; } tree[NODES];
enum { ADD, SUB, MUL, AND, OR, XOR, OPERATIONS, X = OPERATIONS, Y, CONSTANT };

static void make_tree(u32 *state)
{
    for (u32 i = 0; i < NODES; i++) {
        u32 r = random_next(state);
        tree[i].kind = i < NODES / 2 && (i < 3 || r % 8) ? r / 8 % OPERATIONS : X + r / 64 % 3;
        tree[i].value = r;
    }
}

static u32 evaluate(u32 i, u32 x, u32 y)
{
    if (tree[i].kind >= OPERATIONS)
        return tree[i].kind == X ? x : tree[i].kind == Y ? y : tree[i].value;
    u32 a = evaluate(2 * i + 1, x, y), b = evaluate(2 * i + 2, x, y);
    switch (tree[i].kind) {
    case ADD: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case AND: return a & b;
    case OR: return a | b;
    default: return a ^ b;
    }
}

/* x in ecx, y in edx; the result goes to eax. */
static void compile_node(u32 i)
{
    static const u8 operations[] = { [ADD] = 0x01, [SUB] = 0x29, [AND] = 0x21, [OR] = 0x09, [XOR] = 0x31 };
    if (tree[i].kind == X) {
        byte(0x89), byte(0xc8);                             /* mov eax, ecx */
    } else if (tree[i].kind == Y) {
        byte(0x89), byte(0xd0);
    } else if (tree[i].kind == CONSTANT) {
        byte(0xb8), word(tree[i].value);
    } else {
        compile_node(2 * i + 2);
        byte(0x50);                                         /* push eax */
        compile_node(2 * i + 1);
        byte(0x5b);                                         /* pop ebx */
        if (tree[i].kind == MUL)
            byte(0x0f), byte(0xaf), byte(0xc3);             /* imul eax, ebx */
        else
            byte(operations[tree[i].kind]), byte(0xd8);     /* op eax, ebx */
    }
}

static int one_expression(u32 *state, u32 *sum)
{
    int good = 1;
    make_tree(state);
    at = code;
    byte(0x53);                                             /* push ebx */
    byte(0x8b), byte(0x4c), byte(0x24), byte(0x08);         /* mov ecx, [esp+8] */
    byte(0x8b), byte(0x54), byte(0x24), byte(0x0c);         /* mov edx, [esp+12] */
    compile_node(0);
    byte(0x5b), byte(0xc3);
    for (u32 i = 0; i < 20; i++) {
        u32 x = random_next(state), y = x * i, got = ((u32 (*)(u32, u32))code)(x, y);
        good = good && got == evaluate(0, x, y);
        *sum = mix(*sum, got);
    }
    return good;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 60), sum = SUM_START, state = 4242;
    code = map_pages(CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC);
    int good = code != NULL;
    for (u32 i = 0; i < n && good; i++) {
        good = one_program(i, &sum);
        for (u32 k = 0; k < 8; k++)
            good = good && one_expression(&state, &sum);
    }
    return report("jit", good, known, n, sum, "%u programs and %u expressions compiled", n, 8 * n);
}

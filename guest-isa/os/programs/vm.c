/*
 * vm [LIMIT]: one small bytecode machine with three dispatchers - a switch
 * (jump table), threaded code (an indirect jump behind every instruction) and
 * a table of functions (indirect calls). Its program adds up the lengths of
 * the Collatz paths of 1..LIMIT-1, with a call and a return for each number.
 */
#include "pupa.h"

static const struct known known[] = { { 400, 0x2472c6de }, { 3000, 0xe0caaf75 }, { 30000, 0x93bafa4d }, { 0, 0 } };

enum { HALT, LOAD, GET, SET, ADD, HALF, TRIPLE, ODD, LESS, JUMP, BRANCH, CALL, RETURN, CODES };
struct machine { const s32 *at; s32 *top, stack[16], slots[3]; const s32 *calls[4]; u32 depth, count; };

#define LIMIT_AT 16
/* Slots: 0 number, 1 value, 2 total. Addresses count from the start. */
static s32 code[] = {
    LOAD, 1, SET, 0,
    /*  4 again */ CALL, 21, GET, 0, LOAD, 1, ADD, SET, 0, GET, 0, LOAD, /* LIMIT_AT */ 0, LESS, BRANCH, 4, HALT,
    /* 21 path  */ GET, 0, SET, 1,
    /* 25 step  */ GET, 1, LOAD, 2, LESS, BRANCH, 58, GET, 2, LOAD, 1, ADD, SET, 2, GET, 1, ODD, BRANCH, 51,
    /* 44 even  */ GET, 1, HALF, SET, 1, JUMP, 25,
    /* 51 odd   */ GET, 1, TRIPLE, SET, 1, JUMP, 25,
    /* 58 done  */ RETURN,
};

static void reset(struct machine *m)
{
    memset(m, 0, sizeof *m);
    m->at = code;
    m->top = m->stack;
}

static void by_switch(struct machine *m)
{
    for (;; m->count++) {
        switch (*m->at++) {
        case HALT: return;
        case LOAD: *++m->top = *m->at++; break;
        case GET: *++m->top = m->slots[*m->at++]; break;
        case SET: m->slots[*m->at++] = *m->top--; break;
        case ADD: m->top--; m->top[0] += m->top[1]; break;
        case HALF: m->top[0] >>= 1; break;
        case TRIPLE: m->top[0] = 3 * m->top[0] + 1; break;
        case ODD: m->top[0] &= 1; break;
        case LESS: m->top--; m->top[0] = m->top[0] < m->top[1]; break;
        case JUMP: m->at = code + *m->at; break;
        case BRANCH: m->at = *m->top-- ? code + *m->at : m->at + 1; break;
        case CALL: m->calls[m->depth++] = m->at + 1; m->at = code + *m->at; break;
        case RETURN: m->at = m->calls[--m->depth]; break;
        }
    }
}

static void by_labels(struct machine *m)
{
    static const void *const labels[CODES] = {
        &&halt, &&load, &&get, &&set, &&add, &&half, &&triple, &&odd, &&less, &&jump, &&branch, &&call, &&ret,
    };
    const s32 *at = m->at;
    s32 *top = m->top;
    u32 count = 0;
#define NEXT do { count++; goto *labels[*at++]; } while (0)
    goto *labels[*at++];
load: *++top = *at++; NEXT;
get: *++top = m->slots[*at++]; NEXT;
set: m->slots[*at++] = *top--; NEXT;
add: top--; top[0] += top[1]; NEXT;
half: top[0] >>= 1; NEXT;
triple: top[0] = 3 * top[0] + 1; NEXT;
odd: top[0] &= 1; NEXT;
less: top--; top[0] = top[0] < top[1]; NEXT;
jump: at = code + *at; NEXT;
branch: at = *top-- ? code + *at : at + 1; NEXT;
call: m->calls[m->depth++] = at + 1; at = code + *at; NEXT;
ret: at = m->calls[--m->depth]; NEXT;
halt:
    m->count = count;
}

static void do_load(struct machine *m) { *++m->top = *m->at++; }
static void do_get(struct machine *m) { *++m->top = m->slots[*m->at++]; }
static void do_set(struct machine *m) { m->slots[*m->at++] = *m->top--; }
static void do_add(struct machine *m) { m->top--; m->top[0] += m->top[1]; }
static void do_half(struct machine *m) { m->top[0] >>= 1; }
static void do_triple(struct machine *m) { m->top[0] = 3 * m->top[0] + 1; }
static void do_odd(struct machine *m) { m->top[0] &= 1; }
static void do_less(struct machine *m) { m->top--; m->top[0] = m->top[0] < m->top[1]; }
static void do_jump(struct machine *m) { m->at = code + *m->at; }
static void do_branch(struct machine *m) { m->at = *m->top-- ? code + *m->at : m->at + 1; }
static void do_call(struct machine *m) { m->calls[m->depth++] = m->at + 1; m->at = code + *m->at; }
static void do_return(struct machine *m) { m->at = m->calls[--m->depth]; }

static void by_functions(struct machine *m)
{
    static void (*const functions[CODES])(struct machine *) = {
        NULL, do_load, do_get, do_set, do_add, do_half, do_triple, do_odd, do_less, do_jump, do_branch, do_call,
        do_return,
    };
    for (s32 op; (op = *m->at++) != HALT; m->count++)
        functions[op](m);
}

static u32 directly(u32 limit)
{
    u32 total = 0;
    for (u32 i = 1; i < limit; i++)
        for (u32 v = i; v >= 2; total++)
            v = v & 1 ? 3 * v + 1 : v / 2;
    return total;
}

int main(int argc, char *argv[])
{
    static void (*const dispatchers[])(struct machine *) = { by_switch, by_labels, by_functions };
    u32 limit = number(argc > 1 ? argv[1] : NULL, 400), expected = directly(limit), sum = SUM_START;
    struct machine m;
    int good = 1;
    code[LIMIT_AT] = (s32)limit;
    for (u32 i = 0; i < LENGTH(dispatchers); i++) {
        reset(&m);
        dispatchers[i](&m);
        good = good && (u32)m.slots[2] == expected;
        sum = mix(mix(sum, (u32)m.slots[2]), m.count);
    }
    return report("vm", good, known, limit, sum, "%u Collatz steps on 3 dispatchers", expected);
}

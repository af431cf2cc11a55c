/*
 * sched [ROUNDS]: many processes at once: a token around a ring of pipes, three
 * writers into one pipe, x87 registers kept across switches, a storm of short
 * lives, sleepers that must wake in order. All sums are known beforehand.
 */
#include "pupa.h"

#define RING 8
static const struct known known[] = { { 40, 0xd556ce45 }, { 400, 0xc301d507 }, { 4000, 0x9f1fdb7b }, { 0, 0 } };

static int start(void)
{
    int pid = fork();
    if (pid < 0) {
        print("sched: cannot fork\n");
        exit(1);
    }
    return pid;
}

static u32 wait_all(u32 count)
{
    u32 total = 0;
    int status;
    for (; count; count--)
        if (wait_for(-1, &status, 0) > 0)
            total += (u32)status;
    return total;
}

static void pass_on(int in, int out, u32 rounds)
{
    u32 token;
    while (rounds-- && read(in, &token, 4) == 4) {
        token++;
        write(out, &token, 4);
    }
    exit(0);
}

/* Each round adds one at each of the RING stations. */
static u32 ring(u32 rounds)
{
    int first[2], left[2], right[2];
    u32 token = 0;
    pipe(first);
    left[0] = first[0];
    for (u32 i = 0; i < RING; i++) {
        pipe(right);
        if (start() == 0)
            pass_on(left[0], right[1], rounds);
        close(right[1]);
        close(left[0]);
        left[0] = right[0];
    }
    for (u32 i = 0; i < rounds; i++) {
        write(first[1], &token, 4);
        if (read(left[0], &token, 4) != 4)
            break;
    }
    close(first[1]);
    close(left[0]);
    wait_all(RING);
    return token;
}

/* Records of four bytes are never torn: the ring of a pipe is a multiple of four. */
static u32 writers(u32 rounds)
{
    int ends[2];
    u32 total = 0, record;
    pipe(ends);
    for (u32 id = 1; id <= 3; id++) {
        if (start())
            continue;
        for (u32 i = 0; i < 10 * rounds; i++) {
            record = id << 24 | i;
            write(ends[1], &record, 4);
            if (i % 16 == id)
                yield();
        }
        exit(0);
    }
    close(ends[1]);
    u32 next[4] = { 0, 0, 0, 0 };
    while (read(ends[0], &record, 4) == 4)
        if (record >> 24 <= 3 && (record & 0xffffff) == next[record >> 24]++)
            total++;                            /* in order within each writer */
    close(ends[0]);
    wait_all(3);
    return total;
}

/* Four numbers stay in x87 registers while other processes use theirs. */
static u32 across_switches(u32 rounds, u32 id)
{
    double values[4] = { id, id * 2.5, id * id, 1.0 / id }, sum = 0;
    for (u32 i = 0; i < rounds; i++) {
        u32 number = SYS_YIELD;
        asm volatile("fldl (%1)\n\tfldl 8(%1)\n\tfldl 16(%1)\n\tfldl 24(%1)\n\t"
                     "int $0x80\n\tfaddp\n\tfaddp\n\tfaddp\n\tfaddl %2\n\tfstpl %2"
                     : "+a"(number) : "b"(values), "m"(sum) : "memory");
    }
    double want = 0, each = values[0] + (values[1] + (values[2] + values[3]));
    for (u32 i = 0; i < rounds; i++)
        want += each;
    double error = (sum - want) / want;
    return error < 1e-9 && error > -1e-9;
}

static u32 fpu_owners(u32 rounds)
{
    for (u32 id = 1; id <= 5; id++)
        if (start() == 0)
            exit((int)across_switches(rounds, id));
    return wait_all(5);
}

static u32 short_lives(u32 rounds)
{
    u32 total = 0;
    for (u32 i = 0; i < rounds; i++) {
        if (start() == 0)
            exit((int)(i & 127));
        if (i % 4 == 3)
            total += wait_all(4);
    }
    return total + wait_all(rounds % 4);
}

static u32 sleepers(void)
{
    static const u8 lengths[] = { 160, 40, 240, 80 };
    int ends[2];
    u32 order = 0;
    char c;
    pipe(ends);
    for (u32 i = 0; i < LENGTH(lengths); i++)
        if (start() == 0) {
            sleep_ms(lengths[i]);
            c = (char)('0' + i);
            write(ends[1], &c, 1);
            exit(0);
        }
    close(ends[1]);
    while (read(ends[0], &c, 1) == 1)
        order = order * 10 + (u32)(c - '0');
    wait_all(LENGTH(lengths));
    return order;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 40), lives = 0;
    for (u32 i = 0; i < n; i++)
        lives += i & 127;
    u32 got[] = { ring(n), writers(n), fpu_owners(n), short_lives(n), sleepers() };
    u32 want[] = { RING * n, 30 * n, 5, lives, 1302 };
    u32 sum = mix_bytes(SUM_START, got, sizeof got);
    int good = memcmp(got, want, sizeof got) == 0;
    return report("sched", good, known, n, sum, "%u rounds with %u processes and pipes", n, RING);
}

/*
 * nbody [STEPS]: five bodies under gravity, double precision on the x87 with
 * fsqrt. The checksum is made of the bits of all coordinates.
 */
#include "pupa.h"

static const struct known known[] = { { 3000, 0x9a1cf3a7 }, { 30000, 0xcec93624 }, { 300000, 0x528a559e }, { 0, 0 } };
#define BODIES 5
static struct body { double x, y, z, vx, vy, vz, mass; } bodies[BODIES] = {
    { 0, 0, 0, 0, 0, 0, 1000 },
    { 10, 0, 1, 0, 10, 0, 1 },
    { 0, 20, -1, -7, 0, 0.5, 2 },
    { -35, 0, 2, 0, -5.25, 0.25, 5 },
    { 0, -60, 0, 4, 0, -0.125, 3 },
};

static double root(double x)
{
    asm("fsqrt" : "+t"(x));
    return x;
}

static void pull(struct body *a, struct body *b, double dt)
{
    double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
    double square = dx * dx + dy * dy + dz * dz;
    double force = dt / (square * root(square));
    a->vx -= dx * b->mass * force;
    a->vy -= dy * b->mass * force;
    a->vz -= dz * b->mass * force;
    b->vx += dx * a->mass * force;
    b->vy += dy * a->mass * force;
    b->vz += dz * a->mass * force;
}

static void step(double dt)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++)
            pull(&bodies[i], &bodies[j], dt);
    for (struct body *b = bodies; b < bodies + BODIES; b++) {
        b->x += dt * b->vx;
        b->y += dt * b->vy;
        b->z += dt * b->vz;
    }
}

static double energy(void)
{
    double e = 0;
    for (struct body *a = bodies; a < bodies + BODIES; a++) {
        e += a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz) / 2;
        for (struct body *b = a + 1; b < bodies + BODIES; b++) {
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            e -= a->mass * b->mass / root(dx * dx + dy * dy + dz * dz);
        }
    }
    return e;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 3000), sum;
    double before = energy();
    for (u32 i = 0; i < n; i++)
        step(0.001);
    double drift = (energy() - before) / before;
    sum = mix_bytes(SUM_START, bodies, sizeof bodies);
    return report("nbody", drift < 0.01 && drift > -0.01, known, n, sum, "%u steps of five bodies", n);
}

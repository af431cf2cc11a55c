/* What the processor announces. */
#include "pupa.h"

u32 cpu_features(void)
{
    u32 a = 1, b, c = 0, d;
    asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d;
}

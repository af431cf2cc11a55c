/* Short names for the integer types; the guest is 32-bit, so int is 32 bits. */
#ifndef PUPA_TYPES_H
#define PUPA_TYPES_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

#ifndef NULL
#define NULL ((void *)0)
#endif
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif

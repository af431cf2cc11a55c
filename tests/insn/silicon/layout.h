/*
 * The stage on which a case is played: linear addresses and descriptor tables, the same natively
 * (harness.c) and on the interpreter (../stage.ts reads this file's numbers through stage-layout.ts).
 */
#define ARENA 0x20000000u      /* pages 0-2 writable, page 3 read-only, unmapped before and behind */
#define ARENA_PAGES 4u
#define CODE 0x10000000u       /* two pages, readable, writable and executable; unmapped around */
#define CODE_PAGES 2u
#define FILL 0x90              /* what lies in the code pages besides the case */

/**
 * Rows that have no vectors, with the reason. The test of the vectors holds this list to be exact:
 * every row is either here or has its cases.
 */
const EMULATED = 'the kernel answers in place of the processor (UMIP)';

export const UNPLAYED: ReadonlyMap<string, string> = new Map([
  ['sldt 0f 00 /0 Ev', EMULATED],
  ['str 0f 00 /1 Ev', EMULATED],
  ['sgdt 0f 01 /0 Ms', EMULATED],
  ['sidt 0f 01 /1 Ms', EMULATED],
  ['smsw 0f 01 /4 Ev', EMULATED],
  ['cpuid 0f a2', 'names the processor at hand'],
  ['rdtsc 0f 31', 'tells the time'],
  ['sysenter 0f 34', 'enters the kernel'],
  ['int1 f1', 'kernels and hypervisors take its #DB for their own'],
]);

/**
 * Exception vectors (SDM vol. 3, 6.3.1) and the one preallocated object that a guest fault is
 * thrown as: `new Error` for each page fault would cost more than the page fault.
 */
export const DE = 0;
export const DB = 1;
export const NMI = 2;
export const BP = 3;
export const OFLOW = 4;
export const BR = 5;
export const UD = 6;
export const NM = 7;
export const DFAULT = 8;
export const TS = 10;
export const NP = 11;
export const SSF = 12;
export const GP = 13;
export const PFAULT = 14;
export const MF = 16;
export const AC_FAULT = 17;

export const EXCEPTION_NAMES: Readonly<Record<number, string>> = {
  0: '#DE',
  1: '#DB',
  2: 'NMI',
  3: '#BP',
  4: '#OF',
  5: '#BR',
  6: '#UD',
  7: '#NM',
  8: '#DF',
  10: '#TS',
  11: '#NP',
  12: '#SS',
  13: '#GP',
  14: '#PF',
  16: '#MF',
  17: '#AC',
};

/** A guest fault on its way from where it is found to the step loop. One per processor, thrown again and again. */
export class GuestFault {
  vector = 0;
  /** Error code to push, or -1 when the vector has none. */
  errorCode = -1;
}

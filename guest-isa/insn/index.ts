/** All rows of the guest, in the order of the groups. */
import { arithmeticRows } from './arithmetic.js';
import { controlRows } from './control.js';
import { moveRows } from './move.js';
import { multiplyRows } from './multiply.js';
import type { InsnRow } from './row.js';
import { shiftRows } from './shift.js';
import { stackRows } from './stack.js';
import { stringRows } from './string.js';

export const rows: readonly InsnRow[] = [
  ...arithmeticRows,
  ...multiplyRows,
  ...shiftRows,
  ...moveRows,
  ...stackRows,
  ...controlRows,
  ...stringRows,
];

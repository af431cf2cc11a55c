/** All rows of the guest, in the order of the groups. */
import { arithmeticRows } from './arithmetic.js';
import { controlRows } from './control.js';
import { mmxRows } from './mmx.js';
import { moveRows } from './move.js';
import { multiplyRows } from './multiply.js';
import type { InsnRow } from './row.js';
import { shiftRows } from './shift.js';
import { stackRows } from './stack.js';
import { stringRows } from './string.js';
import { systemRows } from './system-control.js';
import { flagRows } from './system-flags.js';
import { portRows } from './system-port.js';
import { segmentRows } from './system-segment.js';
import { transferRows } from './system-transfer.js';
import { x87ArithmeticRows } from './x87-arithmetic.js';
import { x87CompareRows } from './x87-compare.js';
import { x87ControlRows } from './x87-control.js';
import { x87ExchangeRows } from './x87-exchange.js';
import { x87FunctionRows } from './x87-function.js';
import { x87LoadRows } from './x87-load.js';
import { x87StoreRows } from './x87-store.js';

export const rows: readonly InsnRow[] = [
  ...arithmeticRows,
  ...multiplyRows,
  ...shiftRows,
  ...moveRows,
  ...stackRows,
  ...controlRows,
  ...stringRows,
  ...x87ArithmeticRows,
  ...x87CompareRows,
  ...x87LoadRows,
  ...x87StoreRows,
  ...x87ExchangeRows,
  ...x87FunctionRows,
  ...x87ControlRows,
  ...mmxRows,
  ...segmentRows,
  ...transferRows,
  ...flagRows,
  ...portRows,
  ...systemRows,
];

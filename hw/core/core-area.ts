/**
 * Where the host core's state lies in its part of the linear memory: both engines see it there.
 *
 *   working file   64 registers, then latches for molecules whose atoms exchange registers
 *   ready          scoreboard: when each register can be used (timing/scoreboard.ts)
 *   cells          cycles since the last commit (timing/cycle-account.ts)
 *   alias          four words for each alias register, and whether one is in use (alias-registers.ts)
 *   return stack   guest addresses, host addresses, index of the next push, depth (return-stack.ts)
 *   undo log       entries, entries of the store buffer; addresses, old values, widths (undo-log.ts)
 */
import { SimulatorBug } from '../../base/errors.js';
import type { LinearMemory } from '../memory/layout.js';
import { CELL_COUNT } from '../timing/cycle-account.js';
import { SCOREBOARD_WORDS } from '../timing/scoreboard.js';

/** First latch in the working file, and their number. */
export const LATCH_FIRST = 64;
export const LATCH_COUNT = 16;
export const MAX_ALIAS_REGISTERS = 8;
export const ALIAS_WORDS = 4;
export const MAX_RETURN_STACK = 64;
export const UNDO_CAPACITY = 16_384;

export interface CoreArea {
  readonly working: Int32Array;
  readonly ready: Int32Array;
  readonly cells: Int32Array;
  readonly alias: Int32Array;
  readonly returnStack: Int32Array;
  readonly undo: Int32Array;
  readonly undoAddresses: Int32Array;
  readonly undoValues: Int32Array;
  readonly undoWidths: Uint8Array;
}

export function coreArea(memory: LinearMemory): CoreArea {
  let offset = memory.coreOffset;
  const words = (count: number): Int32Array => {
    const part = memory.words(offset, count);
    offset += 4 * count;
    return part;
  };
  const area = {
    working: words(LATCH_FIRST + LATCH_COUNT),
    ready: words(SCOREBOARD_WORDS),
    cells: words(CELL_COUNT),
    alias: words(ALIAS_WORDS * MAX_ALIAS_REGISTERS + 1),
    returnStack: words(2 * MAX_RETURN_STACK + 2),
    undo: words(2),
    undoAddresses: words(UNDO_CAPACITY),
    undoValues: words(UNDO_CAPACITY),
    undoWidths: memory.bytes.subarray(offset, offset + UNDO_CAPACITY),
  };
  if (offset + UNDO_CAPACITY > memory.coreOffset + memory.coreBytes)
    throw new SimulatorBug('the host core needs more memory than it has');
  return area;
}

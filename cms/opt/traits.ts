/**
 * What the passes ask of every operation that they pass, as bits, so that those that a pass has no
 * business with cost it a look at a byte: regions have some hundred operations, translation is to
 * take microseconds, and each question by name is a dozen comparisons.
 */
import type { IrOpName } from '../ir/ir.js';
import { IR_OPS, isBinary, isUnary } from '../ir/ir-ops.js';

/** More is known of its value than that it is one (values.ts). */
export const HAS_FACTS = 1;
/** Reads low bits only of a source (low-bits.ts). */
export const READS_LOW_BITS = 2;
/** A rule of fold-rules.ts may apply. */
export const FOLDS = 4;
/** Its value may be one that exists (copy-rules.ts). */
export const COPIES = 8;
/** Equal ones are merged (common-subexpressions.ts). */
export const IS_NUMBERED = 16;
/** Names an exit. */
export const NAMES_EXIT = 32;
/** Reads or writes flags. */
export const TOUCHES_FLAGS = 64;

const NARROW: readonly IrOpName[] = [
  'zx8',
  'sx8',
  'zx16',
  'sx16',
  'ins8',
  'ins8h',
  'ins16',
  'shl',
  'shr',
  'sar',
  'rol',
  'ror',
  'store',
  'alu',
];
const FLAGS: readonly IrOpName[] = ['alu', 'flag', 'selcc', 'cond', 'trap'];
const EXITS: readonly IrOpName[] = ['exitIf', 'exit', 'commit', 'assist'];
const NUMBERED: readonly IrOpName[] = ['loadState', 'chkpage', 'trap', 'exitIf'];

function traitsOf(name: IrOpName): number {
  const isValue = isBinary(name) || isUnary(name);
  let traits = 0;
  if (isValue || ['const', 'alu', 'load', 'select', 'selcc', 'cond'].includes(name))
    traits |= HAS_FACTS;
  if (NARROW.includes(name)) traits |= READS_LOW_BITS;
  if (isValue || name === 'select') traits |= FOLDS;
  if (isValue || ['select', 'selcc', 'alu'].includes(name)) traits |= COPIES;
  if ((IR_OPS[name].pure && name !== 'mq') || NUMBERED.includes(name)) traits |= IS_NUMBERED;
  if (EXITS.includes(name)) traits |= NAMES_EXIT;
  if (FLAGS.includes(name) || EXITS.includes(name)) traits |= TOUCHES_FLAGS;
  return traits;
}

const TRAITS: ReadonlyMap<string, number> = new Map(
  (Object.keys(IR_OPS) as IrOpName[]).map((name) => [name, traitsOf(name)]),
);

export const traitsByName = (name: IrOpName): number => TRAITS.get(name) as number;

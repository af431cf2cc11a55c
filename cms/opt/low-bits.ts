/**
 * Narrow uses: an operation that looks at the low bits of a source only may take the source from
 * below an extension, a mask or a partial-register write that leaves those bits alone. The backward
 * half of known-bits analysis ("demanded bits", Warren ch. 4; LLVM's SimplifyDemandedBits) for the
 * one question that x86's 8- and 16-bit registers ask all the time.
 *
 * Legality: each step below keeps the low `bits` bits, and the user reads no others.
 */
import type { IrOp, ValueId } from '../ir/ir.js';
import type { Values } from './values.js';

/** ALU operations whose narrow forms read the low bits of every source (divisions and 16-bit double shifts are wider or unusual). */
const NARROW_ALU: ReadonlySet<string> = new Set([
  'add',
  'adc',
  'sub',
  'sbb',
  'and',
  'or',
  'xor',
  'inc',
  'dec',
  'neg',
  'shl',
  'shr',
  'sar',
  'rol',
  'ror',
  'mul',
  'imul',
]);

/** Shifts and rotates look at five bits of their count, here and in x86. */
const COUNT_BITS = 5;
const COUNTED: ReadonlySet<string> = new Set(['shl', 'shr', 'sar', 'rol', 'ror', 'rcl', 'rcr']);

/** Where an operation reads low bits only: how many of `args[index]`; 32 where it reads all. */
function bitsRead(op: IrOp, index: number): number {
  switch (op.op) {
    case 'zx8':
    case 'sx8':
      return 8;
    case 'zx16':
    case 'sx16':
      return 16;
    case 'ins8':
    case 'ins8h':
      return index === 1 ? 8 : 32;
    case 'ins16':
      return index === 1 ? 16 : 32;
    case 'store':
      return index === 1 ? 8 * op.bytes : 32;
    case 'shl':
    case 'shr':
    case 'sar':
    case 'rol':
    case 'ror':
      return index === 1 ? COUNT_BITS : 32;
    case 'alu':
      if (index === 1 && COUNTED.has(op.alu)) return COUNT_BITS;
      return op.bits < 32 && NARROW_ALU.has(op.alu) ? op.bits : 32;
    default:
      return 32;
  }
}

/** Lets an operation's narrow sources see through extensions; true when one changed. */
export function narrowSources(op: IrOp, values: Values): boolean {
  let changed = false;
  for (let i = 0; i < op.args.length; i++) {
    const bits = bitsRead(op, i);
    if (bits === 32) continue;
    const source = below(op.args[i], bits, values);
    if (source === op.args[i]) continue;
    op.args[i] = source;
    changed = true;
  }
  return changed;
}

/** The oldest value with the same low bits. */
function below(id: ValueId, bits: number, values: Values): ValueId {
  let value = id;
  for (;;) {
    const next = step(values.definition(value), bits, values);
    if (next < 0) return value;
    value = next;
  }
}

function step(op: IrOp, bits: number, values: Values): ValueId {
  switch (op.op) {
    case 'zx8':
    case 'sx8':
      return bits <= 8 ? op.args[0] : -1;
    case 'zx16':
    case 'sx16':
      return op.args[0];
    case 'ins16':
      return op.args[1];
    case 'ins8':
      return bits <= 8 ? op.args[1] : -1;
    case 'ins8h':
      return bits <= 8 ? op.args[0] : -1;
    case 'and': {
      const mask = (1 << bits) - 1;
      const covers = values.isConstant(op.args[1]) && (values.offset(op.args[1]) & mask) === mask;
      return covers ? op.args[0] : -1;
    }
    default:
      return -1;
  }
}

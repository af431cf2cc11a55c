/**
 * When the value of an operation is one that exists already. For ALU operations the question is about
 * the low `bits` bits of the value, since what lies above them is garbage to every user.
 */
import type { IrOp, ValueId } from '../ir/ir.js';
import { flaglessForm } from '../ir/ir-ops.js';
import type { Values } from './values.js';

/** The value that the operation's equals, or -1. */
export function copyOf(op: IrOp, values: Values): ValueId {
  const [a, b] = op.args as [ValueId, ValueId];
  switch (op.op) {
    case 'select':
      return copyOfSelect(op.args, values);
    case 'selcc':
      return values.isEqual(a, b) ? a : -1;
    case 'zx8':
      return values.width(a) <= 8 ? a : -1;
    case 'zx16':
      return values.width(a) <= 16 ? a : -1;
    case 'sx8':
      return isSignExtended(a, 8, values) ? a : -1;
    case 'sx16':
      return isSignExtended(a, 16, values) ? a : -1;
    case 'bswap': {
      const inner = values.definition(a);
      return inner.op === 'bswap' ? inner.args[0] : -1;
    }
    case 'alu':
      return copyOfAlu(op, values);
    case 'add':
    case 'sub':
    case 'and':
    case 'or':
    case 'xor':
    case 'shl':
    case 'shr':
    case 'sar':
    case 'rol':
    case 'ror':
    case 'mul':
      return copyOfBinary(op.op, op.id, a, b, values);
    case 'eq':
    case 'ne':
      return copyOfTest(op.op === 'ne', a, b, values);
    case 'ins8':
    case 'ins8h':
    case 'ins16':
      return copyOfInsertion(op.op, a, b, values);
    default:
      return -1;
  }
}

function copyOfSelect(args: readonly ValueId[], values: Values): ValueId {
  const [c, x, y] = args as [ValueId, ValueId, ValueId];
  if (values.isEqual(x, y)) return x;
  if (values.isConstant(c)) return values.offset(c) === 0 ? y : x;
  const isTruth = isConstant(x, 1, values) && isConstant(y, 0, values);
  return isTruth && values.width(c) <= 1 ? c : -1;
}

/** Operations whose value may be one of their sources. */
type Copying = 'add' | 'sub' | 'and' | 'or' | 'xor' | 'shl' | 'shr' | 'sar' | 'rol' | 'ror' | 'mul';

function copyOfBinary(name: Copying, id: ValueId, a: ValueId, b: ValueId, values: Values): ValueId {
  // Sums that come back to their base, above all: esp after a push and a pop.
  if (values.base(id) !== id && !values.isConstant(id) && values.offset(id) === 0)
    return values.base(id);
  if (values.isConstant(a) && values.isConstant(b)) return -1;
  switch (name) {
    case 'add':
    case 'sub':
      return isConstant(b, 0, values) ? a : -1;
    case 'and':
      if (values.isEqual(a, b)) return a;
      return takesNothing(a, b, values) ? a : takesNothing(b, a, values) ? b : -1;
    case 'or':
      if (values.isEqual(a, b)) return a;
      return isConstant(b, 0, values) ? a : isConstant(a, 0, values) ? b : -1;
    case 'xor':
      return isConstant(b, 0, values) ? a : isConstant(a, 0, values) ? b : -1;
    case 'mul':
      return isConstant(b, 1, values) ? a : isConstant(a, 1, values) ? b : -1;
    case 'shl':
    case 'shr':
    case 'sar':
    case 'rol':
    case 'ror':
      return values.isConstant(b) && (values.offset(b) & 31) === 0 ? a : -1;
    default:
      return -1;
  }
}

/** Does the mask keep every bit that `x` may have? */
function takesNothing(x: ValueId, mask: ValueId, values: Values): boolean {
  if (!values.isConstant(mask)) return false;
  const width = values.width(x);
  const possible = width === 32 ? -1 : (1 << width) - 1;
  return (values.offset(mask) & possible) === possible;
}

/** ALU operations keep their flags; their value may still be a source's. */
function copyOfAlu(op: IrOp & { readonly op: 'alu' }, values: Values): ValueId {
  const [a, b] = op.args as [ValueId, ValueId];
  if (op.bits === 32) {
    const form = flaglessForm(op.alu, 32) as Copying | undefined;
    return form ? copyOfBinary(form, op.id, a, b, values) : copyOfSum(op.id, values);
  }
  switch (op.alu) {
    case 'and':
    case 'or':
      return values.isEqual(a, b) ? a : -1;
    case 'add':
    case 'sub':
      return isConstant(b, 0, values) ? a : -1;
    default:
      return -1;
  }
}

/** inc and dec. */
const copyOfSum = (id: ValueId, values: Values): ValueId =>
  values.base(id) !== id && !values.isConstant(id) && values.offset(id) === 0
    ? values.base(id)
    : -1;

/** Is a truth value what it is compared with? */
function copyOfTest(isNe: boolean, a: ValueId, b: ValueId, values: Values): ValueId {
  const truth = values.isConstant(b) ? a : b;
  const constant = values.isConstant(b) ? b : a;
  return values.width(truth) <= 1 && isConstant(constant, isNe ? 0 : 1, values) ? truth : -1;
}

function copyOfInsertion(
  name: 'ins8' | 'ins8h' | 'ins16',
  a: ValueId,
  b: ValueId,
  values: Values,
): ValueId {
  const part = values.definition(b);
  if (name === 'ins8h') return part.op === 'ext8h' && values.isEqual(part.args[0], a) ? a : -1;
  if (values.isEqual(a, b)) return a;
  const isOwnPart =
    (part.op === (name === 'ins8' ? 'zx8' : 'zx16') ||
      part.op === (name === 'ins8' ? 'sx8' : 'sx16')) &&
    values.isEqual(part.args[0], a);
  return isOwnPart ? a : -1;
}

/** Is the value its own sign extension from `bits`? */
function isSignExtended(id: ValueId, bits: 8 | 16, values: Values): boolean {
  if (values.width(id) < bits) return true;
  const op = values.definition(id);
  switch (op.op) {
    case 'sx8':
      return true;
    case 'sx16':
      return bits === 16;
    case 'load':
      return op.signed && 8 * op.bytes <= bits;
    default:
      return false;
  }
}

const isConstant = (id: ValueId, value: number, values: Values): boolean =>
  values.isConstant(id) && values.offset(id) === value;

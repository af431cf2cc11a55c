/**
 * The algebra of constant folding: for one operation, the cheaper one that computes the same value.
 * Each rule holds for all 2^32 values of its variables (two's complement, shift counts modulo 32);
 * tests/unit/opt checks every rule by evaluation. Rules whose result is a value that exists already
 * are copy propagation's (copy-rules.ts).
 */
import type { IrBinary, IrOp, IrUnary, ValueId } from '../ir/ir.js';
import { evaluateBinary, evaluateUnary, isBinary, isUnary } from '../ir/ir-ops.js';
import { binaryFor, constantFor, type Rewrite, unaryFor, valueFor } from './rewrite.js';
import type { Values } from './values.js';

type Folded = IrOp | undefined;

/** The operation that `op` may become, if any. Its sources are known to `r.values`. */
export function fold(op: IrOp, r: Rewrite): Folded {
  const name = op.op;
  if (name === 'select') return foldSelect(op, r);
  if (isUnary(name)) return foldUnary(op, name, r.values);
  return isBinary(name) ? foldBinary(op, name, r) : undefined;
}

function foldUnary(op: IrOp, name: IrUnary, values: Values): Folded {
  const x = op.args[0];
  if (values.isConstant(x)) return constantFor(op, evaluateUnary(name, values.offset(x)));
  return name === 'ext8h' ? foldSecondByte(op, x, values) : undefined;
}

/** The second byte of what was put together from parts is one of the parts. */
function foldSecondByte(op: IrOp, x: ValueId, values: Values): Folded {
  if (values.width(x) <= 8) return constantFor(op, 0);
  const from = values.definition(x);
  switch (from.op) {
    case 'ins8h':
      return unaryFor(op, 'zx8', from.args[1]);
    case 'ins8':
    case 'zx16':
    case 'sx16':
      return unaryFor(op, 'ext8h', from.args[0]);
    case 'ins16':
      return unaryFor(op, 'ext8h', from.args[1]);
    default:
      return undefined;
  }
}

function foldBinary(op: IrOp, name: IrBinary, r: Rewrite): Folded {
  const { values } = r;
  const [a, b] = op.args as [ValueId, ValueId];
  const known = values.isConstant(b);
  if (values.isConstant(a)) {
    if (known) return constantFor(op, evaluateBinary(name, values.offset(a), values.offset(b)));
    if (COMMUTATIVE.has(name)) return binaryFor(op, name, b, a);
  }
  if (known) {
    const folded = foldWithConstant(op, name, values.offset(b), r);
    if (folded) return folded;
  }
  return values.isEqual(a, b) ? foldEqual(op, name) : foldPair(op, name, values);
}

/** Constants stand second, where atoms take literals. */
const COMMUTATIVE: ReadonlySet<IrBinary> = new Set(['add', 'and', 'or', 'xor', 'mul', 'eq', 'ne']);

/** Both sources are the same value. */
function foldEqual(op: IrOp, name: IrBinary): Folded {
  switch (name) {
    case 'sub':
    case 'xor':
    case 'andn':
    case 'ne':
    case 'ltu':
    case 'lts':
      return constantFor(op, 0);
    case 'eq':
      return constantFor(op, 1);
    default:
      return undefined;
  }
}

/** Neither source is constant. */
function foldPair(op: IrOp, name: IrBinary, values: Values): Folded {
  const [a, b] = op.args as [ValueId, ValueId];
  const difference = (values.offset(a) - values.offset(b)) | 0;
  const sameBase = values.base(a) === values.base(b);
  switch (name) {
    case 'sub':
      return sameBase ? constantFor(op, difference) : undefined;
    case 'eq':
    case 'ne':
      return sameBase ? constantFor(op, (difference === 0) === (name === 'eq') ? 1 : 0) : undefined;
    case 'ins8':
      return values.width(a) <= 8 ? unaryFor(op, 'zx8', b) : foldCovered(op, name, values);
    case 'ins16':
      return values.width(a) <= 16 ? unaryFor(op, 'zx16', b) : foldCovered(op, name, values);
    case 'ins8h':
      return foldCovered(op, name, values);
    default:
      return undefined;
  }
}

/** A partial write over an earlier one that it covers. */
function foldCovered(op: IrOp, name: IrBinary, values: Values): Folded {
  const [a, b] = op.args as [ValueId, ValueId];
  const under = values.definition(a);
  const covered =
    under.op === name || (name === 'ins16' && (under.op === 'ins8' || under.op === 'ins8h'));
  return covered ? binaryFor(op, name, under.args[0], b) : undefined;
}

function foldWithConstant(op: IrOp, name: IrBinary, c: number, r: Rewrite): Folded {
  const { values } = r;
  const a = op.args[0];
  switch (name) {
    case 'add':
      return foldChain(op, a, c, r);
    case 'sub':
      return binaryFor(op, 'add', a, r.constant(-c | 0));
    case 'and':
      return foldMask(op, a, c, r);
    case 'or':
      return c === -1 ? constantFor(op, -1) : foldNested(op, name, a, c, r);
    case 'xor':
      return foldNested(op, name, a, c, r);
    case 'mul':
      return foldProduct(op, a, c, r);
    case 'shl':
    case 'shr':
    case 'sar':
    case 'rol':
    case 'ror':
      return foldShift(op, name, c & 31, r);
    case 'eq':
    case 'ne':
      return foldComparison(op, name, c, r);
    case 'ltu':
      return c === 0
        ? constantFor(op, 0)
        : alwaysBelow(values, a, c)
          ? constantFor(op, 1)
          : undefined;
    case 'ins8':
    case 'ins8h':
    case 'ins16':
      return foldPair(op, name, values);
    default:
      return undefined;
  }
}

const alwaysBelow = (values: Values, a: ValueId, c: number): boolean =>
  values.width(a) < 32 && 2 ** values.width(a) <= c >>> 0;

/** (x + c1) + c2 */
function foldChain(op: IrOp, a: ValueId, c: number, r: Rewrite): Folded {
  const base = r.values.base(a);
  if (base === a) return undefined;
  const sum = (r.values.offset(a) + c) | 0;
  // A sum of zero is the base itself: a copy.
  return sum === 0 ? undefined : binaryFor(op, 'add', base, r.constant(sum));
}

/** and: nothing left, a nested mask, or an extension. */
function foldMask(op: IrOp, a: ValueId, c: number, r: Rewrite): Folded {
  const width = r.values.width(a);
  const possible = width === 32 ? -1 : (1 << width) - 1;
  if ((c & possible) === 0) return constantFor(op, 0);
  // A mask that takes nothing away is a copy.
  if ((c & possible) === possible) return undefined;
  if (c === 0xff) return unaryFor(op, 'zx8', a);
  if (c === 0xffff) return unaryFor(op, 'zx16', a);
  return foldNested(op, 'and', a, c, r);
}

/** (x op c1) op c2 for and, or, xor. */
function foldNested(
  op: IrOp,
  name: 'and' | 'or' | 'xor',
  a: ValueId,
  c: number,
  r: Rewrite,
): Folded {
  const inner = r.values.definition(a);
  if (inner.op !== name || !r.values.isConstant(inner.args[1])) return undefined;
  const both = evaluateBinary(name, r.values.offset(inner.args[1]), c);
  return binaryFor(op, name, inner.args[0], r.constant(both));
}

function foldProduct(op: IrOp, a: ValueId, c: number, r: Rewrite): Folded {
  if (c === 0) return constantFor(op, 0);
  const isPower = (c & (c - 1)) === 0 && c !== 1;
  return isPower ? binaryFor(op, 'shl', a, r.constant(31 - Math.clz32(c))) : undefined;
}

type Shift = 'shl' | 'shr' | 'sar' | 'rol' | 'ror';

/** Shifts of shifts, extensions written as shifts, bytes shifted out. `n` from 0 to 31. */
function foldShift(op: IrOp, name: Shift, n: number, r: Rewrite): Folded {
  const { values } = r;
  const a = op.args[0];
  if (n === 0) return undefined;
  if (name === 'shr' && values.width(a) <= n) return constantFor(op, 0);
  const inner = values.definition(a);
  const m = innerCount(inner, values);
  if (m === 0) return undefined;
  if (inner.op === name) return binaryOrZero(op, name, inner.args[0], m + n, r);
  if (inner.op === 'shl' && m === n && (n === 16 || n === 24)) {
    const extension = n === 16 ? EXTENSIONS[name]?.[0] : EXTENSIONS[name]?.[1];
    return extension && unaryFor(op, extension, inner.args[0]);
  }
  return undefined;
}

/** What a shift left and back again extends: by 16, by 24. */
const EXTENSIONS: Readonly<Partial<Record<Shift, readonly [IrUnary, IrUnary]>>> = {
  shr: ['zx16', 'zx8'],
  sar: ['sx16', 'sx8'],
};

/** Count of a shift by a constant; 0 for anything else. */
function innerCount(op: IrOp, values: Values): number {
  switch (op.op) {
    case 'shl':
    case 'shr':
    case 'sar':
    case 'rol':
    case 'ror':
      return values.isConstant(op.args[1]) ? values.offset(op.args[1]) & 31 : 0;
    default:
      return 0;
  }
}

/** Two shifts of one kind in a row. */
function binaryOrZero(op: IrOp, name: Shift, a: ValueId, count: number, r: Rewrite): Folded {
  if (name === 'rol' || name === 'ror')
    // A turn all the way round is left alone: it would be a copy.
    return (count & 31) === 0 ? undefined : binaryFor(op, name, a, r.constant(count & 31));
  if (count < 32) return binaryFor(op, name, a, r.constant(count));
  return name === 'sar' ? binaryFor(op, name, a, r.constant(31)) : constantFor(op, 0);
}

/** eq and ne with a constant. */
function foldComparison(op: IrOp, name: 'eq' | 'ne', c: number, r: Rewrite): Folded {
  const { values } = r;
  const a = op.args[0];
  const width = values.width(a);
  if (width < 32 && c >>> 0 >= 2 ** width) return constantFor(op, name === 'eq' ? 0 : 1);
  const base = values.base(a);
  if (base !== a) return binaryFor(op, name, base, r.constant((c - values.offset(a)) | 0));
  // Of a truth value only "is it false" needs an operation; "is it true" is the value.
  const isFalse = width <= 1 && (c === 0) === (name === 'eq');
  if (!isFalse) return undefined;
  const inner = values.definition(a);
  if (inner.op === 'eq') return binaryFor(op, 'ne', inner.args[0], inner.args[1]);
  return inner.op === 'ne' ? binaryFor(op, 'eq', inner.args[0], inner.args[1]) : undefined;
}

/** A select that looks at a comparison with zero looks at the value instead. */
function foldSelect(op: IrOp, r: Rewrite): Folded {
  const [c, x, y] = op.args as [ValueId, ValueId, ValueId];
  const { values } = r;
  if (values.isConstant(c) || x === y) return undefined;
  const test = values.definition(c);
  const zeroTest =
    (test.op === 'eq' || test.op === 'ne') &&
    values.isConstant(test.args[1]) &&
    values.offset(test.args[1]) === 0;
  if (!zeroTest) return undefined;
  const args = test.op === 'eq' ? [test.args[0], y, x] : [test.args[0], x, y];
  return valueFor(op, 'select', args);
}

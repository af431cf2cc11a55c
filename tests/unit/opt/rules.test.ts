/**
 * Every rule of constant folding and copy propagation, by exhaustion: each operation on the result of
 * each other one, with constants on the edges on either side or the same source again, evaluated on
 * values on the edges.
 */
import { describe, expect, it } from 'vitest';
import type { IrBinary, IrOp, IrRegion, IrUnary, ValueId } from '../../../cms/ir/ir.js';
import { SNAPSHOT_SIZE } from '../../../cms/ir/ir.js';
import { isUnary } from '../../../cms/ir/ir-ops.js';
import { optimize } from '../../../cms/opt/pipeline.js';
import { PASS_NAMES, type PassName } from '../../../cms/options.js';
import type { GuestRegion } from '../../../cms/region.js';
import { plain } from './evaluate.js';

const BINARY: readonly IrBinary[] =
  'add sub and or xor andn shl shr sar rol ror mul eq ne ltu lts ins8 ins8h ins16'.split(
    ' ',
  ) as IrBinary[];
const UNARY: readonly IrUnary[] = ['sx8', 'sx16', 'zx8', 'zx16', 'ext8h', 'bswap'];
const OPERATIONS: readonly (IrBinary | IrUnary)[] = [...BINARY, ...UNARY];
const CONSTANTS = [0, 1, 8, 16, 24, 32, 0xff, 0xffff, -1];
const VALUES = [0, 1, 0x7f, 0x80, 0x8081, 0x12345678, -1, 0x80000000 | 0, 0x7fffffff];
const passes = Object.fromEntries(
  PASS_NAMES.map((name) => [name, name === 'constantFolding' || name === 'copyPropagation']),
) as Record<PassName, boolean>;

/** eax = outer(inner(eax, first), second), where no constant is given eax itself, or the constant first. */
interface Shape {
  readonly inner: IrBinary | IrUnary;
  readonly outer: IrBinary | IrUnary | 'select';
  readonly first: number | 'eax';
  readonly second: number | 'eax';
  readonly swapped: boolean;
}

function regionOf({ inner, outer, first, second, swapped }: Shape): IrRegion {
  const ops: IrOp[] = [{ id: 0, guest: 0, args: [], op: 'reg', register: 0 }];
  const source = (value: number | 'eax'): ValueId => {
    if (value === 'eax') return 0;
    return ops.push({ id: ops.length, guest: 0, args: [], op: 'const', value }) - 1;
  };
  const pair = (a: ValueId, b: ValueId): ValueId[] => (swapped ? [b, a] : [a, b]);
  const apply = (op: Shape['outer'], a: ValueId, other: number | 'eax'): ValueId => {
    const args = isUnary(op as IrUnary) ? [a] : pair(a, source(other));
    const all = op === 'select' ? [a, ...args] : args;
    return ops.push({ id: ops.length, guest: 0, args: all, op } as IrOp) - 1;
  };
  const result = apply(outer, apply(inner, 0, first), second);
  const registers = new Int32Array(SNAPSHOT_SIZE).fill(-1);
  registers[0] = result;
  ops.push({ id: ops.length, guest: 0, args: [], op: 'exit', exit: 0 });
  const exit = {
    index: 0,
    kind: 'jump' as const,
    eip: 0,
    target: -1,
    registers,
    steps: 1,
    instructions: 1,
    guest: 0,
    returnEip: -1,
    midRepeat: false,
    skipped: -1,
  };
  return { region: {} as GuestRegion, ops, exits: [exit], nextId: ops.length };
}

/** What eax is at the exit. */
function resultOf(ir: IrRegion, eax: number): number {
  const values = new Map<ValueId, number>();
  const value = (id: ValueId | undefined): number => values.get(id as ValueId) as number;
  for (const op of ir.ops) {
    const [a, b, c] = op.args;
    if (op.op === 'reg') values.set(op.id, eax);
    else if (op.op === 'const') values.set(op.id, op.value);
    else if (op.op === 'select') values.set(op.id, value(a) !== 0 ? value(b) : value(c));
    else if (op.op !== 'exit') values.set(op.id, plain(op.op, value(a), value(b)));
  }
  const result = ir.exits[0]?.registers[0] as number;
  return result < 0 ? eax : value(result);
}

/** True when a rule applied. */
function check(shape: Shape): boolean {
  const ir = regionOf(shape);
  const text = textOf(ir);
  optimize(ir, passes);
  if (textOf(ir) === text) return false;
  const original = regionOf(shape);
  const before = VALUES.map((eax) => resultOf(original, eax));
  const after = VALUES.map((eax) => resultOf(ir, eax));
  if (after.join() !== before.join()) expect({ shape, after }).toEqual({ shape, after: before });
  return true;
}

const textOf = (ir: IrRegion): string =>
  `${ir.ops.map((op) => `${op.op} ${op.args}`).join('; ')} -> ${ir.exits[0]?.registers[0]}`;

describe('rules', () => {
  it.each(OPERATIONS)('keep what %s computes on any other', (outer) => {
    let folded = 0;
    for (const inner of OPERATIONS)
      for (const first of isUnary(inner) ? ([0] as const) : ([...CONSTANTS, 'eax'] as const))
        for (const second of isUnary(outer) ? ([0] as const) : ([...CONSTANTS, 'eax'] as const))
          for (const swapped of [false, true])
            if (check({ inner, outer, first, second, swapped })) folded++;
    expect(folded).toBeGreaterThan(0);
  });

  it('keep what select computes on any condition', () => {
    for (const inner of OPERATIONS)
      for (const first of [...CONSTANTS, 'eax'] as const)
        for (const second of [0, 1, 'eax'] as const)
          for (const swapped of [false, true])
            check({ inner, outer: 'select', first, second, swapped });
  });
});

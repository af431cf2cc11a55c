/** The checker of the intermediate representation finds what breaks its rules. */
import { describe, expect, it } from 'vitest';
import type { IrOp, IrRegion } from '../../../cms/ir/ir.js';
import { type ExitSpec, emptySnapshot, IrBuilder } from '../../../cms/ir/ir-builder.js';
import { checkIr, irProblem } from '../../../cms/ir/ir-check.js';
import { regionOf } from '../../golden/lift/regions.js';

const exitSpec = (more: Partial<ExitSpec> = {}): ExitSpec => ({
  kind: 'jump',
  eip: 0x1001,
  registers: emptySnapshot(),
  steps: 1,
  instructions: 1,
  ...more,
});

/** Builds a region and ends it properly. */
function made(build: (b: IrBuilder) => void, end: Partial<ExitSpec> = {}): IrRegion {
  const b = new IrBuilder(regionOf(['nop']));
  build(b);
  b.exit(exitSpec(end));
  return b.result;
}

const change = (ir: IrRegion, index: number, fields: Partial<IrOp>): IrRegion => {
  ir.ops[index] = { ...ir.ops[index], ...fields } as IrOp;
  return ir;
};

function snapshotOf(register: number, value: number): Int32Array {
  const registers = emptySnapshot();
  registers[register] = value;
  return registers;
}

describe('the checker', () => {
  it('finds nothing wrong with what is right', () => {
    const ir = made((b) => {
      const product = b.alu('mul', 32, [b.register(0), b.constant(3)]);
      b.mq(product);
      b.exitIf({ code: 4 }, exitSpec({ registers: snapshotOf(0, product) }));
    });
    expect(irProblem(ir)).toBeUndefined();
    expect(() => checkIr(ir, 'a test')).not.toThrow();
  });

  it('finds values that are not there', () => {
    expect(irProblem(made((b) => b.binary('add', 7, 8)))).toMatch(/v7 is not defined before/);
    const twice = made((b) => b.constant(1) + b.constant(2));
    expect(irProblem(change(twice, 1, { id: 0 }))).toMatch(/defined twice/);
    expect(
      irProblem(
        change(
          made((b) => b.constant(1)),
          0,
          { id: 9 },
        ),
      ),
    ).toMatch(/not given out/);
    const lost = made(() => {}, { registers: snapshotOf(3, 5) });
    expect(irProblem(lost)).toMatch(/v5 is not defined before/);
  });

  it('lets no value live on behind an assist', () => {
    const ir = made((b) => {
      const value = b.register(0);
      b.assist(exitSpec({ kind: 'assist' }));
      b.unary('zx8', value);
    });
    expect(irProblem(ir)).toMatch(/does not live on behind the assist/);
  });

  it('finds the value of what has none', () => {
    const ir = made((b) => {
      b.store(4, b.constant(0), b.constant(1));
      b.unary('zx8', 2);
    });
    expect(irProblem(ir)).toMatch(/has no result/);
  });

  it('wants one end, at the end, and each exit once', () => {
    expect(irProblem({ ...made(() => {}), ops: [] })).toMatch(/no operations/);
    const open = made((b) => b.constant(1));
    open.ops.pop();
    expect(irProblem(open)).toMatch(/the unconditional exit is the last/);
    const shared = made((b) => b.exitIf({ code: 0 }, exitSpec()));
    expect(irProblem(change(shared, 1, { exit: 0 }))).toMatch(/belongs to another operation/);
    const dropped = made((b) => b.exitIf({ code: 0 }, exitSpec()));
    dropped.ops.shift();
    expect(irProblem(dropped)).toMatch(/belongs to no operation/);
    expect(
      irProblem(
        change(
          made(() => {}),
          0,
          { exit: 4 },
        ),
      ),
    ).toMatch(/no such exit/);
  });

  it('wants targets, kinds and counts that fit', () => {
    expect(irProblem(made(() => {}, { kind: 'return' }))).toMatch(/have a value/);
    expect(irProblem(made((b) => b.constant(1), { target: 0 }))).toMatch(/only computed targets/);
    expect(irProblem(made(() => {}, { kind: 'assist' }))).toMatch(/another kind/);
    expect(irProblem(made(() => {}, { instructions: 2 }))).toMatch(/more instructions than steps/);
  });

  it('wants the second result before the next one', () => {
    const ir = made((b) => {
      const first = b.alu('mul', 32, [b.constant(2), b.constant(3)]);
      b.alu('imul', 32, [first, first]);
      b.mq(first);
    });
    expect(irProblem(ir)).toMatch(/the other result is lost/);
  });

  it('wants the right number of arguments, and a value or a code', () => {
    const ir = made((b) => b.binary('add', b.constant(1), b.constant(2)));
    expect(irProblem(change(ir, 2, { args: [0] }))).toMatch(/number of arguments/);
    const both = made((b) => b.trap('target', { value: b.constant(1) }));
    expect(irProblem(change(both, 1, { code: 3 } as Partial<IrOp>))).toMatch(/not both/);
    expect(irProblem(made((b) => b.condition(16)))).toMatch(/no such condition/);
  });
});

/** Random regions (tests/unit/opt/random-region.ts) as a backend wants them. */
import type { Context } from '../../../cms/context.js';
import type { IrOp, IrRegion } from '../../../cms/ir/ir.js';
import { BOLDEST } from '../../../cms/policy.js';
import type { GuestRegion, RegionInstruction } from '../../../cms/region.js';

const CONTEXT = { id: 1, code32: true, stack32: true, user: false, csBase: 0 } as Context;

/** A copy of the region with what a backend asks of the guest's; the original stays as it is. */
export function withRegion(ir: IrRegion): IrRegion {
  const instruction = { physical: 0, nextEip: 0x42 } as RegionInstruction;
  const region: GuestRegion = {
    entryEip: 0,
    context: CONTEXT,
    gear: 'superblock',
    instructions: new Array<RegionInstruction>(1000).fill(instruction),
    end: 'branch',
    unrolled: 1,
    policy: BOLDEST,
  };
  const exits = ir.exits.map((exit) => ({ ...exit, registers: exit.registers.slice() }));
  return { ...ir, region, ops: ir.ops.map(copyOf), exits };
}

/** The evaluator numbers pages; real operations hold their addresses. */
const copyOf = (op: IrOp): IrOp =>
  op.op === 'chkpage'
    ? { ...op, physicalPage: op.physicalPage << 12 }
    : { ...op, args: [...op.args] };

/**
 * What an instruction's own work costs in the interpreter: it is lifted and compiled by itself, with
 * no pass of the optimizer, for a mode of which nothing is known (each segment has a base and a
 * limit, as the interpreter has to assume), and its straight path is counted. The registers and
 * flags that it uses lie in the state block there, which is counted beside.
 *
 * One canonical instruction stands for all of a row's variant: registers are eax and esp (or ah), a
 * memory operand is [ebx+8], immediates are 1. So costs do not depend on which instruction comes first.
 */
import { Insn } from '../../guest-isa/decode/insn.js';
import type { InsnRow } from '../../guest-isa/insn/row.js';
import { EBX, ZERO } from '../../guest-isa/state/layout.js';
import type { Backend } from '../backend/compile-region.js';
import { CannotCompile } from '../backend/compiled.js';
import type { StaticCost } from '../backend/static-cycles.js';
import type { Context } from '../context.js';
import type { IrOp, IrRegion } from '../ir/ir.js';
import { flagsRead, flagsWritten } from '../ir/ir-ops.js';
import type { Lifter } from '../lift/lift-region.js';
import type { CmsOptions } from '../options.js';
import { BOLDEST } from '../policy.js';
import { directTarget, eipBehind, transferOf } from '../profile/instruction-facts.js';

/**
 * Options of the backend for the software's own code, which does not change with those of
 * translations: scheduled, nothing speculated, no predictions.
 */
export function ownCodeOptions(options: CmsOptions): CmsOptions {
  return {
    ...options,
    schedule: {
      ...options.schedule,
      reorder: true,
      loadsOverStores: false,
      loadsOverBranches: false,
    },
    indirect: { ...options.indirect, inlineTarget: false, returnPrediction: false },
  };
}

export interface HandlerBody extends StaticCost {
  /** Guest registers read and written, through the state block. */
  readonly registersRead: number;
  readonly registersWritten: number;
  readonly readsFlags: boolean;
  readonly writesFlags: boolean;
}

const EIP = 0x1000;

/** The mode for which the interpreter is written. */
const ANY_MODE: Context = {
  id: 0,
  code32: true,
  stack32: true,
  user: false,
  level0: false,
  csBase: 0,
  csLimit: 0xffffffff,
  segments: Array.from({ length: 6 }, () => ({ kind: 'limited', writable: true, zeroBase: false })),
};

/** Exits hand all flags on; that is no look at them. */
const looksAtFlags = (op: IrOp): boolean =>
  op.op === 'exitIf' ? op.args.length === 0 : op.op !== 'exit' && flagsRead(op) !== 0;

/** The body of a row's variant; undefined if lifter or host (too few registers) cannot express it. */
export function handlerBody(
  lifter: Lifter,
  backend: Pick<Backend, 'costOf'>,
  row: InsnRow,
  opSize: 2 | 4,
  isMem: boolean,
): HandlerBody | undefined {
  const insn = canonical(row, opSize, isMem);
  if (lifter.canLift(insn, ANY_MODE) !== 'lift') return undefined;
  const ir = lifter.liftRegion(regionOf(insn));
  const cost = costOf(backend, ir);
  if (!cost) return undefined;
  const last = ir.exits[ir.exits.length - 1];
  return {
    ...cost,
    registersRead: ir.ops.filter((op) => op.op === 'reg').length,
    registersWritten: last.registers.filter((value) => value >= 0).length,
    readsFlags: ir.ops.some(looksAtFlags),
    writesFlags: ir.ops.some((op) => flagsWritten(op) !== 0),
  };
}

function costOf(backend: Pick<Backend, 'costOf'>, ir: IrRegion): StaticCost | undefined {
  try {
    return backend.costOf(ir);
  } catch (thrown) {
    if (thrown instanceof CannotCompile) return undefined;
    throw thrown;
  }
}

function canonical(row: InsnRow, opSize: 2 | 4, isMem: boolean): Insn {
  const registers = { reg: 4, rm: 0 };
  const memory = isMem ? { base: EBX, index: ZERO, disp: 8 } : {};
  return Object.assign(new Insn(), { row, opSize, isMem, length: 3, imm: 1 }, registers, memory);
}

function regionOf(insn: Insn): Parameters<Lifter['liftRegion']>[0] {
  const transfer = transferOf(insn);
  const jumps = transfer === 'jump' || transfer === 'call';
  const instruction = {
    insn,
    eip: EIP,
    physical: EIP,
    bytes: new Uint8Array(insn.length),
    tailPhysicalPage: -1,
    nextEip: jumps ? directTarget(insn, EIP) : eipBehind(insn, EIP),
    ifConverted: 0,
  };
  return {
    entryEip: EIP,
    context: ANY_MODE,
    gear: 'block',
    instructions: [instruction],
    end: 'instructionLimit',
    unrolled: 1,
    policy: BOLDEST,
  };
}

/**
 * Executes the intermediate representation of a region on an interpreter's processor: what the
 * backend and the host have to preserve. It is as strict as the representation allows: results of
 * ALU operations get garbage above their width, and a store to a page of the region's own code is
 * refused as T-bits would.
 */

import {
  type IrExit,
  type IrOp,
  type IrRegion,
  STATE_REGISTERS,
  type ValueId,
} from '../../../cms/ir/ir.js';
import { evaluateBinary, evaluateUnary, isBinary, isUnary } from '../../../cms/ir/ir-ops.js';
import type { Cpu } from '../../../guest-isa/interp/cpu.js';
import { PAGE_MASK } from '../../../guest-isa/mmu/tlb-entry.js';
import * as alu from '../../../guest-isa/sem/alu.js';
import * as aluBits from '../../../guest-isa/sem/alu-bits.js';
import * as aluMultiply from '../../../guest-isa/sem/alu-multiply.js';
import * as aluShift from '../../../guest-isa/sem/alu-shift.js';
import { condition } from '../../../guest-isa/state/flags.js';
import {
  AUX,
  EIP,
  FLAG_CARRY,
  FLAG_RESULT,
  MID_REPEAT,
  START_EIP,
  STATE_WORDS,
} from '../../../guest-isa/state/layout.js';

export interface Machine {
  readonly cpu: Cpu;
  readonly ram: Uint8Array;
  /** One step of the interpreter; false if it faulted. */
  step(): boolean;
}

/** Called at each commit, when the state is published. */
export interface Observer {
  committed(steps: number, instructions: number): void;
  /** The interpreter did one instruction. */
  assisted(): void;
}

export type Ending =
  | { readonly kind: 'exit'; readonly exit: IrExit }
  /** Back at the last commit, for this reason. */
  | { readonly kind: 'rolledBack'; readonly why: string }
  /** An assisted instruction went somewhere else. */
  | { readonly kind: 'left' };

type AluFunction = (s: Int32Array, ...args: number[]) => number;
export const ALU_FUNCTIONS = {
  ...alu,
  ...aluBits,
  ...aluShift,
  ...aluMultiply,
} as unknown as Readonly<Record<string, AluFunction>>;

/** What ends the evaluation in the middle of an operation. */
class RollBack {
  constructor(readonly why: string) {}
}

export function evaluate(ir: IrRegion, machine: Machine, observer: Observer): Ending {
  return new Evaluation(ir, machine, observer).run();
}

class Evaluation {
  private readonly values = new Map<ValueId, number>();
  private readonly auxiliary = new Map<ValueId, number>();
  private readonly scratch = new Int32Array(STATE_WORDS);
  private readonly exits: readonly IrExit[];
  /** RAM at the last commit. */
  private before: Uint8Array;

  constructor(
    private readonly ir: IrRegion,
    private readonly machine: Machine,
    private readonly observer: Observer,
  ) {
    this.exits = ir.exits;
    this.before = machine.ram.slice();
    this.takeFlags();
  }

  private takeFlags(): void {
    for (const word of [FLAG_RESULT, FLAG_CARRY]) this.scratch[word] = this.machine.cpu.s[word];
  }

  run(): Ending {
    const { machine } = this;
    try {
      for (const op of this.ir.ops) {
        const ending = this.operation(op);
        if (ending) return ending;
      }
      throw new Error('no exit at the end');
    } catch (thrown) {
      if (!(thrown instanceof RollBack) && thrown !== machine.cpu.fault) throw thrown;
      machine.ram.set(this.before);
      const why = thrown instanceof RollBack ? thrown.why : `fault ${machine.cpu.fault.vector}`;
      return { kind: 'rolledBack', why };
    }
  }

  private operation(op: IrOp): Ending | undefined {
    switch (op.op) {
      case 'exit':
        return this.leave(this.exits[op.exit]);
      case 'exitIf':
        return this.holds(op) ? this.leave(this.exits[op.exit]) : undefined;
      case 'commit':
        this.publish(this.exits[op.exit]);
        return undefined;
      case 'assist':
        return this.assist(this.exits[op.exit]);
      case 'trap':
        if (this.holds(op)) throw new RollBack(op.why);
        return undefined;
      case 'chkpage':
        if ((this.machine.cpu.translate(op.linear, false) & PAGE_MASK) !== op.physicalPage)
          throw new RollBack('mapping');
        return undefined;
      case 'store':
        this.store(op.bytes, this.value(op.args[0]), this.value(op.args[1]));
        return undefined;
      default:
        this.values.set(op.id, this.result(op) | 0);
        return undefined;
    }
  }

  private value(id: ValueId): number {
    const value = this.values.get(id);
    if (value === undefined) throw new Error(`v${id} has no value`);
    return value;
  }

  private holds(op: { readonly code: number; readonly args: readonly ValueId[] }): boolean {
    return op.args.length > 0
      ? this.value(op.args[0]) !== 0
      : condition(this.scratch, op.code) !== 0;
  }

  private result(op: IrOp): number {
    const args = op.args.map((arg) => this.value(arg));
    if (isBinary(op.op)) return evaluateBinary(op.op, args[0], args[1]);
    if (isUnary(op.op)) return evaluateUnary(op.op, args[0]);
    switch (op.op) {
      case 'const':
        return op.value;
      case 'reg':
        return this.machine.cpu.s[op.register];
      case 'loadState':
        return this.machine.cpu.s[op.word];
      case 'select':
        return args[0] !== 0 ? args[1] : args[2];
      case 'selcc':
        return condition(this.scratch, op.code) !== 0 ? args[0] : args[1];
      case 'cond':
        return condition(this.scratch, op.code);
      case 'load':
        return this.load(op.bytes, op.signed, args[0]);
      case 'mq':
        return this.auxiliary.get(op.args[0]) as number;
      case 'alu':
        return this.alu(op, args);
      case 'flag':
        return ALU_FUNCTIONS[op.flag === 'keepzero' ? 'keepZero' : op.flag](this.scratch, ...args);
      default:
        throw new Error(`${op.op} is not evaluated`);
    }
  }

  private alu(op: IrOp & { op: 'alu' }, args: readonly number[]): number {
    const { scratch } = this;
    const [result, carry] = [scratch[FLAG_RESULT], scratch[FLAG_CARRY]];
    const value = ALU_FUNCTIONS[`${op.alu}${op.bits}`](scratch, ...args);
    if (value === aluMultiply.DIVIDE_ERROR) throw new RollBack('divide');
    if (!op.setsFlags) {
      scratch[FLAG_RESULT] = result;
      scratch[FLAG_CARRY] = carry;
    }
    this.auxiliary.set(op.id, garbageAbove(scratch[AUX], op.bits));
    const product = (op.alu === 'mul' || op.alu === 'imul') && op.bits === 8;
    return garbageAbove(value, product ? 16 : op.bits);
  }

  private load(bytes: 1 | 2 | 4, signed: boolean, linear: number): number {
    const value = this.machine.cpu.readSlow(linear, bytes);
    return signed ? (value << (32 - 8 * bytes)) >> (32 - 8 * bytes) : value;
  }

  private store(bytes: 1 | 2 | 4, linear: number, value: number): void {
    const page = linear & PAGE_MASK;
    const { region } = this.ir;
    const hit = region.instructions.some(
      (i) => ((i.eip + region.context.csBase) & PAGE_MASK) === page,
    );
    if (hit && !region.policy.selfCheck) throw new RollBack('tBit');
    this.machine.cpu.writeSlow(linear, value, bytes);
  }

  private publish(exit: IrExit): void {
    const { s } = this.machine.cpu;
    const values = STATE_REGISTERS.map((r) =>
      exit.registers[r] >= 0 ? this.value(exit.registers[r]) : s[r],
    );
    const eip = exit.target >= 0 ? this.value(exit.target) : exit.eip;
    const skipped = exit.skipped >= 0 ? this.value(exit.skipped) : 0;
    STATE_REGISTERS.forEach((r, i) => {
      s[r] = values[i];
    });
    s[FLAG_RESULT] = this.scratch[FLAG_RESULT];
    s[FLAG_CARRY] = this.scratch[FLAG_CARRY];
    s[EIP] = eip;
    s[MID_REPEAT] = exit.midRepeat ? 1 : 0;
    if (exit.midRepeat) s[START_EIP] = eip;
    this.before = this.machine.ram.slice();
    this.observer.committed(exit.steps - skipped, exit.instructions - skipped);
  }

  private leave(exit: IrExit): Ending {
    this.publish(exit);
    return { kind: 'exit', exit };
  }

  private assist(exit: IrExit): Ending | undefined {
    const { cpu } = this.machine;
    this.publish(exit);
    const { insn } = this.ir.region.instructions[exit.guest];
    const goesOn = this.machine.step() && cpu.s[EIP] === ((exit.eip + insn.length) | 0);
    this.observer.assisted();
    this.values.clear();
    this.takeFlags();
    this.before = this.machine.ram.slice();
    return goesOn ? undefined : { kind: 'left' };
  }
}

/** Nobody may look above the width of a result. */
function garbageAbove(value: number, bits: number): number {
  return bits >= 32 ? value : (value & ((1 << bits) - 1)) | (0x5a5a5a5a << bits);
}

/**
 * Two stages (tests/insn/stage.ts) side by side: on one the interpreter goes step by step, on the
 * other regions are lifted and evaluated. Whenever the latter commits, the former does as many
 * steps, and both must hold the same registers, flags and memory.
 */

import type { Context } from '../../../cms/context.js';
import type { IrRegion } from '../../../cms/ir/ir.js';
import { checkIr } from '../../../cms/ir/ir-check.js';
import { Lifter } from '../../../cms/lift/lift-region.js';
import { repeats } from '../../../cms/lift/lift-rules.js';
import { BOLDEST, type TranslationPolicy } from '../../../cms/policy.js';
import type { GuestRegion, RegionEnd, RegionInstruction } from '../../../cms/region.js';
import { ContextTable } from '../../../cms/runtime/context-table.js';
import type { Insn } from '../../../guest-isa/decode/insn.js';
import { Assembler } from '../../../guest-isa/disasm/assemble.js';
import { rows } from '../../../guest-isa/insn/index.js';
import type { Cpu } from '../../../guest-isa/interp/cpu.js';
import { Fetch } from '../../../guest-isa/interp/fetch.js';
import { readEflags } from '../../../guest-isa/state/flags.js';
import { FEATURE_BITS } from '../../../guest-isa/state/identity.js';
import * as W from '../../../guest-isa/state/layout.js';
import type { Case } from '../../insn/case.js';
import { hex } from '../../insn/compare.js';
import { Stage } from '../../insn/stage.js';
import { type Ending, evaluate, type Machine } from './evaluate.js';

export const lifter = new Lifter(new Set(Object.keys(FEATURE_BITS)));
export const assembler = new Assembler(rows);

const USER = 3;
/** Where the arena and the code lie in the stage's RAM; tables with their accessed bits lie before. */
const COMPARED_FROM = 0x8000;

/** Chooses where the path goes on: undefined ends the region. */
export type PathChoice = (
  insn: Insn,
  taken: number | undefined,
  next: number,
) => number | undefined;

export class LiftStage {
  readonly reference = new Stage(rows);
  readonly lifted = new Stage(rows);
  readonly fetch = new Fetch(this.lifted.cpu, rows);
  private readonly contexts = new ContextTable(this.lifted.cpu);
  private readonly machine: Machine;

  constructor() {
    const { lifted } = this;
    this.machine = {
      cpu: lifted.cpu,
      ram: lifted.ram,
      step: () => {
        lifted.step();
        return running(lifted.cpu);
      },
    };
  }

  prepare(c: Case): () => void {
    const undo = [this.reference, this.lifted].map((stage) => stage.prepare(c));
    return () => {
      for (const each of undo) each();
      for (const stage of [this.reference, this.lifted]) stage.outcome();
    };
  }

  /** Both go on at another privilege level, with the segments that they have; to be taken back before `prepare`'s undo. */
  setLevel(cpl: 0 | 3): void {
    for (const { cpu } of [this.reference, this.lifted]) cpu.setCpl(cpl);
  }

  get eip(): number {
    return this.lifted.cpu.s[W.EIP];
  }

  context(): Context | undefined {
    return this.contexts.current();
  }

  get running(): boolean {
    return running(this.reference.cpu);
  }

  /** Both interpreters do one step. */
  step(): void {
    this.reference.step();
    this.lifted.step();
  }

  /** The instruction at an eip as region formers see it, if it can be had without a fault. */
  peek(eip: number): ReturnType<Fetch['peek']> {
    return this.fetch.peek(eip);
  }

  /** Makes the page of the present eip known to `peek`. False where the fetch faults. */
  touch(): boolean {
    const { cpu } = this.lifted;
    try {
      this.fetch.instruction();
      return true;
    } catch (thrown) {
      if (thrown !== cpu.fault) throw thrown;
      return false;
    }
  }

  /** A region from the present eip: instructions as long as they are there and not the interpreter's. */
  region(
    context: Context,
    most: number,
    choose: PathChoice,
    policy: TranslationPolicy = BOLDEST,
  ): GuestRegion | undefined {
    const instructions: RegionInstruction[] = [];
    const entryEip = this.lifted.cpu.s[W.EIP] >>> 0;
    let end: RegionEnd = 'instructionLimit';
    for (let eip: number | undefined = entryEip; eip !== undefined; ) {
      const seen = instructions.length < most ? this.peek(eip) : undefined;
      if (!seen) break;
      if (lifter.canLift(seen.insn, context) === 'interpret') {
        end = 'interpretOnly';
        break;
      }
      const next: number = (eip + seen.insn.length) >>> 0;
      const onward = choose(seen.insn, targetOf(seen.insn, next), next);
      instructions.push({ ...seen, eip, nextEip: onward ?? next, ifConverted: 0 });
      // Repeated string instructions loop on themselves.
      if (repeats(seen.insn)) break;
      eip = onward;
    }
    if (instructions.length === 0) return undefined;
    return { entryEip, context, gear: 'superblock', instructions, end, unrolled: 1, policy };
  }

  lift(region: GuestRegion): IrRegion {
    const ir = lifter.liftRegion(region);
    checkIr(ir, 'lifting');
    return ir;
  }

  /** Evaluates; differences found at commits are added to `found`. */
  run(ir: IrRegion, found: string[]): Ending {
    return evaluate(ir, this.machine, {
      committed: (steps, instructions) => {
        const extra = this.reference.cpu.s[W.REPEAT_EXTRA_LO];
        for (let i = 0; i < steps; i++) this.reference.step();
        const further = this.reference.cpu.s[W.REPEAT_EXTRA_LO] - extra;
        if (steps - further !== instructions)
          found.push(`${steps - further} instructions in ${steps} steps, not ${instructions}`);
        this.compare(found);
      },
      assisted: () => {
        this.reference.step();
        this.compare(found);
      },
    });
  }

  compare(found: string[]): void {
    const want = this.reference.cpu.s;
    const have = this.lifted.cpu.s;
    const differ = (what: string, a: number, b: number): void => {
      if (a !== b) found.push(`${what}: interpreted ${hex(a)}, lifted ${hex(b)}`);
    };
    for (let i = 0; i < 8; i++) differ(NAMES[i], want[i], have[i]);
    differ('eip', want[W.EIP], have[W.EIP]);
    differ('eflags', readEflags(want), readEflags(have));
    differ('cpl', want[W.CPL], have[W.CPL]);
    differ('mid-repeat', midRepeat(want), midRepeat(have));
    const [a, b] = [this.reference, this.lifted].map((stage) => stage.ram.subarray(COMPARED_FROM));
    if (Buffer.compare(a, b) !== 0) {
      const at = a.findIndex((byte, i) => byte !== b[i]);
      found.push(`memory at ${hex(at + COMPARED_FROM)}: ${hex(a[at], 2)}, lifted ${hex(b[at], 2)}`);
    }
  }
}

const NAMES = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
const running = (cpu: Cpu): boolean => cpu.s[W.CPL] === USER;
const midRepeat = (s: Int32Array): number =>
  s[W.MID_REPEAT] !== 0 && s[W.EIP] === s[W.START_EIP] ? 1 : 0;

/** Known target of a relative transfer. */
function targetOf(insn: Insn, next: number): number | undefined {
  if (insn.row?.operands[0]?.[0] !== 'J') return undefined;
  return insn.opSize === 2 ? (next + insn.imm) & 0xffff : (next + insn.imm) >>> 0;
}

/** Straight on, and over jumps and calls; ends at computed transfers. */
export const straightOn: PathChoice = (insn, taken, next) => {
  const flow = insn.row?.flow;
  if (flow === 'next' || flow === 'branch') return next;
  return flow === 'jump' || flow === 'call' ? taken : undefined;
};

/**
 * The first gear: executes one guest instruction by the interpreter's handlers, charges what the
 * software's interpreter would take for it on the host, and counts it. Faults are delivered here;
 * everything precise about the guest comes from this file alone.
 *
 * Time is paid before an instruction is executed, so that devices see it; what its accesses wait in
 * the caches is added as they are made. A repeated string instruction that gives way between two
 * iterations and is taken up again pays for an iteration only: how a run is cut into slices
 * never shows in the cycles.
 */
import type { Insn } from '../../guest-isa/decode/insn.js';
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import type { FaultDelivery } from '../../guest-isa/interp/executor.js';
import type { Fetch } from '../../guest-isa/interp/fetch.js';
import { type AccessWatch, PageKind } from '../../guest-isa/mmu/ports.js';
import {
  EIP,
  MID_REPEAT,
  REMAINING,
  REPEAT_EXTRA_LO,
  START_EIP,
} from '../../guest-isa/state/layout.js';
import type { HostCore } from '../../hw/core/host-core.js';
import type { TimingModel } from '../../hw/core/timing-model.js';
import { CPI } from '../../hw/timing/cpi.js';
import type { GuestObserver, StepCost } from './parts.js';
import type { Statistics } from './statistics.js';

export interface InterpreterParts {
  readonly cpu: Cpu;
  readonly fetch: Fetch;
  readonly core: HostCore;
  /** By how time passes on the core. */
  readonly costs: Readonly<Record<TimingModel, StepCost>>;
  /** Host physical address of guest RAM. */
  readonly ramOffset: number;
  readonly deliver: FaultDelivery;
  readonly statistics: Statistics;
  /** Cycles of delivering a fault. */
  readonly deliveryCycles: number;
  /** Iterations of a repeated string instruction after which a translation is looked for. */
  readonly repeatIterations: number;
}

export class InterpreterGear implements AccessWatch {
  observer: GuestObserver | undefined;
  /** Instructions completed (those that faulted included). */
  instructions = 0;
  /** The same with further iterations of repeated ones. */
  steps = 0;
  /** Eip of the last instruction that accessed anything but RAM; whoever asks sets it to -1 before. */
  ioEip = -1;
  private readonly cpu: Cpu;
  private readonly fetch: Fetch;
  private readonly core: HostCore;
  private cost: StepCost;
  private readonly s: Int32Array;
  /** Further iterations (REPEAT_EXTRA) whose cycles are booked. */
  private extrasBooked = 0;
  /** An instruction is under way; else accesses are those of a delivery, and translated code counts iterations too. */
  private isStepping = false;

  constructor(private readonly parts: InterpreterParts) {
    const { cpu, fetch, core } = parts;
    this.cpu = cpu;
    this.fetch = fetch;
    this.core = core;
    this.cost = this.costOfNow();
    this.s = cpu.s;
    cpu.watchAccesses(this);
  }

  /** Time passes in another way on the core. */
  timingChanged(): void {
    this.cost = this.costOfNow();
  }

  private costOfNow(): StepCost {
    const { cpu, core, costs } = this.parts;
    const cost = costs[core.timing];
    cpu.cyclesPerIteration = cost.cyclesPerIteration;
    return cost;
  }

  get midRepeat(): boolean {
    return this.s[MID_REPEAT] !== 0 && this.s[EIP] === this.s[START_EIP];
  }

  /** Has a repeated string instruction given way since it has come to so many iterations? */
  get longRepeat(): boolean {
    return this.cpu.iterationsLeft <= 0 && this.midRepeat;
  }

  /** The instruction at EIP, or some iterations of it. Undefined if it faulted: the fault is delivered then. */
  step(): Insn | undefined {
    const { cpu, s } = this;
    const extras = s[REPEAT_EXTRA_LO];
    this.extrasBooked = extras;
    this.isStepping = true;
    let insn: Insn | undefined;
    let faulted = false;
    try {
      insn = this.begin();
      s[EIP] += insn.length;
      insn.exec(cpu, insn);
    } catch (thrown) {
      if (thrown !== cpu.fault) throw thrown;
      faulted = true;
      if (insn === undefined) this.pass(this.cost.unfetchedCycles);
      this.parts.statistics.count.faults++;
      this.parts.deliver(cpu, cpu.fault);
      this.core.charge(CPI.dispatch, this.parts.deliveryCycles);
    }
    this.finish(insn, extras);
    return faulted ? undefined : insn;
  }

  accessed(linear: number, physical: number, write: boolean): void {
    if (this.cpu.memory.pageKinds[physical >>> 12] === PageKind.slow) {
      this.ioEip = this.s[START_EIP];
      return;
    }
    // Time has passed since the instruction began: the fill port may be free again.
    if (this.isStepping) this.bookIterations(this.s[REPEAT_EXTRA_LO]);
    const waits = this.core.guestAccess(linear, physical + this.parts.ramOffset, write);
    if (waits !== 0) this.core.charge(CPI.interpret, waits);
  }

  /** Finds the instruction and pays for it. */
  private begin(): Insn {
    const { cpu, s } = this;
    const eip = s[EIP];
    const goesOn = s[MID_REPEAT] !== 0 && eip === s[START_EIP];
    s[START_EIP] = eip;
    const offset = (eip - cpu.fetchEip) | 0;
    let insn = offset >>> 0 < 0x1000 ? cpu.fetchEntries[offset] : undefined;
    if (insn === undefined) insn = this.fetch.instruction();
    const isOld = goesOn && insn.repeat !== 0;
    if (!isOld || cpu.iterationsLeft <= 0) cpu.iterationsLeft = this.parts.repeatIterations;
    if (isOld) this.pass(this.cost.cyclesPerIteration);
    else this.cost.step(insn, eip);
    return insn;
  }

  /** Counts. */
  private finish(insn: Insn | undefined, extrasBefore: number): void {
    this.isStepping = false;
    if (insn === undefined || insn.repeat === 0) {
      this.count(1, 1);
      return;
    }
    const extras = (this.s[REPEAT_EXTRA_LO] - extrasBefore) | 0;
    const gaveWay = this.midRepeat;
    const further = gaveWay ? extras - 1 : extras;
    this.bookIterations(extrasBefore + further);
    this.count(1 + further, gaveWay ? 0 : 1);
  }

  /** Books what further iterations have taken, up to a count; they have taken it from the time already. */
  private bookIterations(extras: number): void {
    const cycles = ((extras - this.extrasBooked) | 0) * this.cost.cyclesPerIteration;
    if (cycles === 0) return;
    this.extrasBooked = extras;
    this.s[REMAINING] += cycles;
    this.pass(cycles);
  }

  /** Cycles of an instruction, in whichever model. */
  private pass(cycles: number): void {
    this.core.charge(CPI.interpret, cycles, cycles);
  }

  private count(steps: number, instructions: number): void {
    this.instructions += instructions;
    this.steps += steps;
    this.observer?.interpreted(steps);
  }
}

/**
 * Runs the processor in time: fires what is due on the clock, takes interrupts, skips idle time,
 * and hands slices to the executor. Instructions that need to be looked at one by one (single
 * step, breakpoints, the instruction after sti) get slices of one.
 */

import type { GuestFault } from '../state/exceptions.js';
import { IF, TF } from '../state/flags.js';
import { FLAGS_SYSTEM, HALTED, INHIBIT } from '../state/layout.js';
import {
  afterInstruction,
  beforeInstruction,
  type DebugOutcome,
  needsDebugCare,
} from '../system/debug.js';
import {
  deliverExternal,
  deliverFault,
  deliverNmi,
  nmiBlocked,
  type Shutdown,
} from '../system/deliver.js';
import type { Cpu } from './cpu.js';
import type { Delivery, Executor, MakeExecutor } from './executor.js';
import type { Fetch } from './fetch.js';
import { StepLoop } from './step-loop.js';

export type RunEnd = 'limit' | 'stopped' | 'shutdown' | 'haltForever';

/** What a snapshot keeps beside the state block. */
export interface RunLoopState {
  /** Executed so far, by whichever executor. */
  readonly instructions: number;
  readonly idleCycles: number;
  readonly deliveries: number;
  readonly nmiPending: boolean;
  readonly faultCounts: readonly number[];
}

export class RunLoop {
  /** Cycles that passed while the processor was halted. */
  idleCycles = 0;
  /** Set when the processor shut down after a triple fault. */
  shutdown: Shutdown | undefined;
  /** Faults delivered, by vector. */
  readonly faultCounts = new Float64Array(32);
  /** Events taken between instructions. */
  private deliveries = 0;
  private stopRequested = false;
  private nmiPending = false;
  /** A local APIC may turn a timer into an NMI. */
  nmiPossible = false;
  private readonly executor: Executor;

  /** `make`: who executes the instructions; the interpreter unless another is given. */
  constructor(
    private readonly cpu: Cpu,
    fetch: Fetch,
    make: MakeExecutor = (deliver) => new StepLoop(cpu, fetch, deliver),
  ) {
    this.executor = make((_cpu, fault) => this.onFault(fault));
  }

  /** Guest instructions executed so far; repeated iterations count once. */
  get instructions(): number {
    return this.executor.instructions(this.busyCycles);
  }

  private get busyCycles(): number {
    return this.cpu.clock.now - this.idleCycles - this.deliveries;
  }

  save(): RunLoopState {
    const { instructions, idleCycles, deliveries, nmiPending } = this;
    return { instructions, idleCycles, deliveries, nmiPending, faultCounts: [...this.faultCounts] };
  }

  /** Behind clock and state block, which tell how many iterations and cycles there were. */
  restore(state: RunLoopState): void {
    this.idleCycles = state.idleCycles;
    this.deliveries = state.deliveries;
    this.nmiPending = state.nmiPending;
    this.faultCounts.set(state.faultCounts);
    this.executor.restore(state.instructions, this.busyCycles);
  }

  /** Ends `run` after the instruction under way. */
  stop(): void {
    this.stopRequested = true;
    this.cpu.clock.endSlice();
  }

  raiseNmi(): void {
    this.nmiPending = true;
    this.cpu.clock.endSlice();
  }

  /** Runs up to a cycle, or to what ends it earlier. */
  run(limitCycle: number): RunEnd {
    const { cpu } = this;
    const { s, clock } = cpu;
    this.stopRequested = false;
    for (;;) {
      clock.advance();
      if (this.stopRequested) return 'stopped';
      if (s[HALTED] === 2) return 'shutdown';
      if (clock.now >= limitCycle) return 'limit';
      const taken = this.takeInterrupt();
      if (taken) {
        this.payDelivery(taken);
        continue;
      }
      if (s[HALTED] !== 0) {
        if (this.sleepsForever()) return 'haltForever';
        const next = Math.min(clock.nextDue(), limitCycle);
        const slept = Math.max(0, next - clock.now);
        this.idleCycles += slept;
        this.executor.slept(slept);
        clock.skipTo(clock.now + slept);
        continue;
      }
      if (s[INHIBIT] !== 0 || needsDebugCare(cpu)) this.single();
      else {
        clock.startSlice(limitCycle);
        this.executor.run();
      }
    }
  }

  /** NMI, then INTR if it may be taken. Wakes a halted processor. After one the next may be due at once. */
  private takeInterrupt(): Delivery | undefined {
    const { cpu } = this;
    const { s } = cpu;
    if (s[INHIBIT] !== 0) return undefined;
    if (this.nmiPending && !nmiBlocked(cpu)) {
      this.nmiPending = false;
      this.wake();
      this.shutdown = deliverNmi(cpu, this.executor.midRepeat) ?? this.shutdown;
      return 'nmi';
    }
    if (!cpu.interrupts.intr || (s[FLAGS_SYSTEM] & IF) === 0) return undefined;
    this.wake();
    this.shutdown = deliverExternal(cpu, this.executor.midRepeat) ?? this.shutdown;
    return 'external';
  }

  /** With interrupts off only an NMI wakes the processor; timers may go on ticking for ever. */
  private sleepsForever(): boolean {
    const { cpu } = this;
    if ((cpu.s[FLAGS_SYSTEM] & IF) === 0) return !this.nmiPossible && !this.nmiPending;
    return cpu.clock.nextDue() === Infinity;
  }

  private wake(): void {
    this.cpu.s[HALTED] = 0;
  }

  /** One instruction, with breakpoints before and traps after it. */
  private single(): void {
    const { cpu } = this;
    const { s, clock } = cpu;
    // Breakpoints are looked for before an instruction, not before each iteration of one.
    if (!this.executor.midRepeat && this.noteShutdown(beforeInstruction(cpu)) !== 'nothing') {
      this.payDelivery('debug');
      return;
    }
    s[INHIBIT] = 0;
    const stepping = (s[FLAGS_SYSTEM] & TF) !== 0;
    clock.startSlice(clock.now + 1);
    const op = this.executor.single();
    if (op) this.noteShutdown(afterInstruction(cpu, op, stepping, this.executor.midRepeat));
  }

  /** An event taken between instructions costs time, which passes even if nothing else ever happens. */
  private payDelivery(what: Delivery): void {
    const { clock } = this.cpu;
    this.deliveries++;
    clock.startSlice(clock.now + 1);
    this.executor.payDelivery(what);
  }

  private noteShutdown(outcome: DebugOutcome): DebugOutcome {
    if (typeof outcome !== 'string') this.shutdown = outcome;
    return outcome;
  }

  private onFault(fault: GuestFault): void {
    this.faultCounts[fault.vector]++;
    this.shutdown = deliverFault(this.cpu, fault) ?? this.shutdown;
  }
}

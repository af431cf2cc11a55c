/**
 * Who executes guest instructions between the run loop's looks at clock and interrupts: the
 * interpreter alone (step-loop.ts), or whoever runs the guest by other means. The run loop gives it
 * time through REMAINING in the state block; how much of it an instruction takes, and how
 * instructions are counted, is the executor's affair.
 */
import type { Insn } from '../decode/insn.js';
import type { GuestFault } from '../state/exceptions.js';
import type { Cpu } from './cpu.js';

/** What the run loop can take between two instructions. */
export type Delivery = 'nmi' | 'external' | 'debug';

export interface Executor {
  /** Runs until REMAINING is used up or the processor is halted. */
  run(): void;
  /** Runs one instruction (or some iterations of one). Undefined if it faulted; the fault is delivered then. */
  single(): Insn | undefined;
  /** Does the processor stand between two iterations of a repeated string instruction? */
  readonly midRepeat: boolean;
  /** Guest instructions executed so far, given the cycles in which the processor neither slept nor took an event. */
  instructions(busyCycles: number): number;
  /** The machine's state was replaced: so many instructions had been executed before, by whichever executor. */
  restore(instructions: number, busyCycles: number): void;
  /** An event was taken between two instructions: pays for it. The slice under way is one cycle long. */
  payDelivery(what: Delivery): void;
  /** Time passed while the processor was halted. */
  slept(cycles: number): void;
}

/** Delivers a fault of the instruction at START_EIP (double and triple faults included). */
export type FaultDelivery = (cpu: Cpu, fault: GuestFault) => void;

export type MakeExecutor = (deliver: FaultDelivery) => Executor;

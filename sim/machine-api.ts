/**
 * The machine as those who drive it see it: run control, the console, results. The command line
 * and the snapshot file are written against this interface.
 *
 * Nothing here depends on the host's clock: how a run is cut into slices never changes what the
 * guest computes, and `stop()` called from inside a console listener ends the run at the
 * instruction that printed the byte.
 */
import type { MachineConfig } from './config/schema.js';
import type { ExplainAnswer, ExplainRequest } from './explain/explanation.js';
import type { MachineWatch } from './watch/machine-watch.js';

export type StopReason =
  /** The slice is over; the guest goes on. */
  | { readonly kind: 'slice' }
  /** `instructions` or `cycles` of the limit is reached. */
  | { readonly kind: 'limit' }
  /** `stop()` was called. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'powerOff'; readonly status: number; readonly why: string }
  /** The guest asked for a reset that the machine cannot carry out (no BIOS to start again from). */
  | { readonly kind: 'reset'; readonly why: string }
  | { readonly kind: 'tripleFault'; readonly where: string }
  /** Halted with interrupts off and nothing that could wake it. */
  | { readonly kind: 'haltForever'; readonly where: string };

export interface RunLimit {
  /** Absolute count of guest instructions at which the run stops. */
  readonly instructions?: number;
  /** Absolute cycle at which the run stops. */
  readonly cycles?: number;
  /** The call returns after about so many instructions, so that its caller can serve the terminal. */
  readonly sliceInstructions: number;
}

export interface MachineConsole {
  /** Called for each byte that the guest prints (first serial port, port 0xE9). */
  onByte(listener: (byte: number) => void): void;
  /** Typed at the first serial port. */
  send(bytes: Uint8Array): void;
}

export interface Statistic {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** One sentence: what was counted. */
  readonly text: string;
}

/** Something that a real machine would have answered with a fault or open bus: what, where first, how often. */
export interface ReportLine {
  readonly kind: 'unimplemented' | 'unmapped' | 'fault' | 'note';
  readonly what: string;
  readonly where: string;
  readonly count: number;
}

/** The part of a run that is, or was, fast-forwarded. */
export interface FastForwardStatus {
  /** Time passes in full, and the host's counters have begun. */
  readonly isOver: boolean;
  readonly instructions: number;
  readonly cycles: number;
  readonly idleCycles: number;
}

export interface MachineHandle {
  /** One line: what was loaded. */
  readonly summary: string;
  readonly console: MachineConsole;
  run(limit: RunLimit): StopReason;
  /** Ends the `run` under way after the current instruction. */
  stop(): void;
  readonly instructions: number;
  readonly cycles: number;
  readonly idleCycles: number;
  /** Undefined where the configuration asks for none. */
  readonly fastForward: FastForwardStatus | undefined;
  /** Ends fast-forwarding: the `run` under way ends after the current instruction, full timing begins there. */
  endFastForward(): void;
  /** Hash of all that the guest can see: registers, memory, devices. */
  stateHash(): string;
  /** Plain data and typed arrays (sim/snapshot stores them). */
  save(): unknown;
  /** For a machine that has not run yet. Its host and code morphing software begin anew, and so do their counters. */
  restore(state: unknown): void;
  statistics(): readonly Statistic[];
  report(): readonly ReportLine[];
  /** For those who watch the host; undefined where the golden interpreter runs alone. */
  readonly watch: MachineWatch | undefined;
  /** Tells of translations: those of an address, or the hottest. */
  explain(request: ExplainRequest): ExplainAnswer;
  /** Lines of the text screen, without blanks at their ends; undefined in a graphics mode. */
  screen(): readonly string[] | undefined;
  /** Releases open disk images. */
  close(): void;
}

/** `loadBoot` is false when a snapshot will be restored: kernel and initrd need not exist then. */
export type CreateMachine = (
  config: MachineConfig,
  options: { readonly loadBoot: boolean },
) => MachineHandle;

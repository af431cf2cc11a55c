/**
 * `run --events`: the run as JSON lines on standard output, for whoever watches it from another
 * process (compare, sweep, a live view). One `start`, which says what is counted; a `progress` with all
 * counters about twice a second of wall-clock time, and at the points of the logarithmic sample grid, which
 * are the same for all variants and enough for a start-up curve; one `end`. Watching changes nothing that is
 * computed.
 */
import type { MachineConfig } from '../sim/config/schema.js';
import type { MachineHandle } from '../sim/machine-api.js';
import { nextLogarithmic } from '../sim/results/sample-grid.js';
import type { CliHost } from './cli-host.js';
import type { RunObserver, RunResult } from './run-session.js';

export const eventsSchema = 'chrysalis/events/1';
const EVERY_MS = 500;
/** What is told while the run is fast-forwarded: what the host counts begins behind that. */
const GUEST_TOTALS =
  /^(guest\.instructions|guest\.faults|host\.(cycles|idleCycles)|fastForward\..*)$/;

export interface StartEvent {
  readonly event: 'start';
  readonly schema: string;
  readonly name: string;
  readonly guest: string;
  readonly maxInstructions: number | null;
  readonly counters: readonly CounterText[];
}

export interface CounterText {
  readonly name: string;
  readonly unit: string;
  readonly text: string;
}

export interface ProgressEvent {
  readonly event: 'progress';
  readonly instructions: number;
  readonly cycles: number;
  readonly idleCycles: number;
  readonly wallSeconds: number;
  /** Those that are not 0, by name; without those of the host while the run is fast-forwarded. */
  readonly statistics: Readonly<Record<string, number>>;
}

export interface EndEvent {
  readonly event: 'end';
  readonly exitCode: number;
  readonly sentence: string;
}

export type RunEvent = StartEvent | ProgressEvent | EndEvent;

export class RunEvents implements RunObserver {
  private readonly startedAt: number;
  private lastAt: number;
  /** Guest instructions at which all variants are looked at. */
  private nextPoint: number;

  constructor(
    private readonly machine: MachineHandle,
    config: MachineConfig,
    private readonly host: CliHost,
  ) {
    this.startedAt = host.wallClock();
    this.lastAt = this.startedAt;
    this.nextPoint = nextLogarithmic(machine.instructions);
    const { name, run } = config;
    this.write({
      event: 'start',
      schema: eventsSchema,
      name,
      guest: machine.summary,
      maxInstructions: run.maxInstructions,
      counters: machine.statistics().map(counterText),
    });
  }

  limit(): { instructions: number } {
    return { instructions: this.nextPoint };
  }

  look(): undefined {
    const now = this.host.wallClock();
    const { instructions } = this.machine;
    if (instructions >= this.nextPoint) this.nextPoint = nextLogarithmic(instructions);
    else if (now - this.lastAt < EVERY_MS) return;
    this.lastAt = now;
    this.progress();
  }

  end({ exitCode, sentence }: RunResult): void {
    this.progress();
    this.write({ event: 'end', exitCode, sentence });
  }

  private progress(): void {
    const { instructions, cycles, idleCycles } = this.machine;
    const isForwarding = this.machine.fastForward?.isOver === false;
    const counted = this.machine
      .statistics()
      .filter(({ name, value }) => value !== 0 && (!isForwarding || GUEST_TOTALS.test(name)));
    this.write({
      event: 'progress',
      ...{ instructions, cycles, idleCycles },
      wallSeconds: (this.host.wallClock() - this.startedAt) / 1000,
      statistics: Object.fromEntries(counted.map(({ name, value }) => [name, value])),
    });
  }

  private write(event: RunEvent): void {
    this.host.stdout.write(`${JSON.stringify(event)}\n`);
  }
}

const counterText = ({ name, unit, text }: CounterText): CounterText => ({ name, unit, text });

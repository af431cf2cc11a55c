/**
 * One run of a machine: slices, the console, what is typed, progress, signals, and what ended it.
 * All decisions that shape the run (until, typed input, panic) are taken inside the console
 * listener, at the byte that causes them, so they do not depend on how the run is sliced.
 */
import { ExitCode } from '../base/errors.js';
import type { MachineConfig } from '../sim/config/schema.js';
import type { MachineHandle, RunLimit, StopReason } from '../sim/machine-api.js';
import type { CliHost } from './cli-host.js';
import { ConsoleText } from './console-text.js';
import { Progress } from './progress.js';
import type { RunWatcher, SliceWish } from './run-watcher.js';
import { takeTerminal } from './terminal.js';

/** Small enough that keys, signals and progress are served many times a second. */
const sliceInstructions = 500_000;
/** Interactive: simulated time per slice, which an idle guest spends at the pace of real time. */
const interactiveSliceMs = 20;
const panicPattern = /Kernel panic - not syncing|Attempted to kill init|\bKERNEL PANIC\b/;

export type RunEnd =
  | StopReason
  | { readonly kind: 'until'; readonly line: string }
  | { readonly kind: 'panic'; readonly line: string }
  | { readonly kind: 'left'; readonly key?: 'q' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'signal'; readonly signal: 'SIGINT' | 'SIGTERM' };

export interface RunResult {
  readonly end: RunEnd;
  readonly exitCode: ExitCode;
  /** One sentence: why the run ended. */
  readonly sentence: string;
  readonly consoleText: string;
  readonly wallSeconds: number;
  /** Instructions of this run alone (a restored machine starts above zero). */
  readonly executed: number;
}

export interface SessionOptions {
  /** The terminal is the guest's: what is typed goes there, escapes that it prints go to the terminal. */
  readonly interactive: boolean;
  /** What the console shows is printed as it comes. */
  readonly echo: boolean;
  /** Draws the run, and may pause it. What ends the run does not depend on it. */
  readonly watcher?: RunWatcher | undefined;
  readonly observers?: readonly RunObserver[];
}

/** One call of the machine: its limit, and where it began. */
interface Slice {
  readonly limit: RunLimit;
  /** Whether the limit is that of a panic. */
  readonly panic: boolean;
  readonly startedAt: number;
  readonly cycles: number;
  readonly idleCycles: number;
}

/**
 * Somebody who follows a run between its slices: results, a replay. It may ask for slices to end
 * early, which changes nothing that the guest computes, and may end the run.
 */
export interface RunObserver {
  /** Absolute counts at which the present slice ends at the latest. */
  limit?(): { readonly instructions?: number; readonly cycles?: number };
  /** After each slice; a returned end ends the run. */
  look?(): RunEnd | undefined;
  /** Somebody typed at the terminal. */
  typed?(bytes: Uint8Array): void;
}

export class RunSession {
  private readonly text = new ConsoleText();
  private end: RunEnd | undefined;
  private panicLine: string | undefined;
  private panicCycle = Infinity;

  constructor(
    private readonly machine: MachineHandle,
    private readonly config: MachineConfig,
    private readonly host: CliHost,
    private readonly options: SessionOptions,
  ) {
    machine.console.onByte((byte) => {
      this.text.push(byte);
      if (options.interactive) host.stdout.write(Uint8Array.of(byte));
    });
    if (options.echo && !options.interactive) this.text.onText = (text) => host.stdout.write(text);
    this.watchUntil();
    this.watchFastForward();
    this.watchPanic();
  }

  async run(): Promise<RunResult> {
    const { machine, host } = this;
    const startedAt = host.wallClock();
    const startedInstructions = machine.instructions;
    const release = this.listen();
    const { watcher, interactive } = this.options;
    const progress = new Progress(machine, this.config, host, !interactive && !watcher);
    let endedAt = startedAt;
    try {
      watcher?.attach({
        type: (bytes) => this.type(bytes),
        finish: (end) => this.finish(end),
      });
      this.typeNext(0);
      while (!this.end) {
        const wish = await watcher?.beforeSlice();
        if (this.end) break;
        const slice = this.slice(wish);
        const reason = machine.run(slice.limit);
        if (reason.kind !== 'slice' && reason.kind !== 'stopped')
          this.end ??= this.meaning(reason, slice);
        for (const observer of this.observers) {
          const end = observer.look?.();
          if (end) this.end ??= end;
        }
        progress.tick();
        watcher?.afterSlice();
        await this.serveHost(slice);
      }
      endedAt = host.wallClock();
      await watcher?.over(this.sentence(), !isDeparture(this.end));
    } finally {
      release();
      watcher?.close();
    }
    const end = this.end as RunEnd;
    const result = this.outcome(end);
    return {
      end,
      ...result,
      consoleText: this.text.text(),
      wallSeconds: (endedAt - startedAt) / 1000,
      executed: machine.instructions - startedInstructions,
    };
  }

  private get observers(): readonly RunObserver[] {
    return this.options.observers ?? [];
  }

  private watchUntil(): void {
    if (this.config.run.until === null) return;
    this.text.watch(new RegExp(this.config.run.until), (line) =>
      this.finish({ kind: 'until', line }),
    );
  }

  private watchFastForward(): void {
    const { until } = this.config.simulation.fastForward;
    if (until === null) return;
    const end = this.text.watch(new RegExp(until), () => {
      end();
      this.machine.endFastForward();
    });
  }

  /** After a panic the guest may still print its trace; it gets one simulated second. */
  private watchPanic(): void {
    this.text.watch(panicPattern, (line) => {
      if (this.panicLine === undefined && !this.options.interactive) {
        this.panicCycle = this.machine.cycles + this.config.host.clockMHz * 1_000_000;
      }
      // The pattern is found before the line is complete, and again with each character after it.
      if (line.startsWith(this.panicLine ?? '')) this.panicLine = line;
    });
  }

  /** Types the entries of run.input in turn, each when its pattern is seen. */
  private typeNext(index: number): void {
    const entry = this.config.run.input[index];
    if (!entry) return;
    const type = (): void => {
      this.machine.console.send(Buffer.from(entry.text, 'utf8'));
      this.typeNext(index + 1);
    };
    if (entry.after === null) {
      type();
      return;
    }
    const end = this.text.watch(new RegExp(entry.after), () => {
      end();
      type();
    });
  }

  private finish(end: RunEnd): void {
    this.end ??= end;
    this.machine.stop();
    this.options.watcher?.leave();
  }

  private sentence(): string {
    return this.end ? this.outcome(this.end).sentence : '';
  }

  private outcome(end: RunEnd): { exitCode: ExitCode; sentence: string } {
    const plain = outcome(end, this.config, this.panicLine);
    const isForwarding = this.machine.fastForward?.isOver === false;
    if (!isForwarding || isDeparture(end)) return plain;
    return {
      exitCode: plain.exitCode === ExitCode.ok ? ExitCode.guestCrash : plain.exitCode,
      sentence: `${plain.sentence}, and fast-forwarding was not over: nothing was measured`,
    };
  }

  private slice(wish?: SliceWish): Slice {
    const { machine, config } = this;
    const pace = this.options.interactive
      ? machine.cycles + config.host.clockMHz * 1000 * interactiveSliceMs
      : Infinity;
    const wishes = this.observers.map((observer) => observer.limit?.() ?? {});
    const cycles = Math.min(pace, this.panicCycle, ...wishes.map((w) => w.cycles ?? Infinity));
    const wished = Math.min(...wishes.map((w) => w.instructions ?? Infinity));
    const most = wish?.sliceInstructions ?? sliceInstructions;
    const instructions = config.run.maxInstructions;
    return {
      limit: {
        sliceInstructions: Math.max(1, Math.min(most, wished - machine.instructions)),
        ...(instructions === null ? {} : { instructions }),
        ...(cycles === Infinity ? {} : { cycles }),
      },
      startedAt: this.host.wallClock(),
      cycles: machine.cycles,
      idleCycles: machine.idleCycles,
      panic: this.panicCycle <= pace,
    };
  }

  /** What a reason of the machine means for the run; undefined: it goes on. */
  private meaning(reason: StopReason, slice: Slice): RunEnd | undefined {
    if (reason.kind !== 'limit') return reason;
    const { maxInstructions } = this.config.run;
    if (maxInstructions !== null && this.machine.instructions >= maxInstructions) return reason;
    if (slice.panic && this.machine.cycles >= this.panicCycle)
      return { kind: 'panic', line: this.panicLine ?? '' };
    return undefined;
  }

  private listen(): () => void {
    const { host } = this;
    const offSignal = host.onSignal((signal) => this.finish({ kind: 'signal', signal }));
    const offTerminal = this.options.interactive
      ? takeTerminal(
          host.stdin,
          (bytes) => this.type(bytes),
          () => this.finish({ kind: 'left' }),
        )
      : () => {};
    const offClosed = host.onOutputClosed(() => this.finish({ kind: 'closed' }));
    return () => {
      offSignal();
      offTerminal();
      offClosed();
    };
  }

  private type(bytes: Uint8Array): void {
    for (const observer of this.observers) observer.typed?.(bytes);
    this.machine.console.send(bytes);
  }

  /** Lets the host's events in; an interactive guest that outran real time while idle waits for it. */
  private async serveHost(slice: Slice): Promise<void> {
    const { interactive, watcher } = this.options;
    const ahead = interactive || watcher ? this.idleAheadMs(slice) : 0;
    await this.host.wait(ahead >= 1 && !this.end ? ahead : 0);
  }

  /** Simulated time that the slice gained on the wall clock, if it was spent mostly halted. */
  private idleAheadMs(slice: Slice): number {
    const cycles = this.machine.cycles - slice.cycles;
    const idle = this.machine.idleCycles - slice.idleCycles;
    if (idle * 2 < cycles) return 0;
    const simulatedMs = cycles / (this.config.host.clockMHz * 1000);
    return simulatedMs - (this.host.wallClock() - slice.startedAt);
  }
}

/** Somebody has ended the run, and does not wait for anything. */
function isDeparture(end: RunEnd | undefined): boolean {
  return end?.kind === 'left' || end?.kind === 'closed' || end?.kind === 'signal';
}

function outcome(
  end: RunEnd,
  config: MachineConfig,
  panicLine: string | undefined,
): { exitCode: ExitCode; sentence: string } {
  const plain = describeEnd(end, config);
  const guestEnded =
    end.kind === 'powerOff' ||
    end.kind === 'reset' ||
    end.kind === 'haltForever' ||
    end.kind === 'limit';
  if (panicLine !== undefined && (guestEnded || end.kind === 'until')) {
    return {
      exitCode: ExitCode.guestCrash,
      sentence: `${plain.sentence}; its console showed "${panicLine.trim()}"`,
    };
  }
  if (config.run.until !== null && plain.exitCode === ExitCode.ok && guestEnded) {
    return {
      exitCode: ExitCode.guestCrash,
      sentence: `${plain.sentence} before its console showed /${config.run.until}/`,
    };
  }
  return plain;
}

function describeEnd(end: RunEnd, config: MachineConfig): { exitCode: ExitCode; sentence: string } {
  switch (end.kind) {
    case 'until':
      return { exitCode: ExitCode.ok, sentence: `the console showed /${config.run.until}/` };
    case 'powerOff':
      return end.status === 0
        ? { exitCode: ExitCode.ok, sentence: `the guest powered off (${end.why})` }
        : {
            exitCode: ExitCode.guestCrash,
            sentence: `the guest ended with status ${end.status} (${end.why})`,
          };
    case 'reset':
      return { exitCode: ExitCode.ok, sentence: `the guest asked for a reset (${end.why})` };
    case 'haltForever':
      return {
        exitCode: ExitCode.ok,
        sentence: `the guest halted with interrupts off at ${end.where}`,
      };
    case 'tripleFault':
      return {
        exitCode: ExitCode.guestCrash,
        sentence: `the guest crashed: triple fault at ${end.where}`,
      };
    case 'panic':
      return { exitCode: ExitCode.guestCrash, sentence: `the guest crashed: "${end.line.trim()}"` };
    case 'limit':
      return {
        exitCode: ExitCode.limit,
        sentence: `the limit of ${config.run.maxInstructions} instructions is reached`,
      };
    case 'signal':
      return {
        exitCode: end.signal === 'SIGINT' ? ExitCode.sigint : ExitCode.sigterm,
        sentence: `interrupted by ${end.signal}`,
      };
    case 'left':
      return { exitCode: ExitCode.ok, sentence: `left with ${end.key ?? 'ctrl-]'}` };
    case 'closed':
      return { exitCode: ExitCode.ok, sentence: 'nobody reads the output any more' };
    case 'slice':
    case 'stopped':
      return { exitCode: ExitCode.bug, sentence: `the run ended without a reason (${end.kind})` };
    default:
      return end satisfies never;
  }
}

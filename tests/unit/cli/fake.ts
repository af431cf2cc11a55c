/** A scripted machine and a host of recorded streams, to test the command line by itself. */
import { EventEmitter } from 'node:events';
import type { CliHost } from '../../../cli/cli-host.js';
import { runCli } from '../../../cli/program.js';
import type { MachineConfig } from '../../../sim/config/schema.js';
import type { ExplainAnswer, ExplainRequest } from '../../../sim/explain/explanation.js';
import type {
  CreateMachine,
  MachineHandle,
  RunLimit,
  StopReason,
} from '../../../sim/machine-api.js';

/** What the guest does when so many instructions have executed. */
export interface Step {
  readonly at: number;
  readonly print?: string;
  readonly end?: StopReason;
  /** Called when the step is reached. */
  readonly act?: () => void;
}

export class FakeMachine implements MachineHandle {
  readonly summary = 'a scripted guest';
  instructions = 0;
  /** Share of the cycles that count as idle. */
  idleShare = 0;
  closed = false;
  watch: MachineHandle['watch'] = undefined;
  screenText: readonly string[] = [];
  explainer: (request: ExplainRequest) => ExplainAnswer = () => ({ kind: 'noTranslations' });
  readonly typed: string[] = [];
  private readonly listeners: ((byte: number) => void)[] = [];
  private stopped = false;
  private forwardEnd: { instructions: number; cycles: number; idleCycles: number } | undefined =
    undefined;
  private next = 0;

  constructor(
    private readonly steps: readonly Step[],
    readonly config: MachineConfig,
    readonly loadBoot: boolean,
    private readonly onTyped: (text: string, machine: FakeMachine) => void,
  ) {}

  readonly console = {
    onByte: (listener: (byte: number) => void): void => {
      this.listeners.push(listener);
    },
    send: (bytes: Uint8Array): void => {
      const text = Buffer.from(bytes).toString();
      this.typed.push(text);
      this.onTyped(text, this);
    },
  };

  /** One cycle an instruction. */
  get cycles(): number {
    return this.instructions;
  }

  /** Fast-forwards until it is told to end. */
  get fastForward(): MachineHandle['fastForward'] {
    const { instructions, cycles, idleCycles, forwardEnd } = this;
    if (this.config.simulation.fastForward.until === null) return undefined;
    const passed = { instructions, cycles, idleCycles };
    return { isOver: forwardEnd !== undefined, ...(forwardEnd ?? passed) };
  }

  endFastForward(): void {
    const { instructions, cycles, idleCycles } = this;
    this.forwardEnd = { instructions, cycles, idleCycles };
  }

  get idleCycles(): number {
    return this.instructions * this.idleShare;
  }

  print(text: string): void {
    for (const byte of Buffer.from(text)) {
      if (this.stopped) return;
      for (const listener of this.listeners) listener(byte);
    }
  }

  run(limit: RunLimit): StopReason {
    this.stopped = false;
    const hard = Math.min(limit.instructions ?? Infinity, limit.cycles ?? Infinity);
    const end = Math.min(hard, this.instructions + limit.sliceInstructions);
    for (let step = this.steps[this.next]; step && step.at <= end; step = this.steps[this.next]) {
      this.next++;
      this.instructions = Math.max(this.instructions, step.at);
      step.act?.();
      if (step.print !== undefined) this.print(step.print);
      if (this.stopped) return { kind: 'stopped' };
      if (step.end) return step.end;
    }
    this.instructions = end;
    return end === hard ? { kind: 'limit' } : { kind: 'slice' };
  }

  stop(): void {
    this.stopped = true;
  }

  stateHash(): string {
    return `hash-${this.instructions}`;
  }

  save(): unknown {
    return { instructions: this.instructions, next: this.next };
  }

  restore(state: unknown): void {
    const saved = state as { instructions: number; next: number };
    this.instructions = saved.instructions;
    this.next = saved.next;
  }

  statistics(): MachineHandle['statistics'] extends () => infer R ? R : never {
    return [{ name: 'guest.faults', value: 3, unit: 'faults', text: 'Faults.' }];
  }

  report(): ReturnType<MachineHandle['report']> {
    return [{ kind: 'unmapped', what: 'I/O port', where: '0x1234', count: 2 }];
  }

  explain(request: ExplainRequest): ExplainAnswer {
    return this.explainer(request);
  }

  screen(): readonly string[] | undefined {
    return this.screenText;
  }

  close(): void {
    this.closed = true;
  }
}

export interface FakeRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly machine: FakeMachine | undefined;
  readonly rawModes: boolean[];
  /** Real time that the run let pass. */
  readonly waitedMs: number;
}

export interface FakeOptions {
  readonly steps?: readonly Step[];
  readonly onTyped?: (text: string, machine: FakeMachine) => void;
  readonly environment?: Record<string, string>;
  readonly terminal?: boolean;
  /** Milliseconds that pass at each look at the wall clock. */
  readonly clockStepMs?: number;
  readonly idleShare?: number;
  readonly screen?: readonly string[];
  /** Set by the run to deliver a signal or keys. */
  readonly hooks?: {
    signal?: (name: 'SIGINT' | 'SIGTERM') => void;
    keys?: (bytes: Uint8Array) => void;
  };
  readonly createMachine?: CreateMachine;
}

/** Runs one command line; each argument is its own string. */
export async function chrysalis(
  args: readonly string[],
  options: FakeOptions = {},
): Promise<FakeRun> {
  const out: string[] = [];
  const err: string[] = [];
  const rawModes: boolean[] = [];
  let machine: FakeMachine | undefined;
  let time = 0;
  let waited = 0;
  const keys = new EventEmitter();
  if (options.hooks) options.hooks.keys = (bytes) => void keys.emit('data', bytes);
  const host: CliHost = {
    stdin: {
      isTTY: options.terminal === true,
      setRawMode: (raw: boolean) => rawModes.push(raw),
      on: (event, listener) => keys.on(event, listener),
      off: (event, listener) => keys.off(event, listener),
      resume: () => {},
      pause: () => {},
    },
    stdout: {
      isTTY: options.terminal === true,
      write: (text) => out.push(Buffer.from(text as string).toString()),
    },
    stderr: { write: (text) => err.push(Buffer.from(text as string).toString()) },
    environment: options.environment ?? {},
    loadMachine: async () =>
      options.createMachine ??
      ((config, { loadBoot }) => {
        machine = new FakeMachine(
          options.steps ?? [],
          config,
          loadBoot,
          options.onTyped ?? (() => {}),
        );
        machine.idleShare = options.idleShare ?? 0;
        machine.screenText = options.screen ?? [];
        return machine;
      }),
    wallClock: () => {
      time += options.clockStepMs ?? 1;
      return time;
    },
    wait: async (milliseconds) => {
      waited += milliseconds;
      time += milliseconds;
      await new Promise((done) => setImmediate(done));
    },
    onSignal: (listener) => {
      if (options.hooks) options.hooks.signal = listener;
      return () => {};
    },
    onOutputClosed: () => () => {},
  };
  const exitCode = await runCli(args, host);
  return {
    exitCode,
    stdout: out.join(''),
    stderr: err.join(''),
    machine,
    rawModes,
    waitedMs: waited,
  };
}

export const powerOff: StopReason = { kind: 'powerOff', status: 0, why: 'ACPI S5' };

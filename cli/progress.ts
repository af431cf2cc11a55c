/**
 * A line every few seconds of wall-clock time, on stderr, so that a long run shows that it lives
 * and how long it will take. It reads the machine and never changes it.
 */
import type { MachineConfig } from '../sim/config/schema.js';
import type { MachineHandle } from '../sim/machine-api.js';
import type { CliHost } from './cli-host.js';
import { StatisticValues } from './statistics-text.js';

const everyMs = 5000;

export class Progress {
  private lastAt: number;
  private lastInstructions: number;
  private lastValues: StatisticValues;

  constructor(
    private readonly machine: MachineHandle,
    private readonly config: MachineConfig,
    private readonly host: CliHost,
    private readonly enabled: boolean,
  ) {
    this.lastAt = host.wallClock();
    this.lastInstructions = machine.instructions;
    this.lastValues = new StatisticValues([]);
  }

  tick(): void {
    if (!this.enabled) return;
    const now = this.host.wallClock();
    if (now - this.lastAt < everyMs) return;
    const { machine } = this;
    const perSecond = ((machine.instructions - this.lastInstructions) * 1000) / (now - this.lastAt);
    const isForwarding = machine.fastForward?.isOver === false;
    // The host's counters begin behind a fast-forward.
    const values = new StatisticValues(isForwarding ? [] : machine.statistics());
    const line = [
      progressLine(machine, this.config, perSecond),
      ...(isForwarding ? ['fast-forwarding'] : cyclesText(this.lastValues, values)),
    ];
    this.host.stderr.write(`${line.join(', ')}\n`);
    this.lastAt = now;
    this.lastInstructions = machine.instructions;
    this.lastValues = values;
  }
}

/** Slots of the CPI stack that are named. */
const NAMED_SLOTS = 2;

/** IPC since the line before, and where most of the cycles went; nothing where the interpreter runs alone. */
export function cyclesText(before: StatisticValues, now: StatisticValues): string[] {
  const since = (name: string): number => now.get(name) - before.get(name);
  const cycles = since('run.cycles');
  const busy = cycles - since('cpi.idle');
  if (busy <= 0) return [];
  const slots = now
    .family('cpi')
    .map(([name]): [string, number] => [name, since(`cpi.${name}`)])
    .filter(([name]) => name !== 'idle')
    .sort((a, b) => b[1] - a[1])
    .slice(0, NAMED_SLOTS)
    .map(([name, n]) => `${name} ${((100 * n) / cycles).toFixed(0)} %`);
  return [`IPC ${(since('run.instructions') / busy).toFixed(2)}`, ...slots];
}

export function progressLine(
  machine: MachineHandle,
  config: MachineConfig,
  perSecond: number,
): string {
  const idle = machine.cycles === 0 ? 0 : (100 * machine.idleCycles) / machine.cycles;
  const simulated = machine.cycles / (config.host.clockMHz * 1_000_000);
  const parts = [
    `${count(machine.instructions)} instructions`,
    `${(perSecond / 1_000_000).toFixed(1)} MIPS`,
    `${simulated.toFixed(2)} s simulated`,
    `${idle.toFixed(0)} % idle`,
  ];
  const { maxInstructions } = config.run;
  if (maxInstructions !== null && perSecond > 0) {
    const seconds = Math.round((maxInstructions - machine.instructions) / perSecond);
    parts.push(`at most ${seconds} s to the limit`);
  }
  return `chrysalis: ${parts.join(', ')}`;
}

/** 1234567890 as "1,235 M": millions once there are ten of them. */
export function count(n: number): string {
  const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
  return n >= 10_000_000 ? `${grouped(Math.round(n / 1_000_000))} M` : grouped(n);
}

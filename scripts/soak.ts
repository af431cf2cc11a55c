/**
 * `npm run soak`: does memory stay where it is? Boots machines one after the other in this process,
 * or runs one whose guest writes and runs new code for ever; prints resident memory, JavaScript
 * heap and speed in equal steps, and the growth over the second half.
 *
 *   npm run soak -- boots --count 10            the demonstration, each on a machine of its own
 *   npm run soak -- jit --minutes 60            the JIT program in a loop, on one machine
 *   npm run soak -- mixed --minutes 60          the demonstration in a loop, on one machine
 *
 * The garbage collector is asked before each reading (node --expose-gc), so that the numbers are what is
 * really held. Wall time decides only when to stop.
 */
import { parseArgs } from 'node:util';
import { type MachineChoice, machineAtStart, runUntil, type Workload } from './workloads.js';

const MB = 1024 * 1024;
const SLICE = { sliceInstructions: 5_000_000, instructions: Number.POSITIVE_INFINITY };

/** A guest that does not end in years: its commands, one after the other, again and again. */
function endless(commands: readonly string[]): Workload {
  const script = `script="${commands.map((c) => `repeat 1000000 ${c}`).join('; ')}"`;
  return { name: 'endless', preset: 'default', large: script, small: script, parts: [] };
}

const MODES: Readonly<Record<string, Workload>> = {
  jit: endless(['jit 300']),
  mixed: endless(['sh /etc/demo']),
};

const CHOICE: MachineChoice = { over: ['tm5800'], set: [], size: 'small' };

interface Reading {
  readonly residentMB: number;
  readonly heapMB: number;
}

function reading(): Reading {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { residentMB: rss / MB, heapMB: heapUsed / MB };
}

function say(what: string, { residentMB, heapMB }: Reading): void {
  console.log(`${what}: ${residentMB.toFixed(0)} MB resident, ${heapMB.toFixed(0)} MB heap`);
}

/** Growth of the resident memory over the second half of the readings, in MB. */
function growth(readings: readonly Reading[]): number {
  const half = readings.slice(Math.floor(readings.length / 2));
  return half[half.length - 1].residentMB - half[0].residentMB;
}

function boots(count: number): Reading[] {
  const workload: Workload = { ...endless([]), large: 'run=/etc/demo', small: 'run=/etc/demo' };
  return Array.from({ length: count }, (_, i) => {
    const machine = machineAtStart(workload, CHOICE);
    runUntil(machine, '', Number.POSITIVE_INFINITY);
    const now = reading();
    say(`boot ${i + 1}, ${(machine.instructions / 1e6).toFixed(0)} M instructions`, now);
    return now;
  });
}

function forever(workload: Workload, minutes: number, steps: number): Reading[] {
  const machine = machineAtStart(workload, CHOICE);
  return Array.from({ length: steps }, (_, i) => {
    const { instructions } = machine;
    const begun = process.cpuUsage();
    const end = performance.now() + (minutes * 60_000) / steps;
    while (performance.now() < end) machine.run(SLICE);
    const { user, system } = process.cpuUsage(begun);
    const mips = (machine.instructions - instructions) / (user + system);
    const now = reading();
    const total = (machine.instructions / 1e6).toFixed(0);
    say(`step ${i + 1}, ${total} M instructions, ${mips.toFixed(1)} MIPS of processor time`, now);
    return now;
  });
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '10' },
      minutes: { type: 'string', default: '10' },
      steps: { type: 'string', default: '20' },
    },
  });
  const mode = positionals[0] ?? 'boots';
  if (mode !== 'boots' && MODES[mode] === undefined) {
    console.error(`soak: ${mode} is none of boots, ${Object.keys(MODES).join(', ')}`);
    return 2;
  }
  const readings =
    mode === 'boots'
      ? boots(Number(values.count))
      : forever(MODES[mode], Number(values.minutes), Number(values.steps));
  console.log(`second half: ${growth(readings).toFixed(0)} MB more`);
  return 0;
}

process.exitCode = main();

/**
 * `npm run bench`: speed of the simulator on the embedded programs and on the Linux boot, in guest
 * MIPS (million guest instructions a second). Each workload is run several times in a process of
 * its own; medians are printed. Processor time stands beside wall time, since a busy machine
 * stretches only the latter. The boot is cut in two: the kernel's decompressor, and the rest.
 *
 *   npm run bench                 everything that is there
 *   npm run bench -- demo         one workload      npm run bench -- --runs 5 sort
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../cli/package-info.js';
import { resolveConfig } from '../sim/config/resolve.js';
import { createMachine } from '../sim/machine.js';

const root = packageRoot();

interface Workload {
  readonly name: string;
  readonly config: string;
  readonly append: string;
  /** Console texts that end a part; the last one ends the run (the guest may also end it). */
  readonly parts: readonly { readonly name: string; readonly until: string }[];
}

const pupa = (name: string, command: string): Workload => ({
  name,
  config: 'configs/default.yaml',
  append: `script="${command}; exit 0"`,
  parts: [{ name: '', until: '' }],
});

const workloads: readonly Workload[] = [
  { ...pupa('demo', ''), append: 'run=/etc/demo' },
  pupa('sort', 'sort 100000'),
  pupa('sieve', 'sieve 3000000'),
  pupa('crc', 'crc 1000000'),
  pupa('lz', 'lz 300000'),
  pupa('hash', 'hash 200000'),
  pupa('chase', 'chase 65536'),
  pupa('recurse', 'recurse 28'),
  pupa('vm', 'vm 2000'),
  pupa('objects', 'objects 3000'),
  pupa('nbody', 'nbody 20000'),
  pupa('mmx', 'mmx 300'),
  pupa('strings', 'strings 400'),
  pupa('smc', 'smc 50000'),
  pupa('mixed', 'mixed 200000'),
  pupa('jit', 'jit 600'),
  {
    name: 'linux',
    config: 'configs/debian.yaml',
    append: 'console=ttyS0 cryptomgr.notests',
    parts: [
      { name: 'decompressor', until: 'Linux version' },
      { name: 'kernel', until: 'Run /init as init process' },
      { name: 'programs', until: '=== done ===' },
    ],
  },
];

interface PartResult {
  readonly name: string;
  readonly instructions: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

interface RunResult {
  readonly parts: readonly PartResult[];
  /** Largest resident memory of the process, guest RAM that was touched included. */
  readonly peakMB: number;
  readonly guestMB: number;
}

/** Runs a workload once, in this process. */
function runOnce(workload: Workload): RunResult {
  const { config } = resolveConfig({
    file: join(root, workload.config),
    overrides: [
      { key: 'boot.append', value: workload.append, origin: { kind: 'flag', flag: '--append' } },
    ],
  });
  const machine = createMachine(config, { loadBoot: true });
  let text = '';
  let wanted = '';
  machine.console.onByte((byte) => {
    text = (text + String.fromCharCode(byte)).slice(-200);
    if (wanted !== '' && byte === wanted.charCodeAt(wanted.length - 1) && text.endsWith(wanted))
      machine.stop();
  });
  const parts: PartResult[] = [];
  for (const part of workload.parts) {
    wanted = part.until;
    const instructions = machine.instructions;
    const wall = performance.now();
    const cpu = process.cpuUsage();
    for (;;) {
      const reason = machine.run({ sliceInstructions: 10_000_000 });
      if (reason.kind !== 'slice') break;
    }
    const used = process.cpuUsage(cpu);
    parts.push({
      name: part.name,
      instructions: machine.instructions - instructions,
      wallSeconds: (performance.now() - wall) / 1000,
      cpuSeconds: (used.user + used.system) / 1e6,
    });
  }
  return {
    parts,
    peakMB: process.resourceUsage().maxRSS / 1024,
    guestMB: config.machine.memoryMB,
  };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1];

function report(workload: Workload, runs: readonly RunResult[]): void {
  workload.parts.forEach((part, i) => {
    const results = runs.map((run) => run.parts[i]);
    const instructions = results[0].instructions;
    const mips = (seconds: (r: PartResult) => number): string =>
      (instructions / 1e6 / median(results.map(seconds))).toFixed(1).padStart(8);
    const name = `${workload.name}${part.name ? `: ${part.name}` : ''}`.padEnd(22);
    const wall = median(results.map((r) => r.wallSeconds)).toFixed(2);
    const memory = `${median(runs.map((run) => run.peakMB)).toFixed(0)} (${runs[0].guestMB})`;
    console.log(
      `${name}${(instructions / 1e6).toFixed(1).padStart(10)}${wall.padStart(9)}${mips((r) => r.wallSeconds)}${mips((r) => r.cpuSeconds)}${memory.padStart(12)}`,
    );
  });
}

function main(args: readonly string[]): void {
  const one = args.indexOf('--one');
  if (one >= 0) {
    const workload = workloads.find((w) => w.name === args[one + 1]);
    if (workload) process.stdout.write(JSON.stringify(runOnce(workload)));
    return;
  }
  const runsAt = args.indexOf('--runs');
  const runs = runsAt >= 0 ? Number(args[runsAt + 1]) : 3;
  const names = args.filter((a, i) => !a.startsWith('--') && i !== runsAt + 1);
  const unknown = names.filter((n) => !workloads.some((w) => w.name === n));
  if (unknown.length > 0 || !(runs >= 1)) {
    console.error(
      `bench: no workload ${unknown.join(', ')}; there are ${workloads.map((w) => w.name).join(', ')}`,
    );
    process.exitCode = 2;
    return;
  }
  console.log(
    `${'workload'.padEnd(22)}  M instr.  wall s    MIPS  MIPS/cpu  peak MB (guest RAM; medians of ${runs})`,
  );
  for (const workload of workloads) {
    if (names.length > 0 && !names.includes(workload.name)) continue;
    if (workload.name === 'linux' && !existsSync(join(root, '.cache/debian/vmlinuz'))) {
      console.log('linux                 not fetched: npm run guest:debian');
      continue;
    }
    report(
      workload,
      Array.from({ length: runs }, () => inChild(workload.name)),
    );
  }
}

function inChild(name: string): RunResult {
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--one', name], {
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`bench: ${name} failed: ${child.stderr}`);
  return JSON.parse(child.stdout) as RunResult;
}

main(process.argv.slice(2));

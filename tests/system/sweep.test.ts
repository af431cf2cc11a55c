/** `chrysalis sweep` as a program: failing points, a sweep that is interrupted and goes on, tidy files. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compiledMain } from '../native/plugin.js';
import { folderWith } from '../unit/config/support.js';

const workload = `{name: sieve, set: {boot.append: 'quiet script="sieve 20000; exit 0"'}}`;

function chrysalis(folder: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiledMain, ...args], {
    encoding: 'utf8',
    cwd: folder,
  });
  return { status, stdout, stderr };
}

interface Json {
  readonly points: readonly { label: string; state: string; exitCode: number; sentence: string }[];
  readonly published: readonly { verdict: string }[];
}

describe('a sweep', () => {
  it('reports a point that fails, completes the rest, and reports them as tidy tables', () => {
    const folder = folderWith({
      'sweep.yaml': `name: mixed
set: {run.maxInstructions: 200000}
workloads: [${workload}]
axes:
  machine:
    plain: {}
    missing: {set: {boot.kernel: no-such-kernel}}
    narrow: {with: slots-2}
published:
  - {text: narrower, source: none, at: {machine: narrow}, against: {machine: plain}, expect: more}
`,
    });
    const run = chrysalis(folder, 'sweep', 'sweep.yaml', '--json');
    expect(run.status).toBe(8);
    const json = JSON.parse(run.stdout) as Json;
    expect(json.points.map(({ label, state, exitCode }) => [label, state, exitCode])).toEqual([
      ['plain sieve', 'done', 6],
      ['missing sieve', 'failed', 4],
      ['narrow sieve', 'done', 6],
    ]);
    expect(json.points[1]?.sentence).toMatch(/no-such-kernel: the file cannot be read \(ENOENT\)/);
    expect(json.published[0]?.verdict).toBe('same direction');
    const rows = readFileSync(join(folder, 'runs/mixed/results.csv'), 'utf8').split('\r\n');
    expect(rows[0]).toMatch(/^point,workload,machine,state,folder,outcome,/);
    expect(rows).toHaveLength(5);
    expect(readFileSync(join(folder, 'runs/mixed/report.html'), 'utf8')).toContain(
      'no-such-kernel',
    );
    const report = chrysalis(folder, 'report', 'runs/mixed', '--rows', 'samples');
    const [head, ...samples] = report.stdout.split('\r\n');
    expect(head).toMatch(/^run,workload,machine,name,point,guest\.instructions,/);
    const narrow = samples.filter((line) => line.startsWith('narrow sieve,sieve,narrow,slots-2,'));
    expect(narrow.length).toBeGreaterThan(30);
  });

  it.each([
    ['interrupted', 'SIGINT', 130],
    ['killed', 'SIGKILL', null],
  ] as const)('goes on where it was %s', async (_, signal, exitCode) => {
    const folder = folderWith({
      'sweep.yaml': `name: long
set: {run.maxInstructions: 200000}
workloads: [${workload}]
axes: {cms.gears.blockThreshold: [1, 2, 8]}
`,
    });
    const args = ['sweep', 'sweep.yaml', '--jobs', '1'];
    expect(await cutOffAfter(folder, args, /1\/3 /, signal)).toBe(exitCode);
    expect(readdirSync(join(folder, 'runs/long/points')).length).toBeGreaterThanOrEqual(1);
    const resumed = chrysalis(folder, ...args);
    expect(resumed.status).toBe(0);
    const reused = resumed.stderr.match(/\(there already\)/g) ?? [];
    expect(reused.length).toBeGreaterThanOrEqual(1);
    expect(reused.length).toBeLessThan(3);
    const again = chrysalis(folder, ...args);
    expect(again.stderr.match(/\(there already\)/g)).toHaveLength(3);
    expect(again.stdout).toBe(resumed.stdout);
  });
});

describe('a point whose process is killed', () => {
  it('is a point that failed and says so', async () => {
    const folder = folderWith({
      'sweep.yaml': `name: killed
set: {boot.append: 'quiet script="yes > /dev/null"', run.maxInstructions: 2000000000}
axes: {cms.gears.blockThreshold: [1]}
`,
    });
    const sweep = spawn(process.execPath, [compiledMain, 'sweep', 'sweep.yaml'], { cwd: folder });
    onTestFinished(() => void sweep.kill('SIGKILL'));
    let said = '';
    let child: number | undefined;
    sweep.stderr.on('data', (bytes: Buffer) => {
      said += bytes;
      if (child !== undefined || !/ IPC /.test(said)) return;
      const children = `/proc/${sweep.pid}/task/${sweep.pid}/children`;
      child = Number.parseInt(readFileSync(children, 'utf8'), 10);
      process.kill(child, 'SIGKILL');
    });
    expect(await new Promise((done) => sweep.on('close', done))).toBe(8);
    expect(said).toMatch(/the process was killed \(SIGKILL\); memory may have run out/);
  });
});

/** Sends a signal when the sweep says so; gives its exit code. */
function cutOffAfter(
  folder: string,
  args: string[],
  said: RegExp,
  signal: 'SIGINT' | 'SIGKILL',
): Promise<number | null> {
  const child = spawn(process.execPath, [compiledMain, ...args], { cwd: folder });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stderr.on('data', (bytes: Buffer) => {
    const before = said.test(text);
    text += bytes;
    if (!before && said.test(text)) child.kill(signal);
  });
  return new Promise((done) => child.on('close', done));
}

describe('a plan', () => {
  it('lists its points without running them', () => {
    const folder = folderWith({
      'sweep.yaml': `name: p\naxes: {host.aliasRegisters: [0, 4, 8], host.l1d.sizeKB: [32, 64]}\nwhere: host.aliasRegisters < 8 or host.l1d.sizeKB == host.l1i.sizeKB\n`,
    });
    const run = chrysalis(folder, 'sweep', 'sweep.yaml', '--dry-run');
    expect(run).toMatchObject({ status: 0, stderr: 'chrysalis: 5 points\n' });
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });

  it('finds figures that nothing counts before anything runs', () => {
    const folder = folderWith({
      'sweep.yaml': 'name: p\naxes: {host.aliasRegisters: [0]}\nmetrics: [cycles, tcache.evictd]\n',
    });
    const run = chrysalis(folder, 'sweep', 'sweep.yaml');
    expect(run.stderr).toMatch(
      /^chrysalis: nothing is counted by the name tcache\.evictd; did you/,
    );
    expect(run.status).toBe(2);
  });

  it.each([
    [
      'axes: {host.aliasRegistres: [0]}',
      /sweep\.yaml:2:30: axes\.host\.aliasRegistres\[0\]: no such key; did you mean aliasRegisters\?/,
    ],
    [
      'axes: {host.aliasRegisters: [0, 99]}',
      /sweep\.yaml:2:33: axes\.host\.aliasRegisters\[1\]: must be a whole number from 0 to 8/,
    ],
    [
      'axes: {host.aliasRegisters: [0]}\nwhere: nothing == 1',
      /where: nothing is neither an axis nor a key/,
    ],
    [
      'axes: {host.aliasRegisters: [0]}\nbaseline: {host.aliasRegisters: 3}',
      /baseline\.host\.aliasRegisters: the axis has no value 3/,
    ],
    [
      'axes: {host.aliasRegisters: [0]}\nwhere: 1 == 2',
      /no combination of the axes meets the conditions/,
    ],
  ])('finds mistakes before anything runs: %j', (text, message) => {
    const folder = folderWith({ 'sweep.yaml': `name: p\n${text}\n` });
    const run = chrysalis(folder, 'sweep', 'sweep.yaml');
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(3);
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });
});

/**
 * Results folders and their replay with the real program: what is in them, that looking on changes
 * nothing, interrupted and killed runs, a full disk.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { FILES, readRunRecord, readSeries } from '../../sim/results/run-record.js';
import { column } from '../../sim/results/series.js';
import { compiledMain } from '../native/plugin.js';
import { folderWith } from '../unit/config/support.js';

const sieve = ['run', '--append', 'quiet script="echo begun; sieve 20000; exit 0"'];
const endless = ['run', '--append', 'quiet script="echo begun; yes > /dev/null"'];

function chrysalis(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiledMain, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Starts an endless run and waits until its console has shown something. */
function begun(out: string): Promise<ReturnType<typeof spawn>> {
  const child = spawn(process.execPath, [compiledMain, ...endless, '--out', out], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return new Promise((done) => child.stdout?.once('data', () => done(child)));
}

const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
  new Promise((done) => child.on('close', done));

describe('a results folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'chrysalis-replay-'));
  const out = join(root, 'sieve');
  afterAll(() => rmSync(root, { recursive: true }));

  it('holds configuration, provenance, statistics, their course and the console', () => {
    const run = chrysalis(...sieve, '--out', out);
    expect(run.status).toBe(0);
    const record = readRunRecord(out);
    expect(record).toMatchObject({ exitCode: 0, partial: false, name: 'default' });
    expect(run.stderr).toMatch(new RegExp(`^ {2}result hash +${record.resultHash}$`, 'm'));
    expect(record.provenance.command).toEqual([...sieve, '--out', out]);
    expect(record.provenance.images.map(({ key }) => key)).toEqual(['boot.kernel']);
    expect(readFileSync(join(out, FILES.console), 'utf8').replaceAll('\r', '')).toBe(run.stdout);
    const config = readFileSync(join(out, FILES.config), 'utf8');
    expect(config).toMatch(/^ {2}append: .*script.* # --append$/m);
    expect(config).toMatch(/^ {2}aliasRegisters: 8 # default$/m);
    const series = readSeries(out);
    expect(column(series, 'run.cycles').at(-1)).toBe(record.cycles);
    expect(series.points.length).toBeGreaterThan(30);
  });

  it('changes nothing of the run', () => {
    const plain = JSON.parse(chrysalis(...sieve, '--json').stdout) as { resultHash: string };
    expect(plain.resultHash).toBe(readRunRecord(out).resultHash);
  });

  it('is replayed to the same result', () => {
    const replay = chrysalis('replay', out);
    expect(replay).toMatchObject({ status: 0, stderr: '' });
    expect(replay.stdout).toContain(`the same: result hash ${readRunRecord(out).resultHash}`);
  });

  it('that says something else is told apart', () => {
    const record = JSON.parse(readFileSync(join(out, FILES.run), 'utf8')) as Record<
      string,
      unknown
    >;
    const other = folderWith({
      'run.json': JSON.stringify({ ...record, cycles: 1, resultHash: '0' }),
      'config.yaml': readFileSync(join(out, FILES.config)),
    });
    const replay = chrysalis('replay', other);
    expect(replay.status).toBe(7);
    expect(replay.stdout).toMatch(
      /^different: result hash was 0, is [0-9a-f]{16}\n {2}cycles +was 1, is/,
    );
  });

  it('is not overwritten by accident', () => {
    const again = chrysalis(...sieve, '--out', out);
    expect(again.status).toBe(2);
    expect(again.stderr).toMatch(/holds a run already/);
  });

  it('of an image that is another one now is refused', () => {
    const record = JSON.parse(readFileSync(join(out, FILES.run), 'utf8')) as {
      provenance: { images: { sha256: string }[] };
    };
    (record.provenance.images[0] as { sha256: string }).sha256 = 'another';
    const other = folderWith({
      'run.json': JSON.stringify(record),
      'config.yaml': readFileSync(join(out, FILES.config)),
    });
    expect(chrysalis('replay', other)).toMatchObject({ status: 4 });
  });
});

describe('a run that is cut off', () => {
  it('by a signal is partial, and is replayed to the same cycle', async () => {
    const out = join(folderWith({}), 'cut');
    const child = await begun(out);
    child.kill('SIGTERM');
    expect(await ended(child)).toBe(143);
    expect(readRunRecord(out)).toMatchObject({ partial: true, exitCode: 143 });
    expect(chrysalis('replay', out)).toMatchObject({ status: 0 });
  });

  it('by a kill leaves DIR.partial', async () => {
    const out = join(folderWith({}), 'killed');
    const child = await begun(out);
    child.kill('SIGKILL');
    await ended(child);
    expect(existsSync(out)).toBe(false);
    expect(JSON.parse(readFileSync(`${out}.partial/run.json`, 'utf8'))).toMatchObject({
      partial: true,
    });
    expect(readFileSync(`${out}.partial/config.yaml`, 'utf8')).toContain('name: default');
  });
});

/** A file system of a few kilobytes; tests that need it skip where it cannot be mounted. */
function smallDisk(): string | undefined {
  const mount = folderWith({});
  const options = ['-t', 'tmpfs', '-o', 'size=24k', 'tmpfs', mount];
  if (spawnSync('mount', options).status !== 0) return undefined;
  onTestFinished(() => void spawnSync('umount', [mount]));
  return mount;
}

describe('a disk that is full', () => {
  it('costs the folder, not the run, and one sentence', ({ skip }) => {
    const mount = smallDisk();
    if (mount === undefined) return skip('a small file system cannot be mounted');
    const run = chrysalis(...sieve, '--out', join(mount, 'run'));
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/the guest powered off/);
    expect(run.stderr).toMatch(/\/run: the results cannot be written: the disk is full\n$/);
  });

  it('is found before the run when nothing can be written', () => {
    const folder = folderWith({});
    writeFileSync(join(folder, 'file'), '');
    const run = chrysalis(...sieve, '--out', join(folder, 'file', 'run'));
    expect(run.status).toBe(2);
    expect(run.stderr).toBe(
      `chrysalis: ${join(folder, 'file', 'run')}: the results cannot be written: a part of its path is not a folder\n`,
    );
  });
});

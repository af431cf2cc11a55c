/** `chrysalis compare` as a program: processes, tables, JSON, conditions, what is kept and not run again. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compiledMain } from '../native/plugin.js';
import { folderWith } from '../unit/config/support.js';

const guest = ['--append', 'quiet script="sieve 20000; exit 0"'];
const root = mkdtempSync(join(tmpdir(), 'chrysalis-compare-'));
afterAll(() => rmSync(root, { recursive: true }));
const out = ['--out', join(root, 'c')];

function chrysalis(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiledMain, ...args], {
    encoding: 'utf8',
    cwd: root,
  });
  return { status, stdout, stderr };
}

interface Json {
  readonly variants: readonly {
    readonly label: string;
    readonly cycles: number;
    readonly instructions: number;
    readonly folder: string;
    readonly resultHash: string;
  }[];
  readonly equal: readonly string[][];
}

describe('compare', () => {
  it('runs variants, tells what differs, and keeps to its conditions', () => {
    const variants = ['tm5800', 'slots-2', 'tm5800+cms.tcache.sizeKB=8192'];
    const run = chrysalis('compare', ...variants, ...guest, ...out, '--fail-if', 'cycles>+2%');
    expect(run.stdout).toMatch(/^tm5800 +[\d,]+ +[\d,]+ +0\.\d{3} /m);
    expect(run.stdout).toMatch(/^issue +\d\.\d{3} +\d\.\d{3} \(\+\d\.\d{3}\) /m);
    expect(run.stdout).toMatch(/slots-2 takes \d+\.\d % more cycles than tm5800: /);
    expect(run.stdout).toMatch(/tm5800 and tm5800\+cms\.tcache\.sizeKB=8192 have equal results/);
    expect(run.stderr).toMatch(/3\/3 .*: [\d,]+ instructions, IPC/);
    expect(run.stderr).toMatch(
      /slots-2: cycles is \+\d+\.\d\d %, and --fail-if says cycles>\+2%\n$/,
    );
    expect(run.status).toBe(7);
    const page = readFileSync(join(root, 'c', 'report.html'), 'utf8');
    expect(page).toContain('<h2>Start-up against tm5800</h2>');
    expect(page).not.toMatch(/https?:|NaN/);
  });

  it('runs only what is new', () => {
    const run = chrysalis('compare', 'tm5800', 'slots-2', 'in-order', ...guest, ...out, '--json');
    expect(run.status).toBe(0);
    expect(run.stderr.match(/\(there already\)/g)).toHaveLength(2);
    const json = JSON.parse(run.stdout) as Json;
    expect(json.variants.map(({ label }) => label)).toEqual(['tm5800', 'slots-2', 'in-order']);
    expect(json.equal).toEqual([]);
  });

  it('compares folders of runs that are over', () => {
    const again = chrysalis('compare', 'tm5800', 'slots-2', ...guest, ...out, '--json');
    const { variants } = JSON.parse(again.stdout) as Json;
    const folders = variants.map(({ folder }) => folder);
    const run = chrysalis('compare', ...folders, '--json', '--fail-if', 'ipc<0.01');
    expect(run.status).toBe(0);
    const hashes = (JSON.parse(run.stdout) as Json).variants.map((v) => v.resultHash);
    expect(hashes).toEqual(variants.map((v) => v.resultHash));
  });

  it('gives a variant without a guest that of the first one that has one', () => {
    const folder = folderWith({
      'guest.yaml':
        'extends: PUPA\nname: mine\nboot: {append: "quiet script=\\"exit 0\\""}\n'.replace(
          'PUPA',
          join(compiledMain, '../../../../configs/default.yaml'),
        ),
      'machine.yaml': 'name: other\nhost: {aliasRegisters: 0}\n',
    });
    const files = ['guest.yaml', 'machine.yaml'].map((name) => join(folder, name));
    const run = chrysalis('compare', ...files, '--json', '--out', join(folder, 'out'));
    expect(run.status).toBe(0);
    expect((JSON.parse(run.stdout) as Json).variants.map((v) => v.label)).toEqual([
      ...['guest', 'machine'],
    ]);
  });
});

describe('a snapshot', () => {
  it('is what all variants continue from, and part of what names their results', () => {
    const snapshot = join(root, 'begun.snap');
    const save = ['--max-instructions', '50000', '--save-snapshot', snapshot];
    expect(chrysalis('run', 'tm5800', ...guest, ...save).status).toBe(6);
    const limits = ['--max-instructions', '120000', '--out', join(root, 's')];
    const variants = ['tm5800', 'tm5800+cms.chaining=false'];
    const run = chrysalis(
      'compare',
      ...variants,
      ...guest,
      ...limits,
      '--json',
      '--restore',
      snapshot,
    );
    expect(run.status).toBe(0);
    const [first, second] = (JSON.parse(run.stdout) as Json).variants;
    expect(first?.instructions).toBeLessThan(75_000);
    expect(second?.cycles).toBeGreaterThan(first?.cycles ?? Infinity);
    const without = chrysalis('compare', ...variants, ...guest, ...limits, '--json');
    const [other] = (JSON.parse(without.stdout) as Json).variants;
    expect(other?.folder).not.toBe(first?.folder);
    expect(other?.instructions).toBeGreaterThan(119_000);
  });
});

describe('a run of a changed machine', () => {
  const ends = ['--max-instructions', '100000', ...guest];

  it('names keys that it never made use of', () => {
    const run = chrysalis(
      'run',
      '--with',
      'small-tcache',
      '--set',
      'host.aliasRegisters=2',
      ...ends,
    );
    expect(run.stderr).toMatch(
      /^ {2}never exercised: cms\.tcache\.sizeKB \(the tcache never filled up\)$/m,
    );
    expect(run.stderr).not.toMatch(/aliasRegisters/);
  });

  it('is silent about what the preset of a whole machine states', () => {
    expect(chrysalis('run', 'efficeon', ...ends).stderr).not.toMatch(/never exercised/);
  });
});

describe('what compare refuses', () => {
  it.each([
    [['tm5800'], 2, /takes two variants or more/],
    [['tm5800', 'no-alais'], 3, /neither a file nor a preset .*did you mean no-alias\?/],
    [['tm5800', 'tm5800+host.aliasRegister=0'], 3, /no such key; did you mean aliasRegisters\?/],
    [['tm5800', 'tm5800+boot.append=other'], 3, /runs another guest than tm5800: boot\.append is/],
    [['tm5800', 'slots-2', '--jobs', 'many'], 2, /--jobs takes a number/],
    [['tm5800', 'slots-2', '--fail-if', 'cycles'], 2, /--fail-if takes a condition/],
    [
      ['tm5800', 'slots-2', '--fail-if', 'cpi.isue>1'],
      2,
      /^chrysalis: nothing is counted by the name cpi\.isue; did you mean cpi\.issue\?; chrysalis stats describe shows what is\n$/,
    ],
  ])('%j', (args, status, message) => {
    const run = chrysalis('compare', ...args, ...guest, '--out', join(root, 'no'));
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(status);
    expect(run.stdout).toBe('');
  });

  it('disks that several processes would write to', () => {
    const folder = folderWith({ 'disk.img': new Uint8Array(512) });
    const disk = ['--disk', join(folder, 'disk.img'), '--disk-write'];
    const run = chrysalis('compare', 'tm5800', 'slots-2', ...disk);
    expect(run.stderr).toMatch(/^chrysalis: tm5800: writes to the disk image .* cannot share/);
    expect(run.status).toBe(3);
  });

  it('a folder that cannot be written, before anything runs', () => {
    const folder = folderWith({ file: '' });
    const run = chrysalis(
      'compare',
      'tm5800',
      'slots-2',
      ...guest,
      '--out',
      join(folder, 'file/c'),
    );
    expect(run).toMatchObject({
      status: 2,
      stderr: `chrysalis: ${folder}/file/c: the results cannot be written: a part of its path is not a folder\n`,
    });
  });

  it('a guest that is not there, with the exit code of the run', () => {
    const run = chrysalis('compare', 'tm5800', 'slots-2', '--multiboot', 'no.elf', ...out);
    expect(run.status).toBe(4);
    expect(run.stderr).toMatch(/no\.elf/);
  });
});

/**
 * Files that are missing, cut off, of the wrong kind or damaged, through the command line with the
 * real machine: one sentence that names the file, the exit code of its kind, nothing written. Then
 * seeded mutations of every kind of file: whatever they make of it, it is never a bug of ours.
 */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../base/rng.js';
import { folderWith } from '../unit/config/support.js';
import { bzImage } from '../unit/loaders/images.js';
import { command } from './support/command.js';
import { bootDisk } from './support/program.js';
import { pupaImage } from './support/run.js';

const pupaBytes = readFileSync(pupaImage);
const bios = new Uint8Array(0x10000).fill(0xf4);
const optionRom = new Uint8Array(1024);
optionRom.set([0x55, 0xaa, 2, 0xcb]);
optionRom[1023] = -(0x55 + 0xaa + 2 + 0xcb) & 0xff;

const good = {
  'pupa.elf': pupaBytes,
  bz: bzImage(),
  initrd: Buffer.from('initrd'),
  'bios.bin': bios,
  'vga.bin': optionRom,
  'd.img': bootDisk('cli\nhlt\n', 64),
  'm.yaml': `name: mutated\nmachine:\n  memoryMB: 16\n  disks: &d\n    - {image: d.img, type: disk}\nboot: {method: bootSector, append: "x y"}\nrun:\n  until: 'a+'\n  input:\n    - {text: hello, after: null}\n`,
};

/** Runs with the folder as a prefix of every argument that begins with ./ */
async function run(folder: string, line: string) {
  const args = line.split(' ').map((word) => word.replace(/(^|=)\.\//, `$1${folder}/`));
  const result = await command(['run', ...args, '--max-instructions', '20000']);
  const message = result.stderr.replaceAll(`${folder}/`, '').trimEnd();
  return { ...result, message };
}

describe('one sentence', () => {
  const cases: [line: string, exitCode: number, message: RegExp][] = [
    ['--kernel ./gone', 4, /^chrysalis: gone: the kernel does not exist; check the path$/],
    [
      '--kernel ./pupa.elf',
      4,
      /pupa\.elf: is not a Linux kernel image \(it is an ELF file.*--multiboot$/,
    ],
    ['--kernel ./cut-bz', 4, /cut-bz: is truncated: its header announces .* copy it again$/],
    ['--kernel ./short', 4, /short: is too short for a Linux kernel/],
    ['--kernel ./bz --initrd ./gone', 4, /gone: the initrd does not exist; check the path$/],
    ['--kernel ./bz --initrd ./empty', 4, /empty: the initrd is empty$/],
    ['--kernel .', 4, /the kernel is a folder, not a file; name the file itself$/],
    ['--multiboot ./bz', 4, /bz: is not a multiboot 1 kernel .*--kernel$/],
    ['--multiboot ./cut.elf', 4, /cut\.elf: is truncated: segment \d+ ends at byte/],
    [
      '--multiboot ./pupa.elf --module ./big --memory 2',
      4,
      /big: .* raise machine\.memoryMB \(--memory\)$/,
    ],
    ['--multiboot ./pupa.elf --module ./gone', 4, /gone: the module does not exist/],
    ['--disk ./gone', 4, /gone: the disk image does not exist/],
    ['--disk ./short', 4, /short: the disk image has 100 bytes, which is no multiple/],
    ['--disk ./zeroes', 4, /zeroes: its first sector is no boot sector/],
    ['--disk ./d.img --bios ./short', 4, /short: is not a BIOS image: it has 100 bytes/],
    ['--disk ./d.img --bios ./gone', 4, /gone: the BIOS does not exist/],
    ['--disk ./d.img --set machine.vgaBios=./bios.bin', 4, /bios\.bin: is not a usable option ROM/],
    ['--cdrom ./short --disk ./d.img', 4, /short: the disk image has 100 bytes, .*2048-byte/],
    [
      '--rom ./short --set boot.rom.entry=f000:9000',
      4,
      /short: the entry f000:9000 .*boot\.rom\.entry$/,
    ],
    [
      '--multiboot ./pupa.elf --restore ./gone',
      4,
      /gone: the snapshot does not exist; check the path$/,
    ],
    ['--multiboot ./pupa.elf --restore ./m.yaml', 4, /m\.yaml: is not a Chrysalis snapshot$/],
    ['./gone.yaml', 3, /gone\.yaml: the configuration file does not exist$/],
    [
      './bad.yaml',
      3,
      /^chrysalis: bad\.yaml:2:3: machine\.memroyMB: no such key; did you mean memoryMB\?$/,
    ],
    ['./broken.yaml', 3, /^chrysalis: broken\.yaml:\d+:\d+: not valid YAML: /],
    ['./pupa.elf', 3, /pupa\.elf: is not a YAML text file.*--multiboot/],
    ['./alias.yaml', 3, /alias\.yaml:1:11: the alias \*x lies inside of what it stands for$/],
    ['./laugh.yaml', 3, /laugh\.yaml:1:\d+: the configuration has more than 100000 values$/],
    ['./deep.yaml', 3, /deep\.yaml:1:\d+: values lie deeper than 64 levels in each other$/],
    ['debain', 3, /debain: is neither a file nor a preset .*did you mean debian\?$/],
    ['--disk ./d.img --set machine.memoryMB=lots', 3, /--set: machine\.memoryMB: /],
    ['--disk ./d.img --memroy 5', 2, /unknown option '--memroy'/],
    ['--disk ./d.img --save-snapshot ./none/s', 2, /its folder does not exist; create it first$/],
    ['--disk ./d.img --save-snapshot .', 2, /is not a file; name the file to write$/],
  ];
  const laugh = ['a0: &a0 [1,1,1,1,1,1,1,1]'];
  for (let i = 1; i < 12; i++) laugh.push(`a${i}: &a${i} [${Array(8).fill(`*a${i - 1}`)}]`);
  const bad = {
    ...good,
    'cut-bz': bzImage().subarray(0, 3000),
    'cut.elf': pupaBytes.subarray(0, 200_000),
    short: new Uint8Array(100).fill(1),
    empty: '',
    big: new Uint8Array(2 << 20),
    zeroes: new Uint8Array(1024),
    'bad.yaml': 'machine:\n  memroyMB: 5\n',
    'broken.yaml': 'machine: {a: 1\nx',
    'alias.yaml': 'a: &x\n  b: *x\n'.replace('\n  ', ' {').replace('*x', '*x }'),
    'laugh.yaml': laugh.join('\n'),
    'deep.yaml': `name: ${'['.repeat(20000)}`,
  };

  it.each(cases)('%s', async (line, exitCode, message) => {
    const folder = folderWith(bad);
    const before = readdirSync(folder);
    const result = await run(folder, line);
    expect(result.message.split('\n')[0]).toMatch(message);
    expect([result.exitCode, result.stdout]).toEqual([exitCode, '']);
    expect(readdirSync(folder)).toEqual(before);
  });

  it.runIf(existsSync('/dev/zero'))('a device, a file that is too large', async () => {
    const folder = folderWith({});
    for (const flag of ['--kernel', '--multiboot', '--disk', '--rom', '--restore']) {
      const result = await run(
        folder,
        `${flag} /dev/zero`.replace('--restore', '--disk /dev/null --restore'),
      );
      expect(result.message).toMatch(
        /^chrysalis: \/dev\/(zero|null): .* is a device, not a file; /,
      );
      expect(result.exitCode).toBe(4);
    }
    expect((await run(folder, '/dev/zero')).exitCode).toBe(3);
  });
});

/** Cut off, bytes changed, stretches removed, repeated or filled: what storage and hands do to files. */
function mutate(bytes: Uint8Array, rng: Rng): Uint8Array {
  const at = (length = bytes.length): number => rng.below(Math.max(1, length));
  const copy = Uint8Array.from(bytes);
  switch (rng.below(5)) {
    case 0:
      return copy.subarray(0, at());
    case 1:
      // Mostly within the first bytes, where headers are.
      for (let n = rng.below(8); n >= 0; n--)
        copy[at(rng.below(2) ? 128 : copy.length)] = rng.below(256);
      return copy;
    case 2: {
      const [from, to] = [at(), at()].sort((a, b) => a - b) as [number, number];
      return Uint8Array.from([...copy.subarray(0, from), ...copy.subarray(to)]);
    }
    case 3: {
      const from = at();
      copy.fill(rng.below(2) ? 0xff : 0, from, from + rng.below(64));
      return copy;
    }
    default: {
      const view = new DataView(copy.buffer);
      if (copy.length >= 4)
        view.setInt32(
          at(Math.min(copy.length, 512)) & ~3 & (copy.length - 4),
          rng.below(3) - 1,
          true,
        );
      return copy;
    }
  }
}

describe('mutated files never end in a bug of the simulator', () => {
  const lines: [file: keyof typeof good, line: string, rounds: number][] = [
    ['pupa.elf', '--multiboot ./pupa.elf --memory 8', 60],
    ['bz', '--kernel ./bz --initrd ./initrd --memory 24', 60],
    ['bios.bin', '--bios ./bios.bin --disk ./d.img --memory 4', 40],
    ['vga.bin', '--bios ./bios.bin --disk ./d.img --set machine.vgaBios=./vga.bin --memory 4', 40],
    ['d.img', '--disk ./d.img --memory 4', 40],
    ['m.yaml', './m.yaml', 150],
  ];
  it.each(lines)('%s', async (file, line, rounds) => {
    const rng = new Rng(20260101);
    const folder = folderWith(good);
    const codes = new Set<number>();
    for (let round = 0; round < rounds; round++) {
      const bytes = mutate(Buffer.from(good[file]), rng);
      writeFileSync(join(folder, file), bytes);
      const { exitCode, stderr } = await run(folder, line);
      if (![0, 3, 4, 5, 6].includes(exitCode))
        throw new Error(`round ${round}: ${exitCode}\n${stderr}`);
      if (exitCode === 4) expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      codes.add(exitCode);
    }
    // Some were refused, some were booted.
    expect(codes.size).toBeGreaterThan(1);
  });
});

describe('mutated snapshots', () => {
  let folder: string;
  let whole: Buffer;
  const restore = (): Promise<{ exitCode: number; stderr: string }> =>
    run(folder, '--multiboot ./pupa.elf --memory 8 --restore ./s.snap');

  beforeAll(async () => {
    folder = join(process.env.TMPDIR ?? '/tmp', `chrysalis-snapshots-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'pupa.elf'), pupaBytes);
    await run(folder, '--multiboot ./pupa.elf --memory 8 --save-snapshot ./s.snap');
    whole = readFileSync(join(folder, 's.snap'));
    return () => rmSync(folder, { recursive: true });
  });

  it('are refused for their checksums', async () => {
    expect((await restore()).exitCode).toBe(6);
    const rng = new Rng(5);
    for (let round = 0; round < 60; round++) {
      const bytes = mutate(whole, rng);
      if (whole.equals(bytes)) continue;
      writeFileSync(join(folder, 's.snap'), bytes);
      const { exitCode, stderr } = await restore();
      expect([exitCode, stderr.trimEnd().split('\n').length], stderr).toEqual([4, 1]);
    }
  });

  it('with checksums made right are refused or restored', async () => {
    const rng = new Rng(6);
    const headerEnd = 44 + whole.readUInt32LE(8);
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes);
    for (let round = 0; round < 80; round++) {
      const inHeader = rng.below(2) === 0;
      const bytes = Buffer.from(whole);
      const [from, size] = inHeader ? [44, headerEnd - 44] : [headerEnd, bytes.length - headerEnd];
      for (let n = rng.below(3); n >= 0; n--) bytes[from + rng.below(size)] = rng.below(256);
      if (!inHeader) {
        const old = sha256(whole.subarray(headerEnd)).digest('hex');
        const at = bytes.indexOf(old);
        bytes.write(sha256(bytes.subarray(headerEnd)).digest('hex'), at);
      }
      bytes.set(sha256(bytes.subarray(44, headerEnd)).digest(), 12);
      writeFileSync(join(folder, 's.snap'), bytes);
      const { exitCode, stderr } = await restore();
      if (![0, 4, 5, 6].includes(exitCode))
        throw new Error(`round ${round}: ${exitCode}\n${stderr}`);
    }
  });
});

/** What `npm run bench` makes of its command line, of a console and of measured times. */
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../scripts/bench-engines.js';
import { parseWishes } from '../../../scripts/bench-options.js';
import { MarkWatch, peerGuest } from '../../../scripts/bench-peers.js';
import { bootLines, partLines, rowOf, summaryLines } from '../../../scripts/bench-table.js';
import { WORKLOADS, type Workload } from '../../../scripts/workloads.js';

const workload = (name: string): Workload => WORKLOADS.find((w) => w.name === name) as Workload;

/** A clock that goes on by two seconds at each look, one of them busy. */
function steppingClock(): () => { wallSeconds: number; cpuSeconds: number } {
  let looks = 0;
  return () => {
    looks++;
    return { wallSeconds: 2 * looks, cpuSeconds: looks };
  };
}

describe('marks on the console', () => {
  it('are found across pieces of text, each after the one before', () => {
    const watch = new MarkWatch(['begin', '\nhalf', '\nend'], steppingClock());
    expect(watch.text('end beg')).toBe(false);
    expect(watch.text('in\r\nha')).toBe(false);
    expect(watch.missing()).toBe('half');
    expect(watch.text('lf end\r\n')).toBe(false);
    expect(watch.text('\nend')).toBe(true);
    expect(watch.parts().map(({ part }) => part)).toEqual([0, 1]);
    expect(watch.parts().map((p) => [p.wallSeconds, p.cpuSeconds])).toEqual([
      [2, 1],
      [2, 1],
    ]);
  });
});

describe('guests for other emulators', () => {
  it('say where a program of the embedded guest ends, before the machine does', () => {
    const guest = peerGuest(workload('sort'));
    expect(guest?.append).toBe('script="sort 1000000; echo bench has ended" stay');
    expect(guest?.marks).toEqual(['the guest inside Chrysalis', 'bench has ended']);
  });

  it('have marks that the kernel does not print with its command line', () => {
    const guest = peerGuest(workload('linux'));
    const printed = `Kernel command line: ${guest?.append}`;
    expect(guest?.marks.slice(1)).toHaveLength(4);
    for (const mark of guest?.marks.slice(1) ?? []) expect(printed).not.toContain(mark);
  });

  it('are not those that begin in a state of this simulator, or show no end', () => {
    expect(peerGuest(workload('kernel'))).toBeUndefined();
    expect(peerGuest(workload('demo'))).toBeUndefined();
  });
});

describe('the command line', () => {
  const wishes = (...args: string[]) => parseWishes(args);

  it('takes engines and other emulators, in any order', () => {
    expect(wishes('crc', '--engine', 'wasm,reference', '--with', 'qemu')).toMatchObject({
      engines: ['reference', 'wasm'],
      peers: ['qemu'],
      translations: false,
    });
    expect(wishes('--with', 'none')).toMatchObject({ peers: [], runs: 3, translations: true });
    expect(wishes('translations')).toMatchObject({ workloads: [], translations: true });
  });

  it('says what there is in place of what there is not', () => {
    expect(wishes('sort', 'sot')).toMatch(/^no workload sot; there are demo, sort/);
    expect(wishes('--engine', 'fast')).toBe(
      'no engine fast; there are reference, stepper, wasm, functional',
    );
    expect(wishes('--with', 'bochs')).toBe('no emulator bochs; there are v86, qemu');
    expect(wishes('--runs', '0')).toMatch(/positive/);
    expect(wishes('--whole', '--millions', '3')).toMatch(/^--whole/);
    expect(wishes('--fast')).toMatch(/--fast/);
  });
});

const run = (instructions: number, cpuSeconds: number, late?: number): RunResult => ({
  parts: [
    {
      part: 0,
      instructions,
      molecules: 0,
      wallSeconds: 2 * cpuSeconds,
      cpuSeconds,
      ...(late === undefined ? {} : { late: { instructions: 1e6, cpuSeconds: late } }),
    },
  ],
  peakMB: 90,
});

describe('the table', () => {
  it('has medians, ratios of processor time, and counts of the reference where there are none', () => {
    const reference = rowOf('reference', [run(1e7, 3), run(1e7, 1), run(1e7, 0.5)], 0, 0);
    const v86 = rowOf('v86', [run(0, 0.5)], 0, 2e7);
    const wasm = rowOf('wasm', [run(1e7, 0.25, 0.01)], 0, 0);
    if (!(reference && v86 && wasm)) throw new Error('rows are missing');
    expect(rowOf('qemu', [run(0, 1)], 1, 0)).toBeUndefined();
    const lines = partLines('crc', [reference, wasm, v86]);
    expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
      [
        'crc',
        'M instr.',
        'wall s',
        'cpu s',
        'MIPS/cpu',
        'late',
        'M mol/cpu',
        'x ref.',
        'x v86',
        'peak MB',
      ],
      ['reference', '10.0', '2.00', '1.00', '10.0', '1.00', '0.250', '90'],
      ['wasm', '10.0', '0.50', '0.25', '40.0', '100.0', '4.00', '1.00', '90'],
      ['v86', '20.0', '1.00', '0.50', '40.0', '4.00', '1.00', '90'],
    ]);
    expect(
      summaryLines([{ title: 'crc', rows: [reference, wasm] }], ['reference', 'wasm', 'v86']).map(
        (line) => line.trim().split(/ {2,}/),
      ),
    ).toEqual([
      [''],
      ['times reference', 'reference', 'wasm', 'wasm late', 'v86'],
      ['crc', '1.00', '4.00', '10.0', '-'],
      [''],
      ['times v86', 'reference', 'wasm', 'wasm late', 'v86'],
      ['crc', '-', '-', '-', '-'],
    ]);
  });
});

describe('the boot', () => {
  it('is the wall time of its parts, beside that of v86', () => {
    const parts = ['decompressor', 'kernel', 'gzip'].map((title, i) => {
      const rows = [rowOf('wasm', [run(1e7, 3 + i)], 0, 0), rowOf('v86', [run(0, 2)], 0, 1e7)];
      return { title, isBoot: i < 2, rows: rows.flatMap((row) => row ?? []) };
    });
    expect(bootLines(parts)).toEqual([
      "from power-on to the shell, wasm: 14.00 s of wall time, 1.75 times v86's",
      "from power-on to the shell, v86: 8.00 s of wall time, 1.00 times v86's",
    ]);
    expect(bootLines(parts.slice(2))).toEqual([]);
  });
});

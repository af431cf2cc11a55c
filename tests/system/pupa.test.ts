/**
 * The embedded guest OS with its whole demonstration: the console text that independent machines
 * print, the same final state in every repetition and however the run is sliced, and the same text
 * on processors and boards with other features.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { demoText, pupa, TestRun, type Values } from './support/run.js';

const expected = readFileSync(demoText, 'latin1');
const demo = pupa('run=/etc/demo');
const powerOff = { kind: 'powerOff', status: 0, why: 'ACPI soft off' };

function play(values: Values, sliceInstructions: number): TestRun {
  const run = new TestRun(values);
  expect(run.run({ sliceInstructions })).toEqual(powerOff);
  return run;
}

describe('the demonstration', () => {
  it('prints what it prints elsewhere, twice alike, however it is sliced', () => {
    const runs = [play(demo, 500_000), play(demo, 77_777)];
    for (const { text } of runs) expect(text).toBe(expected);
    const [once, again] = runs.map(({ machine }) => ({
      hash: machine.stateHash(),
      instructions: machine.instructions,
      cycles: machine.cycles,
      idleCycles: machine.idleCycles,
      report: machine.report(),
      statistics: machine.statistics(),
    }));
    expect(again).toEqual(once);
    expect(once?.report.filter(({ kind }) => kind !== 'fault')).toEqual([]);
  });

  it('prints the same with APICs, another clock and little memory', () => {
    const { text } = play(
      { ...demo, 'machine.apic': true, 'host.clockMHz': 200, 'machine.memoryMB': 16 },
      500_000,
    );
    expect(text).toBe(expected);
  });

  it('prints the same with sysenter and fxsave, without large and global pages', () => {
    const features = { sep: true, fxsr: true, pse: false, pge: false, vme: false, de: false };
    const values = Object.entries(features).map(([name, on]) => [`cpu.features.${name}`, on]);
    const { text } = play({ ...demo, ...Object.fromEntries(values) }, 500_000);
    expect(text).toBe(expected);
  });
});

describe('a processor without MMX', () => {
  it('skips that program alone', () => {
    const { text, machine } = play(
      pupa('script="mmx; bits 10; cpu"', { 'cpu.features.mmx': false }),
      500_000,
    );
    expect(text).toMatch(/^mmx .*skipped/m);
    expect(text).toMatch(/^bits .*PASS/m);
    expect(machine.report().filter(({ what }) => what.includes('#UD'))).toEqual([]);
  });
});

describe('memory', () => {
  it.each([8, 2048])('of %i MB is all there is', (megabytes) => {
    const run = new TestRun(pupa('quiet script="mem; pages"', { 'machine.memoryMB': megabytes }));
    expect(run.run()).toEqual(powerOff);
    // The kernel uses the first 768 MB.
    const kilobytes = Number(/(\d+) KB/.exec(run.text)?.[1]);
    const available = Math.min(megabytes, 768) * 1024;
    expect(kilobytes).toBeGreaterThan(available - 3072);
    expect(kilobytes).toBeLessThanOrEqual(available);
  });
});

describe('the end of a script', () => {
  it.each([
    ['exit 0', { kind: 'powerOff', status: 0 }],
    ['false', { kind: 'powerOff', status: 3 }],
    ['exit 42', { kind: 'powerOff', status: 85 }],
    ['reboot', { kind: 'reset' }],
  ])('%s', (script, end) => {
    expect(new TestRun(pupa(`quiet script="${script}"`)).run()).toMatchObject(end);
  });
});

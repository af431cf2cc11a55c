/**
 * Snapshots from one engine to another: the guest goes on, instructions count on, and what the host
 * counts begins at the restore, so that its sums are those of the run.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CPI_SLOTS } from '../../../hw/timing/cpi.js';
import { bootDisk } from '../../system/support/program.js';
import { codeMorphing, pupa, TestRun, type Values } from '../../system/support/run.js';
import { folderWith } from '../config/support.js';

const reference: Values = { 'simulation.engine': 'reference' };
const hot: Values = {
  ...codeMorphing,
  'cms.gears.blockThreshold': 4,
  'cms.gears.superblockThreshold': 30,
};
const WAYS: readonly (readonly [string, Values, Values])[] = [
  ['the reference to the stepper', reference, hot],
  ['the stepper to the reference', hot, reference],
  ['the stepper to the stepper', hot, hot],
];

/** Sums up, fills memory by a repeated instruction, prints a letter each round; nothing depends on time. */
const rounds = `
  mov ax, 0
  mov ds, ax
  mov ax, 0x1000
  mov es, ax
  mov bx, 0
  cld
  round:
  mov di, 0
  mov cx, 300
  mov al, bl
  rep stosb es:[di], al
  mov cx, 200
  sum:
  add dx, cx
  xor dx, 0x1234
  loop @sum
  mov al, dl
  and al, 15
  add al, 0x41
  out 0xe9, al
  inc bx
  cmp bx, 40
  jnz @round
  mov al, 0
  out 0xf4, al
  hlt
`;

function boot(): Values {
  const folder = folderWith({ 'd.img': bootDisk(rounds) });
  return { 'boot.method': 'bootSector', 'machine.disks': [{ image: join(folder, 'd.img') }] };
}

/** The machine of `to` in the state that the machine of `from` has after so many instructions. */
function moved(values: Values, from: Values, to: Values, instructions: number) {
  const before = new TestRun({ ...values, ...from });
  before.run({ instructions });
  const after = new TestRun({ ...values, ...to }, false);
  after.machine.restore(before.machine.save());
  return { before, after };
}

function valuesOf({ machine }: TestRun): (name: string) => number {
  const values = new Map(machine.statistics().map(({ name, value }) => [name, value]));
  return (name) => values.get(name) ?? Number.NaN;
}

describe.each(WAYS)('from %s', (_name, from, to) => {
  it('counts instructions on, and the guest ends as it does without', () => {
    const values = boot();
    const whole = new TestRun({ ...values, ...reference });
    const end = whole.run();
    for (const at of [1_000, 12_345, 20_000]) {
      const { before, after } = moved(values, from, to, at);
      expect(after.machine.instructions).toBe(before.machine.instructions);
      expect(after.machine.cycles).toBe(before.machine.cycles);
      expect(after.machine.stateHash()).toBe(before.machine.stateHash());
      expect(after.run()).toEqual(end);
      expect(before.text + after.text).toBe(whole.text);
      expect(after.machine.instructions).toBe(whole.machine.instructions);
    }
  });

  it('stops at a limit of instructions', () => {
    const { after } = moved(boot(), from, to, 10_000);
    expect(after.run({ instructions: 15_000 })).toEqual({ kind: 'limit' });
    expect(after.machine.instructions - 15_000).toBeLessThan(to === hot ? 200 : 1);
  });
});

describe.each(WAYS.filter(([, , to]) => to === hot))('from %s', (_name, from, to) => {
  it('what the host counts is that of the run since then, idle time included', () => {
    const { before, after } = moved(pupa('quiet'), from, to, 100_000);
    const start = [before.machine.instructions, before.machine.cycles, before.machine.idleCycles];
    const { machine } = after;
    // To the shell's prompt, and beyond: it waits.
    after.run({ cycles: start[1] + 4_000_000 });
    const value = valuesOf(after);
    expect(value('run.instructions')).toBe(machine.instructions - start[0]);
    expect(value('run.cycles')).toBe(machine.cycles - start[1]);
    const slots = CPI_SLOTS.reduce((sum, { name }) => sum + value(`cpi.${name}`), 0);
    expect(slots).toBe(value('run.cycles'));
    expect(value('cpi.idle')).toBeGreaterThan(100_000);
    expect(value('cpi.idle')).toBe(machine.idleCycles - start[2]);
    const gears = ['interpreter', 'block', 'superblock'];
    const executed = gears.reduce((sum, gear) => sum + value(`gear.${gear}.instructions`), 0);
    expect(executed).toBe(value('run.instructions'));
    expect(value('guest.ipc')).toBeCloseTo(
      value('run.instructions') / (value('run.cycles') - value('cpi.idle')),
      9,
    );
  });
});

/** Routines packed for a machine do what their atoms do one by one, in the cycles that are counted. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { packRoutine } from '../../../cms/backend/pack-routine.js';
import { straightCycles } from '../../../cms/interp/straight-cycles.js';
import { assemble } from '../../../hw/atom/assemble.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import type { HostOptions } from '../../../hw/options.js';
import { Rig } from '../../timing/rig.js';
import {
  apartHost,
  efficeonHost,
  eightSlotHost,
  tm5800Host,
  twoSlotHost,
} from '../atom/machines.js';

const MACHINES: readonly (readonly [string, HostOptions])[] = [
  ['tm5800', tm5800Host],
  ['efficeon', efficeonHost],
  ['two slots', twoSlotHost],
  ['eight slots', eightSlotHost],
  ['multiplier and literal apart', apartHost],
];

/** Atoms over r48-r53; r54 and r55 hold addresses of two words. */
const ATOMS = [
  'add D,A,B',
  'sub D,A,#7',
  'xor D,A,##0x12345678',
  'mul D,A,B',
  'shl D,A,#3',
  'add32.c D,A,B',
  'sel.b D,A,B',
  'mul32.c D,A,B',
  'getmq D',
  'ld32.p D,[r54]',
  'ld32.p D,[r55]',
  'st32.p [r54],A',
  'st32.p [r55],B',
  'movi D,##5',
];

function randomRoutine(rng: Rng): string {
  const register = (): string => `r${48 + (rng.u32() % 6)}`;
  return Array.from({ length: 3 + (rng.u32() % 20) }, () =>
    ATOMS[rng.u32() % ATOMS.length]
      .replace('D', register)
      .replace('A', register)
      .replace('B', register),
  ).join('\n');
}

/** One core for all routines of a machine: making one takes longer than a routine. */
class Core {
  private readonly rig: Rig;

  constructor(machine: HostOptions) {
    this.rig = new Rig({}, machine);
    this.rig.core.dataAccess(this.words, false);
  }

  private get words(): number {
    return this.rig.memory.cmsOffset + 0x1_0000;
  }

  run(text: string): { state: number[]; cycles: number } {
    const { rig, words } = this;
    rig.load(`${text}\n{ exit 0 }`);
    for (let r = 48; r < 54; r++) rig.w[r] = r * 0x01010101;
    rig.w[54] = words;
    rig.w[55] = words + 4;
    rig.w.fill(0, 8, 16);
    rig.memory.words(words, 2).fill(0x5a5a);
    const before = this.clock();
    rig.run();
    const state = [...rig.w.subarray(48, 54), ...rig.memory.words(words, 2)];
    return { state, cycles: this.clock() - before };
  }

  private clock(): number {
    return Object.values(this.rig.cycles()).reduce((a, b) => a + b, 0);
  }
}

const oneByOne = (routine: string): string =>
  routine
    .split('\n')
    .map((atom) => `{ ${atom} }`)
    .join('\n');

describe.each(MACHINES)('on %s', (_name, machine) => {
  it('a packed routine computes what its atoms compute one after the other, not slower', () => {
    const rng = new Rng(1);
    const isa = new HostIsa(machine);
    const core = new Core(machine);
    for (let n = 0; n < 60; n++) {
      const routine = randomRoutine(rng);
      const packed = core.run(packRoutine(isa, routine));
      const plain = core.run(oneByOne(routine));
      expect(packed.state, routine).toEqual(plain.state);
      expect(packed.cycles, routine).toBeLessThanOrEqual(plain.cycles);
    }
  });

  it('the cycles of a straight run are those of the stepper', () => {
    const rng = new Rng(2);
    const isa = new HostIsa(machine);
    const core = new Core(machine);
    for (let n = 0; n < 60; n++) {
      const routine = randomRoutine(rng);
      for (const text of [packRoutine(isa, routine), oneByOne(routine)]) {
        const { molecules } = assemble(isa, `${text}\n{ exit 0 }`);
        expect(straightCycles(isa, molecules), text).toBe(core.run(text).cycles);
      }
    }
  });
});

describe('packing', () => {
  const isa = new HostIsa(tm5800Host);

  it('fills the slots of a molecule', () => {
    expect(packRoutine(isa, 'add r48,r49,#1\nadd r50,r51,#1\nld32.p r52,[r53]')).toBe(
      '{ add r48,r49,#1 ; add r50,r51,#1 ; ld32.p r52,[r53] }',
    );
  });

  it('reads before it writes, and keeps labels, branches and stores in their places', () => {
    const text =
      'add r48,r49,#1\nmovi r49,##5\nend: \nst32.p [r48],r49\nld32.p r50,[r51]\nbr end\nnop';
    expect(packRoutine(isa, text).split('\n')).toEqual([
      '{ add r48,r49,#1 ; movi r49,##5 }',
      'end:',
      '{ st32.p [r48],r49 }',
      '{ ld32.p r50,[r51] ; br end }',
      '{ nop }',
    ]);
  });
});

describe('what the last branch costs', () => {
  const isa = new HostIsa({
    ...tm5800Host,
    branch: { takenCycles: 2, indirectCycles: 5, preparedCycles: 1, returnStackEntries: 0 },
  });
  const cycles = (text: string): number => straightCycles(isa, assemble(isa, text).molecules);

  it.each([
    ['{ nop } { br 0 }', 2 + 2],
    ['{ nop } { brz r48,0 }', 2],
    ['{ nop } { jr r48 }', 2 + 5],
    ['{ brprep r48 } { nop } { nop } { nop } { nop } { jr r48 }', 6 + 1],
    ['{ brprep r48 } { nop } { nop } { nop } { jr r48 }', 5 + 5],
    ['{ mul r48,r49,r50 ; br 0 }', 4],
  ])('%s', (text, expected) => {
    expect(cycles(text.replaceAll('} {', '}\n{'))).toBe(expected);
  });
});

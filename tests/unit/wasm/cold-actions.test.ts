/**
 * What each atom does in cold code: molecules with one atom each, and molecules whose atoms exchange registers,
 * on a machine where everything is cold code and on the stepper.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import type { AtomRow } from '../../../hw/atom/atom.js';
import { FORM_FIELDS, NUMBER_RANGE, usesLiteral } from '../../../hw/atom/forms.js';
import type { HostIsa } from '../../../hw/atom/host-isa.js';
import { atoms } from '../../../hw/atom/index.js';
import { encodeMolecule, type Molecule } from '../../../hw/atom/molecule.js';
import { MQ } from '../../../hw/atom/registers.js';
import type { UnitOptions } from '../../../hw/exec/wasm/unit-options.js';
import type { HostOptions } from '../../../hw/options.js';
import { PAGE, Rig } from '../../timing/rig.js';
import { efficeonHost, tm5800Host } from '../atom/machines.js';
import { EDGES, expectSame } from './workbench.js';

const COLD: UnitOptions = { hot: 1_000_000, batch: 1, patience: 1, surprises: 1, misses: 1 };
const DATA = 0x20 * PAGE;

/** The stepper, and cold code. */
const pair = (host: HostOptions = tm5800Host): readonly [Rig, Rig] => [
  new Rig({}, host),
  new Rig({}, host, COLD),
];

const anyValue = (rng: Rng): number => (rng.chance(0.5) ? rng.pick(EDGES) : rng.u32() | 0);

/** Runs from the beginning with the same registers; how it was left. */
function runBoth([exact, cold]: readonly [Rig, Rig], values: Int32Array, where: string): string {
  const [expected, result] = [exact, cold].map((rig) => {
    rig.core.enter();
    rig.w.set(values);
    return rig.run();
  });
  expect(result, where).toBe(expected);
  expectSame(cold.w.subarray(0, 64), exact.w.subarray(0, 64), where);
  expect(cold.core.exit, where).toEqual(exact.core.exit);
  return expected;
}

/** A molecule with one atom. */
function alone(isa: HostIsa, row: AtomRow, rng: Rng): Molecule {
  const literal = usesLiteral(row) ? anyValue(rng) : 0;
  const placed = isa.place([{ row, unit: -1 }], usesLiteral(row), false);
  if (placed === undefined) throw new Error(row.name);
  const format = isa.formats[placed.format];
  const fields = FORM_FIELDS[row.form];
  const [lowest, highest] = NUMBER_RANGE[fields.number];
  const register = (isThere: boolean): number => (isThere ? 16 + rng.below(8) : 0);
  const imm = usesLiteral(row) ? literal : lowest + rng.below(highest - lowest + 1);
  const [d, a, b] = [fields.d, fields.a, fields.b].map(register);
  const atom = { row, d, a, b, imm };
  const slots = format.slots.map((_, i) => (i === placed.slots[0] ? atom : undefined));
  return { format: format.index, slots, literal, commit: false, lengthBytes: format.lengthBytes };
}

/** Writes molecules and an exit behind them. */
function install(rigs: readonly Rig[], molecules: readonly Molecule[]): void {
  for (const rig of rigs) {
    rig.load('{ exit 0 } commit', { offset: molecules.reduce((n, m) => n + m.lengthBytes, 0) });
    const { cmsOffset } = rig.memory;
    let at = 0;
    for (const m of molecules) {
      const words = new Uint32Array(m.lengthBytes / 4);
      encodeMolecule(rig.isa, m, words, 0);
      rig.memory.words(cmsOffset + at, words.length).set(words);
      at += m.lengthBytes;
    }
    rig.core.codeChanged(cmsOffset, cmsOffset + at);
  }
}

describe('atoms of cold code', () => {
  it('compute what the stepper computes, each of them', () => {
    const rng = new Rng(1);
    const rigs = pair();
    const rows = atoms.filter(({ meaning }) => meaning !== undefined);
    expect(rows.length).toBeGreaterThan(100);
    for (let round = 0; round < 12; round++) {
      const values = Int32Array.from({ length: 62 }, () => anyValue(rng));
      const molecules = rows.map((row) => alone(rigs[0].isa, row, rng));
      install(rigs, molecules);
      runBoth(rigs, values, `round ${round}`);
      // One by one, so that what is wrong shows before it is overwritten.
      const one = rng.pick(molecules);
      install(rigs, [one]);
      runBoth(rigs, values, one.slots.find((atom) => atom)?.row.name ?? '');
    }
    expect(rigs[1].core.molecules).toBe(rigs[0].core.molecules);
    expect(rigs[1].cycles()).toEqual(rigs[0].cycles());
  });

  it.each(['div8', 'div16', 'div32', 'idiv8', 'idiv16', 'idiv32'])(
    '%s divides or traps',
    (name) => {
      const rng = new Rng(2);
      const rigs = pair();
      for (const rig of rigs)
        rig.load(`{ ${name} r16,r17,r18 }{ exit 0 } commit same: { ${name} r17,r17,r17 }`);
      const left = new Map<string, number>();
      for (let n = 0; n < 400; n++) {
        const values = Int32Array.from({ length: 62 }, () => anyValue(rng));
        if (rng.chance(0.5)) values[MQ] = rng.pick([0, -1, rng.below(50)]);
        const why = runBoth(rigs, values, `${name}, ${n}`);
        left.set(why, (left.get(why) ?? 0) + 1);
      }
      for (const why of ['exit', 'trap']) expect(left.get(why), why).toBeGreaterThan(50);
      expect(rigs[1].cycles()).toEqual(rigs[0].cycles());
    },
  );
});

describe('molecules of cold code whose atoms go together', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['exchange registers', '{ add r16,r17,#1 ; add r17,r16,#2 }'],
    ['exchange a pointer and what it leads to', '{ ld32.k r40,[r41] ; ld32.k r41,[r40] }'],
    ['store what they overwrite', '{ st32.k [r40],r41,#0 ; add r41,r42,#1 ; add r42,r41,#1 }'],
    ['divide by what they load', '{ idiv32 r16,r17,r18 ; ld32.k r18,[r40] ; add r17,r16,#1 }'],
    ['trap on what they load', '{ ld32.k r16,[r40] ; trapnz r16,3 }'],
    ['move their own pointers', '{ ld32.k r16,[r40] ; st8.k [r41],r16,#0 ; add r40,r41,#1 }'],
  ];

  it.each(texts)('%s', (_, text) => {
    const rng = new Rng(3);
    const rigs = pair(efficeonHost);
    for (const rig of rigs) rig.load(`${text} { exit 0 } commit`);
    for (let n = 0; n < 200; n++) {
      const values = Int32Array.from({ length: 62 }, () => rng.pick([0, 1, 7, -3, rng.below(900)]));
      for (const r of [40, 41, 42]) {
        values[r] = DATA + rng.below(3) * PAGE + rng.below(rng.chance(0.8) ? 64 : PAGE);
        const word = rng.chance(0.5) ? DATA + rng.below(PAGE) : 0;
        for (const rig of rigs) rig.setWord(values[r] & ~3, word);
      }
      runBoth(rigs, values, `${n}`);
      const [exact, cold] = rigs.map(({ memory }) => memory.words(memory.ramOffset + DATA, PAGE));
      expectSame(cold, exact, `${n}`);
    }
    expect(rigs[1].cycles()).toEqual(rigs[0].cycles());
  });
});

describe('page checks of cold code', () => {
  it('compare the page, and look it up in the TLB', () => {
    const tlb = { entries: 2, ways: 1, walkCycles: 8 };
    const rigs = [undefined, COLD].map((options) => {
      const rig = new Rig({ tlb }, tm5800Host, options);
      rig.load(`{ chkpage.k r40,##${DATA} }{ exit 0 } commit`);
      rig.unmap(0x23);
      return rig;
    }) as unknown as readonly [Rig, Rig];
    const rng = new Rng(4);
    const left = new Set<string>();
    for (let n = 0; n < 200; n++) {
      const values = new Int32Array(62);
      values[40] = DATA + rng.pick([0, 0, 0, 1, 3]) * PAGE + rng.below(PAGE);
      if (rng.chance(0.3)) for (const rig of rigs) rig.core.flushTlb();
      left.add(runBoth(rigs, values, `${n}`));
    }
    expect(left).toEqual(new Set(['exit', 'mapping']));
    expect(rigs[1].cycles()).toEqual(rigs[0].cycles());
    expect(rigs[1].guest.calls).toEqual(rigs[0].guest.calls);
  });
});

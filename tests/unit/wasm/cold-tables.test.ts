/** Records of cold code: made, dropped with the code, made room for; what their commits add up to. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import { RetireTable } from '../../../hw/core/retire-table.js';
import { Predecoder } from '../../../hw/exec/step/predecode.js';
import type { StepMolecule } from '../../../hw/exec/step/step-molecule.js';
import { ColdTables, coldTableBytes } from '../../../hw/exec/wasm/cold/cold-tables.js';
import { FLAG, HEAD, SEEN } from '../../../hw/exec/wasm/cold/records.js';
import { transferOf } from '../../../hw/exec/wasm/molecules.js';
import { LinearMemory } from '../../../hw/memory/layout.js';
import { randomProgram } from '../../timing/random-program.js';
import { efficeonHost } from '../atom/machines.js';

const CMS_BYTES = 0x1_0000;
const FETCH_SHIFT = 6;
/** Places of host code are so far apart. */
const PLACE = 8;

/** The tables, and molecules of random programs, all over the software's memory. */
class Bench {
  readonly memory = new LinearMemory(0, CMS_BYTES, coldTableBytes(CMS_BYTES));
  readonly retires = new RetireTable(this.memory, new Int32Array(64));
  readonly tables = new ColdTables(this.memory, this.memory.tablesOffset, this.retires);
  readonly molecules: readonly StepMolecule[];

  constructor(seed: number, programs = 1) {
    const isa = new HostIsa(efficeonHost);
    const rng = new Rng(seed);
    const predecoder = new Predecoder(isa, this.memory, FETCH_SHIFT, 'full');
    const molecules: StepMolecule[] = [];
    let pc = this.memory.cmsOffset;
    for (let n = 0; n < programs; n++) {
      const { words } = randomProgram(isa, rng, efficeonHost.aliasRegisters);
      const end = pc + 4 * words.length;
      this.memory.words(pc, words.length).set(words);
      while (pc < end) {
        const m = predecoder.decode(pc);
        molecules.push(m);
        pc = m.nextPc;
      }
    }
    this.molecules = molecules;
  }

  makeAll(): void {
    for (const m of this.molecules) if (this.tables.at(m.hostPc) === 0) this.tables.make(m);
  }

  word(m: StepMolecule, offset: number): number {
    return this.memory.view.getUint32(this.tables.at(m.hostPc) + offset, true);
  }

  setWord(m: StepMolecule, offset: number, value: number): void {
    this.memory.view.setUint32(this.tables.at(m.hostPc) + offset, value, true);
  }

  /** As if it had committed. */
  commits(m: StepMolecule, times: number, cycles: number, skipped = 0): void {
    this.setWord(m, HEAD.commits, times);
    this.setWord(m, HEAD.cycles, cycles);
    this.setWord(m, HEAD.skipped, skipped);
  }
}

describe('a record', () => {
  it('says of its molecule what cold code has to know', () => {
    const bench = new Bench(1, 20);
    bench.molecules.forEach((m, i) => {
      bench.retires.set(m.hostPc, i + 1, i, i % 2 === 0);
    });
    bench.makeAll();
    bench.molecules.forEach((m, i) => {
      const words = [
        HEAD.hostPc,
        HEAD.nextPc,
        HEAD.wait0,
        HEAD.late1,
        HEAD.steps,
        HEAD.instructions,
      ];
      expect(words.map((at) => bench.word(m, at))).toEqual([
        m.hostPc,
        m.nextPc,
        m.wait0 >>> 0,
        m.late1 >>> 0,
        i + 1,
        i,
      ]);
      const flags =
        (m.commit ? FLAG.commits : 0) |
        (m.leave >= 0 ? FLAG.leaves : 0) |
        (i % 2 === 0 ? FLAG.skips : 0) |
        (m.jumps ? FLAG.jumps : 0) |
        (transferOf(m.ops) >= 0 ? FLAG.branches : 0);
      expect(bench.memory.view.getUint8(bench.tables.at(m.hostPc) + HEAD.flags)).toBe(flags);
    });
  });

  it('is not there before it is made: nothing is hot, nothing was seen', () => {
    const { tables, molecules, memory } = new Bench(1);
    const [{ hostPc }] = molecules;
    const before = memory.bytes.slice(0, 4096);
    tables.setHeat(hostPc, 5);
    tables.addSeen(hostPc, SEEN.taken);
    tables.settleAt(hostPc);
    expect([tables.at(hostPc), tables.heat(hostPc), tables.seen(hostPc)]).toEqual([0, 0, 0]);
    expect(memory.bytes.slice(0, 4096)).toEqual(before);
    tables.make(molecules[0]);
    tables.setHeat(hostPc, -5);
    tables.addSeen(hostPc, SEEN.taken);
    tables.addSeen(hostPc, SEEN.following);
    expect([tables.heat(hostPc), tables.seen(hostPc)]).toEqual([-5, SEEN.taken | SEEN.following]);
  });
});

describe('code that changes', () => {
  it('takes the records of all molecules along that have a byte in it, and no others', () => {
    const bench = new Bench(2, 40);
    const { tables, molecules, memory } = bench;
    const rng = new Rng(3);
    const from = memory.cmsOffset;
    const end = (molecules.at(-1) as StepMolecule).nextPc;
    const lengths = new Set(molecules.map((m) => m.nextPc - m.hostPc));
    expect(lengths.size).toBeGreaterThan(2);
    for (let n = 0; n < 300; n++) {
      bench.makeAll();
      const fromPc = from + rng.below(end - from);
      const toPc = fromPc + 1 + rng.below(rng.chance(0.8) ? 24 : 2000);
      tables.drop(fromPc, toPc);
      const isGone = (m: StepMolecule): boolean => m.hostPc < toPc && m.nextPc > fromPc;
      const wrong = molecules.filter((m) => (tables.at(m.hostPc) === 0) !== isGone(m));
      expect(wrong, `${fromPc}-${toPc}`).toEqual([]);
    }
  });

  it('all of it: nothing is left', () => {
    const bench = new Bench(4, 40);
    bench.makeAll();
    const { tables, memory } = bench;
    tables.drop(memory.cmsOffset, memory.tablesOffset);
    expect(tables.recordOf.every((record) => record === 0)).toBe(true);
  });
});

describe('commits', () => {
  it('are accounted for once: when somebody asks, and when the code goes', () => {
    const bench = new Bench(5);
    const { tables, retires, molecules } = bench;
    const [first, second] = molecules;
    retires.set(first.hostPc, 5, 4, true);
    retires.set(second.hostPc, 3, 3, false);
    bench.makeAll();
    bench.commits(first, 10, 1000, 7);
    bench.commits(second, 2 ** 31, 2 ** 32 - 1);
    for (let n = 0; n < 2; n++) tables.settleAt(first.hostPc);
    expect(retires.tallyAt(first.hostPc)).toEqual({
      executions: 10,
      instructions: 33,
      steps: 43,
      cycles: 1000,
    });
    expect(retires.tallyAt(second.hostPc).executions).toBe(0);
    tables.drop(second.hostPc, second.hostPc + 1);
    expect(retires.tallyAt(second.hostPc)).toEqual({
      executions: 2 ** 31,
      instructions: 3 * 2 ** 31,
      steps: 3 * 2 ** 31,
      cycles: 2 ** 32 - 1,
    });
    bench.commits(first, 1, 3, 5);
    tables.settleAt(first.hostPc);
    expect(retires.tallyAt(first.hostPc).steps).toBe(43);
    expect(retires.tallyAt(first.hostPc).cycles).toBe(1003);
  });
});

describe('when there is no room left', () => {
  it('all records go, and nothing that they have counted', () => {
    const bench = new Bench(6);
    const { tables, retires, molecules, memory } = bench;
    const first = molecules[0];
    for (const m of molecules) retires.set(m.hostPc, 1, 1, false);
    const end = memory.tablesOffset + coldTableBytes(CMS_BYTES);
    const before = memory.words(memory.tablesOffset, CMS_BYTES / PLACE).byteLength;
    tables.make(first);
    let clears = 0;
    let counted = 0;
    for (let n = 0; clears < 3; n++) {
      if (tables.at(first.hostPc) === 0) {
        clears++;
        expect(retires.tallyAt(first.hostPc).executions).toBe(counted);
        // The others have gone with it.
        const kept = molecules.filter((m) => tables.at(m.hostPc) !== 0);
        expect(kept.length).toBe(1);
        tables.make(first);
      }
      counted++;
      bench.setWord(first, HEAD.commits, bench.word(first, HEAD.commits) + 1);
      const m = molecules[1 + (n % (molecules.length - 1))];
      tables.make(m);
      const record = tables.at(m.hostPc);
      expect(record).toBeGreaterThanOrEqual(memory.tablesOffset + before);
      expect(record + HEAD.skipped + 8).toBeLessThanOrEqual(end);
      expect(record % 8).toBe(0);
    }
    expect(counted).toBeGreaterThan(1000);
  });
});

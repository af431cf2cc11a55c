/** Cold code and units at the edges of what their words hold, and where runs begin: they agree with the stepper. */
import { describe, expect, it } from 'vitest';
import type { TimingModel } from '../../../hw/core/timing-model.js';
import { HEAD } from '../../../hw/exec/wasm/cold/records.js';
import type { UnitOptions } from '../../../hw/exec/wasm/unit-options.js';
import { LOG_PLACE_BYTES, unitTableBytes } from '../../../hw/exec/wasm/unit-tables.js';
import { timingTableBytes } from '../../../hw/timing/timing-tables.js';
import { PAGE, Rig } from '../../timing/rig.js';
import { efficeonHost, tm5800Host } from '../atom/machines.js';

const COLD: UnitOptions = { hot: 1_000_000, batch: 1, patience: 1, surprises: 1, misses: 1 };
const AT_ONCE: UnitOptions = { ...COLD, hot: 2 };
/** The stepper first. */
const ENGINES = [undefined, COLD, AT_ONCE] as const;
const DATA = 0x20 * PAGE;
const MQ = 15;

/** What a machine does is the same on each engine. */
function agree(make: (options?: UnitOptions) => Rig, act: (rig: Rig) => unknown): void {
  const [exact, ...others] = ENGINES.map((options) => {
    const rig = make(options);
    const result = act(rig);
    return { result, cycles: rig.cycles(), exit: { ...rig.core.exit }, calls: rig.guest.calls };
  });
  for (const other of others) expect(other).toEqual(exact);
}

function run(rig: Rig, label?: string): string {
  rig.core.enter();
  return rig.run(label);
}

function times(count: number, rig: Rig, label?: string): void {
  for (let i = 0; i < count; i++) expect(run(rig, label)).toBe('exit');
}

describe('a result that is later than a byte can say', () => {
  it.each([255, 256, 300, 1000])('%i cycles', (divide) => {
    const latencyCycles = { ...tm5800Host.latencyCycles, divide };
    const text = '{ div32 r16,r17,r18 }{ add r19,r20,#1 }{ exit 0 } commit';
    agree(
      (options) => new Rig({ latencyCycles }, tm5800Host, options).load(text),
      (rig) => {
        rig.w[MQ] = 0;
        rig.w.set([100, 7], 17);
        times(1, rig);
        return rig.cycles().commit;
      },
    );
  });
});

describe('behind an exit without a commit', () => {
  const text = `
    { ldp32.k r16,[r40],#3 }
    { exit 0 }
    store: { st32.k [r40],r16,#8 } commit
    { exit 0 } commit`;

  function load(options?: UnitOptions): Rig {
    const rig = new Rig({}, tm5800Host, options).load(text).warm(DATA);
    rig.w[40] = DATA;
    return rig;
  }

  it('alias registers hold what they held', () => {
    agree(load, (rig) => {
      times(6, rig, 'store');
      times(1, rig);
      return [run(rig, 'store'), run(rig, 'store')];
    });
  });

  it('the guest memory hears of the next commit', () => {
    agree(load, (rig) => {
      times(6, rig, 'store');
      // Across two pages.
      rig.w[40] = DATA + PAGE - 2;
      times(1, rig);
      rig.w[40] = DATA + PAGE;
      return [run(rig, 'store'), run(rig, 'store'), rig.guest.calls.length];
    });
  });
});

describe('a machine that has run', () => {
  const text = `
    { add r16,r63,#20 } commit
    again: { ld32.k r18,[r40] ; sub r16,r16,#1 }
    { brnz r16,again } commit
    { exit 0 } commit`;

  function load(options?: UnitOptions): Rig {
    const rig = new Rig({}, tm5800Host, options).load(text).warm(DATA);
    rig.w[40] = DATA;
    return rig;
  }

  it('counts from a snapshot on, and nothing from before', () => {
    agree(load, (rig) => {
      times(3, rig);
      const state = rig.core.save();
      const words = rig.s.slice(0, 128);
      times(3, rig);
      rig.core.restore(state);
      rig.s.set(words);
      expect([...rig.core.cpi]).toEqual([...state.cpi]);
      times(3, rig);
      return rig.core.save().settled;
    });
  });

  it('shows molecules in the cycles in which they issue', () => {
    agree(load, (rig) => {
      times(3, rig);
      const issued: number[] = [];
      rig.core.onMolecule = ({ cycle }) => issued.push(cycle);
      times(1, rig);
      rig.core.onMolecule = undefined;
      times(2, rig);
      rig.core.onMolecule = ({ cycle }) => issued.push(cycle);
      times(1, rig);
      return issued;
    });
  });
});

describe('two machines of a process', () => {
  it('have nothing to do with each other', () => {
    const text = (n: number): string => `
      again: { ld32.k r18,[r40] ; sub r16,r16,#1 }
      { add r19,r18,#${n} ; add r40,r40,#${8 * n} }
      { st32.k [r40],r19,#0 }
      { brnz r16,again } commit
      { exit 0 } commit`;
    const make = (n: number, options?: UnitOptions): Rig =>
      new Rig({}, n === 1 ? tm5800Host : efficeonHost, options).load(text(n));
    const turn = (rig: Rig, i: number): void => {
      rig.w.set([DATA + 64 * i], 40);
      rig.w[16] = 5;
      times(1, rig);
    };
    const exact = [1, 2].map((n) => make(n));
    const others = [make(1, COLD), make(2, AT_ONCE), make(1, AT_ONCE), make(2, COLD)];
    for (let i = 0; i < 20; i++) for (const rig of [...exact, ...others]) turn(rig, i);
    others.forEach((rig, i) => {
      expect(rig.cycles()).toEqual(exact[i % 2].cycles());
      expect(rig.core.molecules).toBe(exact[i % 2].core.molecules);
      expect(rig.word(DATA + 64)).toBe(exact[i % 2].word(DATA + 64));
    });
  });
});

describe('memory of the software beyond 2 GB', () => {
  const text = (n: number): string => `
    { add r16,r63,#7 } commit
    again: { ld32.k r18,[r40] ; sub r16,r16,#1 }
    { add r19,r18,#${n} }
    { brnz r16,again } commit
    { brprep r46 }
    { jr r46 }
    there: { trapnz r41,3 }
    { exit 0 } commit`;

  it.each(['full', 'functional'] as const)('holds code like any other, %s', (timing) => {
    agree(
      (options) => new Rig({}, tm5800Host, options, timing, 2 ** 31),
      (rig) => {
        rig.w[40] = DATA;
        rig.w[41] = 0;
        const seen: unknown[] = [];
        for (let n = 0; n < 3; n++) {
          rig.load(text(n));
          rig.w[46] = rig.pc('there');
          times(6, rig);
          rig.w[41] = 1;
          seen.push(run(rig), { ...rig.core.exit }, rig.w[19]);
          rig.w[41] = 0;
        }
        return seen;
      },
    );
  });
});

describe('totals of a molecule', () => {
  const text = '{ add r55,r63,#2 } counted: { add r16,r16,#1 } commit { exit 0 } commit';
  const MOST = 2 ** 32 - 1;

  /** Host address of a molecule's record. */
  function recordOf({ memory, options }: Rig, hostPc: number): number {
    const tables = memory.tablesOffset + timingTableBytes(options);
    const at = tables + unitTableBytes(memory.cmsBytes);
    return memory.view.getUint32(at + 4 * ((hostPc - memory.cmsOffset) >>> LOG_PLACE_BYTES), true);
  }

  it.each([
    ['full', HEAD.commits],
    ['functional', HEAD.commits],
    ['full', HEAD.skipped],
    ['functional', HEAD.skipped],
    ['full', HEAD.cycles],
  ] as [TimingModel, number][])('are taken over before they overflow: %s, %i', (timing, total) => {
    const rig = new Rig({}, tm5800Host, COLD, timing).load(text);
    const counted = rig.pc('counted');
    rig.core.setRetires(counted, 2, 2, true);
    times(1, rig);
    const at = recordOf(rig, counted) + total;
    const before = rig.memory.view.getUint32(at, true);
    rig.memory.view.setUint32(at, MOST, true);
    times(3, rig);
    const { executions, steps, cycles } = rig.core.tallyAt(counted);
    expect(rig.memory.view.getUint32(at, true)).toBe(0);
    if (total === HEAD.commits) expect(executions).toBe(MOST - before + 4);
    else if (total === HEAD.skipped) expect(steps).toBe(4 * 2 - (MOST - before) - 4 * 2);
    else expect(cycles).toBe(MOST - before + 4 * before);
  });
});

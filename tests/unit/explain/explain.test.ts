/** `explain`: the text of a small loop, which translations an address finds, and that the counts add up. */
import { describe, expect, it } from 'vitest';
import { explanationText } from '../../../cli/explain-text.js';
import { CPI, CPI_SLOTS } from '../../../hw/timing/cpi.js';
import type { ExplainAnswer, Explanation } from '../../../sim/explain/explanation.js';
import { hostStatistics } from '../../../sim/host-statistics.js';
import { CODE } from '../runtime/rig.js';
import { explained, PROGRAM } from './stage.js';

const { rig, host, explainer } = explained(PROGRAM);

function listOf(answer: ExplainAnswer): readonly Explanation[] {
  if (answer.kind !== 'explained') throw new Error(`the answer is ${answer.kind}`);
  return answer.translations;
}

const everything = listOf(explainer.answer({ top: 1000 }));
const [hottest] = everything;

/** What depends on the cycles of the whole run is given, so that only the translation itself shows in the text. */
const inAnotherRun: Explanation = {
  ...hottest,
  use: {
    ...hottest.use,
    cycles: 2500,
    shareOfCycles: 0.125,
    shareOfInstructions: 0.9,
    rollbacks: [
      { cause: 'alias', times: 2 },
      { cause: 'trap', times: 1 },
    ],
    wastedCycles: 70,
  },
  worth: { costCycles: 8735, interpreterCyclesPerStep: 80.5, savedCycles: -1200 },
  code: { ...hottest.code, startPc: 0x10_0000 },
};

describe('the text of the hottest translation', () => {
  it('is as stored', async () => {
    await expect(`${explanationText(inAnotherRun, 1)}\n`).toMatchFileSnapshot('hottest.txt');
  });
});

describe('what is explained', () => {
  it('are the translations with the most cycles, hottest first', () => {
    const cycles = everything.map(({ use }) => use.cycles);
    expect(cycles).toEqual([...cycles].sort((a, b) => b - a));
    expect(listOf(explainer.answer({ top: 2 })).map(({ id }) => id)).toEqual(
      everything.slice(0, 2).map(({ id }) => id),
    );
  });

  it('are those that begin at an address', () => {
    const found = listOf(explainer.answer({ eip: hottest.entryEip, top: 1 }));
    expect(found.length).toBeGreaterThan(0);
    for (const { entryEip } of found) expect(entryEip).toBe(hottest.entryEip);
  });

  it('or else those that hold the address', () => {
    const begins = new Set(everything.map(({ entryEip }) => entryEip));
    const inside = hottest.guestCode.find(({ eip }) => !begins.has(eip));
    const found = listOf(explainer.answer({ eip: inside?.eip ?? 0, top: 1 }));
    expect(found.map(({ id }) => id)).toContain(hottest.id);
  });

  it('of an unknown address: the nearest ones', () => {
    const answer = explainer.answer({ eip: CODE + 0x8000, top: 1 });
    if (answer.kind !== 'unknown') throw new Error(`the answer is ${answer.kind}`);
    const highest = [...new Set(everything.map(({ entryEip }) => entryEip))].sort((a, b) => a - b);
    expect(answer.nearest).toEqual(highest.slice(-3));
  });
});

describe('the parts of an explanation', () => {
  it.each(everything.map((t) => [`${t.gear} ${t.entryEip.toString(16)} (${t.state})`, t] as const))(
    '%s belong together',
    (_name, t) => {
      expect(t.molecules.reduce((sum, { atoms }) => sum + atoms.length, 0)).toBe(t.code.atoms);
      expect(t.molecules).toHaveLength(t.code.molecules);
      for (const { atoms } of t.molecules)
        for (const { guest } of atoms) expect(guest).toBeLessThan(t.region.instructions);
      const leaving = t.exits.filter(({ kind }) => kind !== 'commit' && kind !== 'assist');
      const taken = leaving
        .filter(({ kind }) => kind !== 'hot')
        .reduce((sum, { times }) => sum + times, 0);
      expect(taken).toBe(t.use.executions);
      if (t.gear === 'block') expect(t.stages).toHaveLength(1);
    },
  );

  it('tell where exits lead', () => {
    const leads = everything.flatMap(({ exits }) => exits.map(({ leadsTo }) => leadsTo));
    expect(leads).toContain('chained to itself');
    expect(leads).toContain('the recorder of superblocks');
  });
});

describe('statistics by gear', () => {
  const values = new Map(
    hostStatistics(host, { instructions: rig.loop.instructions, cycles: rig.clock.now }).map(
      (s) => [s.name, s.value],
    ),
  );
  const value = (name: string): number => values.get(name) ?? Number.NaN;

  it('sum to the guest instructions', () => {
    const gears = ['interpreter', 'block', 'superblock'];
    const sum = gears.reduce((n, gear) => n + value(`gear.${gear}.instructions`), 0);
    expect(sum).toBe(rig.loop.instructions);
    for (const gear of gears) expect(value(`gear.${gear}.instructions`)).toBeGreaterThan(0);
  });

  it('sum to the cycles of translated code, but for entries that leave at once', () => {
    const charged = ['interpret', 'translateBlock', 'translateSuperblock', 'dispatch'] as const;
    const elsewhere = [...charged, 'rollback', 'smc', 'idle'] as const;
    const inTranslations = CPI_SLOTS.reduce(
      (sum, { name }, i) =>
        (elsewhere as readonly string[]).includes(name) ? sum : sum + host.core.cpi[i],
      0,
    );
    const byGear = value('gear.block.cycles') + value('gear.superblock.cycles');
    expect(byGear).toBeLessThanOrEqual(inTranslations);
    // A block that became hot leaves before its first commit.
    expect(inTranslations - byGear).toBeLessThan(100 * value('superblocks'));
    const wasted = value('gear.block.wastedCycles') + value('gear.superblock.wastedCycles');
    expect(wasted).toBe(host.core.cpi[CPI.rollback]);
  });
});

describe('what a translation was worth', () => {
  it('counts the iterations of a repeated instruction, as the interpreter pays for them', () => {
    const filling = explained(`
      mov edx, 60
      again:
      mov edi, 0x40000
      mov ecx, 250
      rep stosd es:[edi], eax
      dec edx
      jnz @again
      hlt`);
    const { records } = filling.host.software;
    const [fills] = listOf(filling.explainer.answer({ top: 1 }));
    const translation = records.all().find(({ id }) => id === fills.id);
    if (!translation) throw new Error('it is gone');
    const { steps, instructions, cycles, wastedCycles } = records.useOf(translation);
    expect(steps).toBeGreaterThan(50 * instructions);
    const { savedCycles, costCycles, interpreterCyclesPerStep } = fills.worth;
    expect(savedCycles).toBe(
      Math.round(steps * interpreterCyclesPerStep - cycles - wastedCycles - costCycles),
    );
    expect(savedCycles).toBeGreaterThan(0);
  });
});

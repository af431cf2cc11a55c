/**
 * Rows that only have a recorded meaning at privilege level 0: there, lifted and evaluated, they do
 * what the interpreter does in all modes, whatever the flags are.
 */
import { describe, expect, it } from 'vitest';
import type { IrRegion } from '../../../cms/ir/ir.js';
import { irText } from '../../../cms/ir/ir-text.js';
import { rows } from '../../../guest-isa/insn/index.js';
import type { InsnRow } from '../../../guest-isa/insn/row.js';
import { caseText } from '../../insn/compare.js';
import { planRow } from '../../insn/plan/plan-row.js';
import { rowKey } from '../../insn/row-key.js';
import { LiftStage, lifter, straightOn } from './lift-stage.js';

const CASES = 80;
const SEED = 0x1e7e_1000;

const stage = new LiftStage();
const privileged = rows.filter((row) => row.level0 !== undefined);

interface Tally {
  completed: number;
  readonly failures: string[];
}

function play(row: InsnRow, seed: number): Tally {
  const tally: Tally = { completed: 0, failures: [] };
  for (const c of planRow(row, seed, CASES)) {
    const undo = stage.prepare(c);
    stage.setLevel(0);
    const context = stage.context();
    const region = context && stage.touch() ? stage.region(context, 2, straightOn) : undefined;
    if (region && lifter.canLift(region.instructions[0].insn, region.context) === 'lift') {
      const found: string[] = [];
      const ir: IrRegion = stage.lift(region);
      const ending = stage.run(ir, found);
      if (ending.kind === 'exit' && ending.exit.steps > 0) tally.completed++;
      if (found.length > 0) tally.failures.push([caseText(c), ...found, irText(ir)].join('\n  '));
    }
    stage.setLevel(3);
    undo();
  }
  return tally;
}

describe('rows with a meaning for level 0', () => {
  it.each(privileged.map((row, i) => [rowKey(row), row, i] as const))(
    '%s does what the interpreter does',
    (_key, row, i) => {
      const { completed, failures } = play(row, SEED + 1000 * i);
      expect(failures.length, failures.slice(0, 2).join('\n')).toBe(0);
      expect(completed).toBeGreaterThan(5);
    },
  );

  it('are not lifted at level 3', () => {
    for (const row of privileged) {
      for (const c of planRow(row, SEED, 4)) {
        const undo = stage.prepare(c);
        const context = stage.context();
        const seen = context && stage.touch() ? stage.peek(stage.eip) : undefined;
        if (context && seen) expect(lifter.canLift(seen.insn, context)).not.toBe('lift');
        undo();
      }
    }
  });
});

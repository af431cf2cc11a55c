/**
 * Every row that is lifted, instruction by instruction in all kinds of segments, operand and address
 * sizes: lifted and evaluated it does what the interpreter does, and it rolls back exactly where the
 * interpreter faults.
 */
import { describe, expect, it } from 'vitest';
import { irText } from '../../../cms/ir/ir-text.js';
import { ITERATIONS_IN_A_PASS } from '../../../cms/lift/lift-repeat.js';
import { repeats } from '../../../cms/lift/lift-rules.js';
import { rows } from '../../../guest-isa/insn/index.js';
import type { InsnRow } from '../../../guest-isa/insn/row.js';
import type { Case } from '../../insn/case.js';
import { caseText } from '../../insn/compare.js';
import { planRow } from '../../insn/plan/plan-row.js';
import { rowKey } from '../../insn/row-key.js';
import { LiftStage, straightOn } from './lift-stage.js';

const CASES = 60;
const SEED = 0x11f7_0000;
/** A row that counts as lifted at all is lifted and completed in so many of its cases. */
const LEAST = 8;
const SHOWN = 2;

const stage = new LiftStage();

interface Tally {
  lifted: number;
  completed: number;
  readonly failures: string[];
}

function play(c: Case, tally: Tally): void {
  const undo = stage.prepare(c);
  const context = stage.context();
  const region = context && stage.touch() ? stage.region(context, 1, straightOn) : undefined;
  const found: string[] = [];
  if (region) {
    tally.lifted++;
    const ir = stage.lift(region);
    // A repeated instruction comes back to itself.
    for (let passes = 0; passes < 400; passes++) {
      const ending = stage.run(ir, found);
      if (ending.kind === 'exit') tally.completed++;
      if (ending.kind === 'rolledBack' && ending.why !== 'tBit') {
        // Of a repeated instruction a later iteration may be the one that faults.
        for (let i = 0; i < (repeats(region.instructions[0].insn) ? ITERATIONS_IN_A_PASS : 1); i++)
          if (stage.running) stage.step();
        if (stage.running) found.push(`rolled back without need: ${ending.why}`);
        stage.compare(found);
      }
      if (ending.kind !== 'exit' || !ending.exit.midRepeat || found.length > 0) break;
    }
    if (found.length > 0) tally.failures.push([caseText(c), ...found, irText(ir)].join('\n  '));
  }
  undo();
}

function playRow(row: InsnRow, index: number): Tally {
  const tally: Tally = { lifted: 0, completed: 0, failures: [] };
  for (const c of planRow(row, SEED + 1000 * index, CASES)) play(c, tally);
  return tally;
}

describe('lifted instructions do what the interpreter does', () => {
  rows.forEach((row, index) => {
    if (!row.meaning) return;
    it(rowKey(row), () => {
      const { lifted, completed, failures } = playRow(row, index);
      expect(failures.length, failures.slice(0, SHOWN).join('\n')).toBe(0);
      if (lifted > 0) expect(completed).toBeGreaterThanOrEqual(LEAST);
    });
  });
});

/**
 * Random programs in random regions: paths that follow branches either way, calls and returns,
 * limits of any length, assisted instructions in between. At every commit the lifted side holds
 * what the interpreter holds.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { irText } from '../../../cms/ir/ir-text.js';
import { BOLDEST } from '../../../cms/policy.js';
import { fuzzCase, makeProgram } from '../../fuzz/fuzz-case.js';
import { LiftStage, type PathChoice } from './lift-stage.js';

const PROGRAMS = 150;
const SELF_CHECKING = 40;
const SEED = 0x11f7_5000;
const MOST_INSTRUCTIONS = 40;
const MOST_REGIONS = 20_000;

const stage = new LiftStage();

/** Follows branches by chance, calls always, returns to where the path called from. */
function randomPath(rng: Rng): PathChoice {
  const calls: number[] = [];
  return (insn, taken, next) => {
    switch (insn.row?.flow) {
      case 'next':
        return next;
      case 'branch':
        return rng.chance(0.6) ? taken : next;
      case 'jump':
        return taken;
      case 'call':
        calls.push(next);
        return taken;
      default:
        return calls.pop();
    }
  };
}

interface Counts {
  regions: number;
  instructions: number;
  sideExits: number;
  finalExits: number;
  rolledBack: number;
  interpreted: number;
}

function play(seed: number, selfCheck: boolean, counts: Counts): string[] {
  const program = makeProgram(seed);
  const undo = stage.prepare(fuzzCase(program));
  const rng = new Rng(seed);
  const found: string[] = [];
  while (stage.running && found.length === 0) {
    if (counts.regions + counts.interpreted > MOST_REGIONS * PROGRAMS) throw new Error('no end');
    const context = stage.context();
    const policy = { ...BOLDEST, selfCheck };
    const region =
      context && stage.touch()
        ? stage.region(context, 1 + rng.below(MOST_INSTRUCTIONS), randomPath(rng), policy)
        : undefined;
    if (!region) {
      counts.interpreted++;
      stage.step();
      continue;
    }
    counts.regions++;
    counts.instructions += region.instructions.length;
    const ir = stage.lift(region);
    const ending = stage.run(ir, found);
    if (ending.kind === 'rolledBack') {
      counts.rolledBack++;
      stage.step();
      stage.compare(found);
    } else if (ending.kind === 'exit') {
      const final = ir.ops[ir.ops.length - 1];
      if ('exit' in final && final.exit === ending.exit.index) counts.finalExits++;
      else counts.sideExits++;
    }
    if (found.length > 0) found.push(irText(ir));
  }
  undo();
  return found;
}

function playAll(programs: number, selfCheck: boolean): Counts {
  const counts: Counts = {
    regions: 0,
    instructions: 0,
    sideExits: 0,
    finalExits: 0,
    rolledBack: 0,
    interpreted: 0,
  };
  for (let i = 0; i < programs; i++) {
    const found = play(SEED + i, selfCheck, counts);
    expect(found.length, `program of seed ${SEED + i}:\n  ${found.join('\n  ')}`).toBe(0);
  }
  return counts;
}

describe('random programs in random regions', () => {
  it('do what the interpreter does', () => {
    const counts = playAll(PROGRAMS, false);
    expect(counts.regions).toBeGreaterThan(PROGRAMS * 5);
    expect(counts.sideExits).toBeGreaterThan(PROGRAMS);
    expect(counts.finalExits).toBeGreaterThan(PROGRAMS);
    expect(counts.rolledBack).toBeLessThan(counts.regions / 10);
  });

  it('do so while they check their own source', () => {
    const counts = playAll(SELF_CHECKING, true);
    expect(counts.rolledBack).toBeLessThan(counts.regions / 10);
  });
});

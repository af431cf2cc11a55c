/** Compares programs on the interpreter with silicon; reduces and prints what fails. */
import { ARITHMETIC } from '../../guest-isa/state/flags.js';
import type { Case, Outcome } from '../insn/case.js';
import { caseText, differences } from '../insn/compare.js';
import type { Native } from '../insn/native.js';
import type { Stage } from '../insn/stage.js';
import { type FuzzProgram, fuzzCase } from './fuzz-case.js';
import { countInstructions, type Item, programText, undefinedAtEnd } from './program.js';
import { reduce } from './reduce.js';

/** Differences of a program's outcome to the given one. */
export function outcomeDifferences(stage: Stage, c: Case, silicon: Outcome): string[] {
  // Where a program breaks off, flags may be undefined.
  const flags = silicon.fault >= 0 ? ARITHMETIC : 0;
  return differences(silicon, stage.play(c), { flags });
}

export function programDifferences(stage: Stage, program: FuzzProgram, silicon: Outcome): string[] {
  return outcomeDifferences(stage, fuzzCase(program), silicon);
}

/** The smallest program of its kind that still differs, with what differs. */
export function reducedReport(stage: Stage, native: Native, program: FuzzProgram): string {
  const differs = (items: readonly Item[]): string[] => {
    const candidate = { ...program, items };
    return programDifferences(stage, candidate, native.play([fuzzCase(candidate)])[0]);
  };
  const items = reduce(
    program.items,
    (candidate) => undefinedAtEnd(candidate, 0) !== undefined && differs(candidate).length > 0,
  );
  const size = `${countInstructions(items)} of ${countInstructions(program.items)} instructions`;
  const again = `npm run fuzz -- --seed ${program.seed} --count 1`;
  return `seed ${program.seed}, ${size}; again: ${again}
${programText(items)}  ${differs(items).join('\n  ')}
  ${caseText(fuzzCase({ ...program, items }))}`;
}

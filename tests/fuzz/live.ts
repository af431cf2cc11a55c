/**
 * A long run of random programs against this machine's processor:
 * `npm run fuzz -- [--seed N] [--count N]`. Prints each failing program, reduced.
 * `--write` stores the programs of the quick set with their outcomes (fuzz.test.ts); `--check`
 * makes them anew and compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { rows } from '../../guest-isa/insn/index.js';
import {
  contentOf,
  packVectors,
  processorOf,
  type RowVectors,
  unpackContent,
} from '../insn/fixture-codec.js';
import { Native, processorFamily } from '../insn/native.js';
import { Stage } from '../insn/stage.js';
import { programDifferences, reducedReport } from './check-program.js';
import { fuzzCase, makeProgram } from './fuzz-case.js';
import { QUICK_COUNT, QUICK_FILE, QUICK_SEED } from './quick-set.js';

const NOT_POSSIBLE = 77;
const BATCH = 200;
const SHOWN = 5;

function run(native: Native, seed: number, count: number): number {
  const stage = new Stage(rows);
  let failed = 0;
  for (let done = 0; done < count; done += BATCH) {
    const programs = Array.from({ length: Math.min(BATCH, count - done) }, (_, i) =>
      makeProgram((seed + done + i) >>> 0),
    );
    const outcomes = native.play(programs.map(fuzzCase));
    programs.forEach((program, i) => {
      if (programDifferences(stage, program, outcomes[i]).length === 0) return;
      if (failed++ < SHOWN) console.log(reducedReport(stage, native, program));
    });
  }
  console.log(`${count} programs from seed ${seed}: ${failed} differ`);
  return failed === 0 ? 0 : 1;
}

function quickSet(native: Native): RowVectors[] {
  const cases = Array.from({ length: QUICK_COUNT }, (_, i) =>
    fuzzCase(makeProgram(QUICK_SEED + i)),
  );
  return [{ key: 'random programs', seed: QUICK_SEED, cases, outcomes: native.play(cases) }];
}

function checkQuickSet(native: Native): number {
  const stored = readFileSync(QUICK_FILE);
  if (processorOf(stored) !== processorFamily()) {
    console.error(`${QUICK_FILE} was made on ${processorOf(stored)}: not compared`);
    return NOT_POSSIBLE;
  }
  const same = unpackContent(stored).equals(contentOf(quickSet(native), processorFamily()));
  console.log(`${QUICK_FILE}: ${same ? 'as on this processor' : 'DIFFERS'}`);
  return same ? 0 : 1;
}

function main(): number {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '5000' },
      write: { type: 'boolean' },
      check: { type: 'boolean' },
    },
  });
  const native = Native.build();
  if (typeof native === 'string') {
    console.error(native);
    return NOT_POSSIBLE;
  }
  if (values.check) return checkQuickSet(native);
  if (values.write) {
    writeFileSync(QUICK_FILE, packVectors(quickSet(native), processorFamily()));
    return 0;
  }
  return run(native, Number(values.seed), Number(values.count));
}

process.exitCode = main();

/**
 * A long run of random programs on random machines against the golden interpreter:
 * `npm run fuzz:lockstep -- [--seed N] [--count N] [--jobs N] [--shown N] [--stepper] [--functional]`. Prints
 * failing seeds, the first ones reduced in full timing (`--stepper`: on the stepper alone; `--functional`: in
 * functional timing); `--store` writes those to tests/lockstep/fixtures.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Bench } from './bench.js';
import { FIXTURES } from './fixtures.js';
import { GROUP } from './lockstep-case.js';
import { caseText, reduceCase } from './reduce-case.js';

/** Programs between two signs of life. */
const PROGRESS = 5000;

interface Options {
  readonly seed: number;
  readonly count: number;
  readonly jobs: number;
  readonly shown: number;
  readonly store: boolean;
  readonly stepper: boolean;
  readonly functional: boolean;
}

function run({ seed, count, shown, store, stepper, functional }: Options): number {
  const bench = new Bench(stepper ? 'stepper' : 'both', functional ? 'functional' : 'full');
  const ends: Record<string, number> = {};
  let [failed, steps, translated, tooLong] = [0, 0, 0, 0];
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) {
    if (i > 0 && i % PROGRESS === 0)
      console.error(`from seed ${seed}: ${i} programs, ${failed} differ`);
    const c = bench.caseOf(seed + i);
    try {
      const played = bench.check(c);
      ends[played.end] = (ends[played.end] ?? 0) + 1;
      steps += played.steps;
      translated += played.translated;
      if (played.failure === undefined) continue;
      failed++;
      console.log(`seed ${seed + i}: ${played.failure}`);
      if (failed > shown) continue;
      const reduced = reduceCase(c);
      console.log(caseText(reduced.case, reduced.failure));
      if (store)
        writeFileSync(`${FIXTURES}/seed-${seed + i}.json`, `${JSON.stringify(reduced.case)}\n`);
    } catch (thrown) {
      if (!(thrown instanceof RangeError) || thrown.message !== 'the program is too long')
        throw thrown;
      tooLong++;
    }
  }
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const share = Math.round((100 * translated) / Math.max(1, steps));
  console.log(
    `${count} programs from seed ${seed}: ${failed} differ; ${(count / seconds).toFixed(0)} a second, ` +
      `${Math.round(steps / count)} steps each, ${share} % in translations; ends ${JSON.stringify(ends)}, too long ${tooLong}`,
  );
  return failed === 0 ? 0 : 1;
}

/** Child processes take turns at the groups of seeds that share a machine. */
async function runJobs(options: Options): Promise<number> {
  const share = Math.ceil(options.count / options.jobs / GROUP) * GROUP;
  const codes = Array.from({ length: options.jobs }, (_, job) => {
    const count = Math.min(share, options.count - job * share);
    const child = spawn(
      process.execPath,
      [
        process.argv[1],
        ...['--seed', String(options.seed + job * share), '--count', String(Math.max(0, count))],
        ...['--shown', String(options.shown), ...(options.store ? ['--store'] : [])],
        ...(options.stepper ? ['--stepper'] : []),
        ...(options.functional ? ['--functional'] : []),
      ],
      { stdio: 'inherit' },
    );
    return new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  });
  return Math.max(...(await Promise.all(codes)));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '5000' },
      jobs: { type: 'string', default: '1' },
      shown: { type: 'string', default: '3' },
      store: { type: 'boolean', default: false },
      stepper: { type: 'boolean', default: false },
      functional: { type: 'boolean', default: false },
    },
  });
  const options = {
    seed: Number(values.seed),
    count: Number(values.count),
    jobs: Number(values.jobs),
    shown: Number(values.shown),
    store: values.store,
    stepper: values.stepper,
    functional: values.functional,
  };
  return options.jobs > 1 ? runJobs(options) : run(options);
}

process.exitCode = await main();

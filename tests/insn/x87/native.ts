/** Builds and runs runner.c, where the machine can: Linux on x86 with a compiler for 32-bit programs. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { type Case, CODE, IMAGE, MEMORY, type Outcome, readOutcomes, writeCases } from './case.js';

const SOURCE = 'tests/insn/x87/runner.c';
const FOLDER = '.cache/silicon';

/** A function that plays cases on the processor, or the reason why there is none. */
export function buildRunner(): ((cases: readonly Case[]) => Outcome[]) | string {
  mkdirSync(FOLDER, { recursive: true });
  const program = `${FOLDER}/x87-runner`;
  const defines = Object.entries({ CODE, IMAGE, MEMORY }).map(
    ([name, value]) => `-D${name}=${value}u`,
  );
  const flags = ['-m32', '-O1', '-static', '-Wall', '-Wextra', ...defines];
  const built = spawnSync('gcc', [...flags, SOURCE, '-o', program], { encoding: 'utf8' });
  if (built.error || built.status !== 0) {
    return `cannot build 32-bit programs: ${built.error?.message ?? built.stderr}`;
  }
  return (cases) => {
    const run = spawnSync(program, { input: writeCases(cases), maxBuffer: 1 << 30 });
    if (run.error || run.status !== 0)
      throw new Error(`runner: ${run.error?.message ?? run.stderr}`);
    return readOutcomes(run.stdout);
  };
}

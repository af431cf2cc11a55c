/**
 * Builds and runs the native harness, where the machine can: Linux on x86 with a C compiler that
 * makes 32-bit programs.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Case, Outcome } from './case.js';
import { readOutcomes, writeCases } from './case-stream.js';
import { ARENA, ARENA_BYTES, ARENA_WRITABLE, CODE, CODE_BYTES, FILL } from './stage-layout.js';

const SOURCE = 'tests/insn/silicon/harness.c';
const FOLDER = '.cache/silicon';
const FLAGS =
  '-m32 -O2 -msse2 -mstackrealign -ffreestanding -nostdlib -static -fno-pic -no-pie -fno-stack-protector ' +
  '-fno-asynchronous-unwind-tables -fcf-protection=none -Wl,-Ttext-segment=0x40000000 -Wl,--build-id=none ' +
  '-Wl,-z,noexecstack -Wall -Wextra -Werror';

export class Native {
  private constructor(private readonly program: string) {}

  /** Undefined, with the reason, where native runs are impossible. */
  static build(): Native | string {
    const program = `${FOLDER}/harness`;
    const constants = { ARENA, ARENA_BYTES, ARENA_WRITABLE, CODE, CODE_BYTES, FILL };
    const defines = Object.entries(constants).map(([name, value]) => `-D${name}=${value}u`);
    mkdirSync(FOLDER, { recursive: true });
    const built = spawnSync('gcc', [...FLAGS.split(' '), ...defines, SOURCE, '-o', program], {
      encoding: 'utf8',
    });
    if (built.error || built.status !== 0)
      return `cannot build 32-bit programs: ${built.error?.message ?? built.stderr}`;
    const tried = spawnSync(program, { input: writeCases([]), encoding: 'utf8' });
    if (tried.error || tried.status !== 0)
      return `cannot run 32-bit programs: ${tried.error?.message ?? tried.stderr}`;
    return new Native(program);
  }

  play(cases: readonly Case[]): Outcome[] {
    const stream = execFileSync(this.program, { input: writeCases(cases), maxBuffer: 1 << 30 });
    return readOutcomes(stream, cases);
  }
}

/** Maker and family of this machine's processor, as Linux tells them. */
export function processorFamily(): string {
  const text = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name: string): string =>
    new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1] ?? '?';
  return `${field('vendor_id')} family ${field('cpu family')}`;
}

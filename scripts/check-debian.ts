/**
 * `npm run check:debian`: boots the Debian guest to power-off and holds what it printed against
 * this machine's own programs (.cache/debian/expected.txt), twice, and the two runs against each
 * other: same console text, same final state. Exit code 77: the guest has not been fetched.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../cli/package-info.js';

interface Run {
  readonly exitCode: number;
  readonly sentence: string;
  readonly console: string;
  readonly stateHash: string;
  readonly instructions: number;
  readonly host: { readonly wallSeconds: number; readonly mips: number };
}

const root = packageRoot();
const append = 'console=ttyS0 cryptomgr.notests chrysalis.poweroff';

function boot(): Run {
  const args = [
    join(root, 'dist', 'cli', 'main.js'),
    'run',
    'debian',
    '--append',
    append,
    '--json',
  ];
  const { stdout, status } = spawnSync(
    process.execPath,
    [...args, '--max-instructions', '20000000000'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  if (!stdout.startsWith('{')) throw new Error(`the run printed no result (exit code ${status})`);
  return JSON.parse(stdout) as Run;
}

/** What is wrong with a run; empty: nothing. */
function problems(run: Run, expected: readonly string[]): string[] {
  const lines = run.console.split('\n').map((line) => line.trim());
  const found = expected
    .filter((line) => !lines.includes(line))
    .map((line) => `not printed: ${line}`);
  if (run.exitCode !== 0) found.push(`exit code ${run.exitCode}: ${run.sentence}`);
  if (!lines.includes('=== done ===')) found.push('the script did not reach its end');
  if (!/Code Morphing Software revision/.test(run.console))
    found.push('the kernel does not name the code morphing revision');
  if (!/Transmeta/.test(run.console))
    found.push('the kernel does not name the Transmeta processor');
  return found;
}

function main(): number {
  const expectedFile = join(root, '.cache', 'debian', 'expected.txt');
  if (!existsSync(expectedFile)) {
    process.stderr.write(
      'check:debian: the guest is not here; fetch it with npm run guest:debian\n',
    );
    return 77;
  }
  const expected = readFileSync(expectedFile, 'utf8').trim().split('\n');
  const first = boot();
  const wrong = problems(first, expected);
  if (wrong.length > 0) {
    process.stdout.write(`${first.console}\n${wrong.join('\n')}\n`);
    return 1;
  }
  const second = boot();
  const { mips, wallSeconds } = first.host;
  process.stdout.write(
    `${expected.length} checks as the native programs print them; ${first.instructions} instructions, ${mips.toFixed(1)} MIPS, ${wallSeconds.toFixed(0)} s\n`,
  );
  const alike = first.console === second.console && first.stateHash === second.stateHash;
  process.stdout.write(
    alike
      ? `twice the same: state ${first.stateHash}\n`
      : `TWO RUNS DIFFER: ${first.stateHash}, ${second.stateHash}\n`,
  );
  return alike ? 0 : 1;
}

process.exitCode = main();

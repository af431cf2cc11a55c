/**
 * `npm run check:debian`: holds the Debian guest against what it must do. It boots to the shell,
 * takes what is typed there, and powers off; what its checks print is compared with this machine's
 * own programs (.cache/debian/expected.txt). On the golden interpreter:
 *
 *   first, second     the same run twice: same console text, same final state
 *   saved, restored   the run cut in two at the shell by a snapshot: again the same final state
 *
 * With --morphing, under code morphing:
 *
 *   whole             from power-on to power-off
 *   kernel, checked   a snapshot of the golden interpreter where the kernel begins, and from there
 *                     with the golden interpreter beside the machine, compared at each commit
 *
 * Those that do not wait for each other run side by side on as many processors as there are. Exit
 * code 77: the guest has not been fetched.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
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
const prompt = '^# $';
const typed = 'echo typed $((6 * 7)); md5sum /bin/busybox; exit\\n';
const append = 'console=ttyS0 cryptomgr.notests';
const wholeRun = ['--input', typed, '--input-after', prompt];
const golden = ['--set', 'simulation.engine=reference'];
/** The first line of the kernel, behind its decompression. */
const kernelBegins = 'Linux version';
/** Compared in these: most of what the kernel does up to its first process. */
const checkedInstructions = 400_000_000;
const limitReached = 6;

/** One run in a process of its own. */
function run(name: string, more: readonly string[]): Promise<Run> {
  const args = [join(root, 'dist', 'cli', 'main.js'), 'run', 'debian', '--append', append];
  args.push('--json', ...more);
  if (!more.includes('--max-instructions')) args.push('--max-instructions', '20000000000');
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
    child.on('error', fail);
    child.on('close', (status) => {
      const text = out.join('');
      if (!text.startsWith('{')) {
        fail(new Error(`${name} printed no result (exit code ${status})\n${err.join('')}`));
        return;
      }
      const result = JSON.parse(text) as Run;
      const { mips, wallSeconds } = result.host;
      process.stdout.write(
        `${name}: ${result.instructions} instructions, ${mips.toFixed(1)} MIPS, ${wallSeconds.toFixed(0)} s, state ${result.stateHash}\n`,
      );
      done(result);
    });
  });
}

/** Runs the jobs in order, as many at a time as there are processors. */
async function allOf(jobs: readonly (() => Promise<Run>)[]): Promise<Run[]> {
  const results: Run[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < jobs.length) {
      const index = next++;
      results[index] = await (jobs[index] as () => Promise<Run>)();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs.length, availableParallelism()) }, worker));
  return results;
}

/** What is wrong with an uninterrupted run; empty: nothing. */
function problems(whole: Run, expected: readonly string[]): string[] {
  const lines = whole.console.split('\n').map((line) => line.trim());
  const found = [...expected, '=== done ===', 'typed 42']
    .filter((line) => !lines.includes(line))
    .map((line) => `not printed: ${line}`);
  if (whole.exitCode !== 0) found.push(`exit code ${whole.exitCode}: ${whole.sentence}`);
  if (!/powered off/.test(whole.sentence)) found.push(`it did not power off: ${whole.sentence}`);
  if (!/Code Morphing Software revision/.test(whole.console))
    found.push('the kernel does not name the code morphing revision');
  if (!/Transmeta/.test(whole.console))
    found.push('the kernel does not name the Transmeta processor');
  return found;
}

function differences(name: string, one: Run, text: string, whole: Run): string[] {
  const found: string[] = [];
  if (text !== whole.console) found.push(`${name}: the console text differs`);
  if (one.stateHash !== whole.stateHash)
    found.push(`${name}: the final state differs (${one.stateHash}, ${whole.stateHash})`);
  if (one.instructions !== whole.instructions) found.push(`${name}: other instructions`);
  return found;
}

async function onGoldenInterpreter(folder: string, expected: readonly string[]): Promise<string[]> {
  const snapshot = join(folder, 'shell.snap');
  const whole = [...golden, ...wholeRun];
  const [first, second, saved] = (await allOf([
    () => run('first', whole),
    () => run('second', whole),
    () => run('saved', [...golden, '--until', prompt, '--save-snapshot', snapshot]),
  ])) as [Run, Run, Run];
  const wrong = problems(first, expected);
  if (wrong.length > 0) return [first.console, ...wrong];
  const restored = await run('restored', [...golden, '--restore', snapshot, '--input', typed]);
  return [
    ...differences('the second run', second, second.console, first),
    ...differences('the restored run', restored, saved.console + restored.console, first),
  ];
}

async function underCodeMorphing(folder: string, expected: readonly string[]): Promise<string[]> {
  const snapshot = join(folder, 'kernel.snap');
  let limit = 0;
  const [whole, checked] = (await allOf([
    () => run('whole', wholeRun),
    async () => {
      const begun = ['--until', kernelBegins, '--save-snapshot', snapshot];
      const kernel = await run('kernel', [...golden, ...begun]);
      limit = kernel.instructions + checkedInstructions;
      const more = ['--restore', snapshot, '--check', '--max-instructions', `${limit}`];
      return run('checked', more);
    },
  ])) as [Run, Run];
  const wrong = problems(whole, expected);
  if (wrong.length > 0) wrong.unshift(whole.console);
  // A difference ends the run as a bug, without a result.
  if (checked.exitCode !== limitReached || checked.instructions < limit)
    wrong.push(`checked: exit code ${checked.exitCode}: ${checked.sentence}`);
  return wrong;
}

async function main(args: readonly string[]): Promise<number> {
  const morphing = args.includes('--morphing');
  const expectedFile = join(root, '.cache', 'debian', 'expected.txt');
  if (!existsSync(expectedFile)) {
    process.stderr.write(
      'check:debian: the guest is not here; fetch it with npm run guest:debian\n',
    );
    return 77;
  }
  const expected = readFileSync(expectedFile, 'utf8').trim().split('\n');
  const folder = mkdtempSync(join(tmpdir(), 'chrysalis-debian-'));
  try {
    const wrong = await (morphing ? underCodeMorphing : onGoldenInterpreter)(folder, expected);
    process.stdout.write(
      wrong.length === 0
        ? `${expected.length} checks as the native programs print them; ${morphing ? 'no difference at any commit' : 'twice the same; the same through a snapshot'}\n`
        : `${wrong.join('\n')}\n`,
    );
    return wrong.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

process.exitCode = await main(process.argv.slice(2));

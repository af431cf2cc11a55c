/** Runs scripts in processes of their own, several beside each other, and reads the JSON they print. */
import { spawn } from 'node:child_process';

/** What `node ...options script ...args` prints, parsed. */
export function jsonOf(
  script: string,
  args: readonly string[],
  options: readonly string[] = [],
): Promise<unknown> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [...options, script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
    child.on('error', fail);
    child.on('close', (status) => {
      if (status === 0) done(JSON.parse(out.join('')));
      else fail(new Error(`${args.join(' ')} ended with exit code ${status}\n${err.join('')}`));
    });
  });
}

/** Does the jobs in order, so many at a time; results in the order of the jobs. */
export async function allOf<T>(
  jobs: readonly (() => Promise<T>)[],
  together: number,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < jobs.length; i = next++)
      results[i] = await (jobs[i] as () => Promise<T>)();
  };
  await Promise.all(Array.from({ length: together }, work));
  return results;
}

/** The command line with the real machine on the golden interpreter, in this process, with recorded streams. */
import type { CliHost } from '../../../cli/cli-host.js';
import { runCli } from '../../../cli/program.js';
import { createMachine } from '../../../sim/machine.js';
import { goldenEnvironment } from './run.js';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function command(args: readonly string[]): Promise<CommandResult> {
  const [out, err]: [string[], string[]] = [[], []];
  const recorder = (to: string[]) => ({
    isTTY: false,
    write: (text: string | Uint8Array) => to.push(Buffer.from(text as string).toString()),
  });
  const ignore = (): void => {};
  const host: CliHost = {
    stdin: { isTTY: false, on: ignore, off: ignore, resume: ignore, pause: ignore },
    stdout: recorder(out),
    stderr: recorder(err),
    environment: goldenEnvironment,
    loadMachine: async () => createMachine,
    wallClock: () => performance.now(),
    wait: () => new Promise((done) => setImmediate(done)),
    onSignal: () => ignore,
    onOutputClosed: () => ignore,
  };
  const exitCode = await runCli(args, host);
  return { exitCode, stdout: out.join(''), stderr: err.join('') };
}

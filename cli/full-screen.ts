/** Whether a full-screen view may be shown, and the terminal for it. */
import type { CliHost } from './cli-host.js';
import type { OpenScreen } from './dashboard/dashboard-screen.js';

/** Somebody sits at both ends. */
export function hasTerminal({ stdin, stdout }: CliHost): boolean {
  return stdin.isTTY === true && stdout.isTTY === true;
}

/** Undefined: the terminal cannot show it, or is not to. */
export async function fullScreen(host: CliHost, wanted = true): Promise<OpenScreen | undefined> {
  const { CI, TERM } = host.environment;
  if (!wanted || host.loadScreen === undefined || TERM === 'dumb') return undefined;
  if (CI !== undefined && CI !== '' && CI !== 'false') return undefined;
  return host.loadScreen();
}

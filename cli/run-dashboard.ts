/** Whether a run on a terminal has the dashboard, and what is left on the terminal behind it. */
import type { MachineConfig } from '../sim/config/schema.js';
import type { MachineHandle } from '../sim/machine-api.js';
import type { CliHost } from './cli-host.js';
import { Dashboard } from './dashboard/dashboard.js';
import { fullScreen } from './full-screen.js';
import type { RunWatcher } from './run-watcher.js';
import { saveMachine } from './save-machine.js';

/** Lines of the console that are printed when the dashboard has left. */
const LAST_LINES = 1000;

/** Undefined: the terminal cannot show it, or is not to. */
export async function dashboardOf(
  machine: MachineHandle,
  config: MachineConfig,
  host: CliHost,
  wanted = true,
): Promise<RunWatcher | undefined> {
  const openScreen = await fullScreen(host, wanted);
  if (openScreen === undefined) return undefined;
  const saveSnapshot = (): { path: string; sizeBytes: number } => {
    const path = `chrysalis-${config.name}-${machine.instructions}.snap`;
    return { path, sizeBytes: saveMachine(machine, path, config) };
  };
  return new Dashboard({ machine, config, host, openScreen, saveSnapshot });
}

/** What the dashboard showed of the console would be gone with it. */
export function lastLines(text: string): string {
  const lines = text.split('\n');
  if (lines.length <= LAST_LINES) return text;
  const left = lines.length - LAST_LINES;
  return `(${left} lines before)\n${lines.slice(left).join('\n')}`;
}

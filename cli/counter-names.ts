/**
 * Names of figures that a user states (conditions, metrics) are checked before anything runs: against
 * what follows from counters, and the counters of the machine itself.
 */
import { DERIVED } from '../sim/compare/figures.js';
import { didYouMean } from '../sim/config/nearest-name.js';
import type { MachineConfig } from '../sim/config/schema.js';
import type { CliHost } from './cli-host.js';
import { usage } from './run-options.js';

export async function checkFigures(
  names: readonly string[],
  config: MachineConfig,
  host: CliHost,
): Promise<void> {
  const counters = names.filter((name) => !DERIVED.includes(name));
  if (counters.length === 0) return;
  const counted = await countedBy(config, host);
  if (counted === undefined) return;
  const known = [...DERIVED, ...counted];
  for (const name of counters)
    if (!known.includes(name))
      throw usage(
        `nothing is counted by the name ${name}${didYouMean(name, known)}; chrysalis stats describe shows what is`,
      );
}

/** Undefined where the machine cannot be built: its run will say why. */
async function countedBy(config: MachineConfig, host: CliHost): Promise<string[] | undefined> {
  const createMachine = await host.loadMachine();
  try {
    const machine = createMachine(config, { loadBoot: true });
    const names = machine.statistics().map(({ name }) => name);
    machine.close();
    return names;
  } catch {
    return undefined;
  }
}

/**
 * One case: a machine, surroundings, a program. Cases come from seeds; seeds of one group of
 * `GROUP` share a machine, since making one takes longer than running a program.
 */
import { Rng } from '../../base/rng.js';
import type { CmsOptions } from '../../cms/options.js';
import type { HostOptions } from '../../hw/options.js';
import { type Environment, randomEnvironment } from './environment.js';
import type { Item } from './item.js';
import { ItemMaker } from './make-items.js';
import { randomCms } from './random-cms.js';
import { randomHost } from './random-host.js';

export const GROUP = 50;

export interface MachineChoice {
  readonly host: HostOptions;
  readonly cms: CmsOptions;
}

export interface LockstepCase extends MachineChoice {
  readonly seed: number;
  readonly environment: Environment;
  readonly items: readonly Item[];
}

export function machineOf(seed: number): MachineChoice {
  const rng = new Rng((Math.floor(seed / GROUP) ^ 0x6d616368) >>> 0);
  const host = randomHost(rng);
  return { host, cms: randomCms(rng, host) };
}

export function makeCase(seed: number, machine: MachineChoice = machineOf(seed)): LockstepCase {
  const rng = new Rng((seed ^ 0x70726f67) >>> 0);
  const environment = randomEnvironment(rng);
  const count = rng.chance(0.9) ? 1 + rng.below(5) : 6 + rng.below(10);
  const items = new ItemMaker(rng, environment).items(count, rng.chance(0.5) ? 2 : 1);
  return { seed, ...machine, environment, items };
}

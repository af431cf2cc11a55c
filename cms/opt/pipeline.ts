/**
 * The optimizer's passes in their order. Each is a file of its own and a switch of the configuration
 * (`cms.passes`); any subset of them, in this order, keeps what the region computes.
 *
 * The forward passes over values run a second time where the memory passes found something: what
 * came out of memory is a value like any other then, and may decide a guard (a return to where the
 * call came from, above all) before the flags are looked at.
 */

import type { IrRegion } from '../ir/ir.js';
import { PASS_NAMES, type PassName } from '../options.js';
import { commonSubexpressions } from './common-subexpressions.js';
import { constantFolding } from './constant-folding.js';
import { copyPropagation } from './copy-propagation.js';
import { deadCode } from './dead-code.js';
import { deadFlags } from './dead-flags.js';
import { redundantLoads } from './redundant-loads.js';
import { type PassCount, Workspace } from './rewrite.js';
import { storeForwarding } from './store-forwarding.js';

export { type PassCount, Workspace } from './rewrite.js';
export type PassStatistics = Readonly<Record<PassName, PassCount>>;

const PASSES: Readonly<Record<PassName, (work: Workspace) => PassCount>> = {
  constantFolding,
  copyPropagation,
  commonSubexpressions,
  storeForwarding,
  redundantLoads,
  deadFlags,
  deadCode,
};

/** After which pass these run again, if one of those since their first run changed anything. */
const REPEATED_AFTER: PassName = 'redundantLoads';
const REPEATED: readonly PassName[] = [
  'constantFolding',
  'copyPropagation',
  'commonSubexpressions',
];

/**
 * Optimizes a region in place. `watch` sees it after each pass that ran. Who optimizes many keeps a
 * workspace for them.
 */
export function optimize(
  ir: IrRegion,
  passes: Readonly<Record<PassName, boolean>>,
  watch?: (pass: PassName, ir: IrRegion) => void,
  workspace = new Workspace(),
): PassStatistics {
  const statistics = emptyStatistics();
  const work = workspace.begin(ir);
  const run = (name: PassName): void => {
    if (!passes[name]) return;
    const count = PASSES[name](work);
    statistics[name].removed += count.removed;
    statistics[name].changed += count.changed;
    watch?.(name, ir);
  };
  for (const name of PASS_NAMES) {
    run(name);
    if (name === REPEATED_AFTER && foundInMemory(statistics))
      for (const again of REPEATED) run(again);
  }
  return statistics;
}

const foundInMemory = ({ storeForwarding, redundantLoads }: PassStatistics): boolean =>
  storeForwarding.removed + storeForwarding.changed > 0 ||
  redundantLoads.removed + redundantLoads.changed > 0;

function emptyStatistics(): Record<PassName, PassCount> {
  const none = (): PassCount => ({ removed: 0, changed: 0 });
  return {
    constantFolding: none(),
    copyPropagation: none(),
    commonSubexpressions: none(),
    storeForwarding: none(),
    redundantLoads: none(),
    deadFlags: none(),
    deadCode: none(),
  };
}

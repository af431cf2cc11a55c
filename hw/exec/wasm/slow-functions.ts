/**
 * What units leave to the stepper's parts: accesses and fetches that miss, commits of time from before a path.
 */
import { CPI } from '../../timing/cpi.js';
import type { StepperParts } from '../step/compiled-paths.js';
import type { SlowFunctions } from './unit-imports.js';

/** `commitPending`: of the site with a number. */
export function slowFunctions(
  { account, lsu, hierarchy }: StepperParts,
  commitPending: (site: number) => void,
): SlowFunctions {
  return {
    walk: (linear, base) => {
      account.base = base;
      lsu.walk(linear);
    },
    load: (host, register, base) => {
      account.base = base;
      lsu.touchForLoad(host, register);
    },
    store: (host, base) => {
      account.base = base;
      lsu.touchForStore(host);
    },
    noteMisses: () => {
      lsu.noteMisses();
    },
    fetchLine: (line, base) => {
      account.base = base;
      const waited = hierarchy.fetchLine(line);
      if (waited > 0) account.stall(CPI.l1i, waited);
    },
    commitPending: (site) => {
      commitPending(site);
    },
  };
}

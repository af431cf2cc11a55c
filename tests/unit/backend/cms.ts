/** Configurations of the code morphing software for tests of the backend. */
import type { CmsOptions } from '../../../cms/options.js';
import { cmsSection } from '../../../sim/config/cms-schema.js';

const defaults = cmsSection.parse({}) as CmsOptions;

/** The defaults with other switches of the scheduler and of indirect exits. */
export function cmsWith(
  schedule: Partial<CmsOptions['schedule']>,
  indirect: Partial<CmsOptions['indirect']> = {},
): CmsOptions {
  return {
    ...defaults,
    schedule: { ...defaults.schedule, ...schedule },
    indirect: { ...defaults.indirect, ...indirect },
  };
}

export const BOLD = { reorder: true, loadsOverStores: true, loadsOverBranches: true };
export const IN_PLACE = { reorder: true, loadsOverStores: false, loadsOverBranches: false };
export const IN_ORDER = { reorder: false, loadsOverStores: true, loadsOverBranches: true };

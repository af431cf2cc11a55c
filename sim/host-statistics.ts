/** What the host and its software counted, as the machine's statistics: the CPI stack, rates, events. */
import { CPI_SLOTS } from '../hw/timing/cpi.js';
import type { Statistic } from './machine-api.js';
import type { Host } from './processor.js';

export function hostStatistics(
  { core, software }: Host,
  instructions: number,
  cycles: number,
): readonly Statistic[] {
  const busy = cycles - core.cpi[CPI_SLOTS.length - 1];
  return [
    {
      name: 'guest.ipc',
      value: busy === 0 ? 0 : instructions / busy,
      unit: 'instructions per cycle',
      text: 'Guest instructions completed in a cycle that was not idle.',
    },
    ...CPI_SLOTS.map(({ name, text }, i) => ({
      name: `cpi.${name}`,
      value: core.cpi[i],
      unit: 'cycles',
      text,
    })),
    ...software.readings(),
  ];
}

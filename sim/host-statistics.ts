/** What the host and its software counted, as the machine's statistics: the CPI stack, rates, events. */
import { CPI, CPI_SLOTS } from '../hw/timing/cpi.js';
import type { LockstepChecker } from './lockstep/lockstep-checker.js';
import type { FastForwardStatus, Statistic } from './machine-api.js';
import type { Host } from './processor.js';

/**
 * Instructions and cycles since power-on, since a snapshot was restored, or since fast-forwarding ended: as
 * far back as the host counts.
 */
export interface RunTotals {
  readonly instructions: number;
  readonly cycles: number;
}

export function hostStatistics(host: Host, totals: RunTotals): readonly Statistic[] {
  const { instructions, cycles } = totals;
  const { core, software } = host;
  const busy = cycles - core.cpi[CPI.idle];
  return [
    {
      name: 'run.instructions',
      value: instructions,
      unit: 'instructions',
      text: 'Guest instructions executed since power-on, the restore of a snapshot or the end of fast-forwarding, like all that the host counts.',
    },
    {
      name: 'run.cycles',
      value: cycles,
      unit: 'cycles',
      text: 'Simulated time since then: the sum of the CPI stack.',
    },
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
    ...issued(host),
    ...misses(host),
    ...software.readings(),
  ];
}

function issued({ core }: Host): Statistic[] {
  return [
    {
      name: 'host.molecules',
      value: core.molecules,
      unit: 'molecules',
      text: 'Molecules of translations that issued and were not rolled back.',
    },
    {
      name: 'host.atoms',
      value: core.atoms,
      unit: 'atoms',
      text: 'Their atoms, without no-ops and literals.',
    },
  ];
}

function misses({ core }: Host): Statistic[] {
  const { l1i, l1d, l2 } = core.hierarchy;
  const structures = [
    ['l1i', l1i, 'Lines of host code that were not in L1I.'],
    ['l1d', l1d, 'Data accesses (guest, page walks, the software) that missed L1D.'],
    ['l2', l2, 'Accesses that missed L1 and L2.'],
    ['tlb', core.hostTlb.tags, 'Accesses to a page that was not in the host TLB.'],
  ] as const;
  return structures.map(([name, { misses }, text]) => ({
    name: `${name}.misses`,
    value: misses,
    unit: 'misses',
    text,
  }));
}

/** What went by before anything was measured. */
export function fastForwardStatistics(status: FastForwardStatus): readonly Statistic[] {
  const { instructions, cycles, idleCycles } = status;
  return [
    {
      name: 'fastForward.instructions',
      value: instructions,
      unit: 'instructions',
      text: 'Guest instructions that were fast-forwarded.',
    },
    {
      name: 'fastForward.cycles',
      value: cycles,
      unit: 'cycles',
      text: 'Simulated time of that: a cycle for each instruction, each further iteration of a repeated one and each interrupt, and the idle ones.',
    },
    {
      name: 'fastForward.idleCycles',
      value: idleCycles,
      unit: 'cycles',
      text: 'Of that while the processor was halted.',
    },
  ];
}

/** What a checked run has compared. */
export function checkStatistics(checker: LockstepChecker): readonly Statistic[] {
  return [
    {
      name: 'check.steps',
      value: checker.steps,
      unit: 'steps',
      text: 'Interpreter steps that the golden interpreter executed beside the machine.',
    },
    {
      name: 'check.comparisons',
      value: checker.comparisons,
      unit: 'comparisons',
      text: 'Points at which machine and golden interpreter were compared and agreed.',
    },
  ];
}

/**
 * The CPI stack: each simulated cycle falls in exactly one of these slots, where it was caused.
 * Indices into the machine's cycle counters.
 */
export const CPI_SLOTS = [
  { name: 'issue', text: 'A molecule of a translation issued.' },
  {
    name: 'interlock',
    text: 'Waited for the result of an earlier atom (an L1D hit included), or accessed two lines.',
  },
  { name: 'l1i', text: 'Waited for host code that was not in L1I.' },
  { name: 'l1d', text: 'Waited for data that was not in L1D but in L2.' },
  { name: 'memory', text: 'Waited for data that was not in L2.' },
  { name: 'tlb', text: 'Waited for a page walk of the host TLB.' },
  { name: 'branch', text: 'Taken and indirect branches.' },
  {
    name: 'interpret',
    text: 'The interpreter gear and assists: dispatch, the instruction, their misses.',
  },
  { name: 'translateBlock', text: 'Translating in the basic-block gear.' },
  {
    name: 'translateSuperblock',
    text: 'Translating and optimizing in the superblock gear (recording is interpreting).',
  },
  {
    name: 'dispatch',
    text: 'Look-up of translations, exits to the code morphing software, delivery of interrupts and faults.',
  },
  { name: 'rollback', text: 'Work that was rolled back, and the rollbacks.' },
  {
    name: 'smc',
    text: 'Handling of self-modifying code: protection faults, invalidation, revalidation.',
  },
  {
    name: 'commit',
    text: 'Commits, and waiting at a commit for what is outstanding without a miss.',
  },
  { name: 'idle', text: 'The guest was halted.' },
] as const;

export type CpiSlot = (typeof CPI_SLOTS)[number]['name'];

/** Index of each slot by name. */
export const CPI = Object.fromEntries(CPI_SLOTS.map((slot, i) => [slot.name, i])) as Readonly<
  Record<CpiSlot, number>
>;

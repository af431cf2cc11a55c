/**
 * Host exits: the closed list of reasons for which translated code returns to the code morphing
 * software. `rolledBack`: the core has rolled back to the last commit before it reports.
 */
export const HOST_EXITS = [
  { name: 'exit', rolledBack: false, text: 'An `exit` atom: exit `index` of the translation.' },
  {
    name: 'assist',
    rolledBack: false,
    text: 'An `assist` atom: one instruction for the interpreter, `index` names it.',
  },
  { name: 'event', rolledBack: false, text: 'The countdown was used up at a commit.' },
  {
    name: 'guestFault',
    rolledBack: true,
    text: 'A memory access that paging does not permit; `address`.',
  },
  { name: 'io', rolledBack: true, text: 'A memory access that is not to RAM; `address`.' },
  {
    name: 'tBit',
    rolledBack: true,
    text: 'A store to protected translated code; `address` (physical) and `sizeBytes`.',
  },
  {
    name: 'alias',
    rolledBack: true,
    text: 'A store overlaps a load that was moved above it; `index` is the alias register.',
  },
  {
    name: 'speculation',
    rolledBack: true,
    text: 'A speculative load that would have to walk the page tables; `address`.',
  },
  {
    name: 'trap',
    rolledBack: true,
    text: 'A `trap` atom whose condition held, or a division error; `index` says which guard.',
  },
  {
    name: 'mapping',
    rolledBack: true,
    text: 'A `chkpage` atom found another mapping; `address` is the linear page.',
  },
  { name: 'storeBuffer', rolledBack: true, text: 'The gated store buffer is full.' },
] as const;

export type HostExit = (typeof HOST_EXITS)[number]['name'];

/** Number of each exit, as `HostCore.run` returns it. */
export const EXIT = Object.fromEntries(HOST_EXITS.map((e, i) => [e.name, i])) as Readonly<
  Record<HostExit, number>
>;

/** What happened in the tcache, and why translations died. */

export const DEATHS = {
  evicted: 'its space was needed',
  replaced: 'another translation of the same address took its place',
  changed: 'its source bytes changed',
  policy: 'it has to be made anew, more carefully',
  flushed: 'the tcache was emptied',
} as const;
export type Death = keyof typeof DEATHS;

export const TCACHE_COUNTERS = {
  installed: 'Translations put into the tcache.',
  refused: 'Translations too large for it.',
  evicted: 'Died: space was needed.',
  replaced: 'Died: another one of the same address was made.',
  changed: 'Died: source bytes changed.',
  policy: 'Died: to be made more carefully.',
  flushed: 'Died: the tcache was emptied.',
  slept: 'Put to sleep.',
  woken: 'Woken up again.',
  live: 'Translations that may be entered, now.',
  asleep: 'Translations that sleep, now.',
  usedBytes: 'Bytes of translations that are not dead, now.',
  mostUsedBytes: 'Most bytes that were ever used.',
  chained: 'Exits patched to branch to a translation.',
  unchained: 'Such patches undone.',
  outOfReach: 'Exits not patched, the translation being too far away.',
  inlineTargets: 'Inline compares of indirect exits set to a target.',
  tableFills: 'Lines of the indirect-target table filled.',
  tableConflicts: 'Of them over the line of another address.',
} as const;
/** Of them those that do not count what happened. */
export const TCACHE_LEVELS = ['live', 'asleep', 'usedBytes', 'mostUsedBytes'] as const;
export type TcacheCounts = Record<keyof typeof TCACHE_COUNTERS, number>;

export function zeroTcacheCounts(): TcacheCounts {
  return Object.fromEntries(Object.keys(TCACHE_COUNTERS).map((name) => [name, 0])) as TcacheCounts;
}

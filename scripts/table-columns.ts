/**
 * The tables of `npm run table`: from statistics of runs to Markdown. Cycles are those of all slots
 * of the CPI stack but idle; several workloads are summed up before anything is divided, and the
 * cycles relative to the first variant also stand apart for each, with their geometric mean.
 */
import { CPI_SLOTS } from '../hw/timing/cpi.js';

/** Statistics by name, and `executed`: guest instructions of the run. */
export type Figures = Readonly<Record<string, number>>;

export interface VariantFigures {
  readonly variant: string;
  /** One for each workload. */
  readonly figures: readonly Figures[];
}

const value = (figures: Figures, name: string): number => figures[name] ?? 0;

const share = (part: number, whole: number): string =>
  whole === 0 ? '-' : ((100 * part) / whole).toFixed(1);

export function busyCycles(figures: Figures): number {
  return CPI_SLOTS.filter(({ name }) => name !== 'idle').reduce(
    (sum, { name }) => sum + value(figures, `cpi.${name}`),
    0,
  );
}

/** Guest instructions a cycle that was not idle. */
export function ipc(figures: Figures): string {
  return (value(figures, 'executed') / busyCycles(figures)).toFixed(3);
}

function summed(list: readonly Figures[]): Figures {
  const sum: Record<string, number> = {};
  for (const figures of list)
    for (const [name, n] of Object.entries(figures)) sum[name] = (sum[name] ?? 0) + n;
  return sum;
}

const ROLLBACKS = [
  'guestFault',
  'io',
  'tBit',
  'alias',
  'speculation',
  'trap',
  'mapping',
  'storeBuffer',
];

/** The causes of most rollbacks, in thousands or as they are. */
function rollbacks(figures: Figures): string {
  const causes = ROLLBACKS.map((cause) => [cause, value(figures, `hostExit.${cause}`)] as const)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  return causes
    .slice(0, 3)
    .map(([cause, count]) => `${cause} ${short(count)}`)
    .join(', ');
}

function short(count: number): string {
  if (count >= 1e7) return `${(count / 1e6).toFixed(0)}M`;
  return count >= 1e4 ? `${(count / 1e3).toFixed(0)}k` : String(count);
}

const gears = (of: (gear: string) => number, whole: number): string =>
  ['interpreter', 'block', 'superblock'].map((gear) => share(of(gear), whole)).join(' / ');

type Column = readonly [string, (figures: Figures, first: Figures) => string];

const slot = (name: string): Column => [name, (f) => share(value(f, `cpi.${name}`), busyCycles(f))];

const COLUMNS: readonly Column[] = [
  ['cycles', (f, first) => (busyCycles(f) / busyCycles(first)).toFixed(3)],
  ['IPC', ipc],
  [
    'instr. % I / B / S',
    (f) => gears((gear) => value(f, `gear.${gear}.instructions`), value(f, 'executed')),
  ],
  ['cycles % I / B / S', (f) => gears((gear) => value(f, `gear.${gear}.cycles`), busyCycles(f))],
  [
    'CPI in S',
    (f) =>
      (value(f, 'gear.superblock.cycles') / value(f, 'gear.superblock.instructions')).toFixed(3),
  ],
  ['transl. % B', (f) => share(value(f, 'cpi.translateBlock'), busyCycles(f))],
  ['transl. % S', (f) => share(value(f, 'cpi.translateSuperblock'), busyCycles(f))],
  ...['issue', 'interlock', 'branch', 'l1i', 'l1d', 'memory', 'tlb', 'commit'].map(slot),
  ...['dispatch', 'rollback', 'smc'].map(slot),
  ['molecules / instr.', (f) => (value(f, 'host.molecules') / translated(f)).toFixed(2)],
  ['atoms / mol.', (f) => (value(f, 'host.atoms') / value(f, 'host.molecules')).toFixed(2)],
  ['rollbacks', rollbacks],
  ['translations B + S', (f) => `${value(f, 'blocks')} + ${value(f, 'superblocks')}`],
  ['code KB', (f) => (value(f, 'codeBytes') / 1024).toFixed(0)],
  ['T-bit faults', (f) => short(value(f, 'smc.pageFaults') + value(f, 'smc.fineFaults'))],
  ['invalidated', (f) => short(value(f, 'smc.invalidations') + value(f, 'smc.suspensions'))],
];

/** Guest instructions that translations completed. */
const translated = (f: Figures): number =>
  value(f, 'gear.block.instructions') + value(f, 'gear.superblock.instructions');

export function detailTable(table: readonly VariantFigures[]): string {
  const sums = table.map(({ variant, figures }) => ({ variant, sum: summed(figures) }));
  const first = sums[0]?.sum ?? {};
  const rows = sums.map(({ variant, sum }) => [
    variant,
    ...COLUMNS.map(([, text]) => text(sum, first)),
  ]);
  return markdown(['variant', ...COLUMNS.map(([name]) => name)], rows);
}

/** Cycles of each workload relative to the first variant. */
export function relativeTable(
  workloads: readonly string[],
  table: readonly VariantFigures[],
): string {
  const first = table[0]?.figures ?? [];
  const rows = table.map(({ variant, figures }) => {
    const ratios = figures.map((f, i) => busyCycles(f) / busyCycles(first[i] as Figures));
    const mean = Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length);
    return [variant, mean.toFixed(3), ...ratios.map((r) => r.toFixed(2))];
  });
  return markdown(['cycles', 'geometric mean', ...workloads], rows);
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

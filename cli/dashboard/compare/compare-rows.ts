/**
 * Rows of the live comparison: what each variant does by itself, and figures at the guest instructions that
 * all have reached: cycles, the CPI stack slot by slot, gears, tcache, rollbacks, caches, then every other
 * counter by its declared name and sentence.
 */
import { BUSY_SLOTS, percentChange } from '../../../sim/compare/figures.js';
import { COUNT_SLICES } from '../../../sim/results/result-hash.js';
import { digits, duration, share, short } from '../numbers.js';
import { STRUCTURES } from '../panels/caches-panel.js';
import { EVENTS } from '../panels/events-panel.js';
import { GEARS } from '../panels/gears-panel.js';
import { COUNTS } from '../panels/tcache-panel.js';
import type { CompareModel, Reached, VariantModel } from './compare-model.js';

interface Named {
  readonly name: string;
  /** A sentence; no two rows have the same one. */
  readonly text: string;
}

export interface Heading extends Named {
  readonly kind: 'heading';
  /** For a narrow terminal. */
  readonly brief: string;
}

/** Of each variant by itself, wherever it is. */
export interface OwnRow extends Named {
  readonly kind: 'own';
  readonly show: (variant: VariantModel) => string;
}

/** Compared. */
export interface FigureRow extends Named {
  readonly kind: 'figure';
  readonly value: (reached: Reached) => number;
  readonly show: (value: number) => string;
  /** Of the CPI stack, for letter and colour. */
  readonly slot?: string;
  /** A bar of the whole, or of the largest one of its section. */
  readonly bar?: 'whole' | 'largest';
  /** What a difference is large or small against: itself, all cycles, the whole. */
  readonly against: 'itself' | 'cycles' | 'whole';
}

export type Row = Heading | OwnRow | FigureRow;

/** Fewer events than this are chance, whatever their difference. */
const FEW = 100;

function heading(name: string, text: string, brief = name): Heading {
  return { kind: 'heading', name, text, brief };
}
const own = (name: string, text: string, show: OwnRow['show']): OwnRow => ({
  ...{ kind: 'own', name, text, show },
});

const OWN: readonly Row[] = [
  own('state', 'Whether it waits for a processor, runs, or has ended.', ({ state }) => state),
  own('instructions', 'Guest instructions so far, of this variant alone.', ({ course }) =>
    course.end === 0 ? '-' : short(course.end),
  ),
  own(
    'speed, MIPS',
    'Guest instructions simulated in a microsecond of this computer, lately.',
    ({ mips }) => digits(mips),
  ),
  own('time left', 'To its limit, or to where another variant ended.', ({ secondsLeft, state }) =>
    secondsLeft === undefined || state === 'ended' ? '-' : duration(secondsLeft),
  ),
];

type Counted = (name: string) => (reached: Reached) => number;
const counted: Counted =
  (name) =>
  ({ figures }) =>
    figures.values.get(name);

const per =
  (what: (reached: Reached) => number, of: (reached: Reached) => number): FigureRow['value'] =>
  (reached) => {
    const whole = of(reached);
    return whole > 0 ? what(reached) / whole : NaN;
  };

const cycles = ({ figures }: Reached): number => figures.cycles;
const instructions = ({ figures }: Reached): number => figures.instructions;
const percent = (part: number): string => (Number.isFinite(part) ? share(part, 1) : '-');

function figureRow(
  name: string,
  text: string,
  value: FigureRow['value'],
  more: Partial<FigureRow> = {},
): FigureRow {
  return { kind: 'figure', name, text, value, show: short, against: 'itself', ...more };
}

/** All rows there are; `at`: the guest instructions where the variants are compared. */
export function allRows(model: CompareModel, at: number, reached: readonly Reached[]): Row[] {
  const texts = new Map(model.counters.map(({ name, text }) => [name, text]));
  const text = (name: string): string => texts.get(name) ?? `The counter ${name}.`;
  const comes = (name: string): boolean => reached.some((one) => counted(name)(one) !== 0);
  const context = { text, comes };
  const sections = [
    stackRows(reached),
    gearRows(reached),
    tcacheRows(context),
    eventRows(context),
    cacheRows(context),
  ];
  const shown = sections.flat();
  return [
    ...OWN,
    whereRow(at),
    figureRow('cycles', 'Cycles that were not idle.', cycles),
    figureRow('IPC', 'Guest instructions in a cycle that was not idle.', (r) => r.figures.ipc, {
      show: digits,
    }),
    ...shown,
    ...otherRows(model, shown, context),
  ];
}

function whereRow(at: number): Heading {
  const words = 'Each variant gets there at its own time; between two samples all grows evenly.';
  if (at === 0) return heading('nothing to compare yet', words);
  const name = `at ${short(at)} guest instructions, reached by all; samples interpolated`;
  return heading(name, words, `at ${short(at)} instr., interpolated`);
}

interface RowContext {
  /** Sentence of a counter. */
  readonly text: (name: string) => string;
  /** Whether any variant has counted it. */
  readonly comes: (name: string) => boolean;
}

function section(name: string, text: string, rows: readonly Row[]): Row[] {
  return rows.length === 0 ? [] : [heading(name, text), ...rows];
}

function stackRows(reached: readonly Reached[]): Row[] {
  const used = BUSY_SLOTS.filter(({ name }) =>
    reached.some(({ figures }) => (figures.cpi[name] ?? 0) > 0),
  );
  const slots = used.map(({ name, text }) =>
    figureRow(name, text, ({ figures }) => figures.cpi[name] ?? 0, {
      ...{ show: digits, slot: name, bar: 'largest', against: 'cycles' },
    }),
  );
  const words = 'Where the cycles of a guest instruction went; together they are all of them.';
  return section('CPI stack: cycles an instruction', words, slots);
}

function gearRows(reached: readonly Reached[]): Row[] {
  if (reached.every((one) => GEARS.every((gear) => counted(gearName(gear))(one) === 0))) return [];
  const wholes = { show: percent, bar: 'whole', against: 'whole' } as const;
  const gears = GEARS.map((gear) =>
    figureRow(
      gear,
      `Share of the guest instructions that the gear ${gear} completed.`,
      per(counted(gearName(gear)), instructions),
      wholes,
    ),
  );
  const translating = (one: Reached): number =>
    counted('cpi.translateBlock')(one) + counted('cpi.translateSuperblock')(one);
  const words = 'Share of the cycles in which both translators worked.';
  return section('gears: shares of guest instructions', 'Who executed the guest.', [
    ...gears,
    figureRow('translating', words, per(translating, cycles), wholes),
  ]);
}

const gearName = (gear: string): string => `gear.${gear}.instructions`;

function tcacheRows({ text, comes }: RowContext): Row[] {
  if (!comes('tcache.installed')) return [];
  const fill = figureRow(
    'fill',
    'Bytes of translations that are not dead, of those that there is room for.',
    per(counted('tcache.usedBytes'), ({ variant }) => variant.tcacheBytes),
    { show: percent, bar: 'whole', against: 'whole' },
  );
  const counts = COUNTS.filter(([name]) => comes(name)).map(([name, word]) =>
    figureRow(word, `${name}: ${text(name)}`, counted(name)),
  );
  return section('tcache', 'The cache of translations.', [fill, ...counts]);
}

function eventRows({ text, comes }: RowContext): Row[] {
  const rollbacks = (one: Reached): number =>
    counted('gear.block.rollbacks')(one) + counted('gear.superblock.rollbacks')(one);
  const events = EVENTS.filter(([name]) => comes(name)).map(([name, words]) =>
    figureRow(words, `${name}: ${text(name)}`, counted(name)),
  );
  if (events.length === 0) return [];
  return section('rollbacks and other events', 'What went otherwise than planned.', [
    figureRow('rollbacks', 'Rollbacks in translations of both gears.', rollbacks),
    ...events,
  ]);
}

function cacheRows({ text, comes }: RowContext): Row[] {
  const rows = STRUCTURES.filter((name) => comes(`${name}.misses`)).map((name) =>
    figureRow(
      name.toUpperCase(),
      `${name}.misses: ${text(`${name}.misses`)}`,
      per(counted(`${name}.misses`), (one) => instructions(one) / 1000),
      { show: digits },
    ),
  );
  return section('caches and TLB: misses in 1000 instructions', 'Of the host.', rows);
}

/** Told above, in a form that can be compared. */
const TOLD = /^(cpi|run|guest|host)\.|^gear\.\w+\.instructions$|^tcache\.usedBytes$|\.misses$/;

function otherRows(
  { counters }: CompareModel,
  shown: readonly Row[],
  { comes }: RowContext,
): Row[] {
  const told = (name: string): boolean =>
    TOLD.test(name) ||
    COUNT_SLICES.has(name) ||
    shown.some(({ text }) => text.startsWith(`${name}: `));
  const rows = counters
    .filter(({ name }) => !told(name) && comes(name))
    .map(({ name, text }) => figureRow(name, `${name}: ${text}`, counted(name)));
  return section('other counters', 'Every other one that is not 0.', rows);
}

export interface Difference {
  /** Of the first one's value. */
  readonly percent: number;
  /** Per cent of what the row is judged against. */
  readonly weight: number;
}

/** Undefined: one of them has no such figure. */
export function differenceOf(row: FigureRow, now: Reached, base: Reached): Difference | undefined {
  const [value, before] = [row.value(now), row.value(base)];
  if (!(Number.isFinite(value) && Number.isFinite(before))) return undefined;
  const percent = percentChange(value, before);
  const by = 100 * Math.abs(value - before);
  switch (row.against) {
    case 'cycles':
      return { percent, weight: by * base.figures.ipc };
    case 'whole':
      return { percent, weight: by };
    case 'itself': {
      const isChance = row.show === short && Math.max(value, before) < FEW;
      return { percent, weight: isChance ? 0 : Math.abs(percent) };
    }
    default:
      return row.against satisfies never;
  }
}

/** What differs by more than a threshold, with the headings above it; what has no difference stays. */
export function differingRows(
  rows: readonly Row[],
  reached: readonly (Reached | undefined)[],
  threshold: number,
): Row[] {
  const [base, ...others] = reached;
  const differs = (row: Row): boolean =>
    row.kind !== 'figure' ||
    others.some((now) => {
      if (now === undefined || base === undefined) return false;
      return (differenceOf(row, now, base)?.weight ?? 0) > threshold;
    });
  const left = rows.filter(differs);
  // The first heading says where; of the others those that have lost their rows go.
  return left.filter(
    (row, i) =>
      row.kind !== 'heading' || left[i - 1]?.kind === 'own' || left[i + 1]?.kind === 'figure',
  );
}

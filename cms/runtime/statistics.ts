/**
 * Everything that the code morphing software counts, declared once: name, unit and a sentence.
 * Counters with a number of kinds (host exits, region ends ...) are families: one counter for each
 * kind of a closed list. The owner of an event adds to the array; reports read the rows.
 */
import { HOST_EXITS } from '../../hw/core/exits.js';
import { REGION_ENDS } from '../region.js';

export interface CounterRow {
  readonly name: string;
  readonly unit: string;
  readonly text: string;
}

export const COUNTERS = [
  {
    name: 'recovered',
    unit: 'instructions',
    text: 'Of the interpreted ones: those that a translation had begun and rolled back.',
  },
  {
    name: 'assisted',
    unit: 'instructions',
    text: 'Of the interpreted ones: assists of translations.',
  },
  { name: 'faults', unit: 'faults', text: 'Guest faults that interpreted instructions raised.' },
  {
    name: 'dispatches',
    unit: 'look-ups',
    text: 'Look-ups of a translation by the dispatcher (not those of host code).',
  },
  { name: 'entries', unit: 'entries', text: 'Times the dispatcher entered a translation.' },
  {
    name: 'resumptions',
    unit: 'entries',
    text: 'Times a translation went on where it had left for an event or an assist.',
  },
  { name: 'chains', unit: 'exits', text: 'Exits patched to lead to another translation.' },
  {
    name: 'indirectMisses',
    unit: 'exits',
    text: 'Indirect exits whose target was not in the indirect-target table.',
  },
  { name: 'blocks', unit: 'translations', text: 'Translations made in the basic-block gear.' },
  { name: 'superblocks', unit: 'translations', text: 'Translations made in the superblock gear.' },
  {
    name: 'blockInstructions',
    unit: 'instructions',
    text: 'Guest instructions translated in the basic-block gear.',
  },
  {
    name: 'superblockInstructions',
    unit: 'instructions',
    text: 'Guest instructions translated in the superblock gear, copies of unrolled loops included.',
  },
  {
    name: 'retranslations',
    unit: 'translations',
    text: 'Translations thrown away for one that is a step more conservative.',
  },
  {
    name: 'fallbacks',
    unit: 'attempts',
    text: 'Regions that could not be translated as formed and were made smaller.',
  },
  {
    name: 'refusals',
    unit: 'addresses',
    text: 'Addresses where no translation could be made.',
  },
  { name: 'codeBytes', unit: 'bytes', text: 'Host code written into the tcache.' },
] as const satisfies readonly CounterRow[];

export type CounterName = (typeof COUNTERS)[number]['name'];

/** One counter for each kind of a closed list. */
class Family {
  readonly counts: Float64Array;

  constructor(
    readonly prefix: string,
    readonly kinds: readonly { readonly name: string; readonly text: string }[],
    readonly unit: string,
  ) {
    this.counts = new Float64Array(kinds.length);
  }

  rows(): CounterReading[] {
    return this.kinds.map(({ name, text }, i) => ({
      name: `${this.prefix}.${name}`,
      unit: this.unit,
      text,
      value: this.counts[i],
    }));
  }
}

export interface CounterReading extends CounterRow {
  readonly value: number;
}

/** Counters that another part keeps, by name, with its sentences; names tell where they count bytes. */
export function readingsOf<K extends string>(
  prefix: string,
  texts: Readonly<Record<K, string>>,
  counts: Readonly<Record<K, number>>,
  unit: string,
): CounterReading[] {
  return (Object.keys(texts) as K[]).map((name) => ({
    name: `${prefix}.${name}`,
    unit: name.endsWith('Bytes') ? 'bytes' : unit,
    text: texts[name],
    value: counts[name],
  }));
}

const REGION_END_NAMES = Object.keys(REGION_ENDS) as (keyof typeof REGION_ENDS)[];

export class Statistics {
  /** By counter name. */
  readonly count: Record<CounterName, number>;
  /** By number of the host exit (hw/core/exits.ts). */
  readonly hostExits = new Family('hostExit', HOST_EXITS, 'exits');
  private readonly ends = new Family(
    'regionEnd',
    REGION_END_NAMES.map((name) => ({ name, text: `Regions that ended at ${REGION_ENDS[name]}.` })),
    'regions',
  );

  constructor() {
    const zero = COUNTERS.map(({ name }) => [name, 0]);
    this.count = Object.fromEntries(zero) as Record<CounterName, number>;
  }

  regionEnded(end: keyof typeof REGION_ENDS): void {
    this.ends.counts[REGION_END_NAMES.indexOf(end)]++;
  }

  readings(): CounterReading[] {
    return [
      ...COUNTERS.map((row) => ({ ...row, value: this.count[row.name] })),
      ...this.hostExits.rows(),
      ...this.ends.rows(),
    ];
  }
}

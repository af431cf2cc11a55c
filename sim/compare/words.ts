/** What changed most, in sentences: of a variant against the first, and of the comparison as a whole. */
import { ExitCode } from '../../base/errors.js';
import type { Comparison, CounterChange, SlotChange, VariantResult } from './comparison.js';
import { BUSY_SLOTS } from './figures.js';
import { signed } from './tolerance.js';

const MOST_SLOTS = 3;
const MOST_COUNTERS = 3;
/** Of the largest change; smaller ones are not worth a word. */
const WORTH = 0.15;

/** One to three sentences on a variant. */
export function changeWords(base: VariantResult, variant: VariantResult): string {
  const percent = variant.cyclesPercent;
  if (variant.record.resultHash === base.record.resultHash)
    return `has the same results as ${base.label}, to the last bit.`;
  const parts = [`takes ${amountWords(percent)} ${base.label}`];
  const slots = worthTelling(variant.slots);
  const more = slots.filter((s) => s.now > s.base).map(slotWords);
  const less = slots.filter((s) => s.now < s.base).map(slotWords);
  const told = [
    ...(more.length > 0 ? [`more cycles an instruction in ${more.join(', ')}`] : []),
    ...(less.length > 0 ? [`fewer in ${less.join(', ')}`] : []),
  ];
  if (told.length > 0) parts.push(told.join('; '));
  const counters = variant.counters.slice(0, MOST_COUNTERS).map(counterWords);
  const sentences = [`${parts.join(': ')}.`];
  if (counters.length > 0) sentences.push(`Counted: ${counters.join('; ')}.`);
  return sentences.join(' ');
}

function amountWords(percent: number): string {
  if (Math.abs(percent) < 0.05) return 'as many cycles as';
  if (percent >= 100) return `${(1 + percent / 100).toFixed(2)} times the cycles of`;
  return `${Math.abs(percent).toFixed(1)} % ${percent > 0 ? 'more' : 'fewer'} cycles than`;
}

function worthTelling(slots: readonly SlotChange[]): SlotChange[] {
  const largest = Math.abs((slots[0]?.now ?? 0) - (slots[0]?.base ?? 0));
  return slots.slice(0, MOST_SLOTS).filter((s) => Math.abs(s.now - s.base) >= largest * WORTH);
}

function slotWords({ slot, base, now }: SlotChange): string {
  return `${slot} (${signed(now - base, Math.abs(now - base) < 0.01 ? 4 : 3)})`;
}

const count = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

function counterWords({ name, base, now }: CounterChange): string {
  return `${name} ${count(base)} to ${count(now)}`;
}

/** What a reader must know before reading the numbers. */
export function notes(comparison: Comparison): string[] {
  const { variants, alignedAt, equal, otherConsole } = comparison;
  const first = variants[0]?.label ?? '';
  const found: string[] = [];
  if (alignedAt !== null)
    found.push(
      `the runs end at different places; compared at ${count(alignedAt)} guest instructions, which all of them reached`,
    );
  for (const labels of equal)
    found.push(`${list(labels)} have equal results: what differs between them had no effect`);
  for (const { label, notExercised } of variants)
    for (const { keys, words } of notExercised)
      found.push(
        `${label}: ${list(keys)} differ${keys.length === 1 ? 's' : ''} from ${first} but ${keys.length === 1 ? 'was' : 'were'} never exercised: ${words}`,
      );
  if (otherConsole.length > 0)
    found.push(`${list(otherConsole)}: the console shows something else than ${first}'s`);
  for (const { label, record } of variants)
    if (!record.partial && record.exitCode !== ExitCode.ok && record.exitCode !== ExitCode.limit)
      found.push(`${label}: ${record.sentence}`);
  for (const { label, record } of variants)
    if (record.partial) found.push(`${label}: partial results (${record.sentence})`);
  return found;
}

export function list(names: readonly string[]): string {
  if (names.length <= 1) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** What a slot is time of. */
export function slotText(name: string): string {
  return BUSY_SLOTS.find((slot) => slot.name === name)?.text ?? '';
}

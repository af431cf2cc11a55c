/** A comparison as tables for people: cycles and IPC, the CPI stack slot by slot, gears, and in words. */
import type { Comparison, VariantResult } from '../sim/compare/comparison.js';
import { BUSY_SLOTS } from '../sim/compare/figures.js';
import { signed } from '../sim/compare/tolerance.js';
import { changeWords, notes } from '../sim/compare/words.js';
import { grouped, percent, table } from './statistics-text.js';

/** Variants beside each other in one table; more of them go into the next. */
const COLUMNS = 5;

export function comparisonText(comparison: Comparison): string {
  const { variants } = comparison;
  const [first, ...others] = variants as [VariantResult, ...VariantResult[]];
  const changed = others.filter(({ record }) => record.resultHash !== first.record.resultHash);
  const changes = changed.map((variant) => `  ${variant.label} ${changeWords(first, variant)}`);
  const remarks = notes(comparison).map((note) => `  ${note}`);
  return [
    ...totals(variants),
    ...stack(variants),
    ...(changes.length > 0 ? ['', 'What changed most', ...changes] : []),
    ...(remarks.length > 0 ? ['', 'Notes', ...remarks] : []),
  ].join('\n');
}

const lines = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  table('', head, rows).map(([, text]) => text);

function totals(variants: readonly VariantResult[]): string[] {
  const rows = variants.map(({ label, figures, cyclesPercent }, i) => {
    const share = (name: string): string => percent(figures.values.get(name), figures.instructions);
    const translating =
      figures.values.get('cpi.translateBlock') + figures.values.get('cpi.translateSuperblock');
    return [
      label,
      grouped(Math.round(figures.instructions)),
      grouped(Math.round(figures.cycles)),
      i === 0 ? '' : `${signed(cyclesPercent, 1)} %`,
      figures.ipc.toFixed(3),
      share('gear.interpreter.instructions'),
      share('gear.superblock.instructions'),
      percent(translating, figures.cycles),
      `${(figures.values.get('codeBytes') / 1024).toFixed(0)} KB`,
    ];
  });
  const head = ['', 'instructions', 'cycles', '', 'IPC'];
  return lines([...head, 'interpreted', 'superblocks', 'translating', 'code'], rows);
}

/** Cycles an instruction, and the difference to the first variant. */
function stack(variants: readonly VariantResult[]): string[] {
  const first = variants[0] as VariantResult;
  if (Object.keys(first.figures.cpi).length === 0) return [];
  const text: string[] = ['', '(in brackets: the difference to the first variant)'];
  const others = variants.slice(1);
  for (let at = 0; at === 0 || at < others.length; at += COLUMNS - 1) {
    const shown = [first, ...others.slice(at, at + COLUMNS - 1)];
    text.push(
      ...(at === 0 ? [] : ['']),
      ...lines(['cycles an instruction', ...shown.map((v) => v.label)], slots(shown)),
    );
  }
  return text;
}

function slots([first, ...others]: readonly VariantResult[]): string[][] {
  const base = (first as VariantResult).figures;
  const of = (v: VariantResult, slot: string): number => v.figures.cpi[slot] ?? 0;
  const cell = (now: number, before: number): string =>
    Math.abs(now - before) < 0.0005
      ? now.toFixed(3)
      : `${now.toFixed(3)} (${signed(now - before, 3)})`;
  const used = BUSY_SLOTS.filter(({ name }) =>
    [first as VariantResult, ...others].some((v) => of(v, name) > 0),
  );
  const rows = used.map(({ name }) => {
    const before = base.cpi[name] ?? 0;
    return [name, before.toFixed(3), ...others.map((v) => cell(of(v, name), before))];
  });
  const total = (v: VariantResult): number => (v.figures.ipc === 0 ? 0 : 1 / v.figures.ipc);
  const whole = total(first as VariantResult);
  rows.push(['all', whole.toFixed(3), ...others.map((v) => cell(total(v), whole))]);
  return rows;
}

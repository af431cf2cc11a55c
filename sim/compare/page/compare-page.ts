/** A comparison as one self-contained page. */
import type { Comparison, VariantResult } from '../comparison.js';
import { BUSY_SLOTS, figure as figureOf } from '../figures.js';
import { signed } from '../tolerance.js';
import { changeWords, notes } from '../words.js';
import { areaPanels } from './area-chart.js';
import { figure, legend } from './chart.js';
import { GEAR_NAMES, gearPanel, relativeCurve, startUpCurve, tcacheCurve } from './curves.js';
import { lineChart } from './line-chart.js';
import { folded, noteList, page, section, tableOf } from './page.js';
import { gearColour } from './palette.js';
import { compact, percentTick } from './scale.js';
import { scatter } from './scatter.js';
import { type Bar, slotLegend, stackBars } from './stack-bars.js';
import { element, escaped, textElement } from './svg.js';

export interface ComparePage {
  readonly title: string;
  readonly comparison: Comparison;
}

export function comparePage({ title, comparison }: ComparePage): string {
  const { variants } = comparison;
  const [first, ...others] = variants as [VariantResult, ...VariantResult[]];
  const hasStack = Object.keys(first.figures.cpi).length > 0;
  const words = others.map((v) => `${v.label} ${changeWords(first, v)}`);
  const remarks = notes(comparison);
  return page({
    title,
    lead: `${first.record.guest}. ${compact(first.figures.instructions)} guest instructions on ${variants.length} machines; differences are to ${first.label}.`,
    body: [
      summary(variants),
      section('What changed most', noteList(words)),
      ...(remarks.length > 0 ? [section('Notes', noteList(remarks))] : []),
      ...(hasStack ? stackFigure(variants) : []),
      ...courses(variants),
      ...(hasStack ? softwareFigures(variants) : []),
      keysTable(variants),
      provenance(variants),
    ],
  });
}

const code = (text: string): string => textElement('code', {}, text);
const grouped = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
const percentOf = (part: number, whole: number): string =>
  `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;

/** More cycles are the bad direction. */
export function change(percent: number): string {
  const kind = percent > 0.05 ? 'bad' : percent < -0.05 ? 'good' : undefined;
  return textElement('span', { class: kind }, `${signed(percent, 1)} %`);
}

function summary(variants: readonly VariantResult[]): string {
  const head = [
    '',
    'cycles',
    '',
    'IPC',
    'interpreted',
    'in superblocks',
    'translating',
    'host code',
  ];
  const rows = variants.map(({ label, figures, cyclesPercent }, i) => {
    const value = (name: string): number => figures.values.get(name);
    return [
      escaped(label),
      grouped(figures.cycles),
      i === 0 ? '' : change(cyclesPercent),
      figures.ipc.toFixed(3),
      percentOf(value('gear.interpreter.instructions'), figures.instructions),
      percentOf(value('gear.superblock.instructions'), figures.instructions),
      percentOf(figureOf(figures, 'translating') ?? 0, figures.cycles),
      `${(value('codeBytes') / 1024).toFixed(0)} KB`,
    ];
  });
  return tableOf(head, rows);
}

function stackFigure(variants: readonly VariantResult[]): string[] {
  const bars = variants.map(({ label, figures, cyclesPercent }, i): Bar => {
    const total = figures.ipc === 0 ? 0 : 1 / figures.ipc;
    const note = i === 0 ? total.toFixed(3) : `${total.toFixed(3)}  ${signed(cyclesPercent, 1)} %`;
    return { label, cpi: figures.cpi, note };
  });
  return [
    figure({
      title: 'Where the cycles go',
      caption:
        'Cycles an instruction, by what caused them: useful work in blue, memory in orange, the code morphing software in green and violet, mishaps in red.',
      drawing: stackBars(bars, BUSY_SLOTS),
      legend: slotLegend(bars, BUSY_SLOTS),
    }),
  ];
}

function courses(variants: readonly VariantResult[]): string[] {
  const [first, ...others] = variants as [VariantResult, ...VariantResult[]];
  const x = { label: 'guest instructions', scale: 'log' } as const;
  const curves = variants.map(({ label, series }) => ({ label, points: startUpCurve(series) }));
  const startUp = figure({
    title: 'Start-up',
    caption:
      'Cycles after so many guest instructions. Where a curve bends down, translations have taken over from the interpreter.',
    drawing: lineChart({
      label: 'start-up curve',
      x,
      y: { label: 'cycles', scale: 'log' },
      lines: curves,
    }),
  });
  const relative = [
    { label: first.label, points: startUpCurve(first.series).map(([n]) => [n, 0] as const) },
    ...others.map(({ label, series }) => ({ label, points: relativeCurve(series, first.series) })),
  ];
  const difference = figure({
    title: `Start-up against ${first.label}`,
    caption:
      'How many more or fewer cycles a machine has taken up to there. The right end is the result; where a curve crosses zero, a dearer start has paid.',
    drawing: lineChart({
      label: 'cycles relative to the first machine',
      x,
      y: { label: `cycles against ${first.label}`, scale: 'linear', format: percentTick },
      lines: relative,
    }),
  });
  return others.length > 0 ? [startUp, difference] : [startUp];
}

/** Panels and curves for so many variants; more are unreadable. */
const MOST_PANELS = 8;

function softwareFigures(variants: readonly VariantResult[]): string[] {
  const shown = variants.slice(0, MOST_PANELS);
  const layers = GEAR_NAMES.map((name) => ({ name, colour: gearColour(name) }));
  const gears = figure({
    title: 'Gears over time',
    caption:
      'Share of the guest instructions of each interval that the interpreter, blocks and superblocks completed.',
    drawing: areaPanels(
      shown.map(({ label, series }) => gearPanel(label, series)),
      layers,
      'guest instructions',
    ),
    legend: legend(layers),
  });
  const lines = shown.map(({ label, series }) => ({ label, points: tcacheCurve(series) }));
  const fill = figure({
    title: 'Translation cache',
    caption:
      'Room that living translations take. A fall is an eviction, or translations that were thrown away.',
    drawing: lineChart({
      label: 'tcache fill',
      x: { label: 'guest instructions', scale: 'linear' },
      y: { label: 'KB', scale: 'linear' },
      lines,
      height: 280,
    }),
  });
  return [gears, fill, ...(variants.length >= 3 ? [tradeOff(variants)] : [])];
}

function tradeOff(variants: readonly VariantResult[]): string {
  const spots = variants.map(({ label, figures }) => ({
    label,
    x: figures.values.get('codeBytes') / 1024,
    y: figures.ipc === 0 ? 0 : 1 / figures.ipc,
  }));
  return figure({
    title: 'Code against cycles',
    caption:
      'Towards the lower left is better. The dashed line joins machines that no other beats in both; the hollow ones are beaten.',
    drawing: scatter({
      label: 'Pareto front',
      x: 'host code made, KB',
      y: 'cycles an instruction',
      spots,
    }),
  });
}

/** Longer lists are cut; the whole is under the pointer. */
const LONGEST_VALUE = 90;

function keysTable(variants: readonly VariantResult[]): string {
  const value = (v: unknown): string => {
    const text = JSON.stringify(v) ?? 'absent';
    if (text.length <= LONGEST_VALUE) return code(text);
    return textElement('code', { title: text }, `${text.slice(0, LONGEST_VALUE)}…`);
  };
  const rows = variants.flatMap(({ label, changed }) =>
    changed.map((key, i) => [
      i === 0 ? escaped(label) : '',
      code(key.key),
      value(key.base),
      value(key.value),
    ]),
  );
  if (rows.length === 0) return '';
  const head = ['', 'key', variants[0]?.label ?? '', 'here'].map(escaped);
  const table = element('div', { class: 'keys' }, tableOf(head, rows));
  return section('What differs in the configuration', table);
}

function provenance(variants: readonly VariantResult[]): string {
  const rows = variants.map(({ label, record }) => [
    escaped(label),
    code(record.resultHash),
    escaped(`${record.version} ${record.provenance.commit ?? ''}`),
    code(record.provenance.code),
    element(
      'span',
      {},
      code(record.provenance.images.map(({ sha256 }) => sha256.slice(0, 12)).join(' ')),
    ),
  ]);
  return folded(
    'Where this comes from',
    tableOf(['', 'result hash', 'version', 'code', 'images'], rows),
  );
}

/** Variants in the middle of their runs, with numbers that a reader can follow, drawn without a terminal. */
import {
  type CompareFrame,
  drawCompareFrame,
} from '../../../../cli/dashboard/compare/compare-frame.js';
import type {
  CompareModel,
  VariantModel,
} from '../../../../cli/dashboard/compare/compare-model.js';
import {
  type CompareState,
  START_COMPARE,
} from '../../../../cli/dashboard/compare/compare-state.js';
import { themeOf } from '../../../../cli/dashboard/theme.js';
import { Course } from '../../../../sim/compare/course.js';
import { FIRST } from '../support.js';

export type Counts = Readonly<Record<string, number>>;

/** Counters of the usual run at so many million instructions: a start costs half a million cycles. */
export function countersAt(millions: number, changed: Counts = {}): Record<string, number> {
  const scaled = Object.entries(FIRST).map(([name, n]) => [name, n * millions] as const);
  const counters = Object.fromEntries(scaled);
  counters['cpi.interpret'] = (counters['cpi.interpret'] ?? 0) + 500_000;
  counters['gear.superblock.wastedCycles'] = 1000 * millions;
  counters['tcache.installed'] = 800;
  for (const [name, factor] of Object.entries(changed))
    counters[name] = (counters[name] ?? 0) * factor;
  return counters;
}

export function courseTo(millions: number, changed: Counts = {}): Course {
  const course = new Course();
  for (const at of [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5])
    course.add(countersAt(at, changed));
  for (let at = 1; at <= millions; at++) course.add(countersAt(at, changed));
  return course;
}

const running = (
  label: string,
  course: Course,
  more: Partial<VariantModel> = {},
): VariantModel => ({
  ...{ label, state: 'running', sentence: '', course, mips: 5.25, secondsLeft: 75 },
  tcacheBytes: 8 << 20,
  ...more,
});

const SLOWER: Counts = {
  'cpi.issue': 1.1,
  'cpi.interpret': 1.5,
  'gear.interpreter.instructions': 2,
};
const FASTER: Counts = { 'cpi.memory': 0.5, 'hostExit.alias': 40, 'l1d.misses': 0.25 };

export const variants: readonly VariantModel[] = [
  running('tm5800', courseTo(12)),
  running('no-alias', courseTo(9, SLOWER), { mips: 3.5, secondsLeft: 130 }),
  running('efficeon+cms.tcache.sizeKB=8192', courseTo(10, FASTER), {
    ...{ state: 'ended', sentence: 'the guest powered off (ACPI soft off)', mips: Number.NaN },
    secondsLeft: undefined,
  }),
  running('interpreter-only', new Course(), { state: 'waiting', mips: Number.NaN }),
];

export function modelOf(count = 2, more: Partial<CompareModel> = {}): CompareModel {
  const counters = Object.keys(countersAt(1)).map((name) => ({
    ...{ name, unit: 'times', text: `What ${name} counts.` },
  }));
  return {
    guest: 'multiboot kernel pupa.elf',
    variants: variants.slice(0, count),
    counters,
    secondsLeft: 205,
    notice: '',
    over: false,
    ...more,
  };
}

export interface Shape {
  readonly variants?: number;
  readonly state?: Partial<CompareState>;
  readonly model?: Partial<CompareModel>;
  readonly colours?: boolean;
}

export function frame(width: number, height: number, shape: Shape = {}): CompareFrame {
  const { variants: count, state, model, colours } = shape;
  const theme = themeOf(colours ?? true);
  const now = { ...START_COMPARE, ...state };
  return drawCompareFrame(modelOf(count, model), now, theme, width, height);
}

export const text = (width: number, height: number, shape: Shape = {}): string =>
  frame(width, height, shape).grid.lines().join('\n');

/**
 * The lines that `npm run bench` prints of its measurements: medians of the runs of a part on an
 * engine or another emulator, and their speeds relative to the reference interpreter and to v86.
 *
 * Speeds and ratios are of processor time, since a busy computer stretches wall time at will. An
 * emulator that counts no instructions gets those of the reference for the same part; the guest's
 * count differs a little there (timer interrupts, features of the processor).
 */
import type { PartTime, RunResult } from './bench-engines.js';

export interface Row {
  readonly engine: string;
  readonly instructions: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** 0 where there is no host. */
  readonly molecules: number;
  readonly peakMB: number;
  /** Guest MIPS by processor time in the later half. */
  readonly late?: number;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

/** The medians of a part; `length`: its instructions, should the emulator not count them. */
export function rowOf(
  engine: string,
  runs: readonly RunResult[],
  part: number,
  length: number,
): Row | undefined {
  const times = runs.flatMap((run) => run.parts.filter((p) => p.part === part));
  const [first] = times;
  if (first === undefined) return undefined;
  return {
    engine,
    instructions: first.instructions || length,
    wallSeconds: median(times.map((t) => t.wallSeconds)),
    cpuSeconds: median(times.map((t) => t.cpuSeconds)),
    molecules: first.molecules,
    ...lateOf(times),
    peakMB: median(runs.map((run) => run.peakMB)),
  };
}

function lateOf(times: readonly PartTime[]): { readonly late?: number } {
  const speeds = times.flatMap(({ late }) =>
    late === undefined ? [] : [late.instructions / 1e6 / late.cpuSeconds],
  );
  return speeds.length === 0 ? {} : { late: median(speeds) };
}

/** Guest MIPS by processor time. */
export function speed({ instructions, cpuSeconds }: Row): number {
  return instructions / 1e6 / cpuSeconds;
}

const COLUMNS = [
  'M instr.',
  'wall s',
  'cpu s',
  'MIPS/cpu',
  'late',
  'M mol/cpu',
  'x ref.',
  'x v86',
  'peak MB',
] as const;
const WIDTH = 11;
const SUMMARY_WIDTH = 17;

const line = (title: string, cells: readonly string[], width = WIDTH): string =>
  `${title.padEnd(22)}${cells.map((cell) => cell.padStart(width)).join('')}`.trimEnd();

/** Three significant digits, without powers of ten. */
function ratio(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(Math.min(3, value < 0.01 ? 2 : 3));
}

/** A part's rows, the title above them. */
export function partLines(title: string, rows: readonly Row[]): string[] {
  const relative = (row: Row, to: string): string => {
    const other = rows.find(({ engine }) => engine === to);
    return other === undefined ? '' : ratio(speed(row) / speed(other));
  };
  return [
    line(title, COLUMNS),
    ...rows.map((row) =>
      line(`  ${row.engine}`, [
        (row.instructions / 1e6).toFixed(1),
        row.wallSeconds.toFixed(2),
        row.cpuSeconds.toFixed(2),
        speed(row).toFixed(1),
        row.late?.toFixed(1) ?? '',
        row.molecules === 0 ? '' : (row.molecules / 1e6 / row.cpuSeconds).toFixed(1),
        relative(row, 'reference'),
        relative(row, 'v86'),
        row.peakMB.toFixed(0),
      ]),
    ),
  ];
}

export interface PartRows {
  readonly title: string;
  /** It belongs to the guest's way from power-on to its first process. */
  readonly isBoot?: boolean;
  readonly rows: readonly Row[];
}

/** Wall time from power-on to the first process, beside v86's, where parts were run whole. */
export function bootLines(parts: readonly PartRows[]): string[] {
  const wall = new Map<string, number>();
  for (const { rows } of parts.filter(({ isBoot }) => isBoot))
    for (const { engine, wallSeconds } of rows)
      wall.set(engine, (wall.get(engine) ?? 0) + wallSeconds);
  const other = wall.get('v86');
  return [...wall].map(([engine, seconds]) => {
    const times = other === undefined ? '' : `, ${ratio(seconds / other)} times v86's`;
    return `from power-on to the shell, ${engine}: ${seconds.toFixed(2)} s of wall time${times}`;
  });
}

const LATE = ' late';

/** Speeds relative to the reference and to v86, a line for a part; the whole in few lines. */
export function summaryLines(parts: readonly PartRows[], engines: readonly string[]): string[] {
  const bases = ['reference', 'v86'].filter((name) => engines.includes(name));
  const columns = engines.flatMap((name) => (isTimedLate(name) ? [name, name + LATE] : [name]));
  return bases.flatMap((base) => [
    '',
    line(`times ${base}`, columns, SUMMARY_WIDTH),
    ...parts.map(({ title, rows }) => {
      const below = rows.find(({ engine }) => engine === base);
      const cells = columns.map((column) => {
        const value = speedIn(rows, column);
        return value === undefined || below === undefined ? '-' : ratio(value / speed(below));
      });
      return line(title, cells, SUMMARY_WIDTH);
    }),
  ]);
}

const isTimedLate = (engine: string): boolean => engine === 'wasm' || engine === 'functional';

/** The speed of a column, which is an engine's or that of its later half. */
function speedIn(rows: readonly Row[], column: string): number | undefined {
  const row = rows.find(({ engine }) => engine === column.replace(LATE, ''));
  if (row === undefined) return undefined;
  return column.endsWith(LATE) ? row.late : speed(row);
}

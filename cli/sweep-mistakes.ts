/**
 * What is wrong with the points of a sweep, told at once and where the sweep file says it: a mistake in the
 * value of a key is one of the axis, the workload or the section `set` that states it, however many points
 * share it. What the file does not state (a preset, an option of the command line) is told with a point.
 */
import { ConfigError } from '../base/errors.js';
import type { KeyPath } from '../sim/config/layer.js';
import type { Combination } from '../sim/sweep/expand.js';
import { pointLabel } from '../sim/sweep/expand.js';
import type { ReadSweep } from '../sim/sweep/sweep-file.js';

const MOST_LINES = 20;

export class SweepMistakes {
  /** Sentence by what tells it from others. */
  private readonly lines = new Map<string, string>();

  /** `given`: what the command line sets for every point, and which the file does not state. */
  constructor(
    private readonly read: ReadSweep,
    private readonly given: readonly string[],
  ) {}

  /** Notes a mistake of the configuration; anything else is no matter of the sweep file. */
  note(error: unknown, point: Combination): void {
    if (!(error instanceof ConfigError)) throw error;
    for (const line of error.message.split('\n')) {
      const placed = this.placed(line, point) ?? line;
      const text =
        placed === line ? `point ${pointLabel(point.at, point.workload)}: ${line}` : placed;
      if (!this.lines.has(placed)) this.lines.set(placed, text);
    }
  }

  /** One error of all that was noted. */
  throwAny(): void {
    const lines = [...this.lines.values()];
    if (lines.length === 0) return;
    const more = lines.length - MOST_LINES;
    const rest = more > 0 ? [`and ${more} more mistakes`] : [];
    throw new ConfigError([...lines.slice(0, MOST_LINES), ...rest].join('\n'));
  }

  private placed(line: string, point: Combination): string | undefined {
    const [, key, sentence] = /^--set: ([\w.[\]]+): (.*)$/.exec(line) ?? [];
    if (key === undefined || sentence === undefined) return undefined;
    if (this.given.some((one) => covers(one.split('=')[0] as string, key))) return undefined;
    const place = this.places(point).find(({ states }) => covers(states, key));
    if (!place) return undefined;
    const words = place.states === key ? sentence : `${key}: ${sentence}`;
    return this.read.complain(place.path, words).message;
  }

  /** Where the sweep file states keys for a point: what applies last comes first. */
  private places({ at, workload }: Combination): { states: string; path: KeyPath }[] {
    const { axes, workloads, set } = this.read.sweep;
    const inSection = (keys: object | undefined, path: KeyPath) =>
      Object.keys(keys ?? {}).map((states) => ({ states, path: [...path, 'set', states] }));
    const ofAxes = Object.entries(axes).flatMap(([name, axis]) => {
      const value = at[name] ?? null;
      if (Array.isArray(axis)) return [{ states: name, path: ['axes', name, axis.indexOf(value)] }];
      const level = (axis as Readonly<Record<string, { set?: object } | undefined>>)[String(value)];
      if (typeof level !== 'object') return [{ states: name, path: ['axes', name] }];
      return inSection(level.set, ['axes', name, String(value)]);
    });
    const list = typeof workloads === 'string' ? [] : (workloads ?? []);
    const index = list.findIndex(({ name }) => name === workload);
    const ofWorkload = inSection(list[index]?.set, ['workloads', index]);
    return [...ofAxes.reverse(), ...ofWorkload, ...inSection(set, [])];
  }
}

/** What is stated decides the key: it is the same, a part of it, or what the part is in. */
function covers(states: string, key: string): boolean {
  const within = (outer: string, inner: string): boolean =>
    inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
  return within(states, key) || within(key, states);
}

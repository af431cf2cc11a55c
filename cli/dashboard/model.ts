/** What the dashboard shows: plain data and look-ups, gathered between slices; drawing reads nothing else. */
import type { Explanation } from '../../sim/explain/explanation.js';
import type { MoleculeText, TraceEntry, TranslationLine } from '../../sim/watch/machine-watch.js';
import type { ConsoleScreen } from './console-screen.js';
import type { Sample, Samples } from './samples.js';

export interface Model {
  /** Of the configuration. */
  readonly name: string;
  /** One line: what was booted. */
  readonly guest: string;
  readonly clockMHz: number;
  readonly samples: Samples;
  /** Instructions at which the run ends at the latest. */
  readonly limit: number | undefined;
  readonly console: ConsoleScreen;
  /** Lines of the text screen; undefined in a graphics mode. */
  readonly textScreen: readonly string[] | undefined;
  /** Undefined where the golden interpreter runs alone. */
  readonly host: HostModel | undefined;
  /** A sentence for a few seconds. */
  readonly notice: string;
  /** Why the run ended. */
  readonly ended: string | undefined;
  /** The compare view's first moment. */
  readonly mark: Sample | undefined;
  /** The translation that is looked into. */
  readonly explanation: Explanation | undefined;
}

export interface HostModel {
  readonly units: readonly string[];
  readonly tcacheBytes: number;
  readonly hottest: readonly TranslationLine[];
  /** What was recorded; `current`: the entry that the user has stepped to. */
  readonly trace: readonly TraceEntry[];
  readonly current: number;
  readonly moleculeAt: (hostPc: number) => MoleculeText | undefined;
}

/** Translations that hold the filter's text. */
export function filteredHottest(
  lines: readonly TranslationLine[],
  filter: string,
): readonly TranslationLine[] {
  if (filter === '') return lines;
  const wanted = filter.toLowerCase();
  return lines.filter((line) => translationName(line).includes(wanted));
}

/** What a filter of translations looks at. */
function translationName({ gear, entryEip, user, state }: TranslationLine): string {
  return `${gear} 0x${entryEip.toString(16).padStart(8, '0')} ${user ? 'user' : 'kernel'} ${state}`;
}

/** A comparison as one versioned object. */
import type { Comparison } from '../sim/compare/comparison.js';
import type { Violation } from '../sim/compare/tolerance.js';
import { changeWords, notes } from '../sim/compare/words.js';
import { packageVersion } from './package-info.js';

export const compareSchema = 'chrysalis/compare/1';

export function comparisonJson(
  comparison: Comparison,
  violations: readonly Violation[],
  folders: readonly string[],
): Record<string, unknown> {
  const [first] = comparison.variants;
  return {
    schema: compareSchema,
    version: packageVersion(),
    guest: first?.record.guest,
    alignedAt: comparison.alignedAt,
    variants: comparison.variants.map((variant, i) => ({
      label: variant.label,
      folder: folders[i],
      resultHash: variant.record.resultHash,
      partial: variant.record.partial,
      instructions: variant.figures.instructions,
      cycles: variant.figures.cycles,
      ipc: variant.figures.ipc,
      cpi: variant.figures.cpi,
      cyclesPercent: variant.cyclesPercent,
      changedKeys: variant.changed,
      ...(variant === first
        ? {}
        : {
            slots: variant.slots,
            counters: variant.counters,
            words: `${variant.label} ${changeWords(first as typeof variant, variant)}`,
            notExercised: variant.notExercised,
          }),
    })),
    equal: comparison.equal,
    otherConsole: comparison.otherConsole,
    notes: notes(comparison),
    violations,
  };
}

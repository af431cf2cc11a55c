/**
 * One hash for all that a run computed: what the guest can see, what it printed, how long it took and
 * all that was counted. Two runs of the same configuration and code agree in it, on every machine,
 * with or without a screen, however they were cut into slices; `replay` compares it.
 */
import { createHash } from 'node:crypto';
import type { Statistic } from '../machine-api.js';

/** What they count happens at the end of a slice as well, and slices follow the terminal. */
export const COUNT_SLICES: ReadonlySet<string> = new Set(['hostExit.event', 'resumptions']);

export interface HashedResult {
  readonly instructions: number;
  readonly cycles: number;
  readonly idleCycles: number;
  readonly stateHash: string;
  readonly statistics: readonly Statistic[];
  readonly consoleHash: string;
}

export function resultHash(result: HashedResult): string {
  const counted = comparable(result.statistics).map(({ name, value }) => [name, value]);
  const { instructions, cycles, idleCycles, stateHash, consoleHash } = result;
  const text = JSON.stringify([instructions, cycles, idleCycles, stateHash, consoleHash, counted]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The statistics that do not depend on slices. */
export function comparable(statistics: readonly Statistic[]): readonly Statistic[] {
  return statistics.filter(({ name }) => !COUNT_SLICES.has(name));
}

export function consoleHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

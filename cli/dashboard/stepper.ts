/**
 * Single stepping: a cursor in what was recorded. The machine itself can only stand where the guest's
 * state is complete (at a commit, or behind an interpreted instruction); molecules in between were run,
 * recorded, and are looked at one by one. Where the record ends the machine runs on, as little as it can.
 */
import type { MachineWatch, TraceEntry } from '../../sim/watch/machine-watch.js';
import type { Step } from './ui-state.js';

/** Slices of a step before it is given up, and the instructions of the longest of them. */
const MOST_SLICES = 400;
const LONGEST_SLICE = 100_000;
/** A translation of a loop is run so often at once while another one is looked for. */
const DOUBLES_AFTER = 8;

export class TraceCursor {
  /** Entries since the recording began that have been shown; the last one is the current. */
  private shown = 0;
  private step: Step | undefined;
  private slices = 0;
  /** The translation that a step leaves. */
  private from: number | undefined;

  constructor(private readonly watch: MachineWatch) {}

  /** The user stands at the end of what was recorded. */
  toEnd(): void {
    const { entries, dropped } = this.watch.trace();
    this.shown = dropped + entries.length;
  }

  /** Index of the current entry in the trace. */
  get current(): number {
    return this.shown - 1 - this.watch.trace().dropped;
  }

  begin(step: Step): void {
    this.step = step;
    this.slices = 0;
    this.from = this.ownerAt(this.watch.trace().entries[this.current]);
  }

  /** Instructions that the machine should run on by; 0: the step is done, or given up. */
  advance(): number {
    if (this.step === undefined) return 0;
    if (this.find(this.step) || this.slices >= MOST_SLICES) {
      this.step = undefined;
      return 0;
    }
    const doubled = Math.max(0, this.slices++ - DOUBLES_AFTER);
    return Math.min(LONGEST_SLICE, 2 ** Math.min(doubled, 20));
  }

  get wasGivenUp(): boolean {
    return this.slices >= MOST_SLICES;
  }

  /** Moves to the entry that ends the step, or behind all of them. */
  private find(step: Step): boolean {
    const { entries, dropped } = this.watch.trace();
    for (let i = Math.max(0, this.shown - dropped); i < entries.length; i++) {
      this.shown = dropped + i + 1;
      if (this.ends(step, entries[i])) return true;
    }
    this.shown = dropped + entries.length;
    return false;
  }

  private ends(step: Step, entry: TraceEntry): boolean {
    switch (step) {
      case 'molecule':
        return entry.kind !== 'commit';
      case 'instruction':
        return entry.kind === 'interpreted' || (entry.kind === 'commit' && entry.instructions > 0);
      case 'translation': {
        const owner = this.ownerAt(entry);
        return owner !== undefined && owner !== this.from;
      }
      default:
        return step satisfies never;
    }
  }

  private ownerAt(entry: TraceEntry | undefined): number | undefined {
    if (entry?.kind !== 'molecule') return undefined;
    return this.watch.moleculeAt(entry.hostPc)?.owner?.id;
  }
}

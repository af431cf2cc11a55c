/** Somebody who watches a run between its slices, and may hold it up: what the session asks of it, and gives it. */
import type { RunEnd } from './run-session.js';

/** A slice that differs from the usual one. */
export interface SliceWish {
  readonly sliceInstructions: number;
}

export interface RunControl {
  /** Typed at the guest's console. */
  type(bytes: Uint8Array): void;
  finish(end: RunEnd): void;
}

export interface RunWatcher {
  /** Called once, before the first slice. */
  attach(control: RunControl): void;
  /** Resolves when the next slice may run. */
  beforeSlice(): Promise<SliceWish | undefined>;
  afterSlice(): void;
  /** The run has ended; resolves when the watcher has seen enough (`linger` false: at once). */
  over(sentence: string, linger: boolean): Promise<void>;
  /** The run is to end: nothing may be held up any more. */
  leave(): void;
  close(): void;
}

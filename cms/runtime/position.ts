/**
 * Where the guest stands between two rounds of the dispatcher. It outlives slices: a run that is cut
 * and continued does, and pays for, the same as one that is not.
 *
 *   head        a translation may begin here: look for one
 *   inside      in straight-line code that is being interpreted
 *   left        translated code has left behind a commit and can go on at `hostPc`
 *   recovering  a translation was rolled back; its instructions are interpreted
 *
 * Whatever happens to the guest behind the dispatcher's back (an interrupt, a single step, memory
 * written by a bus master) makes a head of it: `disturb`.
 */
import type { HostExit } from '../../hw/core/exits.js';
import type { TcacheEntry, TcacheExit } from '../tcache/tcache-entry.js';

export type PositionKind = 'head' | 'inside' | 'left' | 'recovering';

export class Position {
  kind: PositionKind = 'head';
  /** head: the exit by which a translation came here, to be linked with what is found. */
  from: TcacheExit | undefined;
  /** head: the look-up routine came here, having missed. */
  fromRoutine = false;
  /** inside: look for a translation again behind the next instruction. */
  once = false;
  /** left: where to go on, and whether the interpreter has changed registers since. */
  hostPc = 0;
  interpreted = false;
  /** recovering: what was rolled back and why, instructions left of it, and what the interpreter met. */
  culprit: TcacheEntry | undefined;
  cause: HostExit = 'trap';
  causeIndex = 0;
  budget = 0;
  /** Eip of the instruction that faulted; that accessed I/O; that stored to the culprit's own bytes; -1: none did. */
  faultEip = -1;
  ioEip = -1;
  ownStoreEip = -1;

  head(from?: TcacheExit): void {
    this.kind = 'head';
    this.from = from;
    this.fromRoutine = false;
  }

  headFromRoutine(): void {
    this.head();
    this.fromRoutine = true;
  }

  inside(once = false): void {
    this.kind = 'inside';
    this.once = once;
  }

  left(hostPc: number, interpreted: boolean): void {
    this.kind = 'left';
    this.hostPc = hostPc;
    this.interpreted = interpreted;
  }

  recover(culprit: TcacheEntry, cause: HostExit, causeIndex: number): void {
    this.kind = 'recovering';
    this.culprit = culprit;
    this.cause = cause;
    this.causeIndex = causeIndex;
    this.budget = culprit.region.instructions.length;
    this.faultEip = -1;
    this.ioEip = -1;
    this.ownStoreEip = -1;
  }

  disturb(): void {
    this.culprit = undefined;
    this.head();
  }
}

/**
 * The guest's mode as far as a translation depends on it: the same bytes mean another translation
 * in another mode (numbers: Crusoe keeps two for user and kernel). What is not in here is either
 * looked at when the translation runs (segment bases, stack contents) or ends a translation.
 */

/** How a translation treats accesses through one segment. */
export type SegmentUse =
  /** Any offset passes; writable tells whether stores do too. */
  | { readonly kind: 'whole'; readonly writable: boolean; readonly zeroBase: boolean }
  /** Expand-up with a limit: each access compares with the limit in the state block. */
  | { readonly kind: 'limited'; readonly writable: boolean; readonly zeroBase: boolean }
  /** Anything else: instructions that use it are interpreted. */
  | { readonly kind: 'refused' };

export interface Context {
  /** Small number that names this mode in the indirect-target table; given by the runtime. */
  readonly id: number;
  readonly code32: boolean;
  readonly stack32: boolean;
  /** Privilege level 3: whose accesses the page tables check. */
  readonly user: boolean;
  /** Privilege level 0, real mode too: privileged instructions do not fault. */
  readonly level0: boolean;
  /** linear = eip + csBase */
  readonly csBase: number;
  /** 0xffff or 0xffffffff: last eip inside the code segment. */
  readonly csLimit: number;
  /** ES CS SS DS FS GS */
  readonly segments: readonly SegmentUse[];
}

/** Spreads the addresses of all contexts over 32 bits: who keeps a hash table of them takes the low ones. */
export function addressHash(eip: number, contextId: number): number {
  const hash = Math.imul(eip ^ Math.imul(contextId, 0x9e3779b1), 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

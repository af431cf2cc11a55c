/** Moving a value as it is: nothing is looked at, nothing is raised. */
import type { F80Unit } from '../../base/f80/index.js';

/** Leaves in the unit what an operation leaves that delivers these bits. */
export function moveBits(u: F80Unit, se: number, hi: number, lo: number): void {
  u.flags = 0;
  u.roundedUp = false;
  u.stored = true;
  u.se = se;
  u.hi = hi;
  u.lo = lo;
}

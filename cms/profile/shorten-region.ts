/**
 * A region cut short, for the ladder of retranslation and for regions that the backend refuses. A
 * branch whose side was to become selects stays a branch where its side or the place behind it is
 * cut off.
 */
import type { GuestRegion, RegionEnd } from '../region.js';

/** The first `count` instructions (at least one) of a region, or a few less. */
export function shortenRegion(region: GuestRegion, count: number, end: RegionEnd): GuestRegion {
  const { instructions } = region;
  const cut = instructions.findIndex(
    ({ ifConverted }, i) => ifConverted > 0 && i < count && i + ifConverted >= count - 1,
  );
  if (cut < 0) return { ...region, instructions: instructions.slice(0, count), end, unrolled: 1 };
  const branch = { ...instructions[cut], ifConverted: 0 };
  return { ...region, instructions: [...instructions.slice(0, cut), branch], end, unrolled: 1 };
}

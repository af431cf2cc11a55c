/**
 * The bytes that a region was made from, as stretches inside one physical page each, without
 * duplicates: an unrolled loop has its instructions several times.
 */
import type { RegionInstruction } from '../region.js';
import type { SourceRange } from './translation.js';

const PAGE_BYTES = 4096;

export function sourceRanges(instructions: readonly RegionInstruction[]): readonly SourceRange[] {
  const pieces: SourceRange[] = [];
  let inOrder = true;
  let end = 0;
  for (const instruction of instructions) {
    for (const piece of sourcePieces(instruction)) {
      inOrder &&= piece.physical >= end;
      end = piece.physical + piece.bytes.length;
      pieces.push(piece);
    }
  }
  return joined(inOrder ? pieces : sorted(pieces));
}

/** Each piece once, by address. */
function sorted(pieces: readonly SourceRange[]): readonly SourceRange[] {
  const longest = new Map<number, SourceRange>();
  for (const piece of pieces) {
    const known = longest.get(piece.physical);
    if (known === undefined || known.bytes.length < piece.bytes.length)
      longest.set(piece.physical, piece);
  }
  return [...longest.values()].sort((a, b) => a.physical - b.physical);
}

/** An instruction that crosses into another page has two pieces. */
export function sourcePieces({
  physical,
  bytes,
  tailPhysicalPage,
}: RegionInstruction): SourceRange[] {
  const first = physical >>> 0;
  if (tailPhysicalPage === -1) return [{ physical: first, bytes }];
  const head = PAGE_BYTES - (first % PAGE_BYTES);
  return [
    { physical: first, bytes: bytes.subarray(0, head) },
    { physical: tailPhysicalPage >>> 0, bytes: bytes.subarray(head) },
  ];
}

/** Neighbours and overlapping pieces, in order of address, become one; but nothing crosses a page. */
function joined(pieces: readonly SourceRange[]): readonly SourceRange[] {
  const ranges: SourceRange[] = [];
  for (let first = 0; first < pieces.length; ) {
    const { physical } = pieces[first];
    let end = physical;
    let next = first;
    for (; next < pieces.length; next++) {
      const piece = pieces[next];
      if (next > first && (piece.physical > end || !samePage(piece.physical, physical))) break;
      end = Math.max(end, piece.physical + piece.bytes.length);
    }
    const bytes = new Uint8Array(end - physical);
    // A call to copy a few bytes would take longer. Where pieces overlap the first one counts.
    for (let at = 0; first < next; first++) {
      const piece = pieces[first];
      for (let i = at - (piece.physical - physical); i < piece.bytes.length; i++)
        bytes[at++] = piece.bytes[i];
    }
    ranges.push({ physical, bytes });
  }
  return ranges;
}

const samePage = (a: number, b: number): boolean => a >>> 12 === b >>> 12;

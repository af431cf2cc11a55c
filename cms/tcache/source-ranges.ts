/**
 * The bytes that a region was made from, as stretches inside one physical page each, without
 * duplicates: an unrolled loop has its instructions several times.
 */
import type { RegionInstruction } from '../region.js';
import type { SourceRange } from './translation.js';

const PAGE_BYTES = 4096;

export function sourceRanges(instructions: readonly RegionInstruction[]): readonly SourceRange[] {
  const pieces = new Map<number, Uint8Array>();
  for (const instruction of instructions) {
    for (const piece of sourcePieces(instruction)) {
      const known = pieces.get(piece.physical);
      if (known === undefined || known.length < piece.bytes.length)
        pieces.set(piece.physical, piece.bytes);
    }
  }
  const inOrder = [...pieces].sort(([a], [b]) => a - b);
  return joined(inOrder.map(([physical, bytes]) => ({ physical, bytes })));
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

/** Neighbours and overlapping pieces become one, but nothing crosses a page. */
function joined(pieces: readonly SourceRange[]): readonly SourceRange[] {
  const ranges: { physical: number; bytes: number[] }[] = [];
  for (const { physical, bytes } of pieces) {
    const last = ranges[ranges.length - 1];
    const touches =
      last !== undefined &&
      physical <= last.physical + last.bytes.length &&
      physical >>> 12 === last.physical >>> 12;
    if (!touches) ranges.push({ physical, bytes: [...bytes] });
    else last.bytes.push(...bytes.subarray(last.physical + last.bytes.length - physical));
  }
  return ranges.map(({ physical, bytes }) => ({ physical, bytes: Uint8Array.from(bytes) }));
}

/**
 * The stage on which a case is played, the same natively and on the interpreter: linear addresses
 * and descriptors. The native harness gets the addresses as compiler definitions and the LDT in
 * its input, so that this file is their only home.
 */
const PAGE = 4096;

/** Pages 0-2 are writable, page 3 is read-only; before and behind nothing is mapped. */
export const ARENA = 0x2000_0000;
export const ARENA_BYTES = 4 * PAGE;
export const ARENA_WRITABLE = 3 * PAGE;
/** Two pages, readable, writable and executable, filled with FILL; nothing mapped around them. */
export const CODE = 0x1000_0000;
export const CODE_BYTES = 2 * PAGE;
/** nop: what stands behind the instruction under test. */
export const FILL = 0x90;

/** Flat user segments of a 64-bit Linux's GDT: code and data for 32-bit programs. */
export const FLAT_CODE = 0x23;
export const FLAT_DATA = 0x2b;

export interface Descriptor {
  readonly base: number;
  /** 20 bits, in pages where `pages`. */
  readonly limit: number;
  readonly big: boolean;
  /** As modify_ldt(2) names it. */
  readonly kind: 'data' | 'expand-down' | 'code';
  /** Writable data or readable code. */
  readonly open: boolean;
  readonly pages: boolean;
  readonly present: boolean;
}

const descriptor = (base: number, limit: number, more: Partial<Descriptor>): Descriptor => ({
  base,
  limit,
  big: true,
  kind: 'data',
  open: true,
  pages: false,
  present: true,
  ...more,
});

/** Entry i has selector 8 * i + 7. (Linux admits conforming code only if not present.) */
export const LDT: readonly Descriptor[] = [
  descriptor(CODE, 0xffff, { kind: 'code', big: false }), // 07: 16-bit code
  descriptor(ARENA, 0x3fff, { big: false }), // 0f: 16-bit data and stack
  descriptor(ARENA, 0x2fff, {}), // 17: data with a limit inside the arena
  descriptor(ARENA, 0x0fff, { kind: 'expand-down' }), // 1f
  descriptor(ARENA, 0x3fff, { open: false }), // 27: read-only data
  descriptor(ARENA, 0x07ff, { kind: 'expand-down', big: false }), // 2f
  descriptor(0, 0xfffff, { kind: 'code', open: false, pages: true }), // 37: flat, execute-only
  descriptor(CODE, 0x1fff, { kind: 'code' }), // 3f: 32-bit code with base and limit
  descriptor(ARENA, 0x3fff, { present: false }), // 47
  descriptor(ARENA, 0x07ff, {}), // 4f: small data
  descriptor(0, 0xfffff, { pages: true }), // 57: flat data
  descriptor(CODE, 0x1fff, { kind: 'code', present: false }), // 5f
];

export const FLAT_DESCRIPTORS: ReadonlyMap<number, Descriptor> = new Map([
  [FLAT_CODE, descriptor(0, 0xfffff, { kind: 'code', pages: true })],
  [FLAT_DATA, descriptor(0, 0xfffff, { pages: true })],
]);

export const ldtSelector = (index: number): number => 8 * index + 7;

/** Segment registers before a case: es cs ss ds fs gs. */
export type Segments = readonly [number, number, number, number, number, number];

/** The combinations that cases start with; the fixtures name them by number, so only append. */
export const SEGMENT_SETS: readonly Segments[] = [
  [0x2b, 0x23, 0x2b, 0x2b, 0x2b, 0x2b], // 0: flat 32-bit
  [0x0f, 0x07, 0x0f, 0x0f, 0x0f, 0x0f], // 1: 16-bit code, data and stack
  [0x17, 0x23, 0x17, 0x17, 0x17, 0x17], // 2: flat code, data with base and limit
  [0x1f, 0x23, 0x2b, 0x1f, 0x1f, 0x1f], // 3: expand-down data
  [0x27, 0x23, 0x2b, 0x27, 0x27, 0x27], // 4: read-only data
  [0x2b, 0x3f, 0x2b, 0x2b, 0x17, 0x57], // 5: 32-bit code with base and limit
  [0x2b, 0x23, 0x0f, 0x2b, 0x2b, 0x2b], // 6: flat 32-bit with a 16-bit stack
  [0x17, 0x07, 0x17, 0x17, 0x17, 0x17], // 7: 16-bit code with 32-bit data and stack
  [0x00, 0x23, 0x2b, 0x00, 0x00, 0x00], // 8: null selectors
  [0x2f, 0x23, 0x1f, 0x2f, 0x4f, 0x57], // 9: expand-down 16-bit data, expand-down stack
  [0x2b, 0x37, 0x2b, 0x2b, 0x2b, 0x2b], // 10: execute-only code
];

/** Descriptor that a selector of the stage names. */
export function descriptorOf(selector: number): Descriptor | undefined {
  if ((selector & 4) === 0) return FLAT_DESCRIPTORS.get(selector);
  return LDT[selector >> 3];
}

/** Linear base of a segment (0 where the selector names none). */
export const segmentBase = (selector: number): number => descriptorOf(selector)?.base ?? 0;

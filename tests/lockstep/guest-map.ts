/**
 * The memory of the machines that random programs run on: 1 MB of RAM with descriptor and page tables,
 * fault and interrupt handlers, data, stack and code. What programs reach with 16-bit addresses
 * lies below 64 KB. With paging some linear pages are special:
 *
 *   DEMAND     not present until the page-fault handler enters it
 *   READ_ONLY  writable for user and kernel only once the handler has made it so
 *   IO_ALIAS   memory-mapped I/O;  DATA_ALIAS, CODE_ALIAS: the first page of data and of code again
 *   FLIP       one of two physical pages with different code; an `int` changes between them
 */
export const RAM_BYTES = 0x10_0000;

export const DATA = 0x8000;
export const DEMAND = 0xa000;
export const READ_ONLY = 0xb000;
export const STACK_TOP = 0xd000;
export const IO_ALIAS = 0xe000;
export const DATA_ALIAS = 0xf000;
/** All of RAM again, in a big page. */
export const BIG_ALIAS = 0x40_0000;
export const CODE = 0x1_0000;
export const CODE_END = 0x1_4000;
export const CODE_ALIAS = 0x1_4000;
export const FLIP = 0x1_6000;
/** The other physical page behind FLIP. */
export const FLIP_OTHER = 0x1_7000;

export const GDT = 0x4_0000;
export const IDT = 0x4_0800;
export const TSS = 0x4_1000;
export const PAGE_DIRECTORY = 0x4_2000;
export const PAGE_TABLE = 0x4_3000;
export const KERNEL_STACK_TOP = 0x4_5000;
export const HANDLERS = 0x4_6000;
/** Words that programs and handlers share. */
export const RECOVER = 0x4_7000;
export const SAVED_ESP = 0x4_7004;
export const FAULTS = 0x4_7008;
export const TICKS = 0x4_700c;
export const PROGRAM_CS = 0x4_7010;
export const FAULT_LIMIT = 0x4_7014;

export const IO = 0xa_0000;
export const IO_PORT = 0x50;

/** Base of the 16-bit code segments of `far16` items. */
export const FAR16_BASE = CODE;
export const BASED_DATA = 0x4000;

/** Selectors. */
export const KERNEL_CODE = 0x08;
export const KERNEL_DATA = 0x10;
export const USER_CODE = 0x1b;
export const USER_DATA = 0x23;
export const TSS_SELECTOR = 0x28;
export const KERNEL_CODE_16 = 0x30;
export const USER_CODE_16 = 0x3b;
export const DATA_BASED = 0x43;
export const DATA_PAGE = 0x4b;
export const KERNEL_STACK_16 = 0x50;
export const USER_STACK_16 = 0x5b;
export const KERNEL_FAR_16 = 0x60;
export const USER_FAR_16 = 0x6b;
export const DATA_READ_ONLY = 0x73;
export const DATA_DOWN = 0x7b;
export const DATA_LIMITED = 0x83;

export interface SegmentDescriptor {
  readonly base: number;
  /** In bytes. */
  readonly limit: number;
  /** As in SEG_ATTR. */
  readonly attributes: number;
}

const FLAT = -1;
const segment = (base: number, limit: number, attributes: number): SegmentDescriptor => ({
  base,
  limit,
  attributes,
});

/** By selector without its privilege bits. */
export const SEGMENTS: ReadonlyMap<number, SegmentDescriptor> = new Map([
  [KERNEL_CODE, segment(0, FLAT, 0xc09b)],
  [KERNEL_DATA, segment(0, FLAT, 0xc093)],
  [USER_CODE & ~3, segment(0, FLAT, 0xc0fb)],
  [USER_DATA & ~3, segment(0, FLAT, 0xc0f3)],
  [TSS_SELECTOR, segment(TSS, 0x67, 0x008b)],
  [KERNEL_CODE_16, segment(0, FLAT, 0x809b)],
  [USER_CODE_16 & ~3, segment(0, FLAT, 0x80fb)],
  [DATA_BASED & ~3, segment(BASED_DATA, FLAT, 0xc0f3)],
  [DATA_PAGE & ~3, segment(DATA, 0xfff, 0x40f3)],
  [KERNEL_STACK_16, segment(0, FLAT, 0x8093)],
  [USER_STACK_16 & ~3, segment(0, FLAT, 0x80f3)],
  [KERNEL_FAR_16, segment(FAR16_BASE, 0xffff, 0x009b)],
  [USER_FAR_16 & ~3, segment(FAR16_BASE, 0xffff, 0x00fb)],
  [DATA_READ_ONLY & ~3, segment(0, FLAT, 0xc0f1)],
  [DATA_DOWN & ~3, segment(DATA, 0x7ff, 0x40f7)],
  [DATA_LIMITED & ~3, segment(0, 0xbfff, 0x40f3)],
]);

/** The eight bytes of a descriptor, as two words. */
export function descriptorWords({ base, limit, attributes }: SegmentDescriptor): [number, number] {
  const field = attributes & 0x8000 ? limit >>> 12 : limit;
  const low = (field & 0xffff) | (base << 16);
  const high =
    ((base >>> 16) & 0xff) |
    ((attributes & 0xff) << 8) |
    (field & 0xf0000) |
    ((attributes & 0xf000) << 8) |
    (base & 0xff000000);
  return [low, high];
}

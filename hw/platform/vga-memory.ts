/**
 * The four 64 KB planes of a VGA behind the window 0xa0000-0xbffff: write modes 0-3, read modes 0
 * and 1, odd/even and chain-4 addressing, with the latches.
 *
 * Source: IBM VGA technical reference, "Video memory" and the sequencer and graphics controller
 * registers. The planes are interleaved: byte 4 * offset + plane, so that the latches are one word.
 * In chain-4 the plane offset keeps its upper address bits (A15-A2), as on the IBM part. Accesses
 * wider than a byte count as bytes in ascending order.
 */
import type { MmioHandlers, Width } from './device.js';

const WINDOW = 0xa0000;
/** First address and size by graphics register 6 bits 3-2. */
const MAPS = [
  { first: 0, size: 0x20000 },
  { first: 0, size: 0x10000 },
  { first: 0x10000, size: 0x8000 },
  { first: 0x18000, size: 0x8000 },
];

/** Sequencer registers. */
const SEQ_MAP_MASK = 2;
const SEQ_MODE = 4;
/** Graphics controller registers. */
const GFX_SET_RESET = 0;
const GFX_ENABLE_SET_RESET = 1;
const GFX_COMPARE = 2;
const GFX_ROTATE = 3;
const GFX_READ_MAP = 4;
const GFX_MODE = 5;
const GFX_MISC = 6;
const GFX_DONT_CARE = 7;
const GFX_BIT_MASK = 8;

/** Each bit of a plane mask as a byte of ones. */
const PLANE_BYTES = Uint32Array.from({ length: 16 }, (_, mask) =>
  [0, 1, 2, 3].reduce((word, p) => (mask & (1 << p) ? word | (0xff << (8 * p)) : word), 0),
);

export class VgaMemory implements MmioHandlers {
  readonly bytes = new Uint8Array(0x40000);
  /** The latched byte of each plane. */
  latches = 0;
  private readonly words = new Uint32Array(this.bytes.buffer);

  constructor(
    private readonly sequencer: Uint8Array,
    private readonly graphics: Uint8Array,
    /** Miscellaneous output bit 1: the processor may reach the memory. */
    private readonly enabled: () => boolean,
  ) {}

  read(address: number, width: Width): number {
    let value = 0;
    for (let i = 0; i < width; i++) value |= this.readByte(address + i) << (8 * i);
    return value >>> 0;
  }

  write(address: number, value: number, width: Width): void {
    for (let i = 0; i < width; i++) this.writeByte(address + i, (value >>> (8 * i)) & 0xff);
  }

  /** A byte of a plane, for whoever shows the screen. */
  plane(plane: number, offset: number): number {
    return this.bytes[((offset & 0xffff) << 2) | plane];
  }

  private get chain4(): boolean {
    return (this.sequencer[SEQ_MODE] & 0x08) !== 0;
  }

  /** Sequencer bit 2 clear: even addresses reach planes 0 and 2, odd ones 1 and 3. */
  private get oddEven(): boolean {
    return (this.sequencer[SEQ_MODE] & 0x04) === 0;
  }

  /** Address within the mapped window, or -1. */
  private inWindow(address: number): number {
    if (!this.enabled()) return -1;
    const map = MAPS[(this.graphics[GFX_MISC] >>> 2) & 3];
    const at = address - WINDOW - map.first;
    return at >= 0 && at < map.size ? at & 0xffff : -1;
  }

  private offsetOf(at: number): number {
    if (this.chain4) return at & ~3;
    return this.oddEven ? at & ~1 : at;
  }

  private readByte(address: number): number {
    const at = this.inWindow(address);
    if (at < 0) return 0xff;
    const { graphics } = this;
    const offset = this.offsetOf(at);
    this.latches = this.words[offset];
    if (this.chain4) return this.plane(at & 3, offset);
    if (graphics[GFX_MODE] & 0x08) return this.compare();
    let plane = graphics[GFX_READ_MAP] & 3;
    if (graphics[GFX_MODE] & 0x10) plane = (plane & 2) | (at & 1);
    return this.plane(plane, offset);
  }

  /** Read mode 1: a one for each pixel that has the compared colour in the planes that count. */
  private compare(): number {
    const care = PLANE_BYTES[this.graphics[GFX_DONT_CARE] & 0xf];
    const differs = (this.latches ^ PLANE_BYTES[this.graphics[GFX_COMPARE] & 0xf]) & care;
    return ~(differs | (differs >>> 8) | (differs >>> 16) | (differs >>> 24)) & 0xff;
  }

  private writeByte(address: number, value: number): void {
    const at = this.inWindow(address);
    if (at < 0) return;
    const offset = this.offsetOf(at);
    let planes = this.sequencer[SEQ_MAP_MASK] & 0xf;
    if (this.chain4) planes &= 1 << (at & 3);
    else if (this.oddEven) planes &= at & 1 ? 0b1010 : 0b0101;
    const mask = PLANE_BYTES[planes];
    this.words[offset] = (this.words[offset] & ~mask) | (this.pixels(value) & mask);
  }

  /** What a byte written means for all four planes. */
  private pixels(value: number): number {
    const { graphics } = this;
    const mode = graphics[GFX_MODE] & 3;
    if (mode === 1) return this.latches;
    const setReset = PLANE_BYTES[graphics[GFX_SET_RESET] & 0xf];
    const rotated = rotate(value, graphics[GFX_ROTATE] & 7);
    const operation = (graphics[GFX_ROTATE] >>> 3) & 3;
    if (mode === 3) return this.mix(setReset, spread(rotated & graphics[GFX_BIT_MASK]), operation);
    const bitMask = spread(graphics[GFX_BIT_MASK]);
    if (mode === 2) return this.mix(PLANE_BYTES[value & 0xf], bitMask, operation);
    const fixed = PLANE_BYTES[graphics[GFX_ENABLE_SET_RESET] & 0xf];
    return this.mix((spread(rotated) & ~fixed) | (setReset & fixed), bitMask, operation);
  }

  /** The function with the latches, and the latches where the bit mask is zero. */
  private mix(data: number, bitMask: number, operation: number): number {
    const { latches } = this;
    let result = data;
    if (operation === 1) result = data & latches;
    else if (operation === 2) result = data | latches;
    else if (operation === 3) result = data ^ latches;
    return (result & bitMask) | (latches & ~bitMask);
  }
}

function rotate(byte: number, count: number): number {
  return ((byte >>> count) | (byte << (8 - count))) & 0xff;
}

/** The same byte for each plane. */
function spread(byte: number): number {
  return Math.imul(byte, 0x01010101);
}

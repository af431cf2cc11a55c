/**
 * Compact form of cases with their outcomes: differences to the seeded state before, and to the
 * case after. A fixture file is gzip over: length of a JSON header, the header (rows and their
 * numbers of cases), the cases in order.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Case, type Outcome, type Patch, seededCase, seededX87, X87_BYTES } from './case.js';
import { ARENA, CODE, SEGMENT_SETS, segmentBase } from './stage-layout.js';

export interface RowVectors {
  /** Mnemonic, opcode and operands of the row. */
  readonly key: string;
  readonly seed: number;
  readonly cases: readonly Case[];
  readonly outcomes: readonly Outcome[];
}

interface Header {
  readonly format: 1;
  /** Family of processors that gave the outcomes; others leave other values where the manual defines none. */
  readonly processor: string;
  readonly rows: readonly { readonly key: string; readonly seed: number; readonly count: number }[];
}

export function packVectors(vectors: readonly RowVectors[], processor: string): Buffer {
  return gzipSync(contentOf(vectors, processor), { level: 9 });
}

export const unpackContent = (file: Buffer): Buffer => gunzipSync(file);

/** What a file holds before compression: to be compared, since compressors differ between versions. */
export function contentOf(vectors: readonly RowVectors[], processor: string): Buffer {
  const header: Header = {
    format: 1,
    processor,
    rows: vectors.map(({ key, seed, cases }) => ({ key, seed, count: cases.length })),
  };
  const text = Buffer.from(JSON.stringify(header));
  const out = new Writer();
  out.fixed(text.length, 4);
  out.bytes(text);
  for (const { seed, cases, outcomes } of vectors) {
    cases.forEach((c, i) => {
      writeCase(out, c, seed + i);
      writeOutcome(out, c, outcomes[i]);
    });
  }
  return out.result();
}

function readHeader(input: Reader): Header {
  const header = JSON.parse(Buffer.from(input.bytes(input.fixed(4))).toString()) as Header;
  if (header.format !== 1) throw new Error('unknown format of vectors');
  return header;
}

export const processorOf = (file: Buffer): string =>
  readHeader(new Reader(unpackContent(file))).processor;

export function unpackVectors(file: Buffer): RowVectors[] {
  const input = new Reader(unpackContent(file));
  const header = readHeader(input);
  return header.rows.map(({ key, seed, count }) => {
    const cases: Case[] = [];
    const outcomes: Outcome[] = [];
    for (let i = 0; i < count; i++) {
      const c = readCase(input, seed + i);
      cases.push(c);
      outcomes.push(readOutcome(input, c));
    }
    return { key, seed, cases, outcomes };
  });
}

const RUN = 1;
const X87 = 2;

function writeCase(out: Writer, c: Case, seed: number): void {
  const start = seededCase(seed >>> 0);
  out.byte((c.run ? RUN : 0) | (c.x87 ? X87 : 0) | (c.segments << 2));
  writeRegisters(out, start.registers, c.registers);
  out.varint(c.eflags ^ start.eflags);
  out.varint(segmentBase(SEGMENT_SETS[c.segments][1]) + c.eip - CODE);
  out.varint(c.code.length);
  out.bytes(c.code);
  writePatches(out, c.patches);
  if (c.x87) writeImage(out, seededX87(seed >>> 0), c.x87);
}

function readCase(input: Reader, seed: number): Case {
  const c = seededCase(seed >>> 0);
  const kind = input.byte();
  c.run = (kind & RUN) !== 0;
  c.segments = kind >> 2;
  c.registers = readRegisters(input, c.registers);
  c.eflags ^= input.varint();
  c.eip = (input.varint() + CODE - segmentBase(SEGMENT_SETS[c.segments][1])) >>> 0;
  c.code = input.bytes(input.varint());
  c.patches = readPatches(input);
  if (kind & X87) c.x87 = readImage(input, seededX87(seed >>> 0));
  return c;
}

function writeOutcome(out: Writer, c: Case, o: Outcome): void {
  out.byte(o.fault < 0 ? 0xff : o.fault);
  if (o.fault >= 0) out.varint(o.errorCode);
  if (o.fault === 14) out.varint((o.cr2 - ARENA) >>> 0);
  writeRegisters(out, c.registers, o.registers);
  out.varint(o.eflags ^ c.eflags);
  out.varint((o.eip - c.eip) >>> 0);
  const segments = SEGMENT_SETS[c.segments];
  const changed = o.segments.reduce(
    (mask, selector, i) => mask | (selector === segments[i] ? 0 : 1 << i),
    0,
  );
  out.byte(changed);
  o.segments.forEach((selector, i) => {
    if ((changed >> i) & 1) out.fixed(selector, 2);
  });
  writePatches(out, o.changes);
  if (c.x87 && o.x87) writeImage(out, c.x87, o.x87);
}

function readOutcome(input: Reader, c: Case): Outcome {
  const code = input.byte();
  const fault = code === 0xff ? -1 : code;
  const errorCode = fault >= 0 ? input.varint() : 0;
  const cr2 = fault === 14 ? (input.varint() + ARENA) >>> 0 : 0;
  const registers = readRegisters(input, c.registers);
  const eflags = input.varint() ^ c.eflags;
  const eip = (input.varint() + c.eip) >>> 0;
  const changed = input.byte();
  const segments = SEGMENT_SETS[c.segments].map((selector, i) =>
    (changed >> i) & 1 ? input.fixed(2) : selector,
  );
  const changes = readPatches(input);
  const x87 = c.x87 ? readImage(input, c.x87) : undefined;
  return { registers, eflags, segments, eip, fault, errorCode, cr2, changes, x87 };
}

function writeRegisters(out: Writer, from: Int32Array, to: Int32Array): void {
  let mask = 0;
  for (let i = 0; i < 8; i++) if (from[i] !== to[i]) mask |= 1 << i;
  out.byte(mask);
  for (let i = 0; i < 8; i++) if ((mask >> i) & 1) out.fixed(to[i], 4);
}

function readRegisters(input: Reader, from: Int32Array): Int32Array {
  const registers = from.slice();
  const mask = input.byte();
  for (let i = 0; i < 8; i++) if ((mask >> i) & 1) registers[i] = input.fixed(4);
  return registers;
}

function writePatches(out: Writer, patches: readonly Patch[]): void {
  out.varint(patches.length);
  for (const { at, bytes } of patches) {
    out.varint(at - ARENA);
    out.varint(bytes.length);
    out.bytes(bytes);
  }
}

function readPatches(input: Reader): Patch[] {
  return Array.from({ length: input.varint() }, () => {
    const at = ARENA + input.varint();
    return { at, bytes: input.bytes(input.varint()) };
  });
}

/** Changed bytes of an x87 image: their number, then position and value of each. */
function writeImage(out: Writer, before: Uint8Array, after: Uint8Array): void {
  const [from, to] = [inPhysicalOrder(before), inPhysicalOrder(after)];
  const changed = [...to.keys()].filter((i) => to[i] !== from[i]);
  out.byte(changed.length);
  for (const i of changed) out.bytes([i, to[i]]);
}

function readImage(input: Reader, before: Uint8Array): Uint8Array {
  const image = inPhysicalOrder(before);
  for (let n = input.byte(); n > 0; n--) {
    const at = input.byte();
    image[at] = input.byte();
  }
  return inStackOrder(image);
}

const FIRST_REGISTER = 28;
const REGISTER_BYTES = 10;
const topOf = (image: Uint8Array): number => (image[5] >> 3) & 7;

/** The image with register R0 first instead of ST(0): what an instruction changes is then little. */
const inPhysicalOrder = (image: Uint8Array): Uint8Array => rotated(image, 8 - topOf(image));
const inStackOrder = (image: Uint8Array): Uint8Array => rotated(image, topOf(image));

function rotated(image: Uint8Array, places: number): Uint8Array {
  const turned = Uint8Array.from(image.subarray(0, X87_BYTES));
  for (let i = 0; i < 8; i++) {
    const from = FIRST_REGISTER + REGISTER_BYTES * ((i + places) & 7);
    turned.set(image.subarray(from, from + REGISTER_BYTES), FIRST_REGISTER + REGISTER_BYTES * i);
  }
  return turned;
}

class Writer {
  private buffer = Buffer.alloc(1 << 16);
  private at = 0;

  bytes(list: ArrayLike<number>): void {
    while (this.at + list.length + 8 > this.buffer.length) {
      this.buffer = Buffer.concat([this.buffer, Buffer.alloc(this.buffer.length)]);
    }
    this.buffer.set(list, this.at);
    this.at += list.length;
  }

  byte(value: number): void {
    this.bytes([value]);
  }

  fixed(value: number, bytes: number): void {
    for (let i = 0; i < bytes; i++) this.byte((value >>> (8 * i)) & 0xff);
  }

  /** Unsigned 32 bits, seven in a byte. */
  varint(value: number): void {
    let rest = value >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  result(): Buffer {
    return this.buffer.subarray(0, this.at);
  }
}

class Reader {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  bytes(count: number): number[] {
    this.at += count;
    return [...this.buffer.subarray(this.at - count, this.at)];
  }

  byte(): number {
    return this.buffer[this.at++];
  }

  fixed(bytes: number): number {
    let value = 0;
    for (let i = 0; i < bytes; i++) value |= this.byte() << (8 * i);
    return value;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
}

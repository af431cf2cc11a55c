/**
 * Outcomes as differences to the planned state before, gzipped. The cases themselves are planned
 * again from the row's name; a digest of them says whether they are still the ones that ran.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  AT_REGISTERS,
  AT_SW,
  type Case,
  IMAGE_BYTES,
  MEMORY_BYTES,
  type Outcome,
  writeCases,
} from './case.js';

export const FIXTURE = 'tests/insn/x87/fixtures/silicon.bin.gz';

export interface RowOutcomes {
  readonly key: string;
  /** Digest of the cases. */
  readonly digest: string;
  readonly outcomes: readonly Outcome[];
}

interface Header {
  readonly rows: readonly {
    readonly key: string;
    readonly digest: string;
    readonly count: number;
    readonly bytes: number;
  }[];
}

export const digestOf = (cases: readonly Case[]): string =>
  createHash('sha256').update(writeCases(cases)).digest('hex').slice(0, 16);

/** Outcome as bytes: fault, eax and EFLAGS, then the bytes of image and memory that changed. */
function pack(c: Case, o: Outcome): number[] {
  if (o.fault !== 0) return [o.fault];
  const words = [o.eax ^ c.eax, o.eflags ^ c.eflags];
  const image = runs(turned(c.image, 1), turned(o.image, 1));
  return [0, ...words.flatMap(varint), ...image, ...runs(c.memory, o.memory)];
}

/** Between stack order and physical order (direction 1), in which a push or pop changes little. */
function turned(image: Uint8Array, direction: 1 | -1): Uint8Array {
  const top = (image[AT_SW + 1] >> 3) & 7;
  const out = Uint8Array.from(image);
  for (let i = 0; i < 8; i++) {
    const from = AT_REGISTERS + 10 * i;
    out.set(image.subarray(from, from + 10), AT_REGISTERS + 10 * ((i + direction * top) & 7));
  }
  return out;
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value >>> 0;
  for (; rest > 0x7f; rest >>>= 7) out.push((rest & 0x7f) | 0x80);
  return [...out, rest];
}

/** Runs of changed bytes: distance to the last one, length, bytes; ended by a length of zero. */
function runs(before: Uint8Array, after: Uint8Array): number[] {
  const out: number[] = [];
  for (let at = 0, last = 0; at < after.length; at++) {
    if (before[at] === after[at]) continue;
    let end = at;
    while (end < after.length && before[end] !== after[end]) end++;
    out.push(...varint(at - last), ...varint(end - at), ...after.subarray(at, end));
    last = at = end;
  }
  return [...out, 0, 0];
}

export function packFixture(
  rows: readonly (RowOutcomes & { readonly cases: readonly Case[] })[],
): Buffer {
  const packed = rows.map(({ cases, outcomes }) =>
    Buffer.from(cases.flatMap((c, i) => pack(c, outcomes[i]))),
  );
  const header: Header = {
    rows: rows.map(({ key, digest, cases }, i) => ({
      key,
      digest,
      count: cases.length,
      bytes: packed[i].length,
    })),
  };
  const text = Buffer.from(`${JSON.stringify(header)}\n`);
  return gzipSync(Buffer.concat([text, ...packed]), { level: 9 });
}

/** The fixture's rows; `cases` plans those of a row again. */
export class Fixture {
  private readonly rows = new Map<string, { digest: string; count: number; bytes: Buffer }>();

  constructor(file: Buffer) {
    const content = gunzipSync(file);
    let at = content.indexOf('\n') + 1;
    const header = JSON.parse(content.subarray(0, at).toString()) as Header;
    for (const { key, digest, count, bytes } of header.rows) {
      this.rows.set(key, { digest, count, bytes: content.subarray(at, at + bytes) });
      at += bytes;
    }
  }

  get keys(): string[] {
    return [...this.rows.keys()];
  }

  /** What the processor made of a row's cases. */
  outcomes(key: string, cases: readonly Case[]): Outcome[] {
    const row = this.rows.get(key);
    if (!row) throw new Error(`no vectors for ${key}: see tests/insn/x87/regenerate.test.ts`);
    if (row.count !== cases.length || row.digest !== digestOf(cases)) {
      throw new Error(
        `the cases of ${key} are not those that ran: see tests/insn/x87/regenerate.test.ts`,
      );
    }
    const input = { bytes: row.bytes, at: 0 };
    return cases.map((c) => unpack(c, input));
  }
}

interface Input {
  readonly bytes: Buffer;
  at: number;
}

function unpack(c: Case, input: Input): Outcome {
  const fault = input.bytes[input.at++];
  const image = turned(c.image, 1);
  const memory = Uint8Array.from(c.memory);
  if (fault !== 0) return { fault, eax: c.eax, eflags: c.eflags, image: c.image, memory };
  const eax = (readVarint(input) ^ c.eax) | 0;
  const eflags = (readVarint(input) ^ c.eflags) >>> 0;
  applyRuns(input, image, IMAGE_BYTES);
  applyRuns(input, memory, MEMORY_BYTES);
  return { fault, eax, eflags, image: turned(image, -1), memory };
}

function readVarint(input: Input): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = input.bytes[input.at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
}

function applyRuns(input: Input, to: Uint8Array, limit: number): void {
  for (let at = 0; ; ) {
    at += readVarint(input);
    const length = readVarint(input);
    if (length === 0) return;
    if (at + length > limit) throw new Error('broken vectors');
    to.set(input.bytes.subarray(input.at, input.at + length), at);
    input.at += length;
    at += length;
  }
}

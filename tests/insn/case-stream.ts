/**
 * The binary streams of the native harness (silicon/harness.c: struct head, struct result).
 * In: arena image, LDT, cases. Out: one result for each case, in order.
 */
import type { Case, Outcome, Patch } from './case.js';
import { blankArena, X87_BYTES } from './case.js';
import { LDT, SEGMENT_SETS, segmentBase } from './stage-layout.js';

const MODE_RUN = 1;
const MODE_X87 = 2;
const HEAD_BYTES = 60;
const RESULT_BYTES = 68;
const TF = 0x100;
const RF = 0x10000;
const BREAKPOINT = 3;
const DEBUG = 1;
const PAGE_FAULT = 14;

/** struct user_desc of modify_ldt(2), preceded by the number of entries. */
function ldtImage(): Uint8Array {
  const words = new Uint32Array(1 + 4 * LDT.length);
  words[0] = LDT.length;
  LDT.forEach((d, i) => {
    const contents = d.kind === 'code' ? 2 : d.kind === 'expand-down' ? 1 : 0;
    const flags =
      Number(d.big) |
      (contents << 1) |
      (Number(!d.open) << 3) |
      (Number(d.pages) << 4) |
      (Number(!d.present) << 5);
    words.set([i, d.base, d.limit, flags], 1 + 4 * i);
  });
  return new Uint8Array(words.buffer);
}

export function writeCases(cases: readonly Case[]): Uint8Array {
  const head = Buffer.concat([blankArena(), ldtImage()]);
  return Buffer.concat([head, ...cases.map(writeCase)]);
}

function writeCase(c: Case): Buffer {
  const patchBytes = c.patches.reduce((sum, p) => sum + 6 + p.bytes.length, 0);
  const out = Buffer.alloc(HEAD_BYTES + c.code.length + patchBytes + (c.x87 ? X87_BYTES : 0));
  const segments = SEGMENT_SETS[c.segments];
  for (let i = 0; i < 8; i++) out.writeInt32LE(c.registers[i], 4 * i);
  out.writeUInt32LE(c.eflags, 32);
  segments.forEach((selector, i) => {
    out.writeUInt16LE(selector, 36 + 2 * i);
  });
  out.writeUInt32LE(c.eip, 48);
  out.writeUInt32LE((segmentBase(segments[1]) + c.eip) >>> 0, 52);
  out.writeUInt16LE(c.code.length, 56);
  out[58] = c.patches.length;
  out[59] = (c.run ? MODE_RUN : 0) | (c.x87 ? MODE_X87 : 0);
  out.set(c.code, HEAD_BYTES);
  let at = HEAD_BYTES + c.code.length;
  for (const p of c.patches) {
    out.writeUInt32LE(p.at, at);
    out.writeUInt16LE(p.bytes.length, at + 4);
    out.set(p.bytes, at + 6);
    at += 6 + p.bytes.length;
  }
  if (c.x87) out.set(c.x87, at);
  return out;
}

export function readOutcomes(stream: Buffer, cases: readonly Case[]): Outcome[] {
  const outcomes: Outcome[] = [];
  let at = 0;
  for (const c of cases) {
    if (at + RESULT_BYTES > stream.length)
      throw new Error(`the harness gave ${outcomes.length} results for ${cases.length} cases`);
    const runs = stream.readUInt16LE(at + 64);
    const changes: Patch[] = [];
    let end = at + RESULT_BYTES;
    for (let i = 0; i < runs; i++) {
      const bytes = stream.readUInt16LE(end + 4);
      changes.push({
        at: stream.readUInt32LE(end),
        bytes: [...stream.subarray(end + 6, end + 6 + bytes)],
      });
      end += 6 + bytes;
    }
    const x87 = c.x87 ? new Uint8Array(stream.subarray(end, end + X87_BYTES)) : undefined;
    outcomes.push(readOutcome(stream, at, c, changes, x87));
    at = end + (x87 ? X87_BYTES : 0);
  }
  if (at !== stream.length) throw new Error('the harness gave more than was asked');
  return outcomes;
}

function readOutcome(
  s: Buffer,
  at: number,
  c: Case,
  changes: Patch[],
  x87: Uint8Array | undefined,
): Outcome {
  const registers = new Int32Array(8);
  for (let i = 0; i < 8; i++) registers[i] = s.readInt32LE(at + 4 * i);
  const eip = s.readUInt32LE(at + 48);
  const trap = s.readUInt32LE(at + 52);
  const stop = (c.eip + c.code.length + 1) >>> 0;
  const ended = c.run ? trap === BREAKPOINT && eip === stop : trap === DEBUG;
  const fault = ended ? -1 : trap;
  return {
    registers,
    eflags: s.readUInt32LE(at + 32) & ~(TF | RF),
    segments: [0, 1, 2, 3, 4, 5].map((i) => s.readUInt16LE(at + 36 + 2 * i)),
    eip: ended && c.run ? eip - 1 : eip,
    fault,
    errorCode: ended ? 0 : s.readUInt32LE(at + 56),
    cr2: fault === PAGE_FAULT ? s.readUInt32LE(at + 60) : 0,
    changes,
    x87,
  };
}

/** Regions from assembler text, for golden tests: the instructions one behind the other, in a given mode. */
import type { Context, SegmentUse } from '../../../cms/context.js';
import { BOLDEST, type TranslationPolicy } from '../../../cms/policy.js';
import type { GuestRegion, RegionEnd, RegionInstruction } from '../../../cms/region.js';
import { decode } from '../../../guest-isa/decode/decode.js';
import { buildDecodeTable } from '../../../guest-isa/decode/decode-table.js';
import type { Insn } from '../../../guest-isa/decode/insn.js';
import { Assembler } from '../../../guest-isa/disasm/assemble.js';
import { rows } from '../../../guest-isa/insn/index.js';

const table = buildDecodeTable(rows);
const assembler = new Assembler(rows);

const FLAT: SegmentUse = { kind: 'whole', writable: true, zeroBase: true };
const LIMITED: SegmentUse = { kind: 'limited', writable: true, zeroBase: false };
const CODE_SEGMENT: SegmentUse = { kind: 'whole', writable: false, zeroBase: true };

/** 32-bit code in flat segments; gs has a base, fs a limit. */
export const FLAT_CONTEXT: Context = {
  id: 1,
  code32: true,
  stack32: true,
  user: true,
  level0: false,
  csBase: 0,
  csLimit: 0xffffffff,
  segments: [FLAT, CODE_SEGMENT, FLAT, FLAT, LIMITED, { ...FLAT, zeroBase: false }],
};

/** The same for a kernel. */
export const KERNEL_CONTEXT: Context = { ...FLAT_CONTEXT, id: 3, user: false, level0: true };

export const REAL_MODE: Context = {
  id: 2,
  code32: false,
  stack32: false,
  user: false,
  level0: true,
  csBase: 0x70000,
  csLimit: 0xffff,
  segments: [LIMITED, { ...LIMITED, writable: false }, LIMITED, LIMITED, LIMITED, LIMITED],
};

const ENTRY = 0x1000;

/** Bytes of a decoded instruction, decoded. */
export function decodeBytes(bytes: readonly number[], code32: boolean): Insn {
  const reader = {
    count: 0,
    next(): number {
      return bytes[this.count++];
    },
  };
  return decode(table, reader, code32).insn;
}

export interface RegionOptions {
  readonly context?: Context;
  readonly policy?: Partial<TranslationPolicy>;
  readonly end?: RegionEnd;
  /** Where the path goes behind each instruction named by its index; else to the next one. */
  readonly onward?: Readonly<Record<number, number>>;
  readonly ifConverted?: Readonly<Record<number, number>>;
  readonly entry?: number;
}

export function regionOf(texts: readonly string[], options: RegionOptions = {}): GuestRegion {
  const { context = FLAT_CONTEXT, entry = ENTRY } = options;
  let eip = entry;
  const instructions = texts.map((text, i): RegionInstruction => {
    const bytes = assembler.assemble(text, eip, context.code32);
    const insn = decodeBytes(bytes, context.code32);
    const at = eip;
    eip = options.onward?.[i] ?? at + insn.length;
    const crosses = (at & 0xfff) + insn.length > 0x1000;
    return {
      insn,
      eip: at,
      physical: at + 0x100000,
      bytes: Uint8Array.from(bytes),
      tailPhysicalPage: crosses ? 0x300000 : -1,
      nextEip: eip,
      ifConverted: options.ifConverted?.[i] ?? 0,
    };
  });
  return {
    entryEip: entry,
    context,
    gear: 'superblock',
    instructions,
    end: options.end ?? 'instructionLimit',
    unrolled: 1,
    policy: { ...BOLDEST, ...options.policy },
  };
}

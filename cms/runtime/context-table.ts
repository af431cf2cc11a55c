/**
 * The guest's modes as translations know them (cms/context.ts), read off the processor's state and
 * numbered as they are met. The same mode is always the same object, so that contexts compare by
 * identity; the number goes into the indirect-target table.
 *
 * No context: everything is interpreted. That is so while alignment is checked or data breakpoints
 * are on (each access has to be looked at), and in code segments that end anywhere but at 64 KB
 * or 4 GB (a translation would have to check each instruction's bytes against the limit).
 */
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import {
  CPL,
  CS,
  ES,
  GS,
  SEG_ATTR,
  SEG_BASE,
  SEG_FAST,
  SEG_LIMIT,
} from '../../guest-isa/state/layout.js';
import type { Context, SegmentUse } from '../context.js';

/** Numbers are kept in 16 bits of the indirect-target table; a guest with more modes is interpreted. */
const MOST_CONTEXTS = 0xffff;

const USE_BITS = 4;
const REFUSED = 0;
const WHOLE = 1;
const LIMITED = 2;
const KIND = 3;
const WRITABLE = 4;
const ZERO_BASE = 8;

const CODE32 = 1 << 24;
const STACK32 = 1 << 25;
const USER = 1 << 26;
const WIDE_LIMIT = 1 << 27;
const LEVEL_0 = 1 << 28;

export class ContextTable {
  /** By mode bits, then by base of the code segment. */
  private readonly known = new Map<number, Map<number, Context>>();
  private readonly byId: Context[] = [];
  private generation = -1;
  private latest: Context | undefined;

  constructor(private readonly cpu: Cpu) {}

  /** The processor's context, or undefined while everything has to be interpreted. */
  current(): Context | undefined {
    if (this.generation !== this.cpu.modeGeneration) {
      this.generation = this.cpu.modeGeneration;
      this.latest = this.read();
    }
    return this.latest;
  }

  get count(): number {
    return this.byId.length;
  }

  private read(): Context | undefined {
    const { s } = this.cpu;
    const limit = s[SEG_LIMIT + CS];
    if (this.cpu.accessesGuarded || (limit !== -1 && limit !== 0xffff)) return undefined;
    const bits = modeBits(this.cpu);
    let bases = this.known.get(bits);
    if (bases === undefined) {
      bases = new Map();
      this.known.set(bits, bases);
    }
    const csBase = s[SEG_BASE + CS];
    return bases.get(csBase) ?? this.make(bits, csBase, bases);
  }

  private make(bits: number, csBase: number, bases: Map<number, Context>): Context | undefined {
    const id = this.byId.length;
    if (id === MOST_CONTEXTS) return undefined;
    const segments: SegmentUse[] = [];
    for (let seg = ES; seg <= GS; seg++) segments.push(useOf(bits >>> (seg * USE_BITS)));
    const context: Context = {
      id,
      code32: (bits & CODE32) !== 0,
      stack32: (bits & STACK32) !== 0,
      user: (bits & USER) !== 0,
      level0: (bits & LEVEL_0) !== 0,
      csBase,
      csLimit: bits & WIDE_LIMIT ? 0xffffffff : 0xffff,
      segments,
    };
    this.byId.push(context);
    bases.set(csBase, context);
    return context;
  }
}

/** Everything of the mode but the base of the code segment. */
function modeBits(cpu: Cpu): number {
  const { s } = cpu;
  let bits = s[CPL] === 3 ? USER : s[CPL] === 0 ? LEVEL_0 : 0;
  if (s[SEG_ATTR + CS] & 0x4000) bits |= CODE32;
  if (cpu.stackMask === -1) bits |= STACK32;
  if (s[SEG_LIMIT + CS] === -1) bits |= WIDE_LIMIT;
  for (let seg = ES; seg <= GS; seg++) bits |= useBits(s, seg) << (seg * USE_BITS);
  return bits;
}

function useBits(s: Int32Array, seg: number): number {
  const zeroBase = s[SEG_BASE + seg] === 0 ? ZERO_BASE : 0;
  const fast = s[SEG_FAST + seg];
  if (fast & 1) return WHOLE | (fast & 2 ? WRITABLE : 0) | zeroBase;
  const attr = s[SEG_ATTR + seg];
  const isCode = (attr & 0x8) !== 0;
  const present = (attr & 0x90) === 0x90;
  const readable = !isCode || (attr & 2) !== 0;
  const expandDown = !isCode && (attr & 4) !== 0;
  if (!present || !readable || expandDown) return REFUSED;
  return LIMITED | (!isCode && attr & 2 ? WRITABLE : 0) | zeroBase;
}

function useOf(bits: number): SegmentUse {
  const kind = bits & KIND;
  if (kind === REFUSED) return { kind: 'refused' };
  const writable = (bits & WRITABLE) !== 0;
  const zeroBase = (bits & ZERO_BASE) !== 0;
  return { kind: kind === WHOLE ? 'whole' : 'limited', writable, zeroBase };
}

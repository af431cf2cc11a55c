/**
 * What is not compared bit by bit between the interpreter and the processor that made the vectors
 * (AMD, Zen family), each with its reason. Nothing else may differ.
 */
import type { InsnRow } from '../../../guest-isa/insn/row.js';
import { AT_CW, AT_REGISTERS, AT_SW, type Case, type Outcome } from './case.js';

const C0_C2_C3 = 0x4500;
const C1 = 0x200;
const CF_PF_ZF_AF_SF_OF = 0x8d5;
const IE = 1;

export interface Tolerance {
  readonly reason: string;
  readonly rows: RegExp;
  readonly applies: (c: Case, silicon: Outcome) => boolean;
  /** Bits of the status word and of EFLAGS. */
  readonly status?: number;
  readonly eflags?: number;
  /** Bytes of the memory operand: from, to. */
  readonly memory?: readonly (readonly [number, number])[];
  /** Values in registers: only as close as `closeEnough` says. */
  readonly values?: true;
}

const always = (): boolean => true;

const word = (image: Uint8Array, at: number): number => image[at] | (image[at + 1] << 8);

/** True if the instruction met an invalid operation that the control word does not mask. */
function unmaskedInvalid(c: Case, silicon: Outcome): boolean {
  return (word(silicon.image, AT_SW) & ~word(c.image, AT_CW) & IE) !== 0;
}

export const TRANSCENDENTAL = /^(f2xm1|fyl2x|fyl2xp1|fsin|fcos|fsincos|fptan|fpatan) /;

export const TOLERANCES: readonly Tolerance[] = [
  {
    reason:
      'comparison with an unmasked invalid operation: the manual leaves the condition code as it was (SDM vol. 2, FCOM), AMD sets it',
    rows: /^(f(i|u)?comp?p?[235]?|ftst) /,
    applies: unmaskedInvalid,
    status: C0_C2_C3,
  },
  {
    reason: 'the same into EFLAGS (SDM vol. 2, FCOMI)',
    rows: /^fu?comip? /,
    applies: unmaskedInvalid,
    eflags: CF_PF_ZF_AF_SF_OF,
  },
  {
    reason: 'fcomi and its companions: the manual clears C1, AMD leaves it as it was',
    rows: /^fu?comip? /,
    applies: always,
    status: C1,
  },
  {
    reason:
      'transcendental functions: within one unit in the last place of the exact value, so that C1 (rounded up) may differ; AMD reduces large angles by a pi of 68 bits',
    rows: TRANSCENDENTAL,
    applies: always,
    status: C1,
    values: true,
  },
  {
    reason: 'fxsave: pointers and opcode are stored only with an exception pending (AMD)',
    rows: /^fxsave /,
    applies: (c) => (c.image[AT_SW] & 0x80) === 0,
    memory: [[6, 24]],
  },
  {
    reason: 'fxsave: MXCSR and what lies behind the x87 registers belong to SSE',
    rows: /^fxsave /,
    applies: always,
    memory: [
      [24, 32],
      [160, 512],
    ],
  },
];

export function tolerancesOf(key: string, c: Case, silicon: Outcome): Tolerance[] {
  return TOLERANCES.filter((t) => t.rows.test(`${key} `) && t.applies(c, silicon));
}

export interface Value {
  readonly se: number;
  readonly significand: bigint;
}

export function valueAt(image: Uint8Array, i: number): Value {
  const view = new DataView(image.buffer, image.byteOffset + AT_REGISTERS + 10 * i, 10);
  return { se: view.getUint16(8, true), significand: view.getBigUint64(0, true) };
}

/** Distance of two finite values of one sign, in units of the last place of the smaller exponent. */
function ulps(a: Value, b: Value): bigint {
  const order = (v: Value): bigint =>
    (BigInt(v.se & 0x7fff) << 63n) + (v.significand & ((1n << 63n) - 1n));
  const d = order(a) - order(b);
  return d < 0n ? -d : d;
}

const toNumber = (v: Value): number =>
  (v.se & 0x8000 ? -1 : 1) * Number(v.significand) * 2 ** ((v.se & 0x7fff) - 0x3fff - 63);

const QUARTER_PI = 0.785;

/**
 * One ulp; for trigonometric functions of larger angles what the error of AMD's pi makes of it,
 * the angle times 2^-66, steeper by 1 + tan^2 for the tangent. NaN, infinity and zero: equal.
 */
export function closeEnough(row: InsnRow, before: Value, silicon: Value, got: Value): boolean {
  if (silicon.se === got.se && silicon.significand === got.significand) return true;
  if ((silicon.se & 0x7fff) === 0x7fff || silicon.significand === 0n) return false;
  const sameSign = ((silicon.se ^ got.se) & 0x8000) === 0;
  if (sameSign && ulps(silicon, got) <= 1n) return true;
  const angle = Math.abs(toNumber(before));
  if (!/^f(sin|cos|sincos|ptan)$/.test(row.mnemonic) || angle < QUARTER_PI) return false;
  const x = toNumber(silicon);
  const slope = row.mnemonic === 'fptan' ? 1 + x * x : 1;
  return Math.abs(x - toNumber(got)) <= slope * angle * 2 ** -64 + Math.abs(x) * 2 ** -52;
}

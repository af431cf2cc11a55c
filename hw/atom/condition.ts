/**
 * The sixteen x86 condition codes (SDM vol. 1, appendix B) on the host's condition codes, which are
 * kept lazily as in guest-isa/state/flags.ts: `result` gives ZF, SF and PF; of `carry` bit 31 is CF,
 * bit 31 xor bit 30 OF, bit 3 AF; bit 0 inverts SF, bit 2 inverts PF.
 */
import type { MeaningNode, MeaningRecorder } from './meaning.js';

/** Names in encoding order; each odd one negates the one before. */
export const CONDITIONS = [
  'o',
  'no',
  'b',
  'nb',
  'z',
  'nz',
  'be',
  'nbe',
  's',
  'ns',
  'p',
  'np',
  'l',
  'nl',
  'le',
  'nle',
] as const;

const carryFlag = (m: MeaningRecorder): MeaningNode => m.shr(m.carry, 31);
const zeroFlag = (m: MeaningRecorder): MeaningNode => m.eqz(m.result);

/** OF in bit 31. */
const overflow = (m: MeaningRecorder): MeaningNode => m.xor(m.carry, m.shl(m.carry, 1));
/** SF in bit 31. */
const sign = (m: MeaningRecorder): MeaningNode => m.xor(m.result, m.shl(m.carry, 31));
/** SF xor OF in bit 31. */
const less = (m: MeaningRecorder): MeaningNode => m.xor(sign(m), overflow(m));

/** 1 for an even number of ones in the low byte, inverted by bit 2 of the carry word. */
function parity(m: MeaningRecorder): MeaningNode {
  const folded = m.and(m.xor(m.result, m.shr(m.result, 4)), 15);
  return m.and(m.xor(m.shr(0x9669, folded), m.shr(m.carry, 2)), 1);
}

/** The even conditions, by code / 2; 0 or 1. */
const POSITIVE: readonly ((m: MeaningRecorder) => MeaningNode)[] = [
  (m) => m.shr(overflow(m), 31),
  carryFlag,
  zeroFlag,
  (m) => m.or(zeroFlag(m), carryFlag(m)),
  (m) => m.shr(sign(m), 31),
  parity,
  (m) => m.shr(less(m), 31),
  (m) => m.or(zeroFlag(m), m.shr(less(m), 31)),
];

/** A condition known now. */
export function conditionNode(m: MeaningRecorder, code: number): MeaningNode {
  const positive = POSITIVE[code >> 1](m);
  return (code & 1) === 0 ? positive : m.eqz(positive);
}

/** A condition whose code is a value: a tree of selects over the bits of the code. */
export function dynamicCondition(m: MeaningRecorder, code: MeaningNode): MeaningNode {
  const choose = (bit: number, from: number): MeaningNode =>
    bit === 0
      ? POSITIVE[from](m)
      : m.select(
          m.and(code, 1 << bit),
          choose(bit - 1, from + (1 << (bit - 1))),
          choose(bit - 1, from),
        );
  return m.xor(choose(3, 0), m.and(code, 1));
}

/** The six flags at their places in EFLAGS. */
export function eflagsNode(m: MeaningRecorder): MeaningNode {
  const at = (flag: MeaningNode, bit: number): MeaningNode => m.shl(flag, bit);
  const auxiliary = m.shl(m.and(m.carry, 8), 1);
  const low = m.or(m.or(carryFlag(m), at(parity(m), 2)), m.or(auxiliary, at(zeroFlag(m), 6)));
  return m.or(low, m.or(at(m.shr(sign(m), 31), 7), at(m.shr(overflow(m), 31), 11)));
}

/** Sets the condition codes from bits at their places in EFLAGS. */
export function setFromEflags(m: MeaningRecorder, flags: MeaningNode): void {
  const bit = (n: number): MeaningNode => m.and(m.shr(flags, n), 1);
  const zero = bit(6);
  const carry = bit(0);
  const upper = m.or(m.shl(carry, 31), m.shl(m.xor(carry, bit(11)), 30));
  const inverted = m.or(bit(7), m.shl(m.xor(bit(2), zero), 2));
  m.set('result', m.xor(zero, 1));
  m.set('carry', m.or(upper, m.or(m.shl(bit(4), 3), inverted)));
}

/**
 * Rows of the ALUs: arithmetic, logic, comparisons, moves, selects, and the same arithmetic with the
 * condition codes that its x86 namesake sets (guest-isa/sem/alu.ts, with which tests compare).
 *
 * Rows of 8 and 16 bits read only the low bits of their sources; their results are garbage above.
 */
import {
  CONDITIONS,
  conditionNode,
  dynamicCondition,
  eflagsNode,
  setFromEflags,
} from './condition.js';
import { type AtomDraft, type Meaning, row, threeForms } from './define.js';
import { keepCarryOnly, WIDTHS, type Width } from './flags.js';
import type { MeaningNode, MeaningRecorder } from './meaning.js';

type TwoSource = (m: MeaningRecorder) => MeaningNode;

const PLAIN: Readonly<Record<string, TwoSource>> = {
  add: (m) => m.add(m.a, m.b),
  sub: (m) => m.sub(m.a, m.b),
  and: (m) => m.and(m.a, m.b),
  or: (m) => m.or(m.a, m.b),
  xor: (m) => m.xor(m.a, m.b),
  andn: (m) => m.and(m.a, m.not(m.b)),
  eq: (m) => m.eq(m.a, m.b),
  ne: (m) => m.ne(m.a, m.b),
  ltu: (m) => m.binary('ltu', m.a, m.b),
  lts: (m) => m.binary('lts', m.a, m.b),
};

/** Sets d and, from a result and its vector of carries (bit i: out of bit i), the condition codes. */
function setSum(m: MeaningRecorder, width: Width, sum: MeaningNode, carries: MeaningNode): void {
  m.set('d', sum);
  m.set('result', m.sx(width, sum));
  // The operand's sign bit moves to bit 31, AF stays where it is.
  m.set('carry', m.or(m.and(m.shl(carries, 32 - width), 0xc0000000), m.and(carries, 8)));
}

const carriesOfSum = (m: MeaningRecorder, a: MeaningNode, b: MeaningNode, r: MeaningNode) =>
  m.or(m.and(a, b), m.and(m.or(a, b), m.not(r)));
const borrowsOfDifference = (m: MeaningRecorder, a: MeaningNode, b: MeaningNode, r: MeaningNode) =>
  m.or(m.and(m.not(a), b), m.and(m.or(m.not(a), b), r));

const sum =
  (withCarry: boolean) =>
  (m: MeaningRecorder, width: Width): void => {
    const plain = m.add(m.a, m.b);
    const r = withCarry ? m.add(plain, m.shr(m.carry, 31)) : plain;
    setSum(m, width, r, carriesOfSum(m, m.a, m.b, r));
  };
const difference =
  (withBorrow: boolean) =>
  (m: MeaningRecorder, width: Width): void => {
    const plain = m.sub(m.a, m.b);
    const r = withBorrow ? m.sub(plain, m.shr(m.carry, 31)) : plain;
    setSum(m, width, r, borrowsOfDifference(m, m.a, m.b, r));
  };
const logic =
  (value: TwoSource) =>
  (m: MeaningRecorder, width: Width): void => {
    const r = value(m);
    m.set('d', r);
    m.set('result', m.sx(width, r));
    m.set('carry', 0);
  };

/** inc and dec keep CF: the new overflow is stored relative to it. */
function step(m: MeaningRecorder, width: Width, up: boolean): void {
  const one = m.constant(1);
  const r = up ? m.add(m.a, 1) : m.sub(m.a, 1);
  const carries = up ? carriesOfSum(m, m.a, one, r) : borrowsOfDifference(m, m.a, one, r);
  const edge = up ? 1 << (width - 1) : (1 << (width - 1)) - 1;
  const overflow = m.eq(m.zx(width, r), edge);
  const carry = m.and(m.carry, 0x80000000);
  m.set('d', r);
  m.set('result', m.sx(width, r));
  const upper = m.or(carry, m.xor(m.shr(carry, 1), m.shl(overflow, 30)));
  m.set('carry', m.or(upper, m.and(carries, 8)));
}

const FLAGGED: Readonly<Record<string, (m: MeaningRecorder, width: Width) => void>> = {
  add: sum(false),
  adc: sum(true),
  sub: difference(false),
  sbb: difference(true),
  and: logic(PLAIN.and),
  or: logic(PLAIN.or),
  xor: logic(PLAIN.xor),
};

/** a with `bits` bits from bit `at` on replaced by the low bits of b. */
const insert =
  (bits: number, at: number): Meaning =>
  (m) => {
    const mask = (1 << bits) - 1;
    m.set('d', m.or(m.and(m.a, ~(mask << at)), m.shl(m.and(m.b, mask), at)));
  };

const MOVES: readonly AtomDraft[] = [
  row('movi', 'd,imm32', 'alu', (m) => m.set('d', m.b)),
  row('sx8', 'd,a', 'alu', (m) => m.set('d', m.sx(8, m.a))),
  row('sx16', 'd,a', 'alu', (m) => m.set('d', m.sx(16, m.a))),
  row('zx8', 'd,a', 'alu', (m) => m.set('d', m.zx(8, m.a))),
  row('zx16', 'd,a', 'alu', (m) => m.set('d', m.zx(16, m.a))),
  row('ext8h', 'd,a', 'alu', (m) => m.set('d', m.zx(8, m.shr(m.a, 8)))),
  row('ins8', 'd,a,b', 'alu', insert(8, 0)),
  row('ins8h', 'd,a,b', 'alu', insert(8, 8)),
  row('ins16', 'd,a,b', 'alu', insert(16, 0)),
  row('bswap', 'd,a', 'alu', (m) => {
    const odd = m.and(m.binary('rotl', m.a, 8), 0x00ff00ff);
    m.set('d', m.or(odd, m.and(m.binary('rotl', m.a, 24), 0xff00ff00)));
  }),
];

const SELECTS: readonly AtomDraft[] = [
  row('setcc', 'd,imm8', 'alu', (m) => m.set('d', dynamicCondition(m, m.b))),
  ...CONDITIONS.map((name, code) =>
    row(`sel.${name}`, 'd,a,b', 'alu', (m) =>
      m.set('d', m.select(conditionNode(m, code), m.a, m.b)),
    ),
  ),
  row('selnz', 'd,a,b', 'alu', (m) => m.set('d', m.select(m.d, m.a, m.b))),
];

const ZF = 0x40;
const OF = 0x800;
/** SF ZF AF PF CF: what lahf and sahf move. */
const LOW_FLAGS = 0xd5;

const STATUS: readonly AtomDraft[] = [
  row('cmc.c', '', 'alu', (m) => keepCarryOnly(m, m.eqz(m.shr(m.carry, 31)))),
  row('stc.c', '', 'alu', (m) => keepCarryOnly(m, m.constant(1))),
  row('clc.c', '', 'alu', (m) => keepCarryOnly(m, m.constant(0))),
  row('lahf', 'd', 'alu', (m) => m.set('d', m.or(m.and(eflagsNode(m), LOW_FLAGS), 2))),
  row('sahf.c', 'a', 'alu', (m) =>
    setFromEflags(m, m.or(m.and(eflagsNode(m), OF), m.and(m.a, LOW_FLAGS))),
  ),
  row('keepzero.c', 'a', 'alu', (m) =>
    setFromEflags(m, m.or(m.and(eflagsNode(m), ~ZF), m.shl(m.ne(m.a, 0), 6))),
  ),
  row('getmq', 'd', 'alu', (m) => m.set('d', m.mq)),
  row('setmq', 'a', 'alu', (m) => m.set('mq', m.a)),
];

export const ALU_ROWS: readonly AtomDraft[] = [
  ...Object.entries(PLAIN).flatMap(([name, value]) =>
    threeForms(name, 'alu', (m) => m.set('d', value(m))),
  ),
  ...Object.entries(FLAGGED).flatMap(([name, meaning]) =>
    WIDTHS.flatMap((width) => threeForms(`${name}${width}.c`, 'alu', (m) => meaning(m, width))),
  ),
  ...WIDTHS.map((width) => row(`inc${width}.c`, 'd,a', 'alu', (m) => step(m, width, true))),
  ...WIDTHS.map((width) => row(`dec${width}.c`, 'd,a', 'alu', (m) => step(m, width, false))),
  ...MOVES,
  ...SELECTS,
  ...STATUS,
];

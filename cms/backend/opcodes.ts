/**
 * Opcodes of the atoms that lowering uses, looked up by name once: the only place of the backend
 * where an atom's name stands.
 */
import type { AluOp } from '../../guest-isa/sem/template.js';
import { CONDITIONS } from '../../hw/atom/condition.js';
import { atomNamed } from '../../hw/atom/index.js';
import type { FlagOp, IrBinary, IrUnary } from '../ir/ir.js';

const opcode = (name: string): number => atomNamed(name).opcode;

/** A two-source row: second source a register, an 8-bit immediate, the molecule's literal (0: no such form). */
export interface TwoSource {
  readonly register: number;
  readonly imm8: number;
  readonly literal: number;
  /** The sources may be exchanged. */
  readonly commutes: boolean;
}

const threeForms = (name: string, commutes = false): TwoSource => ({
  register: opcode(name),
  imm8: opcode(`${name}#`),
  literal: opcode(`${name}##`),
  commutes,
});
const registerForm = (name: string): TwoSource => ({
  register: opcode(name),
  imm8: 0,
  literal: 0,
  commutes: false,
});

export const BINARY: Readonly<Record<IrBinary, TwoSource>> = {
  add: threeForms('add', true),
  sub: threeForms('sub'),
  and: threeForms('and', true),
  or: threeForms('or', true),
  xor: threeForms('xor', true),
  andn: threeForms('andn'),
  shl: threeForms('shl'),
  shr: threeForms('shr'),
  sar: threeForms('sar'),
  rol: threeForms('rol'),
  ror: threeForms('ror'),
  mul: threeForms('mul', true),
  eq: threeForms('eq', true),
  ne: threeForms('ne', true),
  ltu: threeForms('ltu'),
  lts: threeForms('lts'),
  ins8: registerForm('ins8'),
  ins8h: registerForm('ins8h'),
  ins16: registerForm('ins16'),
};

export const UNARY: Readonly<Record<IrUnary, number>> = {
  sx8: opcode('sx8'),
  sx16: opcode('sx16'),
  zx8: opcode('zx8'),
  zx16: opcode('zx16'),
  ext8h: opcode('ext8h'),
  bswap: opcode('bswap'),
};

/** By width: index 0 of 8 bits, 1 of 16, 2 of 32. */
export type ByWidth<T> = readonly [T, T, T];
export const widthIndex = (bits: 8 | 16 | 32): number => bits >> 4;
const byWidth = <T>(of: (bits: number) => T): ByWidth<T> => [of(8), of(16), of(32)];

/** Two sources, with flags: `op8.c` .. `op32.c`. */
export const FLAGGED: Readonly<Partial<Record<AluOp, ByWidth<TwoSource>>>> = {
  add: byWidth((n) => threeForms(`add${n}.c`, true)),
  adc: byWidth((n) => threeForms(`adc${n}.c`, true)),
  sub: byWidth((n) => threeForms(`sub${n}.c`)),
  sbb: byWidth((n) => threeForms(`sbb${n}.c`)),
  and: byWidth((n) => threeForms(`and${n}.c`, true)),
  or: byWidth((n) => threeForms(`or${n}.c`, true)),
  xor: byWidth((n) => threeForms(`xor${n}.c`, true)),
  shl: byWidth((n) => threeForms(`shl${n}.c`)),
  shr: byWidth((n) => threeForms(`shr${n}.c`)),
  sar: byWidth((n) => threeForms(`sar${n}.c`)),
  rol: byWidth((n) => threeForms(`rol${n}.c`)),
  ror: byWidth((n) => threeForms(`ror${n}.c`)),
  mul: byWidth((n) => registerForm(`mul${n}.c`)),
  imul: byWidth((n) => registerForm(`imul${n}.c`)),
};

/** One source, with flags. */
export const STEP: Readonly<Partial<Record<AluOp, ByWidth<number>>>> = {
  inc: byWidth((n) => opcode(`inc${n}.c`)),
  dec: byWidth((n) => opcode(`dec${n}.c`)),
};

export const DIVIDE: Readonly<Partial<Record<AluOp, ByWidth<number>>>> = {
  div: byWidth((n) => opcode(`div${n}`)),
  idiv: byWidth((n) => opcode(`idiv${n}`)),
};

/** Double shifts of 32 bits: register and imm8 form. */
export const DOUBLE_SHIFT: Readonly<Partial<Record<AluOp, readonly [number, number]>>> = {
  shld: [opcode('shld32.c'), opcode('shld32.c#')],
  shrd: [opcode('shrd32.c'), opcode('shrd32.c#')],
};
/** Bit tests of 16 and 32 bits: register and imm8 form. */
export const BIT_TEST = [
  [opcode('bt16.c'), opcode('bt16.c#')],
  [opcode('bt32.c'), opcode('bt32.c#')],
] as const;
export const SCAN: Readonly<Partial<Record<AluOp, number>>> = {
  bsf: opcode('bsf32.c'),
  bsr: opcode('bsr32.c'),
};

export const FLAG: Readonly<Record<FlagOp, number>> = {
  cmc: opcode('cmc.c'),
  stc: opcode('stc.c'),
  clc: opcode('clc.c'),
  sahf: opcode('sahf.c'),
  lahf: opcode('lahf'),
  keepzero: opcode('keepzero.c'),
};

export const SELECT = CONDITIONS.map((name) => opcode(`sel.${name}`));
export const BRANCH = CONDITIONS.map((name) => opcode(`br.${name}`));
export const TRAP = CONDITIONS.map((name) => opcode(`trap.${name}`));

/** Guest accesses of one mode: user or kernel. */
export interface GuestAccess {
  /** Index: bytes >> 1, of zero-extending and of sign-extending loads. */
  readonly load: readonly [number, number, number];
  readonly loadSigned: readonly [number, number, number];
  readonly store: readonly [number, number, number];
  readonly checkPage: number;
}
const guestAccess = (mode: 'u' | 'k'): GuestAccess => ({
  load: [opcode(`ld8u.${mode}`), opcode(`ld16u.${mode}`), opcode(`ld32.${mode}`)],
  loadSigned: [opcode(`ld8s.${mode}`), opcode(`ld16s.${mode}`), opcode(`ld32.${mode}`)],
  store: [opcode(`st8.${mode}`), opcode(`st16.${mode}`), opcode(`st32.${mode}`)],
  checkPage: opcode(`chkpage.${mode}`),
});
export const USER = guestAccess('u');
export const KERNEL = guestAccess('k');

export const MOVI = opcode('movi');
export const SETCC = opcode('setcc');
export const SELNZ = opcode('selnz');
export const GETMQ = opcode('getmq');
export const SETMQ = opcode('setmq');
export const LOAD_STATE = opcode('ld32.p');
export const STORE_STATE = opcode('st32.p');
export const BR = opcode('br');
export const BRNZ = opcode('brnz');
export const BRZ = opcode('brz');
export const TRAPNZ = opcode('trapnz');
export const EXIT = opcode('exit');
export const ASSIST = opcode('assist');
export const RSPUSH = opcode('rspush');
export const RSPOP = opcode('rspop');
export const NOP = opcode('nop');

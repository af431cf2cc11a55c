/**
 * The shape of a row: everything the project knows about one instruction form, in one place.
 * Decoder, disassembler, test assembler, interpreter and translator all read these rows.
 *
 * Opcode text: hexadecimal bytes as in the Intel manual, then
 *   `/r`     a modrm byte whose reg field names a register,
 *   `/0-7`   a modrm byte whose reg field is part of the opcode,
 *   `+r`     glued to the last byte: its low three bits name a register (`50+r`, `d8 c0+r`).
 * A byte after d8-df that is c0 or above is a whole modrm byte; likewise after `0f 01`.
 *
 * Operand codes are those of the Intel manual, vol. 2 appendix A.2, comma-separated, destination
 * first. First letter: E (r/m), G (reg), M (memory only), R (register only, in r/m), Z (register in
 * the opcode), I (immediate), J (relative target), A (far pointer), O (address), S (segment
 * register), C and D (control, debug register), X (ds:esi), Y (es:edi), P and Q (MMX register, MMX
 * register or memory), N (MMX register in r/m). Second
 * letter: b w d q, v (16 or 32), z (as v, for immediates), t (80 bits), p (far pointer), s
 * (table register image), a (bounds), bs (byte, sign-extended), none for M: address only.
 * Fixed: AL CL AX DX eAX (v wide), 1, ES CS SS DS FS GS, ST0, STi (x87 stack register).
 * Differences from the manual: Z and eAX/eDX stand for its various register names; bs is its
 * "Ib, sign-extended"; STi is its ST(i).
 */
import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import type { Operand, Sem } from '../sem/sem.js';
import { AF, CF, DF, IF, OF, PF, SF, ZF } from '../state/flags.js';

/** A meaning in terms of the abstract machine: recorded once, then interpreted or lifted. */
export type Meaning = (m: Sem, ...operands: Operand[]) => void;

/** What only the interpreter does: a translation ends or calls out there. State stays untouched on a fault. */
export type Direct = (cpu: Cpu, op: Insn) => void;

/** How an instruction ends straight-line code. */
export type Flow = 'next' | 'jump' | 'branch' | 'call' | 'return' | 'far' | 'trap' | 'halt';

export interface OpcodePattern {
  /** Opcode bytes without modrm; the last one has its low three bits clear where `inOpcode`. */
  readonly bytes: readonly number[];
  /** Register number in the low three bits of the last byte (opcode or fixed modrm). */
  readonly inOpcode: boolean;
  readonly hasModrm: boolean;
  /** reg field that belongs to the opcode, or -1. */
  readonly extension: number;
  /** Whole modrm byte (c0-ff) that belongs to the opcode, or -1. */
  readonly fixedModrm: number;
}

export interface FlagUse {
  readonly reads: number;
  readonly writes: number;
  /** Written, but to a value that the manual leaves undefined. */
  readonly undefined: number;
}

export interface InsnRow {
  readonly mnemonic: string;
  readonly opcodeText: string;
  readonly opcode: OpcodePattern;
  readonly operands: readonly string[];
  readonly flags: FlagUse;
  /** Faults beyond those that its memory operands bring (#PF, #GP, #SS, #AC). */
  readonly faults: readonly string[];
  readonly flow: Flow;
  /** May carry a LOCK prefix when its destination is memory. */
  readonly lockable: boolean;
  /** String instruction: `rep` counts ecx down, `repz` also ends on ZF. */
  readonly repeat: 'none' | 'rep' | 'repz';
  /** Exactly one of the two. */
  readonly meaning: Meaning | undefined;
  readonly direct: Direct | undefined;
  /** Of a direct row: the same at privilege level 0, where translations do this and do not call the interpreter. */
  readonly level0: Meaning | undefined;
  /** CPUID feature (configuration name) without which it raises #UD. */
  readonly feature: string | undefined;
}

export interface RowOptions {
  /** For example 'w:oszpc u:a r:c'; letters o s z a p c, d (DF), i (IF). Undefined flags count as written. */
  flags?: string;
  /** For example '#DE #UD'. */
  faults?: string;
  flow?: Flow;
  lock?: boolean;
  repeat?: 'rep' | 'repz';
  feature?: string;
  /** Of a direct row: its meaning at privilege level 0. */
  level0?: Meaning;
}

/** A row whose meaning is recorded. */
export function row(
  mnemonic: string,
  opcode: string,
  operands: string,
  meaning: Meaning,
  options: RowOptions = {},
): InsnRow {
  return makeRow(mnemonic, opcode, operands, options, meaning, undefined);
}

/** A row that is only interpreted. */
export function direct(
  mnemonic: string,
  opcode: string,
  operands: string,
  execute: Direct,
  options: RowOptions = {},
): InsnRow {
  return makeRow(mnemonic, opcode, operands, options, undefined, execute);
}

function makeRow(
  mnemonic: string,
  opcodeText: string,
  operands: string,
  options: RowOptions,
  meaning: Meaning | undefined,
  execute: Direct | undefined,
): InsnRow {
  return {
    mnemonic,
    opcodeText,
    opcode: parseOpcode(opcodeText),
    operands: operands === '' ? [] : operands.split(','),
    flags: parseFlags(options.flags ?? ''),
    faults: options.faults ? options.faults.split(' ') : [],
    flow: options.flow ?? 'next',
    lockable: options.lock ?? false,
    repeat: options.repeat ?? 'none',
    meaning,
    direct: execute,
    level0: options.level0,
    feature: options.feature,
  };
}

export function parseOpcode(text: string): OpcodePattern {
  const words = text.split(' ');
  const bytes: number[] = [];
  let inOpcode = false;
  let hasModrm = false;
  let extension = -1;
  for (const word of words) {
    if (word.startsWith('/')) {
      hasModrm = true;
      extension = word === '/r' ? -1 : Number.parseInt(word.slice(1), 8);
      continue;
    }
    inOpcode = word.endsWith('+r');
    bytes.push(Number.parseInt(inOpcode ? word.slice(0, -2) : word, 16));
  }
  const isX87 = bytes[0] >= 0xd8 && bytes[0] <= 0xdf;
  const is0f01 = bytes[0] === 0x0f && bytes[1] === 0x01;
  const opcodeLength = bytes[0] === 0x0f ? 2 : 1;
  const fixedModrm =
    (isX87 || is0f01) && bytes.length > opcodeLength ? (bytes.pop() as number) : -1;
  return { bytes, inOpcode, hasModrm: hasModrm || fixedModrm >= 0, extension, fixedModrm };
}

const FLAG_LETTERS: Readonly<Record<string, number>> = {
  o: OF,
  s: SF,
  z: ZF,
  a: AF,
  p: PF,
  c: CF,
  d: DF,
  i: IF,
};

function parseFlags(text: string): FlagUse {
  const use = { r: 0, w: 0, u: 0 };
  for (const part of text.split(' ').filter((p) => p !== '')) {
    const kind = part[0];
    if ((kind !== 'r' && kind !== 'w' && kind !== 'u') || part[1] !== ':')
      throw new Error(`flags: ${text}`);
    for (const letter of part.slice(2)) {
      const bit = FLAG_LETTERS[letter];
      if (bit === undefined) throw new Error(`flags: ${text}`);
      use[kind] |= bit;
    }
  }
  return { reads: use.r, writes: use.w | use.u, undefined: use.u };
}

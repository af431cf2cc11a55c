/** Operands of assembler text, in the syntax that the disassembler writes. */

import type { MemoryChoice } from './encode.js';
import { REGISTERS_8, REGISTERS_16, REGISTERS_32, SEGMENTS } from './names.js';

export type ParsedOperand =
  | { readonly kind: 'register'; readonly number: number; readonly bytes: 1 | 2 | 4 }
  /** Segment, control, debug, MMX or x87 register; the class is its letter in the operand codes (T for x87). */
  | {
      readonly kind: 'special';
      readonly class: 'S' | 'C' | 'D' | 'P' | 'T';
      readonly number: number;
    }
  | {
      readonly kind: 'memory';
      /** `byte`, `dword`, ...; empty where none is given. */
      readonly size: string;
      readonly segment: number | undefined;
      readonly address: MemoryChoice;
      /** Undefined where a plain displacement leaves it open. */
      readonly addrSize: 2 | 4 | undefined;
    }
  /** As written: -1 and 0xffffffff are different numbers. */
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'far'; readonly selector: number; readonly offset: number };

const NUMBER = /^-?(0x[0-9a-f]+|[0-9]+)$/;
const MEMORY = /^(?:(\w+) ptr )?(?:([c-gs]s|es):)?\[(.+)\]$/;

export function parseOperand(text: string): ParsedOperand {
  return parseRegister(text) ?? parseMemory(text) ?? parseNumber(text);
}

function parseRegister(text: string): ParsedOperand | undefined {
  const sets = [
    [REGISTERS_8, 1],
    [REGISTERS_16, 2],
    [REGISTERS_32, 4],
  ] as const;
  for (const [names, bytes] of sets) {
    if (names.includes(text)) return { kind: 'register', number: names.indexOf(text), bytes };
  }
  if (SEGMENTS.includes(text))
    return { kind: 'special', class: 'S', number: SEGMENTS.indexOf(text) };
  const match = /^(cr|dr|mm)([0-7])$|^st\(([0-7])\)$/.exec(text);
  if (!match) return undefined;
  if (match[3] !== undefined) return { kind: 'special', class: 'T', number: Number(match[3]) };
  const classes = { cr: 'C', dr: 'D', mm: 'P' } as const;
  return {
    kind: 'special',
    class: classes[match[1] as 'cr' | 'dr' | 'mm'],
    number: Number(match[2]),
  };
}

function parseNumber(text: string): ParsedOperand {
  const far = /^(0x[0-9a-f]+|[0-9]+):(0x[0-9a-f]+|[0-9]+)$/.exec(text);
  if (far) return { kind: 'far', selector: Number(far[1]), offset: Number(far[2]) | 0 };
  if (!NUMBER.test(text)) throw new Error(`no operand: ${text}`);
  const value = text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
  return { kind: 'number', value };
}

function parseMemory(text: string): ParsedOperand | undefined {
  const match = MEMORY.exec(text);
  if (!match) return undefined;
  const { address, addrSize } = parseAddress(match[3]);
  const segment = match[2] === undefined ? undefined : SEGMENTS.indexOf(match[2]);
  return { kind: 'memory', size: match[1] ?? '', segment, address, addrSize };
}

/** base+index*scale+disp, in any order of signs. */
function parseAddress(text: string): { address: MemoryChoice; addrSize: 2 | 4 | undefined } {
  let [base, index, scale, disp] = [-1, -1, 0, 0];
  let addrSize: 2 | 4 | undefined;
  for (const term of text
    .replace(/-/g, '+-')
    .split('+')
    .filter((t) => t !== '')) {
    const [name, factor] = term.split('*');
    const wide = REGISTERS_32.indexOf(name);
    const register = wide >= 0 ? wide : REGISTERS_16.indexOf(name);
    if (register < 0) {
      const number = parseNumber(term);
      if (number.kind === 'number') disp = (disp + number.value) | 0;
      continue;
    }
    addrSize = wide >= 0 ? 4 : 2;
    if (factor === undefined && base < 0) base = register;
    else {
      index = register;
      scale = Math.log2(Number(factor ?? 1));
    }
  }
  if (addrSize === undefined && disp >>> 0 > 0xffff) addrSize = 4;
  return { address: { base, index, scale, disp }, addrSize };
}

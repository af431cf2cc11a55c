/**
 * One atom's text to its row and operands: `add r1,r2,#4`, `br.nz loop`, `st32.u [r4],r5,#3`.
 * Which of the forms of a name is meant follows from how its last operand is written. Numbers may be
 * names that the caller knows (labels, constants).
 */
import type { AtomRow } from './atom.js';
import { CONDITIONS } from './condition.js';
import { BRANCH_UNIT_BYTES, FORM_FIELDS, NUMBER_RANGE } from './forms.js';
import { atomNamed, isAtomName } from './index.js';
import type { AtomInstance } from './molecule.js';

/** What a name in the text stands for; undefined: unknown. */
export type NameValue = (name: string) => number | undefined;

/** A sentence about the text; the assembler adds the line. */
export class AtomSyntaxError extends Error {}

export interface ParsedAtom {
  readonly row: AtomRow;
  readonly operands: readonly string[];
}

/** Splits the text and finds the row; numbers are evaluated later, when all labels are known. */
export function parseAtom(text: string): ParsedAtom {
  const [, name, rest] = /^(\S+)\s*(.*)$/.exec(text) ?? ['', text, ''];
  const operands = rest === '' ? [] : rest.split(',').map((operand) => operand.trim());
  const last = operands.at(-1) ?? '';
  const suffix = last.startsWith('##') ? '##' : last.startsWith('#') ? '#' : '';
  const full = isAtomName(name + suffix) ? name + suffix : name;
  if (!isAtomName(full)) throw new AtomSyntaxError(`no atom is called ${name}`);
  return { row: atomNamed(full), operands };
}

/** The operands of a parsed atom in a molecule at host address `pc`. */
export function evaluateAtom(
  { row, operands }: ParsedAtom,
  pc: number,
  value: NameValue,
): AtomInstance {
  const form = FORM_FIELDS[row.form];
  const left = [...operands];
  const next = (): string => {
    const operand = left.shift();
    if (operand === undefined) throw new AtomSyntaxError(`${row.name} takes ${row.form}`);
    return operand;
  };
  const registers = { d: 0, a: 0, b: 0 };
  for (const field of ['d', 'a', 'b'] as const) {
    if (!form[field]) continue;
    const inBrackets = field === 'a' && row.form.includes('[a]');
    registers[field] = parseRegister(next(), inBrackets);
  }
  const optional = form.number === 'mask' && left.length === 0;
  const imm = form.number === 'none' || optional ? 0 : parseNumber(row, next(), pc, value);
  if (left.length > 0) throw new AtomSyntaxError(`${row.name} takes ${row.form || 'no operands'}`);
  return { row, ...registers, imm };
}

function parseRegister(text: string, inBrackets: boolean): number {
  const found = (inBrackets ? /^\[\s*r(\d+)\s*\]$/ : /^r(\d+)$/).exec(text);
  const number = Number(found?.[1] ?? 64);
  if (number > 63)
    throw new AtomSyntaxError(`${text} is no register${inBrackets ? ' in brackets' : ''}`);
  return number;
}

function parseNumber(row: AtomRow, text: string, pc: number, value: NameValue): number {
  const { number } = FORM_FIELDS[row.form];
  const condition = row.form === 'd,imm8' ? (CONDITIONS as readonly string[]).indexOf(text) : -1;
  if (condition >= 0) return condition;
  const mark =
    number === 'literal' ? '##' : ['imm8', 'number8', 'mask'].includes(number) ? '#' : '';
  const digits = text.slice(mark.length);
  if (!text.startsWith(mark) || digits.startsWith('#'))
    throw new AtomSyntaxError(`${row.name}: ${text} should be written ${mark}number`);
  const plain = evaluate(digits, value);
  if (number === 'literal') return checkLiteral(row, text, plain);
  const isTarget = number === 'disp22' || number === 'disp14';
  const field = isTarget ? (plain - pc) / BRANCH_UNIT_BYTES : plain;
  if (!Number.isInteger(field))
    throw new AtomSyntaxError(
      `${row.name}: ${text} is no multiple of ${BRANCH_UNIT_BYTES} bytes away`,
    );
  const [lowest, highest] = NUMBER_RANGE[number];
  if (field < lowest || field > highest)
    throw new AtomSyntaxError(
      isTarget
        ? `${row.name}: ${text} is too far`
        : `${row.name}: ${text} is not in ${lowest} to ${highest}`,
    );
  return field;
}

/** A literal may be written signed or unsigned. */
function checkLiteral(row: AtomRow, text: string, value: number): number {
  if (value < -0x8000_0000 || value > 0xffff_ffff)
    throw new AtomSyntaxError(`${row.name}: ${text} has more than 32 bits`);
  return value | 0;
}

/** Numbers (decimal, 0x), names, and sums and differences of them. */
export function evaluate(text: string, value: NameValue): number {
  const terms = text.match(/[+-]?[^+-]+/g) ?? [];
  if (terms.length === 0 || terms.join('') !== text)
    throw new AtomSyntaxError(`${text === '' ? 'nothing' : text} where a number should be`);
  return terms.reduce((sum, term) => {
    const [, sign, word] = /^([+-]?)\s*(.*?)\s*$/.exec(term) ?? ['', '', ''];
    const known = /^(\d+|0x[\da-f]+)$/i.test(word) ? Number(word) : value(word);
    if (known === undefined) throw new AtomSyntaxError(`${word} is not defined`);
    return sign === '-' ? sum - known : sum + known;
  }, 0);
}

/**
 * Compiles recorded meanings to JavaScript functions over the working file: for each atom
 * `(w, d, a, b, imm) => void` with the numbers of its registers. An atom's reads all precede its
 * writes, so d may be one of its sources; condition codes and MQ are words of the file (registers.ts).
 *
 * The text is that of the record: values used once are nested expressions, others constants. All
 * values are signed 32-bit integers. Compiled functions belong to who asked for them, so that two
 * machines share nothing.
 */
import type { AtomRow } from './atom.js';
import { conditionNode } from './condition.js';
import { secondIsImmediate } from './forms.js';
import { atoms } from './index.js';
import {
  type AtomMeaning,
  type BinaryOp,
  type MeaningNode,
  type MeaningSource,
  type MeaningTarget,
  record,
} from './meaning.js';
import { CC_CARRY, CC_RESULT, MQ } from './registers.js';

export type AtomFunction = (w: Int32Array, d: number, a: number, b: number, imm: number) => void;

/** How a source reads in the text. */
export type SourceText = Readonly<Record<MeaningSource, string>>;

export interface EmittedMeaning {
  /** Constants, in order; none of them writes anything. */
  readonly statements: readonly string[];
  /** Expressions over constants and sources: all have to be evaluated before the first is written. */
  readonly writes: readonly { readonly target: MeaningTarget; readonly expression: string }[];
}

const BINARY: Readonly<Record<BinaryOp, (x: string, y: string) => string>> = {
  add: (x, y) => `(${x} + ${y} | 0)`,
  sub: (x, y) => `(${x} - ${y} | 0)`,
  and: (x, y) => `(${x} & ${y})`,
  or: (x, y) => `(${x} | ${y})`,
  xor: (x, y) => `(${x} ^ ${y})`,
  shl: (x, y) => `(${x} << ${y})`,
  shr: (x, y) => `(${x} >>> ${y} | 0)`,
  sar: (x, y) => `(${x} >> ${y})`,
  rotl: (x, y) => `(${x} << ${y} | ${x} >>> 32 - ${y})`,
  mul: (x, y) => `Math.imul(${x}, ${y})`,
  mulHighSigned: (x, y) => `mulHighSigned(${x}, ${y})`,
  mulHighUnsigned: (x, y) => `mulHighUnsigned(${x}, ${y})`,
  eq: (x, y) => `(${x} === ${y} ? 1 : 0)`,
  ne: (x, y) => `(${x} !== ${y} ? 1 : 0)`,
  ltu: (x, y) => `(${x} >>> 0 < ${y} >>> 0 ? 1 : 0)`,
  lts: (x, y) => `(${x} < ${y} ? 1 : 0)`,
};

function unaryText(op: (MeaningNode & { kind: 'unary' })['op'], x: string): string {
  switch (op) {
    case 'eqz':
      return `(${x} === 0 ? 1 : 0)`;
    case 'clz':
      return `Math.clz32(${x})`;
    case 'ctz':
      return `(${x} === 0 ? 32 : 31 - Math.clz32(${x} & -${x}))`;
    case 'sx8':
      return `(${x} << 24 >> 24)`;
    case 'sx16':
      return `(${x} << 16 >> 16)`;
  }
}

/** Nodes that a node uses; those that its text repeats stand twice. */
function operands(node: MeaningNode): readonly MeaningNode[] {
  switch (node.kind) {
    case 'constant':
    case 'read':
      return [];
    case 'unary':
      return node.op === 'ctz' ? [node.x, node.x] : [node.x];
    case 'binary':
      return node.op === 'rotl' ? [node.x, node.x, node.y, node.y] : [node.x, node.y];
    case 'select':
      return [node.condition, node.consequent, node.alternative];
  }
}

/** The text of a meaning; `prefix` begins the names of its constants. */
export function emitMeaning(
  meaning: AtomMeaning,
  source: SourceText,
  prefix: string,
): EmittedMeaning {
  const uses = new Uint32Array(meaning.nodes.length);
  const mark = (node: MeaningNode): void => {
    if (uses[node.id]++ === 0) operands(node).forEach(mark);
  };
  for (const { value } of meaning.writes) mark(value);
  const text: string[] = [];
  const statements: string[] = [];
  for (const node of meaning.nodes) {
    if (uses[node.id] === 0) continue;
    text[node.id] = nodeText(node, source, text);
    if (uses[node.id] === 1 || node.kind === 'constant') continue;
    statements.push(`const ${prefix}${node.id} = ${text[node.id]};`);
    text[node.id] = `${prefix}${node.id}`;
  }
  return {
    statements,
    writes: meaning.writes.map(({ target, value }) => ({ target, expression: text[value.id] })),
  };
}

function nodeText(node: MeaningNode, source: SourceText, text: readonly string[]): string {
  switch (node.kind) {
    case 'constant':
      return node.value < 0 ? `(${node.value})` : `${node.value}`;
    case 'read':
      return source[node.source];
    case 'unary':
      return unaryText(node.op, text[node.x.id]);
    case 'binary':
      return BINARY[node.op](text[node.x.id], text[node.y.id]);
    case 'select':
      return `(${text[node.condition.id]} !== 0 ? ${text[node.consequent.id]} : ${text[node.alternative.id]})`;
  }
}

const STATUS_TEXT = {
  result: `w[${CC_RESULT}]`,
  carry: `w[${CC_CARRY}]`,
  mq: `w[${MQ}]`,
} as const;

/** `function atom_add32_c(w, d, a, b, imm) {...}`; the name is for profiles. */
export function atomSource(row: AtomRow, meaning: AtomMeaning): string {
  const source: SourceText = {
    a: 'w[a]',
    b: secondIsImmediate(row) ? 'imm' : 'w[b]',
    d: 'w[d]',
    ...STATUS_TEXT,
  };
  const { statements, writes } = emitMeaning(meaning, source, 'v');
  const place = { d: 'w[d]', ...STATUS_TEXT };
  const body =
    writes.length === 1
      ? [`${place[writes[0].target]} = ${writes[0].expression};`]
      : [
          ...writes.map(({ target, expression }) => `const to_${target} = ${expression};`),
          ...writes.map(({ target }) => `${place[target]} = to_${target};`),
        ];
  const name = row.name.replace('##', '_imm32').replace('#', '_imm8').replace('.', '_');
  return `function atom_${name}(w, d, a, b, imm) {\n  ${[...statements, ...body].join('\n  ')}\n}`;
}

/** One function for each row that has a meaning, by opcode. */
export function compileAtoms(): readonly (AtomFunction | undefined)[] {
  const sources = atoms.map((row) => (row.meaning ? atomSource(row, row.meaning) : 'undefined'));
  // All in one text: one parse instead of three hundred.
  const make = new Function(
    'mulHighSigned',
    'mulHighUnsigned',
    `'use strict';\nreturn [\n${sources.join(',\n')}\n];`,
  ) as (...helpers: unknown[]) => readonly (AtomFunction | undefined)[];
  return make(mulHighSigned, mulHighUnsigned);
}

/** Functions that the text of meanings calls, by their names in it. */
export const MEANING_FUNCTIONS = { mulHighSigned, mulHighUnsigned } as const;

/** How the condition codes and MQ read in the text. */
export type StatusText = Readonly<Record<'result' | 'carry' | 'mq', string>>;

/** An x86 condition code as an expression of value 0 or 1, by default over the working file `w`. */
export function conditionJs(code: number, status: StatusText = STATUS_TEXT): string {
  const meaning = record((m) => m.set('d', conditionNode(m, code)));
  const none = { a: '', b: '', d: '' };
  // Reads of w are free to repeat: no constants wanted, so every use is written out.
  const text: string[] = [];
  for (const node of meaning.nodes) text[node.id] = nodeText(node, { ...none, ...status }, text);
  return text[meaning.writes[0].value.id];
}

/** Whether an x86 condition code holds on the condition codes of a working file: 0 or 1. */
export const condition = new Function(
  'w',
  'code',
  `'use strict';
  switch (code) {
${Array.from({ length: 16 }, (_, code) => `    case ${code}: return ${conditionJs(code)};`).join('\n')}
  }
  throw new RangeError('no condition code ' + code);`,
) as (w: Int32Array, code: number) => number;

/** High 32 bits of the unsigned product: by 16-bit halves, as a double cannot hold it. */
function mulHighUnsigned(x: number, y: number): number {
  const xl = x & 0xffff;
  const xh = x >>> 16;
  const yl = y & 0xffff;
  const yh = y >>> 16;
  const middle = xh * yl + ((xl * yl) >>> 16);
  const low = xl * yh + (middle & 0xffff);
  return (xh * yh + Math.floor(middle / 0x1_0000) + (low >>> 16)) | 0;
}

function mulHighSigned(x: number, y: number): number {
  return (mulHighUnsigned(x, y) - (x < 0 ? y : 0) - (y < 0 ? x : 0)) | 0;
}

/**
 * The test assembler: one line of text, as the disassembler writes it, to bytes. Of all encodings
 * that the rows offer it takes the shortest, and of those the first row's.
 */
import { operandBytes } from '../insn/operand-codes.js';
import type { InsnRow } from '../insn/row.js';
import { type EncodingForm, encode, type OperandChoice } from './encode.js';
import { OPERANDS_IMPLIED, sizedMnemonic, sizeWord, WORD_IN_MEMORY } from './names.js';
import { type ParsedOperand, parseOperand } from './parse-operand.js';

type Building = { -readonly [K in keyof OperandChoice]: OperandChoice[K] } & {
  immediates: number[];
  segment?: number | undefined;
  addrSize?: 2 | 4 | undefined;
  /** Branch target, to be made relative once the length is known. */
  target?: number;
};

const PREFIX = /^(lock|repe|repne|rep) /;

export class Assembler {
  constructor(private readonly rows: readonly InsnRow[]) {}

  /** Throws where no row fits. */
  assemble(text: string, eip: number, code32: boolean): number[] {
    // xchg eax, eax by its better name.
    if (text === 'nop') return [0x90];
    const prefix = PREFIX.exec(text)?.[1];
    const rest = text.replace(PREFIX, '');
    const [mnemonic, ...tail] = rest.split(' ');
    const operandText = tail.join(' ');
    const operands = operandText === '' ? [] : operandText.split(', ').map(parseOperand);
    let best: number[] | undefined;
    for (const row of this.rows) {
      for (const opSize of code32 ? ([4, 2] as const) : ([2, 4] as const)) {
        const bytes = tryRow(row, mnemonic, operands, { opSize, prefix, eip, code32 });
        if (bytes && (!best || bytes.length < best.length)) best = bytes;
      }
    }
    if (!best) throw new Error(`cannot assemble: ${text}`);
    return best;
  }
}

interface Situation {
  readonly opSize: 2 | 4;
  readonly prefix: string | undefined;
  readonly eip: number;
  readonly code32: boolean;
}

function tryRow(
  row: InsnRow,
  mnemonic: string,
  operands: readonly ParsedOperand[],
  at: Situation,
): number[] | undefined {
  const building: Building = { immediates: [] };
  const codes = OPERANDS_IMPLIED.has(row.mnemonic) ? [] : row.operands;
  // jcxz and jecxz tell the address size by their names.
  const native: 2 | 4 = at.code32 ? 4 : 2;
  const byName = ([native, native === 4 ? 2 : 4] as const).find(
    (size) => sizedMnemonic(row, at.opSize, size) === mnemonic,
  );
  if (byName === undefined || codes.length !== operands.length) return undefined;
  if (!codes.every((code, i) => takeOperand(row, code, operands[i], at.opSize, building)))
    return undefined;
  if (!targetFits(codes[0] ?? '', building, at)) return undefined;
  const repeat =
    at.prefix === undefined || at.prefix === 'lock' ? 0 : at.prefix === 'repne' ? 2 : 3;
  if (repeat !== 0 && row.repeat === 'none') return undefined;
  const form: EncodingForm = {
    code32: at.code32,
    opSize: at.opSize,
    addrSize: building.addrSize ?? byName,
    repeat,
    ...(building.segment === undefined ? {} : { segment: building.segment }),
    ...(at.prefix === 'lock' ? { lock: true } : {}),
  };
  return building.target === undefined
    ? encode(row, building, form)
    : encodeBranch(row, building, form, at.eip);
}

/** With 16-bit operands a branch cuts EIP to 16 bits: only as the code's own size, and if the target is so short. */
function targetFits(code: string, building: Building, at: Situation): boolean {
  if (code[0] !== 'J' && code !== 'Ap') return true;
  const target = building.target ?? building.immediates[0];
  return at.opSize === 4 || (!at.code32 && target >>> 0 <= 0xffff);
}

/** A relative branch; undefined where the target is too far. */
function encodeBranch(
  row: InsnRow,
  building: Building,
  form: EncodingForm,
  eip: number,
): number[] | undefined {
  const length = encode(row, { immediates: [0] }, form).length;
  let distance = ((building.target ?? 0) - eip - length) | 0;
  if (form.opSize === 2) distance = (distance << 16) >> 16;
  if (row.operands[0] === 'Jb' && (distance << 24) >> 24 !== distance) return undefined;
  return encode(row, { immediates: [distance] }, form);
}

function takeOperand(
  row: InsnRow,
  code: string,
  operand: ParsedOperand,
  opSize: 2 | 4,
  b: Building,
): boolean {
  switch (operand.kind) {
    case 'register':
      return takeRegister(code, operand.number, operand.bytes, opSize, b);
    case 'special':
      return takeSpecial(code, operand.class, operand.number, b);
    case 'memory':
      return takeMemory(row, code, operand, opSize, b);
    case 'number':
      return takeNumber(code, operand.value, opSize, b);
    case 'far':
      if (code !== 'Ap') return false;
      b.immediates.push(operand.offset, operand.selector);
      return true;
  }
}

const FIXED: Readonly<Record<string, readonly [number, number]>> = {
  AL: [0, 1],
  CL: [1, 1],
  AX: [0, 2],
  DX: [2, 2],
};

function takeRegister(
  code: string,
  number: number,
  bytes: number,
  opSize: 2 | 4,
  b: Building,
): boolean {
  if (code === 'eAX') return number === 0 && bytes === opSize;
  const fixed = FIXED[code];
  if (fixed) return fixed[0] === number && fixed[1] === bytes;
  if (
    !'EGZR'.includes(code[0]) ||
    code === 'GS' ||
    code === 'ES' ||
    operandBytes(code, opSize) !== bytes
  )
    return false;
  if (code[0] === 'G') b.reg = number;
  else if (code[0] === 'Z') b.low = number;
  else b.rm = number;
  return true;
}

function takeSpecial(code: string, registerClass: string, number: number, b: Building): boolean {
  if (registerClass === 'T') {
    if (code === 'STi') b.low = number;
    return code === 'STi' || (code === 'ST0' && number === 0);
  }
  if (registerClass === 'S' && /^[ECSDFG]S$/.test(code))
    return ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'][number] === code;
  if (registerClass === 'P' && (code[0] === 'Q' || code[0] === 'N')) {
    b.rm = number;
    return true;
  }
  b.reg = number;
  return code[0] === registerClass && code.length === 2;
}

function takeMemory(
  row: InsnRow,
  code: string,
  operand: ParsedOperand & { kind: 'memory' },
  opSize: 2 | 4,
  b: Building,
): boolean {
  const isString = code[0] === 'X' || code[0] === 'Y';
  if (!isString && (!'EMQO'.includes(code[0]) || code === 'ES')) return false;
  const size =
    code[0] === 'O' ? '' : sizeWord(WORD_IN_MEMORY.has(row.opcodeText) ? 'Ew' : code, opSize);
  if (!isString && operand.size !== size) return false;
  b.addrSize = operand.addrSize;
  if (isString) {
    if (code[0] === 'X' && operand.segment !== 3) b.segment = operand.segment;
    return operand.address.base === (code[0] === 'X' ? 6 : 7);
  }
  b.segment = operand.segment;
  if (code[0] !== 'O') {
    b.rm = operand.address;
    return true;
  }
  b.immediates.push(operand.address.disp);
  return operand.address.base < 0 && operand.address.index < 0;
}

function takeNumber(code: string, value: number, opSize: 2 | 4, b: Building): boolean {
  if (code === '1') return value === 1;
  if (code[0] === 'J') {
    b.target = value;
    return true;
  }
  if (code[0] !== 'I') return false;
  b.immediates.push(value);
  if (code === 'Ib') return value >= -0x80 && value <= 0xff;
  if ((code === 'Iw' || opSize === 2) && (value < -0x8000 || value > 0xffff)) return false;
  const full = opSize === 2 ? (value << 16) >> 16 : value | 0;
  return code !== 'Ibs' || (value << 24) >> 24 === full;
}

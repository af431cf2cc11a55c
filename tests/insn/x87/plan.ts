/**
 * Plans the cases of one x87 or MMX row: stack with and without what the row needs, registers,
 * control and status word, memory operand. Same row and seed, same cases.
 */
import { Rng } from '../../../base/rng.js';
import type { InsnRow } from '../../../guest-isa/insn/row.js';
import {
  AT_CS,
  AT_CW,
  AT_DP,
  AT_DS,
  AT_FOP,
  AT_IP,
  AT_REGISTERS,
  AT_SW,
  AT_TW,
  type Case,
  IMAGE_BYTES,
  MEMORY,
  MEMORY_BYTES,
} from './case.js';
import { steered } from './steer.js';
import {
  type Bytes,
  bcdBytes,
  f32Bytes,
  f64Bytes,
  integerBytes,
  randomF80,
  relatedF80,
} from './values.js';

export const CASES_PER_ROW = 260;

export const rowKey = (row: InsnRow): string =>
  `${row.mnemonic} ${row.opcodeText} ${row.operands.join(',')}`.trim();

/** FNV-1a of the row's name. */
function rowSeed(row: InsnRow): number {
  let hash = 0x811c9dc5;
  for (const c of rowKey(row)) hash = Math.imul(hash ^ c.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

export function planRow(row: InsnRow, count = CASES_PER_ROW, salt = 0): Case[] {
  const rng = new Rng(rowSeed(row) ^ salt);
  return Array.from({ length: count }, () => planCase(row, rng));
}

export const isMmx = (row: InsnRow): boolean => row.feature === 'mmx';

function planCase(row: InsnRow, rng: Rng): Case {
  const low = rng.below(8);
  const memory = new Uint8Array(MEMORY_BYTES).fill(0xa5);
  const image = new Uint8Array(IMAGE_BYTES);
  planImage(row, rng, low, image);
  const inMemory = usesMemory(row, rng);
  if (inMemory) memory.set(memoryOperand(row, rng, image));
  return {
    code: encode(row, rng, low, inMemory),
    eax: rng.u32() | 0,
    eflags: 0x202 | (rng.u32() & 0x8d5),
    image,
    memory,
  };
}

function usesMemory(row: InsnRow, rng: Rng): boolean {
  if (row.operands.some((code) => code[0] === 'M')) return true;
  return row.operands.some((code) => code[0] === 'Q' || code === 'Ed') && rng.chance(0.5);
}

/** The operand is at MEMORY, as a plain 32-bit address; environments also in their 16-bit format. */
function encode(row: InsnRow, rng: Rng, low: number, inMemory: boolean): number[] {
  const { bytes, fixedModrm, extension, inOpcode, hasModrm } = row.opcode;
  const sized = /^f(n?stenv|ldenv|n?save|rstor)$/.test(row.mnemonic);
  const code = [...(sized && rng.chance(0.4) ? [0x66] : []), ...bytes];
  if (fixedModrm >= 0) code.push(fixedModrm | (inOpcode ? low : 0));
  else if (hasModrm) {
    const reg = (extension < 0 ? rng.below(8) : extension) << 3;
    // Of general registers eax only: the runner uses the others.
    const rm = row.operands.includes('Ed') ? 0 : low;
    if (inMemory) code.push(0x05 | reg, MEMORY & 0xff, (MEMORY >> 8) & 0xff, MEMORY >> 16, 0);
    else code.push(0xc0 | reg | rm);
  }
  if (row.operands.includes('Ib')) code.push(rng.chance(0.7) ? rng.below(70) : rng.below(256));
  return code;
}

function planImage(row: InsnRow, rng: Rng, low: number, image: Uint8Array): void {
  const view = new DataView(image.buffer);
  const control = planControl(rng);
  const top = rng.below(8);
  view.setUint32(AT_CW, control | 0xffff0000, true);
  view.setUint32(AT_SW, planStatus(row, rng, control) | (top << 11) | 0xffff0000, true);
  const needed = row.operands.includes('STi') ? low : 1;
  view.setUint32(AT_TW, planTags(rng, top, needed) | 0xffff0000, true);
  view.setUint32(AT_IP, rng.u32(), true);
  view.setUint16(AT_CS, 0x23, true);
  view.setUint16(AT_FOP, rng.u32() & 0x7ff, true);
  view.setUint32(AT_DP, rng.u32(), true);
  view.setUint32(AT_DS, 0xffff002b, true);
  const first = randomF80(rng);
  for (let i = 0; i < 8; i++) {
    const value = i === 0 ? first : rng.chance(0.5) ? relatedF80(rng, first) : randomF80(rng);
    image.set(isMmx(row) ? mmxRegister(rng) : value, AT_REGISTERS + 10 * i);
  }
  if (!isMmx(row)) steered(row.mnemonic, rng, image);
}

function planControl(rng: Rng): number {
  const precision = rng.pick([3, 3, 3, 2, 2, 0, 0]);
  const masks = rng.chance(0.65) ? 0x3f : rng.chance(0.3) ? 0 : rng.below(64);
  return 0x40 | (precision << 8) | (rng.below(4) << 10) | masks | (rng.chance(0.1) ? 0x1000 : 0);
}

/** Flags that are set already are masked, except in a few cases with an exception pending. */
function planStatus(row: InsnRow, rng: Rng, control: number): number {
  const condition = rng.u32() & 0x4700;
  const fault = rng.chance(0.15) ? 0x40 : 0;
  const flags = rng.chance(0.4) ? rng.below(64) : 0;
  const often = /^fn?(clex|init|st|save)|^fwait|^fxsave/.test(row.mnemonic);
  const pending = rng.chance(often ? 0.3 : 0.05) && (flags & ~control & 0x3f) !== 0;
  if (pending) return condition | fault | flags | 0x8080;
  return condition | fault | (flags & control & 0x3f);
}

/** Three quarters of the stacks hold what the row needs and leave room for a push. */
function planTags(rng: Rng, top: number, needed: number): number {
  let word = 0;
  const filled = Math.max(needed, rng.below(7));
  const sane = rng.chance(0.75);
  for (let i = 0; i < 8; i++) {
    const empty = sane ? i > filled || (i === 7 && needed < 7) : rng.chance(0.4);
    if (empty) word |= 3 << (2 * ((top + i) & 7));
  }
  return word;
}

/** As MMX data: any bits, halves and bytes at the edges. */
function mmxRegister(rng: Rng): Bytes {
  const bytes = mmxData(rng);
  return [...bytes, ...(rng.chance(0.5) ? [0xff, 0xff] : integerBytes(rng, 2))];
}

function mmxData(rng: Rng): Bytes {
  const kind = rng.below(4);
  const edges = [0, 1, 0x7f, 0x80, 0xff, 0xfe];
  if (kind === 0) return Array.from({ length: 8 }, () => rng.below(256));
  if (kind === 1) return Array.from({ length: 8 }, () => rng.pick(edges));
  if (kind === 2)
    return [rng.below(80), ...(rng.chance(0.8) ? new Array(7).fill(0) : integerBytes(rng, 7))];
  return Array.from({ length: 4 }, () =>
    rng.pick([
      [0, 0],
      [0xff, 0x7f],
      [0, 0x80],
      [0xff, 0xff],
      [1, 0],
      [0x80, 0],
      [0x7f, 0],
      [0x80, 0xff],
    ]),
  ).flat();
}

function memoryOperand(row: InsnRow, rng: Rng, image: Uint8Array): Uint8Array | Bytes {
  const code = row.operands.find((o) => /^[MQE]/.test(o)) ?? '';
  if (isMmx(row)) return mmxData(rng);
  const integer = /^fi/.test(row.mnemonic);
  switch (code) {
    case 'Mw':
      return row.mnemonic === 'fldcw' ? integerBytes(rng, 2) : integerBytes(rng, 2);
    case 'Md':
      return integer ? integerBytes(rng, 4) : f32Bytes(rng);
    case 'Mq':
      return integer ? integerBytes(rng, 8) : f64Bytes(rng);
    case 'Mt':
      return row.mnemonic === 'fbld' ? bcdBytes(rng) : relatedF80(rng, [...image.subarray(28, 38)]);
    default:
      return row.mnemonic === 'fxrstor' ? fxsaveImage(rng) : stateImage(rng);
  }
}

/** Anything goes in an image that FLDENV or FRSTOR loads. */
function stateImage(rng: Rng): Bytes {
  const words = Array.from({ length: 7 }, () => rng.u32());
  const bytes = words.flatMap((w) => [w & 0xff, (w >>> 8) & 0xff, (w >>> 16) & 0xff, w >>> 24]);
  for (let i = 0; i < 8; i++) bytes.push(...randomF80(rng));
  return bytes;
}

/** MXCSR has to be a valid one. */
function fxsaveImage(rng: Rng): Uint8Array {
  const image = new Uint8Array(MEMORY_BYTES);
  const view = new DataView(image.buffer);
  view.setUint16(0, rng.u32(), true);
  view.setUint16(2, rng.u32(), true);
  image[4] = rng.below(256);
  view.setUint16(6, rng.below(0x800), true);
  view.setUint32(8, rng.u32(), true);
  view.setUint32(16, rng.u32(), true);
  view.setUint32(24, 0x1f80, true);
  for (let i = 0; i < 8; i++) image.set(randomF80(rng), 32 + 16 * i);
  return image;
}

/** Plays a case on the interpreter and gives what came out in the form that runner.c reports. */
import { tagsOf, tagWord } from '../../../guest-isa/fpu/tag-word.js';
import { readEflags, writeEflags } from '../../../guest-isa/state/flags.js';
import {
  CR0,
  CS,
  DS,
  EAX,
  FPU_CS,
  FPU_CW,
  FPU_DP,
  FPU_DS,
  FPU_HI,
  FPU_IP,
  FPU_LO,
  FPU_OPCODE,
  FPU_SE,
  FPU_SW,
  FPU_TAGS,
  SEG_SELECTOR,
} from '../../../guest-isa/state/layout.js';
import { type Board, execute, makeBoard } from '../../board.js';
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
  INSN,
  MEMORY,
  MEMORY_BYTES,
  type Outcome,
} from './case.js';

const CR0_PE_MP_NE = 0x23;

/** A board on which cases can be played, with the selectors of a 64-bit Linux. */
export function makeStage(): Board {
  const board = makeBoard(1 << 18);
  const { s } = board.cpu;
  s[CR0] = CR0_PE_MP_NE;
  s[SEG_SELECTOR + CS] = 0x23;
  s[SEG_SELECTOR + DS] = 0x2b;
  return board;
}

export function play(board: Board, c: Case): Outcome {
  const { cpu, memory, faults } = board;
  const { s } = cpu;
  loadImage(s, c.image);
  memory.ram.set(c.memory, MEMORY);
  s[EAX] = c.eax;
  writeEflags(s, c.eflags);
  faults.length = 0;
  execute(board, c.code, INSN, 1);
  return {
    fault: faults.length > 0 ? faults[0].vector : 0,
    eax: s[EAX],
    eflags: readEflags(s),
    image: saveImage(s),
    memory: Uint8Array.from(memory.ram.subarray(MEMORY, MEMORY + MEMORY_BYTES)),
  };
}

/** What FRSTOR does, in plain words. */
function loadImage(s: Int32Array, image: Uint8Array): void {
  const view = new DataView(image.buffer, image.byteOffset);
  s[FPU_CW] = view.getUint16(AT_CW, true);
  s[FPU_SW] = view.getUint16(AT_SW, true);
  s[FPU_TAGS] = tagsOf(view.getUint16(AT_TW, true));
  s[FPU_IP] = view.getInt32(AT_IP, true);
  s[FPU_CS] = view.getUint16(AT_CS, true);
  s[FPU_OPCODE] = view.getUint16(AT_FOP, true);
  s[FPU_DP] = view.getInt32(AT_DP, true);
  s[FPU_DS] = view.getUint16(AT_DS, true);
  for (let i = 0; i < 8; i++) {
    const p = (i + (s[FPU_SW] >> 11)) & 7;
    s[FPU_LO + p] = view.getInt32(AT_REGISTERS + 10 * i, true);
    s[FPU_HI + p] = view.getInt32(AT_REGISTERS + 10 * i + 4, true);
    s[FPU_SE + p] = view.getUint16(AT_REGISTERS + 10 * i + 8, true);
  }
}

/** What FNSAVE stores. */
function saveImage(s: Int32Array): Uint8Array {
  const image = new Uint8Array(IMAGE_BYTES);
  const view = new DataView(image.buffer);
  view.setUint32(AT_CW, s[FPU_CW] | 0xffff0000, true);
  view.setUint32(AT_SW, s[FPU_SW] | 0xffff0000, true);
  view.setUint32(AT_TW, tagWord(s) | 0xffff0000, true);
  view.setInt32(AT_IP, s[FPU_IP], true);
  view.setUint16(AT_CS, s[FPU_CS], true);
  view.setUint16(AT_FOP, s[FPU_OPCODE], true);
  view.setInt32(AT_DP, s[FPU_DP], true);
  view.setUint32(AT_DS, s[FPU_DS] | 0xffff0000, true);
  for (let i = 0; i < 8; i++) {
    const p = (i + (s[FPU_SW] >> 11)) & 7;
    view.setInt32(AT_REGISTERS + 10 * i, s[FPU_LO + p], true);
    view.setInt32(AT_REGISTERS + 10 * i + 4, s[FPU_HI + p], true);
    view.setUint16(AT_REGISTERS + 10 * i + 8, s[FPU_SE + p], true);
  }
  return image;
}

/**
 * The x87 environment and state images of FSTENV, FLDENV, FSAVE and FRSTOR (Intel SDM vol. 1,
 * figures 8-9 to 8-12): seven words of 16 or 32 bits, in the protected-mode format with selectors or
 * in the real-mode format (also of virtual-8086 mode) with linear pointers, then eight registers in
 * stack order. Only the 16-bit protected format lacks the opcode.
 *
 * Reserved halves of the 32-bit formats are stored as ones, as processors do.
 */
import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import {
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
} from '../state/layout.js';
import { tagsOf, tagWord } from './tag-word.js';
import { CW_BITS, CW_ONE } from './words.js';

export const REGISTERS_BYTES = 80;

export const environmentBytes = (op: Insn): number => (op.opSize === 4 ? 28 : 14);

const upperOnes = (word: number): number => word | 0xffff0000;

/** Writes the environment; the caller has probed the memory. */
export function writeEnvironment(cpu: Cpu, op: Insn, offset: number): void {
  const s = cpu.s;
  const words = [s[FPU_CW], s[FPU_SW], tagWord(s), ...pointers(cpu, op.opSize)];
  if (op.opSize === 2) {
    words.forEach((word, i) => {
      cpu.write16(op.seg, (offset + 2 * i) | 0, word);
    });
    return;
  }
  words.forEach((word, i) => {
    const half = i < 3 || (cpu.paragraphMode ? i === 3 || i === 5 : i === 6);
    cpu.write32(op.seg, (offset + 4 * i) | 0, half ? upperOnes(word) : word);
  });
}

/** The four pointer words as stored. */
function pointers(cpu: Cpu, opSize: 2 | 4): number[] {
  const s = cpu.s;
  if (cpu.paragraphMode) {
    const ip = linear(s[FPU_CS], s[FPU_IP]);
    const dp = linear(s[FPU_DS], s[FPU_DP]);
    const high = opSize === 4 ? 0xffff : 0xf;
    return [
      ip & 0xffff,
      (((ip >>> 16) & high) << 12) | s[FPU_OPCODE],
      dp & 0xffff,
      ((dp >>> 16) & high) << 12,
    ];
  }
  const opcode = opSize === 4 ? s[FPU_OPCODE] << 16 : 0;
  return [s[FPU_IP], s[FPU_CS] | opcode, s[FPU_DP], s[FPU_DS]];
}

const linear = (selector: number, offset: number): number => ((selector << 4) + offset) | 0;

/** Reads an environment into the state; every word is read before the first one is taken. */
export function readEnvironment(cpu: Cpu, op: Insn, offset: number): void {
  const words: number[] = [];
  for (let i = 0; i < 7; i++) {
    words.push(
      op.opSize === 2
        ? cpu.read16(op.seg, (offset + 2 * i) | 0)
        : cpu.read32(op.seg, (offset + 4 * i) | 0),
    );
  }
  takeEnvironment(cpu, op.opSize, words);
}

function takeEnvironment(cpu: Cpu, opSize: 2 | 4, words: readonly number[]): void {
  const s = cpu.s;
  s[FPU_CW] = controlWord(words[0]);
  s[FPU_SW] = words[1] & 0xffff;
  s[FPU_TAGS] = tagsOf(words[2]);
  const [ip, cs, dp, ds] = words.slice(3);
  if (cpu.paragraphMode) {
    const upper = opSize === 4 ? 0x0ffff000 : 0xf000;
    s[FPU_IP] = (ip & 0xffff) | ((cs & upper) << 4);
    s[FPU_CS] = 0;
    s[FPU_OPCODE] = cs & 0x7ff;
    s[FPU_DP] = (dp & 0xffff) | ((ds & upper) << 4);
    s[FPU_DS] = 0;
  } else {
    s[FPU_IP] = ip;
    s[FPU_CS] = cs & 0xffff;
    s[FPU_OPCODE] = opSize === 4 ? (cs >>> 16) & 0x7ff : 0;
    s[FPU_DP] = dp;
    s[FPU_DS] = ds & 0xffff;
  }
  cpu.fpu.summarize();
}

/** A control word as the processor keeps it. */
export const controlWord = (word: number): number => (word & CW_BITS) | CW_ONE;

/** Writes ST0-ST7; the caller has probed the memory. */
export function writeRegisters(cpu: Cpu, seg: number, offset: number): void {
  const s = cpu.s;
  for (let i = 0; i < 8; i++) {
    const p = cpu.fpu.index(i);
    const at = offset + 10 * i;
    cpu.write32(seg, at | 0, s[FPU_LO + p]);
    cpu.write32(seg, (at + 4) | 0, s[FPU_HI + p]);
    cpu.write16(seg, (at + 8) | 0, s[FPU_SE + p]);
  }
}

/** Reads the environment and ST0-ST7 behind it. */
export function readState(cpu: Cpu, op: Insn, offset: number): void {
  const first = offset + environmentBytes(op);
  const words: number[] = [];
  for (let i = 0; i < 8; i++) {
    const at = first + 10 * i;
    words.push(
      cpu.read32(op.seg, at | 0),
      cpu.read32(op.seg, (at + 4) | 0),
      cpu.read16(op.seg, (at + 8) | 0),
    );
  }
  readEnvironment(cpu, op, offset);
  const s = cpu.s;
  for (let i = 0; i < 8; i++) {
    const p = cpu.fpu.index(i);
    s[FPU_LO + p] = words[3 * i];
    s[FPU_HI + p] = words[3 * i + 1];
    s[FPU_SE + p] = words[3 * i + 2];
  }
}

/**
 * The FXSAVE image (Intel SDM vol. 1, 10.5; table 10-2, 32-bit format) on a processor without SSE:
 * the first 160 bytes of 512. MXCSR and its mask are stored as zero and not looked at when loaded;
 * what lies behind the registers is not touched.
 */
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
import { controlWord } from './environment.js';

export const FXSAVE_BYTES = 512;
export const FXSAVE_ALIGN_BYTES = 16;
const REGISTERS = 32;

/** Writes the image; the caller has probed the memory. */
export function writeFxsave(cpu: Cpu, seg: number, offset: number): void {
  const s = cpu.s;
  const words = [
    s[FPU_CW] | (s[FPU_SW] << 16),
    s[FPU_TAGS] | (s[FPU_OPCODE] << 16),
    s[FPU_IP],
    s[FPU_CS],
    s[FPU_DP],
    s[FPU_DS],
    0,
    0,
  ];
  for (let i = 0; i < 8; i++) {
    const p = cpu.fpu.index(i);
    words.push(s[FPU_LO + p], s[FPU_HI + p], s[FPU_SE + p], 0);
  }
  words.forEach((word, i) => {
    cpu.write32(seg, (offset + 4 * i) | 0, word);
  });
}

/** Reads an image whole, then takes it. */
export function readFxsave(cpu: Cpu, seg: number, offset: number): void {
  const words: number[] = [];
  for (let i = 0; i < REGISTERS / 4 + 32; i++) words.push(cpu.read32(seg, (offset + 4 * i) | 0));
  const s = cpu.s;
  s[FPU_CW] = controlWord(words[0]);
  s[FPU_SW] = words[0] >>> 16;
  s[FPU_TAGS] = words[1] & 0xff;
  s[FPU_OPCODE] = (words[1] >>> 16) & 0x7ff;
  s[FPU_IP] = words[2];
  s[FPU_CS] = words[3] & 0xffff;
  s[FPU_DP] = words[4];
  s[FPU_DS] = words[5] & 0xffff;
  for (let i = 0; i < 8; i++) {
    const p = cpu.fpu.index(i);
    const at = REGISTERS / 4 + 4 * i;
    s[FPU_LO + p] = words[at];
    s[FPU_HI + p] = words[at + 1];
    s[FPU_SE + p] = words[at + 2] & 0xffff;
  }
  cpu.fpu.summarize();
}

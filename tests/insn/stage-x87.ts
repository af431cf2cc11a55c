/**
 * x87 state of the stage: between the FNSAVE image of a case (32-bit protected mode layout, SDM
 * vol. 1, figure 8-9) and the processor's state words. Instruction and data pointers are not taken
 * over: silicon of today no longer keeps them as the manual says.
 */
import type { Cpu } from '../../guest-isa/interp/cpu.js';
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
} from '../../guest-isa/state/layout.js';
import { X87_BYTES } from './case.js';

const REGISTERS = 28;
const EMPTY = 3;

export class StageX87 {
  constructor(private readonly cpu: Cpu) {}

  load(image: Uint8Array): void {
    const { s } = this.cpu;
    const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
    s[FPU_CW] = view.getUint16(0, true);
    s[FPU_SW] = view.getUint16(4, true);
    for (const pointer of [FPU_OPCODE, FPU_IP, FPU_CS, FPU_DP, FPU_DS]) s[pointer] = 0;
    const tags = view.getUint16(8, true);
    s[FPU_TAGS] = 0;
    for (let i = 0; i < 8; i++) if (((tags >> (2 * i)) & 3) !== EMPTY) s[FPU_TAGS] |= 1 << i;
    for (let i = 0; i < 8; i++) {
      const physical = (i + (s[FPU_SW] >> 11)) & 7;
      s[FPU_LO + physical] = view.getInt32(REGISTERS + 10 * i, true);
      s[FPU_HI + physical] = view.getInt32(REGISTERS + 10 * i + 4, true);
      s[FPU_SE + physical] = view.getUint16(REGISTERS + 10 * i + 8, true);
    }
  }

  /** Environment without pointers, registers in stack order. Tags are in the abridged form's two values: 0 in use, 3 empty. */
  save(): Uint8Array {
    const { s } = this.cpu;
    const image = new Uint8Array(X87_BYTES);
    const view = new DataView(image.buffer);
    view.setUint16(0, s[FPU_CW], true);
    view.setUint16(4, s[FPU_SW], true);
    let tags = 0;
    for (let i = 0; i < 8; i++) if (((s[FPU_TAGS] >> i) & 1) === 0) tags |= EMPTY << (2 * i);
    view.setUint16(8, tags, true);
    for (let i = 0; i < 8; i++) {
      const physical = (i + (s[FPU_SW] >> 11)) & 7;
      view.setInt32(REGISTERS + 10 * i, s[FPU_LO + physical], true);
      view.setInt32(REGISTERS + 10 * i + 4, s[FPU_HI + physical], true);
      view.setUint16(REGISTERS + 10 * i + 8, s[FPU_SE + physical], true);
    }
    return image;
  }
}

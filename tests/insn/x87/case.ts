/**
 * One x87 or MMX instruction test: the state before and after, in the layout that runner.c reads
 * and writes. The x87 state is a 32-bit protected-mode FNSAVE image.
 */
export const CODE = 0x10000;
export const MEMORY = 0x20000;
export const IMAGE = 0x30000;
/** The instruction's place; `runner.c` builds its frame around it. */
export const INSN = CODE + 0x40;

export const IMAGE_BYTES = 108;
export const MEMORY_BYTES = 512;
const INPUT_BYTES = 16 + 8 + IMAGE_BYTES + MEMORY_BYTES;
const OUTPUT_BYTES = 12 + IMAGE_BYTES + MEMORY_BYTES;

/** Offsets in the image. */
export const AT_CW = 0;
export const AT_SW = 4;
export const AT_TW = 8;
export const AT_IP = 12;
export const AT_CS = 16;
export const AT_FOP = 18;
export const AT_DP = 20;
export const AT_DS = 24;
export const AT_REGISTERS = 28;

export interface Case {
  readonly code: readonly number[];
  readonly eax: number;
  readonly eflags: number;
  readonly image: Uint8Array;
  readonly memory: Uint8Array;
}

export interface Outcome {
  /** 0, or the vector of the fault; image and registers mean nothing then. */
  readonly fault: number;
  readonly eax: number;
  readonly eflags: number;
  readonly image: Uint8Array;
  readonly memory: Uint8Array;
}

export function writeCases(cases: readonly Case[]): Buffer {
  const out = Buffer.alloc(INPUT_BYTES * cases.length);
  cases.forEach((c, i) => {
    const at = i * INPUT_BYTES;
    out.set(c.code, at);
    out[at + 15] = c.code.length;
    out.writeInt32LE(c.eax, at + 16);
    out.writeUInt32LE(c.eflags, at + 20);
    out.set(c.image, at + 24);
    out.set(c.memory, at + 24 + IMAGE_BYTES);
  });
  return out;
}

export function readOutcomes(bytes: Buffer): Outcome[] {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < bytes.length; at += OUTPUT_BYTES) {
    const image = at + 12;
    outcomes.push({
      fault: bytes.readUInt32LE(at),
      eax: bytes.readInt32LE(at + 4),
      eflags: bytes.readUInt32LE(at + 8),
      image: Uint8Array.from(bytes.subarray(image, image + IMAGE_BYTES)),
      memory: Uint8Array.from(bytes.subarray(image + IMAGE_BYTES, at + OUTPUT_BYTES)),
    });
  }
  return outcomes;
}

/** Random encodings of a row, for the tests of assembler and disassembler. */
import type { Rng } from '../../../base/rng.js';
import {
  type EncodingForm,
  encode,
  FORMS16,
  type MemoryChoice,
  type OperandChoice,
} from '../../../guest-isa/disasm/encode.js';
import { memoryOnly, operandClass, registerOnly } from '../../../guest-isa/insn/operand-codes.js';
import type { InsnRow } from '../../../guest-isa/insn/row.js';

export interface RandomEncoding {
  readonly bytes: number[];
  readonly choice: OperandChoice;
  readonly form: EncodingForm;
}

export function randomEncoding(rng: Rng, row: InsnRow, code32: boolean): RandomEncoding {
  const isMmx = row.feature === 'mmx' || row.feature === 'fxsr';
  const native = code32 ? 4 : 2;
  const other = code32 ? 2 : 4;
  const modrm =
    row.operands.some((o) => operandClass(o) === 'modrm-rm') && row.opcode.fixedModrm < 0;
  const onlyMemory = row.operands.some(memoryOnly);
  const memory = modrm && !row.operands.some(registerOnly) && (onlyMemory || rng.chance(0.6));
  const form: EncodingForm = {
    code32,
    opSize: !isMmx && rng.chance(0.3) ? other : native,
    addrSize: rng.chance(0.2) ? other : native,
    rotate: rng.below(4),
    ...(memory && rng.chance(0.2) ? { segment: rng.below(6) } : {}),
    ...(memory && row.lockable && rng.chance(0.2) ? { lock: true } : {}),
    ...(row.repeat !== 'none' && rng.chance(0.5) ? { repeat: 3 as const } : {}),
  };
  const immediates = row.operands.flatMap((o) =>
    operandClass(o) !== 'immediate'
      ? []
      : o[0] === 'A'
        ? [rng.u32() | 0, rng.below(0x10000)]
        : [rng.u32() | 0],
  );
  const choice: OperandChoice = {
    ...(modrm ? { rm: memory ? randomMemory(rng, form.addrSize) : rng.below(8) } : {}),
    reg: registerOf(rng, row),
    low: rng.below(8),
    immediates,
  };
  return { bytes: encode(row, choice, form), choice, form };
}

/** Registers that exist: six segment registers, cr0 2 3 4, all others eight. */
function registerOf(rng: Rng, row: InsnRow): number {
  if (row.operands.some((o) => o[0] === 'S')) return rng.below(6);
  if (row.operands.some((o) => /^C[a-z]/.test(o))) return rng.pick([0, 2, 3, 4]);
  return rng.below(8);
}

function randomMemory(rng: Rng, addrSize: 2 | 4): MemoryChoice {
  const kind = rng.below(3);
  const disp =
    kind === 0
      ? 0
      : kind === 1
        ? rng.below(256) - 128
        : addrSize === 4
          ? rng.u32() | 0
          : (rng.u32() << 16) >> 16;
  if (addrSize === 2)
    return rng.chance(0.1)
      ? { base: -1, index: -1, scale: 0, disp }
      : { ...rng.pick(FORMS16), scale: 0, disp };
  const base = rng.below(9) - 1;
  const index = rng.chance(0.5) ? -1 : rng.pick([0, 1, 2, 3, 5, 6, 7]);
  return { base, index, scale: index < 0 ? 0 : rng.below(4), disp, sib: rng.chance(0.1) };
}

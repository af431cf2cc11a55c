/**
 * Plans the cases of one row: encoding form, operands, memory, and the values that matter to the
 * instruction. Same row and seed, same cases. What one mnemonic needs beyond the common scheme is
 * in special-values.ts.
 */
import { Rng } from '../../../base/rng.js';
import { type EncodingForm, encode, type OperandChoice } from '../../../guest-isa/disasm/encode.js';
import { memoryOnly, operandClass, registerOnly } from '../../../guest-isa/insn/operand-codes.js';
import type { InsnRow } from '../../../guest-isa/insn/row.js';
import { type Case, edgeOrRandom, seededCase, seededX87 } from '../case.js';
import { CODE, descriptorOf, SEGMENT_SETS, segmentBase } from '../stage-layout.js';
import { immediateValue, isPatchable, littleEndian } from './operand-values.js';
import { type Draft, placeMemory, segmentDescriptor, segmentOffset } from './place-memory.js';
import { specialValues } from './special-values.js';

const DS = 3;
const DF = 0x400;
const AC = 0x40000;
const LONGEST = 15;

/** A draft with its encoding so far; operands are numbers that the special values may still change. */
export interface RowDraft extends Draft {
  readonly row: InsnRow;
  readonly form: EncodingForm;
  readonly choice: { -readonly [K in keyof OperandChoice]: OperandChoice[K] } & {
    immediates: number[];
  };
  /** Linear address of the modrm operand in memory, or -1. */
  memoryAt: number;
  readonly memoryBytes: number;
}

export function planRow(row: InsnRow, seed: number, count: number): Case[] {
  return Array.from({ length: count }, (_, i) => planCase(row, (seed + i) >>> 0));
}

function planCase(row: InsnRow, seed: number): Case {
  const c = seededCase(seed);
  const rng = new Rng(seed ^ 0x5eed_0bad);
  if (rng.chance(0.25)) c.eflags |= DF;
  if (rng.chance(0.04)) c.eflags |= AC;
  const usesMemory = touchesMemory(row);
  c.segments = chooseSegments(rng, usesMemory);
  const form = chooseForm(rng, row, c, usesMemory);
  const draft: RowDraft = {
    rng,
    c,
    row,
    form,
    pinned: new Set(),
    choice: { immediates: [] },
    memoryAt: -1,
    memoryBytes: accessBytes(row, form.opSize),
  };
  if (usesX87(row)) c.x87 = seededX87(seed);
  chooseOperands(draft);
  specialValues(draft);
  fillMemory(draft);
  finishCode(draft);
  return c;
}

export const usesModrmMemory = (row: InsnRow): boolean =>
  row.operands.some((o) => operandClass(o) === 'modrm-rm');

/** Does the row read or write x87 or MMX state? */
export function usesX87(row: InsnRow): boolean {
  const [first, second] = row.opcode.bytes;
  const isX87 = (first >= 0xd8 && first <= 0xdf) || first === 0x9b;
  return isX87 || row.feature === 'mmx' || (first === 0x0f && second === 0xae);
}

export function touchesMemory(row: InsnRow): boolean {
  if (row.opcode.fixedModrm >= 0) return false;
  return (
    row.mnemonic === 'xlat' ||
    row.operands.some((o) => 'EMQOXY'.includes(o[0]) && !/^(ES|eAX|eDX)$/.test(o))
  );
}

/** Sizes of what M operands without a width name (32-bit formats). */
const IMAGE_BYTES: Readonly<Record<string, number>> = {
  fnstenv: 28,
  fldenv: 28,
  fnsave: 108,
  frstor: 108,
  fxsave: 512,
  fxrstor: 512,
};

/** Bytes that the memory operand takes. */
export function accessBytes(row: InsnRow, opSize: 2 | 4): number {
  const code = row.operands.find((o) => 'EMQO'.includes(o[0]) && !/^(ES|eAX)$/.test(o)) ?? '';
  switch (code.slice(1)) {
    case 'b':
      return 1;
    case 'w':
      return 2;
    case 'd':
      return 4;
    case 'q':
      return 8;
    case 't':
      return 10;
    case 'p':
      return opSize + 2;
    case 's':
      return 6;
    case 'a':
      return 2 * opSize;
    case '':
      return code === '' ? opSize : (IMAGE_BYTES[row.mnemonic] ?? 4);
    default:
      return opSize;
  }
}

/** Weights of the segment sets (stage-layout.ts), in percent. */
const WITH_MEMORY = [60, 14, 6, 4, 3, 3, 2, 3, 2, 2, 1];
const WITHOUT_MEMORY = [72, 16, 0, 0, 0, 6, 3, 1, 0, 0, 2];

function chooseSegments(rng: Rng, usesMemory: boolean): number {
  const weights = usesMemory ? WITH_MEMORY : WITHOUT_MEMORY;
  let left = rng.below(100);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return 0;
}

/** True where 66, f2 or f3 in front select another instruction on later processors. */
export const prefixesMeanOthers = (row: InsnRow): boolean =>
  row.opcode.bytes[0] === 0x0f && (row.feature === 'mmx' || row.feature === 'fxsr');

function chooseForm(rng: Rng, row: InsnRow, c: Case, usesMemory: boolean): EncodingForm {
  const code32 = descriptorOf(SEGMENT_SETS[c.segments][1])?.big ?? true;
  const sized =
    row.operands.length === 0 || row.operands.some((o) => /^.[vzpa]$|^eAX$|^Ibs$|^J/.test(o));
  const swapOperand = !prefixesMeanOthers(row) && rng.chance(sized ? 0.4 : 0.08);
  const native: 2 | 4 = code32 ? 4 : 2;
  const other: 2 | 4 = code32 ? 2 : 4;
  const swapAddress = rng.chance(addressSwaps(row, c, usesMemory));
  const form = {
    code32,
    opSize:
      swapOperand && row.mnemonic !== 'bswap'
        ? other
        : row.mnemonic === 'bswap' && !code32
          ? other
          : native,
    addrSize: swapAddress ? other : native,
    rotate: rng.below(4),
    ...(rng.chance(usesMemory ? 0.2 : 0.03) ? { segment: rng.below(6) } : {}),
    ...repeatPrefix(rng, row),
  };
  return rng.chance(0.03) ? { ...form, extra: extraPrefixes(rng, row, form) } : form;
}

function addressSwaps(row: InsnRow, c: Case, usesMemory: boolean): number {
  if (/^loop|^j.?cxz/.test(row.mnemonic)) return 0.4;
  if (!usesMemory) return 0.03;
  return c.segments === 0 ? 0.06 : 0.35;
}

function repeatPrefix(rng: Rng, row: InsnRow): { repeat?: 2 | 3 } {
  if (row.repeat === 'none' || rng.chance(0.3)) return {};
  return { repeat: rng.chance(0.5) ? 3 : 2 };
}

/** Prefixes that change nothing: repeated ones, and segments that a later prefix overrides. */
function extraPrefixes(rng: Rng, row: InsnRow, form: EncodingForm): number[] {
  const doubled: number[] = [];
  if (form.segment !== undefined) doubled.push(rng.pick([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]));
  if (form.code32 !== (form.opSize === 4) && !prefixesMeanOthers(row)) doubled.push(0x66, 0x66);
  if (form.code32 !== (form.addrSize === 4)) doubled.push(0x67);
  return doubled;
}

function chooseOperands(draft: RowDraft): void {
  const { rng, row, form, choice } = draft;
  choice.reg = row.operands.some((o) => o[0] === 'S')
    ? rng.pick([0, 0, 2, 3, 3, 4, 5, 5, 1, 6])
    : rng.below(8);
  choice.low = rng.below(8);
  if (usesModrmMemory(row) && row.opcode.fixedModrm < 0) chooseRm(draft);
  for (const code of row.operands) {
    if (operandClass(code) !== 'immediate') continue;
    if (code[0] === 'O') {
      const d = segmentDescriptor(draft.c, form.segment ?? DS);
      const offset = segmentOffset(rng, d, draft.memoryBytes) & (form.addrSize === 2 ? 0xffff : -1);
      choice.immediates.push(offset);
      draft.memoryAt = (offset + (d?.base ?? 0)) >>> 0;
    } else choice.immediates.push(immediateValue(rng, code), ...(code[0] === 'A' ? [0] : []));
  }
}

function chooseRm(draft: RowDraft): void {
  const { rng, row, form, choice } = draft;
  const register =
    row.operands.some(registerOnly) || (!row.operands.some(memoryOnly) && rng.chance(0.45));
  if (register) {
    choice.rm = rng.below(8);
    return;
  }
  const placed = placeMemory(draft, form.addrSize, form.segment, draft.memoryBytes);
  choice.rm = placed.choice;
  draft.memoryAt = placed.linear;
}

/** Often gives the memory operand a value of the kind that registers have. */
function fillMemory(draft: RowDraft): void {
  const { rng, c, memoryAt, memoryBytes } = draft;
  if (memoryAt < 0 || c.patches.length > 0 || !rng.chance(0.6)) return;
  putMemory(
    draft,
    memoryAt,
    Array.from({ length: Math.ceil(memoryBytes / 4) }, () => edgeOrRandom(rng)),
    memoryBytes,
  );
}

/** Sets memory before the case from 32-bit words, where it can be set. */
export function putMemory(draft: Draft, at: number, words: readonly number[], bytes: number): void {
  if (!isPatchable(at, bytes)) return;
  draft.c.patches.push({ at, bytes: words.flatMap((w) => littleEndian(w, 4)).slice(0, bytes) });
}

/** LOCK with these reaches CR8 on AMD's processors. */
const LOCK_MEANS_OTHER = /^0f 2[02] /;

function finishCode(draft: RowDraft): void {
  const { rng, row, c } = draft;
  const memory = typeof draft.choice.rm === 'object';
  const lock =
    rng.chance(row.lockable && memory ? 0.15 : 0.015) && !LOCK_MEANS_OTHER.test(row.opcodeText);
  c.code = encode(row, draft.choice, lock ? { ...draft.form, lock } : draft.form);
  if (rng.chance(0.004)) c.code = [...new Array(LONGEST + 1 - c.code.length).fill(0x3e), ...c.code];
  c.run ||= draft.form.repeat !== undefined;
  const crossing = rng.chance(0.06) && c.code.length > 1;
  const linear = crossing
    ? CODE + 0x1000 - 1 - rng.below(c.code.length - 1)
    : CODE + 0x10 + rng.below(0x1e00);
  c.eip = (linear - segmentBase(SEGMENT_SETS[c.segments][1])) >>> 0;
}

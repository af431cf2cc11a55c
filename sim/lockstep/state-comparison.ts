/**
 * Which words of the two state blocks must agree, and when. Left out are those that say how time or
 * flags are kept and not what the guest would see: START_EIP, the lazy flags' words (EFLAGS is compared
 * instead), REMAINING, AUX, the count of repeated iterations (translated code counts later), MID_REPEAT,
 * INTERRUPT_REQUEST.
 */
import { REGISTERS_32, SEGMENTS } from '../../guest-isa/disasm/names.js';
import { arithmeticFlags, readEflags } from '../../guest-isa/state/flags.js';
import * as W from '../../guest-isa/state/layout.js';

/** A place where machine and golden twin differ. */
export interface Unequal {
  readonly name: string;
  readonly machine: number;
  readonly golden: number;
}

const NOT_COMPARED: ReadonlySet<number> = new Set([
  W.ZERO,
  W.EIP,
  W.START_EIP,
  W.FLAG_RESULT,
  W.FLAG_CARRY,
  W.FLAGS_SYSTEM,
  W.REMAINING,
  W.AUX,
  W.REPEAT_EXTRA_LO,
  W.REPEAT_EXTRA_HI,
  W.MID_REPEAT,
  W.INTERRUPT_REQUEST,
  W.A20_MASK,
]);
const GENERAL = 8;

const NAMES: readonly (readonly [string, number, number])[] = [
  ['selector', W.SEG_SELECTOR, 8],
  ['base', W.SEG_BASE, 8],
  ['limit', W.SEG_LIMIT, 8],
  ['attributes', W.SEG_ATTR, 8],
  ['access', W.SEG_FAST, 8],
  ['dr', W.DR0, 8],
  ['x87 low', W.FPU_LO, 8],
  ['x87 high', W.FPU_HI, 8],
  ['x87 sign and exponent', W.FPU_SE, 8],
];
const SINGLE: Readonly<Record<number, string>> = {
  [W.GDTR_BASE]: 'gdtr base',
  [W.GDTR_LIMIT]: 'gdtr limit',
  [W.IDTR_BASE]: 'idtr base',
  [W.IDTR_LIMIT]: 'idtr limit',
  [W.CR0]: 'cr0',
  [W.CR2]: 'cr2',
  [W.CR3]: 'cr3',
  [W.CR4]: 'cr4',
  [W.CPL]: 'cpl',
  [W.HALTED]: 'halted',
  [W.INHIBIT]: 'inhibit',
  [W.FPU_CW]: 'x87 control',
  [W.FPU_SW]: 'x87 status',
  [W.FPU_TAGS]: 'x87 tags',
  [W.FPU_OPCODE]: 'x87 opcode',
  [W.FPU_IP]: 'x87 instruction pointer',
  [W.FPU_CS]: 'x87 instruction selector',
  [W.FPU_DP]: 'x87 data pointer',
  [W.FPU_DS]: 'x87 data selector',
};
const SEGMENT_NAMES = [...SEGMENTS, 'ldtr', 'tr'];

/** Name of a word of the state block, for reports. */
export function wordName(word: number): string {
  if (word < GENERAL) return REGISTERS_32[word] as string;
  for (const [name, first, count] of NAMES) {
    const index = word - first;
    if (index < 0 || index >= count) continue;
    if (first >= W.SEG_SELECTOR && first <= W.SEG_FAST) return `${SEGMENT_NAMES[index]} ${name}`;
    return `${name}${index}`;
  }
  return SINGLE[word] ?? `state word ${word}`;
}

/** Do the registers that translated code changes agree? The machine's guest stands at `eip`. */
export function sameRegisters(ours: Int32Array, eip: number, theirs: Int32Array): boolean {
  for (let i = 0; i < GENERAL; i++) if (ours[i] !== theirs[i]) return false;
  if (eip !== theirs[W.EIP] || ours[W.FLAGS_SYSTEM] !== theirs[W.FLAGS_SYSTEM]) return false;
  return (
    (ours[W.FLAG_RESULT] === theirs[W.FLAG_RESULT] &&
      ours[W.FLAG_CARRY] === theirs[W.FLAG_CARRY]) ||
    arithmeticFlags(ours) === arithmeticFlags(theirs)
  );
}

/** And everything else that the guest could see? */
export function sameRest(ours: Int32Array, theirs: Int32Array): boolean {
  for (let i = GENERAL; i < W.STATE_WORDS; i++)
    if (ours[i] !== theirs[i] && !NOT_COMPARED.has(i)) return false;
  return true;
}

/** All that differs. */
export function unequalWords(ours: Int32Array, eip: number, theirs: Int32Array): Unequal[] {
  const found: Unequal[] = [];
  const compare = (name: string, machine: number, golden: number): void => {
    if (machine !== golden) found.push({ name, machine, golden });
  };
  for (let i = 0; i < W.STATE_WORDS; i++)
    if (!NOT_COMPARED.has(i)) compare(wordName(i), ours[i], theirs[i]);
  compare('eip', eip, theirs[W.EIP]);
  compare('eflags', readEflags(ours), readEflags(theirs));
  return found;
}

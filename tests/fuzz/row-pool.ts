/**
 * Rows that random programs draw from, and how much of them is defined: instructions whose result
 * depends on what the manual leaves undefined, on the machine, or on privilege stay out.
 */

import { rows } from '../../guest-isa/insn/index.js';
import type { InsnRow } from '../../guest-isa/insn/row.js';
import { usesX87 } from '../insn/plan/plan-row.js';
import { rowKey } from '../insn/row-key.js';
import { UNPLAYED } from '../insn/unplayed.js';

/** Left out by name: privileged, about segments, or handled by templates of their own (stack, strings). */
const OUT =
  /^(in|out|ins|outs|cli|sti|hlt|l[gil]dt|ltr|lmsw|clts|invd|wbinvd|invlpg|rdmsr|wrmsr|sysexit|l[defgs]s|lar|lsl|verr|verw|arpl|bound|into|ud2|push.*|pop.*|enter|leave|movs|cmps|stos|lods|scas|div|idiv|xlat|bswap|fx?save|fxrstor|emms)$/;
/** x87: whole images (they hold pointers), control words that could unmask, transcendental functions, and what tolerances.ts lists. */
const OUT_X87 =
  /^(fn?stenv|fldenv|fn?save|frstor|fxsave|fxrstor|fldcw|f2xm1|fyl2x|fyl2xp1|fptan|fpatan|fsin|fcos|fsincos|fu?comip?|fninit)$/;
const FITTING = /^([EG][bwvd]|Z[bv]|I[bvz]|Ibs|Iw|1|CL|AL|AX|DX|eAX|M|M[bwdqt]|[PQN][qd]|ST0|STi)$/;

function fits(row: InsnRow): boolean {
  if (
    row.flow !== 'next' ||
    UNPLAYED.has(rowKey(row)) ||
    OUT.test(row.mnemonic) ||
    OUT_X87.test(row.mnemonic)
  )
    return false;
  return row.operands.every((o) => FITTING.test(o)) && row.repeat === 'none';
}

export const INTEGER_ROWS: readonly InsnRow[] = rows.filter((row) => fits(row) && !usesX87(row));
export const X87_ROWS: readonly InsnRow[] = rows.filter(
  (row) => fits(row) && usesX87(row) && row.feature !== 'mmx',
);
export const MMX_ROWS: readonly InsnRow[] = rows.filter(
  (row) => fits(row) && row.feature === 'mmx',
);

const findRow = (mnemonic: string, opcode: string): InsnRow => {
  const row = rows.find((r) => r.mnemonic === mnemonic && r.opcodeText === opcode);
  if (!row) throw new Error(`no row ${mnemonic} ${opcode}`);
  return row;
};

/** Rows that templates are made of. */
export const TEMPLATE_ROWS = {
  push: findRow('push', '50+r'),
  pop: findRow('pop', '58+r'),
  divide: ['f6 /6', 'f7 /6', 'f6 /7', 'f7 /7'].map(
    (opcode) => rows.find((r) => r.opcodeText === opcode) as InsnRow,
  ),
  strings: rows.filter((r) => /^(movs|cmps|stos|lods|scas)$/.test(r.mnemonic)),
} as const;

/**
 * Handlers of decoded instructions: looked up by row and variant, compiled from the row's template
 * when first needed. An instance belongs to one machine.
 */
import type { Exec, Insn } from '../decode/insn.js';
import type { InsnRow } from '../insn/row.js';
import { recordTemplate } from '../sem/record.js';
import { compileHandler, type RepeatForm } from './emit-handler.js';
import { bulkRepeat } from './string-bulk.js';

export class Handlers {
  /** By row, then by variant number. */
  private readonly compiled = new Map<InsnRow, (Exec | undefined)[]>();

  /** The handler of a decoded instruction. */
  of(row: InsnRow, insn: Insn): Exec {
    if (row.direct) return row.direct;
    const repeat = repeatForm(row, insn);
    const variant = (insn.opSize >> 2) + (insn.isMem ? 2 : 0) + 4 * REPEAT_FORMS.indexOf(repeat);
    let variants = this.compiled.get(row);
    if (!variants) {
      variants = new Array(4 * REPEAT_FORMS.length).fill(undefined);
      this.compiled.set(row, variants);
    }
    variants[variant] ??= compile(row, insn, repeat);
    return variants[variant];
  }
}

const REPEAT_FORMS: readonly RepeatForm[] = ['none', 'rep', 'repe', 'repne'];

function compile(row: InsnRow, insn: Insn, repeat: RepeatForm): Exec {
  const template = recordTemplate(row, { operandSize: insn.opSize, isMem: insn.isMem });
  const form = `${insn.opSize * 8}${insn.isMem ? 'm' : 'r'}${repeat === 'none' ? '' : repeat}`;
  const exec = compileHandler(`${row.mnemonic}_${row.opcodeText}_${form}`, template, repeat);
  return repeat === 'rep' ? bulkRepeat(row, insn.opSize, exec) : exec;
}

function repeatForm(row: InsnRow, insn: Insn): RepeatForm {
  if (row.repeat === 'none' || insn.repeat === 0) return 'none';
  if (row.repeat === 'rep') return 'rep';
  return insn.repeat === 3 ? 'repe' : 'repne';
}

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
  private readonly compiled = new Map<InsnRow, Map<string, Exec>>();

  /** The handler of a decoded instruction. */
  of(row: InsnRow, insn: Insn): Exec {
    if (row.direct) return row.direct;
    const repeat = repeatForm(row, insn);
    const variant = `${insn.opSize * 8}${insn.isMem ? 'm' : 'r'}${repeat === 'none' ? '' : repeat}`;
    const variants = this.compiled.get(row) ?? new Map<string, Exec>();
    this.compiled.set(row, variants);
    let exec = variants.get(variant);
    if (!exec) {
      const template = recordTemplate(row, { operandSize: insn.opSize, isMem: insn.isMem });
      const single = compileHandler(
        `${row.mnemonic}_${row.opcodeText}_${variant}`,
        template,
        repeat,
      );
      exec = repeat === 'rep' ? bulkRepeat(row, insn.opSize, single) : single;
      variants.set(variant, exec);
    }
    return exec;
  }
}

function repeatForm(row: InsnRow, insn: Insn): RepeatForm {
  if (row.repeat === 'none' || insn.repeat === 0) return 'none';
  if (row.repeat === 'rep') return 'rep';
  return insn.repeat === 3 ? 'repe' : 'repne';
}

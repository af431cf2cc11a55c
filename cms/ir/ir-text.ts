/**
 * The intermediate representation as text, for golden tests, dumps and `explain`:
 *
 *   v12 = add32.f v3, v4          ; 80123456 add eax, ebx
 *
 * `.f` marks an operation that sets flags. Exits stand behind, with their snapshots.
 */
import { instructionText } from '../../guest-isa/disasm/disassemble.js';
import { CONDITIONS } from '../../guest-isa/insn/move.js';
import type { RegionInstruction } from '../region.js';
import { type IrExit, type IrOp, type IrRegion, STATE_REGISTERS, type ValueId } from './ir.js';
import { IR_OPS } from './ir-ops.js';

const REGISTER_NAMES = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
const COMMENT_COLUMN = 34;

const v = (id: ValueId): string => `v${id}`;
const hex = (value: number): string => (value >>> 0).toString(16);
const registerName = (register: number): string => REGISTER_NAMES[register] ?? 'sysflags';

export function irText(ir: IrRegion): string {
  const lines: string[] = [];
  let shown = -1;
  for (const op of ir.ops) {
    const text = `  ${opText(op)}`;
    if (op.guest === shown) lines.push(text);
    else
      lines.push(`${text.padEnd(COMMENT_COLUMN)}; ${guestText(ir.region.instructions[op.guest])}`);
    shown = op.guest;
  }
  lines.push(...ir.exits.map((exit) => `  ${exitText(exit)}`));
  return `${lines.join('\n')}\n`;
}

function guestText({ insn, eip }: RegionInstruction): string {
  const next = (eip + insn.length) | 0;
  return `${hex(eip)} ${insn.row ? instructionText(insn, insn.row, next) : '(bad)'}`;
}

/** One operation, without comment. */
export function opText(op: IrOp): string {
  const body = `${nameText(op)}${op.args.length > 0 ? ` ${op.args.map(v).join(', ')}` : ''}${tailText(op)}`;
  return IR_OPS[op.op].hasResult ? `${v(op.id)} = ${body}` : body;
}

function nameText(op: IrOp): string {
  switch (op.op) {
    case 'alu':
      return `${op.alu}${op.bits}${op.setsFlags ? '.f' : ''}`;
    case 'flag':
      return `${op.flag}${op.setsFlags ? '.f' : ''}`;
    case 'load':
      return `load${op.bytes * 8}${op.signed ? 's' : ''}`;
    case 'store':
      return `store${op.bytes * 8}`;
    case 'selcc':
      return `sel.${CONDITIONS[op.code]}`;
    case 'cond':
      return `cond.${CONDITIONS[op.code]}`;
    case 'trap':
    case 'exitIf':
      return op.code < 0 ? op.op : `${op.op}.${CONDITIONS[op.code]}`;
    default:
      return op.op;
  }
}

function tailText(op: IrOp): string {
  switch (op.op) {
    case 'const':
      return ` ${constantText(op.value)}`;
    case 'reg':
      return ` ${registerName(op.register)}`;
    case 'loadState':
      return ` [${op.word}]`;
    case 'chkpage':
      return ` ${hex(op.linear)} -> ${hex(op.physicalPage)}`;
    case 'trap':
      return ` ${op.why}`;
    case 'exitIf':
    case 'exit':
    case 'commit':
    case 'assist':
      return ` #${op.exit}`;
    default:
      return '';
  }
}

function constantText(value: number): string {
  return value >= -256 && value < 256 ? String(value) : `0x${hex(value)}`;
}

function exitText(exit: IrExit): string {
  const where = exit.target >= 0 ? v(exit.target) : hex(exit.eip);
  const registers = STATE_REGISTERS.filter((r) => exit.registers[r] >= 0).map(
    (r) => ` ${registerName(r)}=${v(exit.registers[r])}`,
  );
  return [
    `#${exit.index} ${exit.kind} ${where} after ${exit.steps}/${exit.instructions}`,
    exit.skipped >= 0 ? ` less ${v(exit.skipped)}` : '',
    exit.returnEip >= 0 ? ` returning to ${hex(exit.returnEip)}` : '',
    exit.midRepeat ? ' in mid-repeat' : '',
    registers.length > 0 ? `:${registers.join('')}` : '',
  ].join('');
}

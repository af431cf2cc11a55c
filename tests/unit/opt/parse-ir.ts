/**
 * Reads the text of cms/ir/ir-text.ts back, for golden tests whose input is text: operations, then
 * exits. What follows a semicolon is a comment.
 */
import type { IrExit, IrExitKind, IrOp, IrRegion, ValueId } from '../../../cms/ir/ir.js';
import { SNAPSHOT_SIZE } from '../../../cms/ir/ir.js';
import { IR_OPS } from '../../../cms/ir/ir-ops.js';
import type { GuestRegion } from '../../../cms/region.js';
import { CONDITIONS } from '../../../guest-isa/insn/move.js';

const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
const registerNumber = (name: string): number =>
  name === 'sysflags' ? 13 : REGISTERS.indexOf(name);
const FLAG_OPS = ['cmc', 'stc', 'clc', 'sahf', 'lahf', 'keepzero'];

export function parseIr(text: string): IrRegion {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/;.*/, '').trim())
    .filter((line) => line !== '');
  const ops: IrOp[] = [];
  const exits: IrExit[] = [];
  for (const line of lines) {
    if (line.startsWith('#')) exits.push(parseExit(line));
    else ops.push(parseOp(line, nextFree(lines) + ops.length));
  }
  const instructions = [{ insn: { row: undefined, length: 1 }, eip: 0 }];
  const region = { instructions } as unknown as GuestRegion;
  return { region, ops, exits, nextId: nextFree(lines) + ops.length };
}

/** Operations without result get numbers behind those of the values. */
function nextFree(lines: readonly string[]): number {
  return 1 + Math.max(-1, ...lines.map((line) => Number(/^v(\d+) =/.exec(line)?.[1] ?? -1)));
}

function parseOp(line: string, spare: ValueId): IrOp {
  const match = /^(?:v(\d+) = )?(\S+)\s*(.*)$/.exec(line);
  if (!match) throw new Error(`no operation: ${line}`);
  const [, result, name, rest] = match as unknown as [string, string | undefined, string, string];
  const args = [...rest.matchAll(/\bv(\d+)/g)].map((m) => Number(m[1]));
  const head = { id: result === undefined ? spare : Number(result), guest: 0, args };
  return { ...head, ...attributes(name, rest, args.length) } as unknown as IrOp;
}

function attributes(name: string, rest: string, count: number): object {
  const [stem, suffix] = name.split('.') as [string, string | undefined];
  const word = Number(/\[(\d+)\]/.exec(rest)?.[1] ?? -1);
  const exit = Number(/#(\d+)/.exec(rest)?.[1] ?? -1);
  const code = count > 0 ? -1 : CONDITIONS.indexOf(suffix ?? '');
  const sized = /^(load|store)(8|16|32)(s?)$/.exec(stem);
  if (sized)
    return {
      op: sized[1],
      bytes: Number(sized[2]) / 8,
      ...(sized[1] === 'load' ? { signed: sized[3] === 's' } : {}),
    };
  const alu = /^([a-z]+?)(8|16|32)$/.exec(stem);
  if (alu && !(stem in IR_OPS))
    return { op: 'alu', alu: alu[1], bits: Number(alu[2]), setsFlags: suffix === 'f' };
  if (FLAG_OPS.includes(stem)) return { op: 'flag', flag: stem, setsFlags: suffix === 'f' };
  switch (stem) {
    case 'const':
      return { op: stem, value: Number(rest) | 0 };
    case 'reg':
      return { op: stem, register: registerNumber(rest.trim()) };
    case 'sel':
      return { op: 'selcc', code: CONDITIONS.indexOf(suffix ?? '') };
    case 'cond':
      return { op: stem, code };
    case 'loadState':
      return { op: stem, word };
    case 'chkpage': {
      const [linear, physicalPage] = rest.split('->').map((n) => Number.parseInt(n, 16));
      return { op: stem, linear, physicalPage };
    }
    case 'trap':
      return { op: stem, code, why: rest.trim().split(' ').pop() };
    case 'exitIf':
      return { op: stem, code, exit };
    case 'exit':
    case 'commit':
    case 'assist':
      return { op: stem, exit };
    default:
      if (!(stem in IR_OPS)) throw new Error(`no operation ${name}`);
      return { op: stem };
  }
}

function parseExit(line: string): IrExit {
  const match = /^#(\d+) (\w+) (\S+) after (\d+)\/(\d+)(?: less v(\d+))?([^:]*)(?::(.*))?$/.exec(
    line,
  );
  if (!match) throw new Error(`no exit: ${line}`);
  const [, index, kind, where, steps, instructions, skipped, more, snapshot] = match;
  const registers = new Int32Array(SNAPSHOT_SIZE).fill(-1);
  for (const [, name, value] of (snapshot ?? '').matchAll(/(\w+)=v(\d+)/g))
    registers[registerNumber(name as string)] = Number(value);
  const isComputed = (where as string).startsWith('v');
  const returning = /returning to (\w+)/.exec(more ?? '')?.[1];
  return {
    index: Number(index),
    kind: kind as IrExitKind,
    eip: isComputed ? -1 : Number.parseInt(where as string, 16),
    target: isComputed ? Number((where as string).slice(1)) : -1,
    registers,
    steps: Number(steps),
    instructions: Number(instructions),
    guest: 0,
    returnEip: returning === undefined ? -1 : Number.parseInt(returning, 16),
    midRepeat: (more ?? '').includes('mid-repeat'),
    skipped: skipped === undefined ? -1 : Number(skipped),
  };
}

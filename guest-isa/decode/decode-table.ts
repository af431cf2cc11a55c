/**
 * The decoder's tables, built from the rows: opcode byte (one-byte map and 0F map) to the rows
 * that share it, told apart by the modrm byte. Building refuses rows that collide.
 */
import { ignoresMod, memoryOnly, registerOnly } from '../insn/operand-codes.js';
import type { InsnRow } from '../insn/row.js';
import { type DecodePlan, planOf } from './decode-plan.js';

/** All rows behind one opcode byte. */
export class OpcodeEntry {
  /** The row, where no modrm byte tells rows apart. */
  readonly plain: (InsnRow | undefined)[] = [undefined];
  /** By reg field, for memory and register forms. */
  readonly memory: (InsnRow | undefined)[] = new Array(8).fill(undefined);
  readonly register: (InsnRow | undefined)[] = new Array(8).fill(undefined);
  /** By whole modrm byte (c0-ff); wins over `register`. */
  readonly fixed: (InsnRow | undefined)[] = new Array(64).fill(undefined);
  hasModrm = false;
}

export interface DecodeTable {
  readonly oneByte: readonly (OpcodeEntry | undefined)[];
  readonly twoByte: readonly (OpcodeEntry | undefined)[];
  readonly plans: ReadonlyMap<InsnRow, DecodePlan>;
}

export function buildDecodeTable(rows: readonly InsnRow[]): DecodeTable {
  const oneByte: (OpcodeEntry | undefined)[] = new Array(256).fill(undefined);
  const twoByte: (OpcodeEntry | undefined)[] = new Array(256).fill(undefined);
  for (const row of rows) {
    const { bytes, inOpcode, fixedModrm } = row.opcode;
    const map = bytes.length === 2 ? twoByte : oneByte;
    const last = bytes[bytes.length - 1];
    const spread = inOpcode && fixedModrm < 0 ? 8 : 1;
    for (let i = 0; i < spread; i++) {
      map[last + i] ??= new OpcodeEntry();
      place(map[last + i] as OpcodeEntry, row);
    }
  }
  return { oneByte, twoByte, plans: new Map(rows.map((row) => [row, planOf(row)])) };
}

function place(entry: OpcodeEntry, row: InsnRow): void {
  const { hasModrm, fixedModrm, extension, inOpcode } = row.opcode;
  if (!hasModrm) {
    put(entry.plain, 0, row);
    return;
  }
  entry.hasModrm = true;
  if (fixedModrm >= 0) {
    for (let i = 0; i < (inOpcode ? 8 : 1); i++) put(entry.fixed, fixedModrm - 0xc0 + i, row);
    return;
  }
  const first = Math.max(extension, 0);
  const last = extension < 0 ? 7 : extension;
  for (let reg = first; reg <= last; reg++) {
    if (!row.operands.some(registerOnly) || ignoresMod(row.operands)) put(entry.memory, reg, row);
    if (!row.operands.some(memoryOnly)) put(entry.register, reg, row);
  }
}

function put(slots: (InsnRow | undefined)[], index: number, row: InsnRow): void {
  const other = slots[index];
  if (other)
    throw new Error(
      `rows collide: ${row.mnemonic} ${row.opcodeText} and ${other.mnemonic} ${other.opcodeText}`,
    );
  slots[index] = row;
}

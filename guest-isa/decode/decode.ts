/**
 * Decodes one instruction (SDM vol. 2 ch. 2): prefixes, opcode, modrm, SIB, displacement and
 * immediates, into the fields that handlers read. Bytes come one at a time from a reader, which
 * raises the fetch's faults; more than 15 bytes raise #GP, unknown encodings give `undefined` rows.
 */
import type { InsnRow } from '../insn/row.js';
import { DS, EBP, EBX, EDI, ESI, ESP, SS, ZERO } from '../state/layout.js';
import { type ByteReader, read16, read32, signed8 } from './byte-reader.js';
import type { DecodePlan } from './decode-plan.js';
import type { DecodeTable, OpcodeEntry } from './decode-table.js';
import { Insn } from './insn.js';

export const LONGEST_INSTRUCTION = 15;

const SEGMENT_PREFIX: Readonly<Record<number, number>> = {
  38: 0,
  46: 1,
  54: 2,
  62: 3,
  100: 4,
  101: 5,
};

interface Prefixes {
  operand: boolean;
  address: boolean;
  segment: number;
  lock: boolean;
  repeat: 0 | 2 | 3;
}

/** Decodes at the reader's position. The row is undefined where no row has the encoding (the caller raises #UD). */
export function decode(
  table: DecodeTable,
  reader: ByteReader,
  code32: boolean,
): { insn: Insn; row: InsnRow | undefined } {
  const insn = new Insn();
  const prefixes = noPrefixes();
  const opcode = readPrefixes(reader, prefixes);
  insn.opSize = code32 !== prefixes.operand ? 4 : 2;
  insn.addrMask = code32 !== prefixes.address ? -1 : 0xffff;
  insn.lock = prefixes.lock;
  insn.repeat = prefixes.repeat;
  insn.seg = prefixes.segment >= 0 ? prefixes.segment : DS;
  insn.override = prefixes.segment >= 0;

  const two = opcode === 0x0f;
  const last = two ? reader.next() : opcode;
  const entry = two ? table.twoByte[last] : table.oneByte[last];
  if (!entry) return { insn, row: undefined };
  const modrm = entry.hasModrm ? reader.next() : -1;
  const row = selectRow(entry, modrm);
  if (!row) {
    // The address bytes are fetched before the encoding is found to be unassigned (silicon: #PF first).
    if (modrm >= 0 && modrm < 0xc0) decodeModrm(insn, reader, modrm, prefixes.segment);
    return { insn, row: undefined };
  }
  insn.row = row;
  const plan = table.plans.get(row) as DecodePlan;
  if (modrm >= 0 && modrm < 0xc0 && !plan.ignoresMod)
    decodeModrm(insn, reader, modrm, prefixes.segment);
  for (const step of plan.steps) step(insn, reader, modrm >= 0 ? modrm : last);
  insn.length = reader.count;
  return { insn, row: lockAllowed(insn, row) ? row : undefined };
}

/** LOCK raises #UD except on lockable instructions with a memory destination. */
function lockAllowed(insn: Insn, row: InsnRow): boolean {
  return !insn.lock || (row.lockable && insn.isMem);
}

/** Bytes of an instruction in front of its opcode. */
export function prefixLength(bytes: Uint8Array): number {
  const reader = { count: 0, next: () => bytes[reader.count++] };
  readPrefixes(reader, noPrefixes());
  return reader.count - 1;
}

const noPrefixes = (): Prefixes => ({
  operand: false,
  address: false,
  segment: -1,
  lock: false,
  repeat: 0,
});

function readPrefixes(reader: ByteReader, prefixes: Prefixes): number {
  for (;;) {
    const byte = reader.next();
    const segment = SEGMENT_PREFIX[byte];
    if (segment !== undefined) prefixes.segment = segment;
    else if (byte === 0x66) prefixes.operand = true;
    else if (byte === 0x67) prefixes.address = true;
    else if (byte === 0xf0) prefixes.lock = true;
    else if (byte === 0xf2) prefixes.repeat = 2;
    else if (byte === 0xf3) prefixes.repeat = 3;
    else return byte;
  }
}

function selectRow(entry: OpcodeEntry, modrm: number): InsnRow | undefined {
  if (modrm < 0) return entry.plain[0];
  const reg = (modrm >> 3) & 7;
  if (modrm >= 0xc0) return entry.fixed[modrm - 0xc0] ?? entry.register[reg];
  return entry.memory[reg];
}

function decodeModrm(insn: Insn, reader: ByteReader, modrm: number, segment: number): void {
  insn.isMem = true;
  const stackBased =
    insn.addrMask === -1 ? address32(insn, reader, modrm) : address16(insn, reader, modrm);
  if (segment < 0) insn.seg = stackBased ? SS : DS;
}

/** Table 2-2 and 2-3: returns true if the default segment is SS. */
function address32(insn: Insn, reader: ByteReader, modrm: number): boolean {
  const mod = modrm >> 6;
  let base = modrm & 7;
  if (base === ESP) {
    const sib = reader.next();
    const index = (sib >> 3) & 7;
    insn.index = index === ESP ? ZERO : index;
    insn.scale = index === ESP ? 0 : sib >> 6;
    base = sib & 7;
  }
  const noBase = base === EBP && mod === 0;
  insn.base = noBase ? ZERO : base;
  insn.disp = mod === 1 ? signed8(reader.next()) : mod === 2 || noBase ? read32(reader) : 0;
  return !noBase && (base === ESP || base === EBP);
}

const BASE16 = [EBX, EBX, EBP, EBP, ESI, EDI, EBP, EBX];
const INDEX16 = [ESI, EDI, ESI, EDI, ZERO, ZERO, ZERO, ZERO];

/** Table 2-1. */
function address16(insn: Insn, reader: ByteReader, modrm: number): boolean {
  const mod = modrm >> 6;
  const rm = modrm & 7;
  const noBase = rm === 6 && mod === 0;
  insn.base = noBase ? ZERO : BASE16[rm];
  insn.index = INDEX16[rm];
  insn.disp = mod === 1 ? signed8(reader.next()) : mod === 2 || noBase ? read16(reader) : 0;
  return !noBase && insn.base === EBP;
}

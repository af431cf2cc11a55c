/** Compares what the interpreter made of a case with what the processor did. */
import type { InsnRow } from '../../../guest-isa/insn/row.js';
import {
  AT_CS,
  AT_CW,
  AT_DP,
  AT_DS,
  AT_FOP,
  AT_IP,
  AT_REGISTERS,
  AT_SW,
  AT_TW,
  type Case,
  type Outcome,
} from './case.js';
import { rowKey } from './plan.js';
import { closeEnough, type Tolerance, tolerancesOf, valueAt } from './tolerances.js';

const FIELDS: readonly (readonly [string, number, 2 | 4])[] = [
  ['CW', AT_CW, 2],
  ['TW', AT_TW, 2],
  ['FIP', AT_IP, 4],
  ['FCS', AT_CS, 2],
  ['FOP', AT_FOP, 2],
  ['FDP', AT_DP, 4],
  ['FDS', AT_DS, 2],
];

const hex = (value: number): string => (value >>> 0).toString(16);
const bytesText = (bytes: Uint8Array): string =>
  [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(' ');
const registerText = (image: Uint8Array, i: number): string =>
  Buffer.from(image.subarray(AT_REGISTERS + 10 * i, AT_REGISTERS + 10 * i + 10))
    .reverse()
    .toString('hex');

/** Differences in words, empty where there are none; notes which tolerances were used. */
export function differences(
  row: InsnRow,
  c: Case,
  silicon: Outcome,
  got: Outcome,
  used: Map<Tolerance, number>,
): string[] {
  if (silicon.fault !== got.fault) return [`fault ${got.fault}, silicon ${silicon.fault}`];
  if (silicon.fault !== 0) return [];
  const tolerances = tolerancesOf(rowKey(row), c, silicon);
  for (const t of tolerances) used.set(t, (used.get(t) ?? 0) + 1);
  const found: string[] = [];
  const note = (name: string, ours: string, theirs: string): void => {
    if (ours !== theirs) found.push(`${name} ${ours}, silicon ${theirs}`);
  };
  const view = (o: Outcome): DataView => new DataView(o.image.buffer, o.image.byteOffset);
  for (const [name, at, bytes] of FIELDS) {
    const read = (v: DataView): number =>
      bytes === 2 ? v.getUint16(at, true) : v.getUint32(at, true);
    note(name, hex(read(view(got))), hex(read(view(silicon))));
  }
  const status = ~tolerances.reduce((mask, t) => mask | (t.status ?? 0), 0);
  const eflags = ~tolerances.reduce((mask, t) => mask | (t.eflags ?? 0), 0);
  const statusOf = (o: Outcome): string => hex(view(o).getUint16(AT_SW, true) & status);
  note('SW', statusOf(got), statusOf(silicon));
  note('eax', hex(got.eax), hex(silicon.eax));
  note('EFLAGS', hex(got.eflags & eflags), hex(silicon.eflags & eflags));
  compareRegisters(
    row,
    c,
    silicon,
    got,
    tolerances.some((t) => t.values),
    found,
  );
  const ranges = tolerances.flatMap((t) => t.memory ?? []);
  note('memory', memoryText(got, c, ranges), memoryText(silicon, c, ranges));
  return found;
}

function compareRegisters(
  row: InsnRow,
  c: Case,
  silicon: Outcome,
  got: Outcome,
  loose: boolean,
  found: string[],
): void {
  for (let i = 0; i < 8; i++) {
    const [ours, theirs] = [registerText(got.image, i), registerText(silicon.image, i)];
    if (ours === theirs) continue;
    if (
      loose &&
      closeEnough(row, valueAt(c.image, 0), valueAt(silicon.image, i), valueAt(got.image, i))
    )
      continue;
    found.push(`ST${i} ${ours}, silicon ${theirs}`);
  }
}

/** Changed bytes outside of the ranges. */
function memoryText(o: Outcome, c: Case, ranges: readonly (readonly [number, number])[]): string {
  const changed: string[] = [];
  o.memory.forEach((byte, i) => {
    if (byte !== c.memory[i] && !ranges.some(([from, to]) => i >= from && i < to))
      changed.push(`${i}:${byte.toString(16)}`);
  });
  return changed.join(' ');
}

/** The case in words, for a failure's message. */
export function caseText(c: Case): string {
  const view = new DataView(c.image.buffer, c.image.byteOffset);
  const [cw, sw, tw] = [AT_CW, AT_SW, AT_TW].map((at) => hex(view.getUint16(at, true)));
  const stack = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => registerText(c.image, i)).join(' ');
  return `${bytesText(Uint8Array.from(c.code))} cw ${cw} sw ${sw} tw ${tw} stack ${stack} memory ${bytesText(c.memory.subarray(0, 16))}`;
}

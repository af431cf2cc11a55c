/**
 * A memory operand that reaches into a page that is not there (or, for stores, not writable): the
 * page fault leaves registers, x87 state and memory as they were, whatever the row.
 */
import { describe, expect, it } from 'vitest';
import type { InsnRow } from '../../../guest-isa/insn/row.js';
import { GP, PFAULT } from '../../../guest-isa/state/exceptions.js';
import { CR0, CR2, CR3, DS, FPU_CW, START_EIP } from '../../../guest-isa/state/layout.js';
import { execute } from '../../board.js';
import { type Case, INSN, MEMORY } from '../../insn/x87/case.js';
import { planRow, rowKey } from '../../insn/x87/plan.js';
import { makeStage, play } from '../../insn/x87/play.js';
import { mmxRows, x87Rows } from '../../insn/x87/rows.js';

const DIRECTORY = 0x38000;
const TABLE = 0x39000;
const SECOND = MEMORY + 0x1000;
const PRESENT = 1;
const WRITABLE = 2;
const CR0_PG_WP = 0x80010000 | 0;
const CASES = 12;

const SIZES: Readonly<Record<string, number>> = { w: 2, d: 4, q: 8, t: 10 };

function operandSize(row: InsnRow, code: readonly number[]): number {
  const operand = row.operands.find((o) => /^[MQE]/.test(o)) as string;
  if (operand !== 'M') return SIZES[operand[1]];
  if (row.mnemonic.startsWith('fx')) return 512;
  const environment = code[0] === 0x66 ? 14 : 28;
  return environment + (/save|rstor/.test(row.mnemonic) ? 80 : 0);
}

/** The case with its operand moved to an address; undefined where it has none in memory. */
function moved(c: Case, address: number): Case | undefined {
  const at = c.code.length - 4;
  const little = [0, 8, 16, 24].map((shift) => (MEMORY >> shift) & 0xff);
  if (at < 2 || !little.every((byte, i) => c.code[at + i] === byte)) return undefined;
  const code = [...c.code.slice(0, at), ...little.map((_b, i) => (address >> (8 * i)) & 0xff)];
  return { ...c, code };
}

const stores = (row: InsnRow): boolean =>
  /^(f(i|b)?stp?|fn?st(env|cw|sw)|fnsave|fxsave)$/.test(row.mnemonic) ||
  /^(Qq|Ed),P/.test(row.operands.join(','));

const plain = makeStage();

const memoryRows = [...x87Rows, ...mmxRows].filter((row) =>
  row.operands.some((o) => /^[MQE]/.test(o)),
);

/** Pages mapped to themselves; the one behind MEMORY's as `second` says. */
function pagedStage(second: number): ReturnType<typeof makeStage> {
  const stage = makeStage();
  const view = new DataView(stage.memory.ram.buffer);
  view.setUint32(DIRECTORY, TABLE | PRESENT | WRITABLE, true);
  for (let page = 0; page < 64; page++) {
    const rights = page === SECOND >>> 12 ? second : PRESENT | WRITABLE;
    view.setUint32(TABLE + 4 * page, (page << 12) | rights, true);
  }
  stage.cpu.s[CR3] = DIRECTORY;
  stage.cpu.s[CR0] |= CR0_PG_WP;
  stage.cpu.flushTlb(true);
  return stage;
}

/** General registers, flags, x87 state: everything but EIP, what only the clock changes and CR2. */
const stateOf = (s: Int32Array): number[] => [
  ...s.slice(0, 9),
  ...s.slice(11, 14),
  ...s.slice(FPU_CW, 128),
];

function expectFault(
  stage: ReturnType<typeof makeStage>,
  row: InsnRow,
  vector: number,
  errorCode: number,
): number {
  let tried = 0;
  for (const original of planRow(row, CASES, 0x52455354)) {
    // Cases that raise something else first are not of interest.
    if (play(plain, original).fault !== 0) continue;
    const size = operandSize(row, original.code);
    const c = moved(original, SECOND - (row.mnemonic.startsWith('fx') ? 256 : size >> 1));
    if (!c) continue;
    play(stage, { ...c, code: [0x90] });
    const before = stateOf(stage.cpu.s);
    const ram = Uint8Array.from(stage.memory.ram.subarray(MEMORY, MEMORY + 0x2000));
    stage.faults.length = 0;
    execute(stage, c.code, INSN, 1);
    expect([stage.faults[0]?.vector, stage.faults[0]?.errorCode]).toEqual([vector, errorCode]);
    if (vector === PFAULT) expect(stage.cpu.s[CR2]).toBe(SECOND);
    expect(stage.cpu.s[START_EIP]).toBe(INSN);
    expect(stateOf(stage.cpu.s)).toEqual(before);
    expect(Buffer.compare(stage.memory.ram.subarray(MEMORY, MEMORY + 0x2000), ram)).toBe(0);
    tried++;
  }
  return tried;
}

describe('a page fault in the second half of the operand', () => {
  const stage = pagedStage(0);
  it.each(memoryRows.map((row) => [rowKey(row), row] as const))('%s', (_key, row) => {
    const write = stores(row) ? 2 : 0;
    expect(expectFault(stage, row, PFAULT, write)).toBeGreaterThan(0);
  });
});

describe('a store whose second half is not writable', () => {
  const stage = pagedStage(PRESENT);
  it.each(memoryRows.filter(stores).map((row) => [rowKey(row), row] as const))(
    '%s',
    (_key, row) => {
      expect(expectFault(stage, row, PFAULT, 3)).toBeGreaterThan(0);
    },
  );
});

describe('an operand beyond the segment limit', () => {
  const stage = makeStage();
  stage.cpu.setSegment(DS, 0x2b, 0, SECOND - 1, 0x40f3);
  it.each(memoryRows.map((row) => [rowKey(row), row] as const))('%s', (_key, row) => {
    expect(expectFault(stage, row, GP, 0)).toBeGreaterThan(0);
  });
});

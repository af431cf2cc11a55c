/**
 * Paging against the rules of SDM vol. 3, chapter 4: rights, error codes, accessed and dirty bits,
 * 4 MB pages, and a TLB that stays stale until it is flushed.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { PFAULT } from '../../../guest-isa/state/exceptions.js';
import { CR0, CR2, CR3, CR4, DS } from '../../../guest-isa/state/layout.js';
import { type Board, makeBoard } from '../../board.js';

const P = 1;
const RW = 2;
const US = 4;
const A = 0x20;
const D = 0x40;
const PS = 0x80;
const G = 0x100;
const PG = 0x80000000 | 0;
const WP = 0x10000;

const DIRECTORY = 0x1000;
const TABLE = 0x2000;

let board: Board;
const entry = (at: number, value: number): void => board.cpu.view.setInt32(at, value, true);
const read = (at: number): number => board.cpu.view.getInt32(at, true);

/** Maps linear 0x400000 + n*0x1000 by table entry n. */
beforeEach(() => {
  board = makeBoard(1 << 24);
  const { cpu } = board;
  entry(DIRECTORY, 0x83); // identity for the first 4 MB
  entry(DIRECTORY + 4, TABLE | P | RW | US);
  cpu.s[CR4] = 0x10;
  cpu.s[CR3] = DIRECTORY;
  cpu.s[CR0] = 1 | PG;
  cpu.flushTlb(true);
});

function faultOf(
  action: () => void,
): { vector: number; code: number; address: number } | undefined {
  try {
    action();
    return undefined;
  } catch (thrown) {
    if (thrown !== board.cpu.fault) throw thrown;
    return {
      vector: board.cpu.fault.vector,
      code: board.cpu.fault.errorCode,
      address: board.cpu.s[CR2] >>> 0,
    };
  }
}

describe('rights and error codes', () => {
  const cases: [
    entryBits: number,
    user: boolean,
    write: boolean,
    wp: boolean,
    code: number | undefined,
  ][] = [
    [0, false, false, false, 0],
    [0, false, true, false, 2],
    [0, true, false, false, 4],
    [0, true, true, false, 6],
    [P, false, false, false, undefined],
    [P, false, true, false, undefined],
    [P, false, true, true, 3],
    [P, true, false, false, 5],
    [P | US, true, false, false, undefined],
    [P | US, true, true, false, 7],
    [P | RW, true, true, false, 7],
    [P | RW | US, true, true, true, undefined],
  ];
  it.each(cases)('entry %i, user %s, write %s, WP %s', (bits, user, write, wp, code) => {
    const { cpu } = board;
    if (wp) cpu.s[CR0] |= WP;
    entry(TABLE, 0x5000 | bits);
    if (user) cpu.setCpl(3);
    const access = (): void =>
      write ? cpu.write32(DS, 0x400010, 1) : void cpu.read32(DS, 0x400010);
    const fault = faultOf(access);
    expect(fault).toEqual(
      code === undefined ? undefined : { vector: PFAULT, code, address: 0x400010 },
    );
  });

  it('combines the rights of both levels', () => {
    entry(DIRECTORY + 4, TABLE | P);
    entry(TABLE, 0x5000 | P | RW | US);
    board.cpu.setCpl(3);
    expect(faultOf(() => board.cpu.read32(DS, 0x400000))?.code).toBe(5);
  });

  it('refuses reserved bits of a 4 MB entry', () => {
    entry(DIRECTORY + 8, 0x800000 | 0x2000 | PS | P | RW);
    expect(faultOf(() => board.cpu.read32(DS, 0x800000))?.code).toBe(9);
  });
});

describe('accessed and dirty bits', () => {
  it('sets A on a read, D on the first write even after reads', () => {
    entry(TABLE, 0x5000 | P | RW);
    board.cpu.read8(DS, 0x400000);
    expect(read(TABLE) & (A | D)).toBe(A);
    expect(read(DIRECTORY + 4) & A).toBe(A);
    board.cpu.write8(DS, 0x400000, 1);
    expect(read(TABLE) & (A | D)).toBe(A | D);
  });

  it('sets nothing when the access faults', () => {
    entry(TABLE, 0x5000 | P);
    board.cpu.s[CR0] |= WP;
    faultOf(() => board.cpu.write8(DS, 0x400000, 1));
    expect(read(TABLE) & (A | D)).toBe(0);
  });
});

describe('the TLB', () => {
  it('stays stale until invlpg, and a big page goes whole', () => {
    const { cpu } = board;
    cpu.view.setInt32(0x5000, 55, true);
    cpu.view.setInt32(0x6000, 66, true);
    entry(TABLE, 0x5000 | P | RW);
    expect(cpu.read32(DS, 0x400000)).toBe(55);
    entry(TABLE, 0x6000 | P | RW);
    expect(cpu.read32(DS, 0x400000)).toBe(55);
    cpu.flushPage(0x400123);
    expect(cpu.read32(DS, 0x400000)).toBe(66);

    entry(DIRECTORY + 8, 0x400000 | PS | P);
    cpu.view.setInt32(0x403000, 7, true);
    expect(cpu.read32(DS, 0x803000)).toBe(7);
    entry(DIRECTORY + 8, 0);
    cpu.flushPage(0x800000);
    expect(faultOf(() => cpu.read32(DS, 0x803000))?.code).toBe(0);
  });

  it('keeps global pages over a flush while CR4.PGE is set', () => {
    const { cpu } = board;
    cpu.s[CR4] |= 0x80;
    entry(TABLE, 0x5000 | P | G);
    entry(TABLE + 4, 0x6000 | P);
    cpu.read8(DS, 0x400000);
    cpu.read8(DS, 0x401000);
    entry(TABLE, 0);
    entry(TABLE + 4, 0);
    cpu.flushTlb(false);
    expect(faultOf(() => cpu.read8(DS, 0x400000))).toBeUndefined();
    expect(faultOf(() => cpu.read8(DS, 0x401000))?.code).toBe(0);
    cpu.flushTlb(true);
    expect(faultOf(() => cpu.read8(DS, 0x400000))?.code).toBe(0);
  });

  it('never caches a missing page', () => {
    faultOf(() => board.cpu.read8(DS, 0x400000));
    entry(TABLE, 0x5000 | P);
    expect(faultOf(() => board.cpu.read8(DS, 0x400000))).toBeUndefined();
  });

  it('survives saving and restoring, stale entries included', () => {
    const { cpu } = board;
    cpu.view.setInt32(0x5000, 55, true);
    entry(TABLE, 0x5000 | P | RW);
    cpu.write32(DS, 0x400000, 56);
    entry(TABLE, 0);
    const saved = cpu.saveTlb();
    cpu.flushTlb(true);
    cpu.restoreTlb(saved);
    expect(cpu.read32(DS, 0x400000)).toBe(56);
  });
});

describe('accesses across a page boundary', () => {
  it('go to both pages, and write nothing when the second faults', () => {
    const { cpu } = board;
    entry(TABLE, 0x5000 | P | RW);
    entry(TABLE + 4, 0x9000 | P | RW);
    cpu.write32(DS, 0x400ffe, 0x44332211);
    expect([...board.memory.ram.subarray(0x5ffe, 0x6000)]).toEqual([0x11, 0x22]);
    expect([...board.memory.ram.subarray(0x9000, 0x9002)]).toEqual([0x33, 0x44]);
    expect(cpu.read32(DS, 0x400ffe)).toBe(0x44332211);

    entry(TABLE + 4, 0);
    cpu.flushTlb(true);
    const fault = faultOf(() => cpu.write32(DS, 0x400ffd, -1));
    expect(fault).toEqual({ vector: PFAULT, code: 2, address: 0x401000 });
    expect(board.memory.ram[0x5ffd]).toBe(0);
  });
});

/** Alignment checking (SDM vol. 3, 6.15 interrupt 17): order of checks, probes, wide operands. */
import { beforeEach, describe, expect, it } from 'vitest';
import { AC_FAULT, GP, PFAULT } from '../../../guest-isa/state/exceptions.js';
import { AC } from '../../../guest-isa/state/flags.js';
import { CR0, CR3, DS, ES, FLAGS_SYSTEM } from '../../../guest-isa/state/layout.js';
import { type Board, makeBoard } from '../../board.js';

let board: Board;

beforeEach(() => {
  board = makeBoard();
  const { cpu } = board;
  cpu.view.setInt32(0x1000, 0x2007, true);
  for (let page = 0; page < 256; page++)
    cpu.view.setInt32(0x2000 + 4 * page, (page << 12) | 7, true);
  cpu.view.setInt32(0x2000 + 4 * 0x50, 0, true);
  cpu.s[CR3] = 0x1000;
  cpu.s[CR0] = 0x80040001 | 0;
  cpu.s[FLAGS_SYSTEM] |= AC;
  cpu.flushTlb(true);
  cpu.setCpl(3);
});

function vectorOf(action: () => void): number | undefined {
  try {
    action();
    return undefined;
  } catch (thrown) {
    if (thrown !== board.cpu.fault) throw thrown;
    return board.cpu.fault.vector;
  }
}

describe('alignment check', () => {
  it('comes before paging for loads, stores, read-modify-writes and probes', () => {
    const { cpu } = board;
    expect(vectorOf(() => cpu.read32(DS, 0x50001))).toBe(AC_FAULT);
    expect(vectorOf(() => cpu.write16(DS, 0x50001, 0))).toBe(AC_FAULT);
    expect(vectorOf(() => cpu.rmwRead32(DS, 0x50002))).toBe(AC_FAULT);
    expect(vectorOf(() => cpu.probeWrite(DS, 0x50004, 8))).toBe(AC_FAULT);
    expect(vectorOf(() => cpu.read32(DS, 0x50004))).toBe(PFAULT);
  });

  it('comes after the segment check of the whole operand', () => {
    const { cpu } = board;
    cpu.setSegment(ES, 0x10, 0, 0x60006, 0x4093);
    expect(vectorOf(() => cpu.probeWrite(ES, 0x60001, 8))).toBe(GP);
    expect(vectorOf(() => cpu.probeRead(ES, 0x60001, 4))).toBe(AC_FAULT);
  });

  it('does not look at the parts of a wider operand', () => {
    const { cpu } = board;
    cpu.probeWrite(DS, 0x60004, 108, 4);
    cpu.asParts(() => cpu.write32(DS, 0x60006, 1));
    expect(vectorOf(() => cpu.write32(DS, 0x60006, 1))).toBe(AC_FAULT);
  });

  it('is off outside ring 3', () => {
    board.cpu.setCpl(0);
    expect(vectorOf(() => board.cpu.read32(DS, 0x60001))).toBeUndefined();
  });
});

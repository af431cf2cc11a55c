/** Looking ahead at instructions: nothing that the guest could see happens. */
import { describe, expect, it } from 'vitest';
import { rows } from '../../../guest-isa/insn/index.js';
import { Fetch } from '../../../guest-isa/interp/fetch.js';
import { PageKind } from '../../../guest-isa/mmu/ports.js';
import { CPL, CR0, CR3, CS, DS, EIP, START_EIP } from '../../../guest-isa/state/layout.js';
import { type Board, execute, makeBoard } from '../../board.js';

const MOV_EAX = 0xb8;
const INC_EAX = 0x40;

/** Paging on, 0x400000 bytes mapped to themselves, nothing accessed yet. */
function paged(): Board {
  const board = makeBoard(1 << 20);
  const { cpu } = board;
  cpu.view.setInt32(0x10000, 0x11003, true);
  for (let page = 0; page < 256; page++)
    cpu.view.setInt32(0x11000 + 4 * page, (page << 12) | 3, true);
  cpu.s[CR3] = 0x10000;
  cpu.s[CR0] |= 0x80000000;
  cpu.flushTlb(true);
  return board;
}

function everything(board: Board): string {
  const { cpu, memory } = board;
  return [
    cpu.s.join(),
    cpu.tlb.subarray(0, 1024).join(),
    Buffer.from(memory.ram).toString('hex'),
  ].join(';');
}

describe('peek', () => {
  it('gives the instruction, where it lies and its bytes', () => {
    const board = makeBoard();
    execute(board, [INC_EAX], 0x1000, 1);
    board.memory.ram.set([MOV_EAX, 1, 2, 3, 4], 0x1001);
    board.cpu.s[EIP] = 0x77;
    const seen = board.fetch.peek(0x1001);
    expect(seen?.insn.row?.mnemonic).toBe('mov');
    expect(seen?.insn.imm).toBe(0x04030201);
    expect(seen?.physical).toBe(0x1001);
    expect(seen?.tailPhysicalPage).toBe(-1);
    expect([...(seen?.bytes ?? [])]).toEqual([MOV_EAX, 1, 2, 3, 4]);
    expect(board.cpu.s[EIP]).toBe(0x77);
  });

  it('shares the instruction with the interpreter, whoever comes first', () => {
    const board = makeBoard();
    execute(board, [INC_EAX, INC_EAX], 0x1000, 1);
    const ahead = board.fetch.peek(0x1001)?.insn;
    expect(board.cpu.code.page(1).instructions(true)[1]).toBe(ahead);
    board.cpu.s[EIP] = 0x1001;
    expect(board.fetch.instruction()).toBe(ahead);
    expect(board.fetch.peek(0x1000)?.insn).toBe(board.cpu.code.page(1).instructions(true)[0]);
  });

  it('sees writes to code that only it has decoded', () => {
    const board = makeBoard();
    execute(board, [INC_EAX, INC_EAX], 0x1000, 1);
    board.fetch.peek(0x1001);
    board.cpu.write8(DS, 0x1001, 0x43);
    expect(board.cpu.code.page(1).instructions(true)[1]).toBeUndefined();
    expect(board.fetch.peek(0x1001)?.insn.rm).toBe(3);
  });

  it('walks no page tables and raises no fault', () => {
    const board = paged();
    board.memory.ram.set([MOV_EAX, 1, 2, 3, 4], 0x5000);
    const before = everything(board);
    expect(board.fetch.peek(0x5000)).toBeUndefined();
    expect(board.fetch.peek(0x500000)).toBeUndefined();
    expect(everything(board)).toBe(before);
    // Once the guest has been there, it can be read; the tables show only the guest's own access.
    board.cpu.translate(0x5000, false);
    const mapped = everything(board);
    expect(board.fetch.peek(0x5000)?.bytes.length).toBe(5);
    expect(board.cpu.s[START_EIP]).toBe(0);
    // Only the fast path of writes to the page is gone, which is no state of the guest.
    board.cpu.tlb[5] = Number(mapped.split(';')[1].split(',')[5]);
    expect(everything(board)).toBe(mapped);
  });

  it('does not reach into a page that is not mapped yet', () => {
    const board = paged();
    board.memory.ram.set([INC_EAX], 0x5ffd);
    board.memory.ram.set([MOV_EAX, 1, 2, 3, 4], 0x5ffe);
    board.cpu.translate(0x5ffd, false);
    expect(board.fetch.peek(0x5ffd)?.insn.length).toBe(1);
    expect(board.fetch.peek(0x5ffe)).toBeUndefined();
    expect(board.cpu.view.getInt32(0x11000 + 4 * 6, true) & 0x20).toBe(0);
    board.cpu.translate(0x6000, false);
    const seen = board.fetch.peek(0x5ffe);
    expect(seen?.tailPhysicalPage).toBe(0x6000);
    expect([...(seen?.bytes ?? [])]).toEqual([MOV_EAX, 1, 2, 3, 4]);
    // ... and again from what is kept, until the tail moves to another page.
    expect(board.fetch.peek(0x5ffe)?.insn).toBe(seen?.insn);
    board.cpu.view.setInt32(0x11000 + 4 * 6, 0x7003, true);
    board.cpu.flushPage(0x6000);
    expect(board.fetch.peek(0x5ffe)).toBeUndefined();
    board.cpu.translate(0x6000, false);
    expect(board.fetch.peek(0x5ffe)?.tailPhysicalPage).toBe(0x7000);
    expect([...(board.fetch.peek(0x5ffe)?.bytes ?? [])]).toEqual([MOV_EAX, 1, 0, 0, 0]);
  });

  it('lets user code not look at pages of the supervisor', () => {
    const board = paged();
    board.cpu.translate(0x5000, false);
    board.cpu.setCpl(3);
    expect(board.cpu.s[CPL]).toBe(3);
    expect(board.fetch.peek(0x5000)).toBeUndefined();
  });

  it('gives nothing beyond the limit, nor longer than 15 bytes, nor off RAM', () => {
    const board = makeBoard();
    board.memory.ram.fill(0x66, 0x1000, 0x1020);
    board.cpu.translate(0x1000, false);
    expect(board.fetch.peek(0x1000)).toBeUndefined();
    board.memory.ram.set([MOV_EAX, 1, 2, 3, 4], 0x1800);
    board.cpu.setSegment(CS, 8, 0, 0x1803, 0x409b);
    expect(board.fetch.peek(0x1800)).toBeUndefined();
    expect(board.fetch.peek(0x1804)).toBeUndefined();
    board.cpu.setSegment(CS, 8, 0, -1, 0xc09b);
    expect(board.fetch.peek(0x1800)?.insn.length).toBe(5);
    board.cpu.setSegment(CS, 8, 0, 0x1803, 0x409b);
    expect(board.fetch.peek(0x1800)).toBeUndefined();
    board.memory.pageKinds[3] = PageKind.slow;
    board.cpu.translate(0x3000, false);
    expect(board.fetch.peek(0x3000)).toBeUndefined();
    expect(board.faults).toEqual([]);
  });

  it('gives an encoding without row, or of a feature that is not announced, as one without row', () => {
    const board = makeBoard();
    board.memory.ram.set([0x0f, 0x0b], 0x1000);
    board.memory.ram.set([0x0f, 0x44, 0xc1], 0x1010);
    board.cpu.translate(0x1000, false);
    expect(board.fetch.peek(0x1000)?.insn.row?.mnemonic).not.toBe('cmovz');
    expect(board.fetch.peek(0x1010)?.insn.row).toBeDefined();
    const identity = { ...board.cpu.identity, features: new Set<never>() };
    Object.assign(board.cpu, { identity });
    board.cpu.code.clear();
    const bare = new Fetch(board.cpu, rows);
    const seen = bare.peek(0x1010);
    expect(seen?.bytes.length).toBe(3);
    expect(seen?.insn.row).toBeUndefined();
    expect(bare.unknown.size).toBe(0);
  });
});

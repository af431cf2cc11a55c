/** Guest memory for the host core: page walks that can be taken back, and what it refuses. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryPort } from '../../../cms/runtime/memory-port.js';
import { CR0, CR2, CR3, EIP } from '../../../guest-isa/state/layout.js';
import { EXIT } from '../../../hw/core/exits.js';
import { Rig } from './rig.js';

const DIRECTORY = 0x3000;
const TABLE = 0x4000;
const ACCESSED = 0x20;
const DIRTY = 0x40;
const PAGE = 0x7000;

let rig: Rig;
let port: MemoryPort;
let logged: number[];
let refused: number;

const entry = (): number => rig.cpu.view.getInt32(TABLE + 4 * (PAGE >>> 12), true);

beforeEach(() => {
  rig = new Rig({});
  logged = [];
  refused = -1;
  port = new MemoryPort(
    rig.cpu,
    { mayStore: () => refused },
    { logWord: (physical) => void logged.push(physical) },
  );
  const { cpu } = rig;
  cpu.view.setInt32(DIRECTORY, TABLE | 3, true);
  cpu.view.setInt32(TABLE + 4 * (PAGE >>> 12), 0x9000 | 3, true);
  cpu.view.setInt32(TABLE + 4 * 0xb, 0xb8000 | 3, true);
  cpu.s[CR3] = DIRECTORY;
  cpu.s[CR0] |= 0x8000_0000;
  cpu.flushTlb(true);
});

describe('page walks', () => {
  it('log what they write, and stay when committed', () => {
    expect(port.translate(PAGE + 8, true, false, true)).toBe(0x9008);
    expect(logged).toEqual([DIRECTORY, TABLE + 4 * (PAGE >>> 12)]);
    expect(entry() & (ACCESSED | DIRTY)).toBe(ACCESSED | DIRTY);
    port.committed();
    port.rolledBack();
    expect(port.translate(PAGE + 8, true, false, false)).toBe(0x9008);
  });

  it('leave no entry behind a rollback', () => {
    port.translate(PAGE, false, false, true);
    port.rolledBack();
    expect(rig.cpu.tlb[PAGE >>> 12]).toBe(0);
    expect(port.translate(PAGE, false, false, false)).toBe(-1 - EXIT.speculation);
  });

  it('put back the entry that a walk for writing replaced', () => {
    port.translate(PAGE, false, false, true);
    port.committed();
    const before = rig.cpu.tlb[PAGE >>> 12];
    port.translate(PAGE, true, false, true);
    expect(rig.cpu.tlb[PAGE >>> 12]).not.toBe(before);
    port.rolledBack();
    expect(rig.cpu.tlb[PAGE >>> 12]).toBe(before);
  });

  it('that fault are host exits, and CR2 is as before', () => {
    rig.cpu.s[CR2] = 0x1234;
    expect(port.translate(0x8000, false, false, true)).toBe(-1 - EXIT.guestFault);
    expect(port.translate(PAGE, false, true, true)).toBe(-1 - EXIT.guestFault);
    expect(rig.cpu.s[CR2]).toBe(0x1234);
  });

  it('are not made to tables outside RAM', () => {
    rig.cpu.s[CR3] = 0xa0000;
    expect(port.translate(PAGE, false, false, true)).toBe(-1 - EXIT.guestFault);
  });
});

describe('what is no RAM', () => {
  it('is an I/O exit', () => {
    expect(port.translate(0xb000, false, false, true)).toBe(-1 - EXIT.io);
    expect(port.translateFetch(0xb000, false)).toBe(-1);
  });
});

describe('stores', () => {
  it('ask the guard, and drop decoded instructions', () => {
    rig.cpu.tlb.fill(0);
    rig.cpu.s[CR0] &= ~0x8000_0000;
    rig.cpu.flushTlb(true);
    rig.load([0x40, 0xf4]);
    rig.cpu.s[EIP] = 0x10000;
    rig.fetch.instruction();
    expect(rig.cpu.code.holds(0x10)).toBe(true);
    expect(port.mayStore(0x10000, 1)).toBe(-1);
    expect(rig.cpu.code.holds(0x10)).toBe(false);
    refused = EXIT.tBit;
    expect(port.mayStore(0x10000, 1)).toBe(EXIT.tBit);
  });
});

/** Modes of the guest as translations know them: when two are the same, and when there is none. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ContextTable } from '../../../cms/runtime/context-table.js';
import { CS, DR7, DS, FS, SS } from '../../../guest-isa/state/layout.js';
import { writeDebugRegister } from '../../../guest-isa/system/debug.js';
import { Rig } from './rig.js';

let rig: Rig;
let table: ContextTable;

beforeEach(() => {
  rig = new Rig({});
  table = new ContextTable(rig.cpu);
});

describe('a context', () => {
  it('is the same object while the mode is', () => {
    const first = table.current();
    rig.cpu.setSegment(DS, 0x18, 0, -1, 0xc093);
    expect(table.current()).toBe(first);
    rig.cpu.setCpl(3);
    const user = table.current();
    expect(user).not.toBe(first);
    expect(user?.user).toBe(true);
    rig.cpu.setCpl(0);
    expect(table.current()).toBe(first);
    expect(table.count).toBe(2);
  });

  it('says how segments are used', () => {
    rig.cpu.setSegment(FS, 0x20, 0x5000, 0xfff, 0x4091);
    rig.cpu.setSegment(DS, 0, 0, 0, 0);
    rig.cpu.setSegment(SS, 0x28, 0, 0xffff, 0x0097);
    expect(table.current()?.segments).toEqual([
      { kind: 'whole', writable: true, zeroBase: true },
      { kind: 'whole', writable: false, zeroBase: true },
      { kind: 'refused' },
      { kind: 'refused' },
      { kind: 'limited', writable: false, zeroBase: false },
      { kind: 'whole', writable: true, zeroBase: true },
    ]);
    expect(table.current()?.stack32).toBe(false);
  });

  it('differs by base and width of the code segment', () => {
    const flat = table.current();
    rig.cpu.setSegment(CS, 8, 0x10000, 0xffff, 0x009b);
    expect(table.current()).toMatchObject({ csBase: 0x10000, code32: false, csLimit: 0xffff });
    rig.cpu.setSegment(CS, 8, 0x20000, 0xffff, 0x009b);
    expect(table.current()?.csBase).toBe(0x20000);
    expect(table.count).toBe(3);
    rig.cpu.setSegment(CS, 8, 0, -1, 0xc09b);
    expect(table.current()).toBe(flat);
  });
});

describe('there is none', () => {
  it('in code segments of odd length', () => {
    rig.cpu.setSegment(CS, 8, 0, 0x1ffff, 0x409b);
    expect(table.current()).toBeUndefined();
  });

  it('while data breakpoints are on', () => {
    writeDebugRegister(rig.cpu, DR7, 0x1_0001);
    expect(table.current()).toBeUndefined();
    writeDebugRegister(rig.cpu, DR7, 0);
    expect(table.current()).toBeDefined();
  });
});

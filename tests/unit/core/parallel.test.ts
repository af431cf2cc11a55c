/** All sources of a molecule are read before anything is written. */
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../hw/atom/assemble.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import { executionOrder } from '../../../hw/exec/atom-order.js';
import { Rig } from '../../timing/rig.js';
import { eightSlotHost } from '../atom/machines.js';

function ran(text: string, values: Record<number, number>): Rig {
  const rig = new Rig({}, eightSlotHost);
  rig.load(`${text}{ exit 0 }`);
  for (const [register, value] of Object.entries(values)) rig.w[Number(register)] = value;
  expect(rig.run()).toBe('exit');
  return rig;
}

describe('a molecule', () => {
  it('exchanges registers', () => {
    const { w } = ran('{ add r16,r17,#0 ; add r17,r16,#0 }', { 16: 1, 17: 2 });
    expect([w[16], w[17]]).toEqual([2, 1]);
  });

  it('rotates four registers', () => {
    const text = '{ or r16,r17,r63 ; or r17,r18,r63 ; or r18,r19,r63 ; or r19,r16,r63 }';
    const { w } = ran(text, { 16: 1, 17: 2, 18: 3, 19: 4 });
    expect([...w.slice(16, 20)]).toEqual([2, 3, 4, 1]);
  });

  it('tests the old condition codes', () => {
    const text = '{ stc.c }{ setcc r16,#2 ; clc.c }{ setcc r17,#2 }';
    const { w } = ran(text, {});
    expect([w[16], w[17]]).toEqual([1, 0]);
  });

  it('exchanges through the condition codes too', () => {
    // The first reads the codes and writes r16, the second reads r16 and writes the codes.
    const { w } = ran('{ stc.c }{ setcc r16,#2 ; sub32.c r17,r16,#5 }{ setcc r18,#4 }', {
      16: 5,
    });
    expect([w[16], w[17], w[18]]).toEqual([1, 0, 1]);
  });

  it('stores the old value of a register that it loads', () => {
    const rig = new Rig({}, eightSlotHost);
    rig.load('{ ld32.k r16,[r17] ; st32.k [r17],r16 }{ exit 0 } commit');
    rig.setWord(0x2000, 5);
    rig.w[16] = 6;
    rig.w[17] = 0x2000;
    rig.run();
    expect([rig.w[16], rig.word(0x2000)]).toEqual([5, 6]);
  });

  it('stores in the order of its slots', () => {
    const rig = new Rig({}, eightSlotHost);
    rig.load('{ m0: st32.k [r17],r16 ; m1: st32.k [r17],r18 }{ exit 0 } commit');
    rig.w.set([1, 0x2000, 2], 16);
    rig.run();
    expect(rig.word(0x2000)).toBe(2);
  });

  it('branches on the old register', () => {
    const rig = ran('{ add r16,r63,#0 ; brnz r16,out }{ exit 1 } out: ', { 16: 1 });
    expect(rig.core.exit.index).toBe(0);
  });
});

describe('the order', () => {
  const order = (text: string) => {
    const isa = new HostIsa(eightSlotHost);
    const { atoms, latches } = executionOrder(assemble(isa, text).molecules[0]);
    return { names: atoms.map((a) => a.row.name), latches: latches.length };
  };

  it('is that of the slots where nothing speaks against it', () => {
    expect(order('{ x0: add r1,r2,r3 ; x1: sub r4,r5,r6 ; x2: xor r7,r2,r2 }')).toEqual({
      names: ['add', 'sub', 'xor'],
      latches: 0,
    });
  });

  it('puts readers before writers, without latches', () => {
    expect(order('{ x0: add r1,r2,r3 ; x1: sub r4,r1,r6 ; x2: xor r7,r4,r2 }')).toEqual({
      names: ['xor', 'sub', 'add'],
      latches: 0,
    });
  });

  it('needs one latch for a circle', () => {
    expect(order('{ x0: add r1,r2,r2 ; x1: sub r2,r1,r1 }')).toEqual({
      names: ['add', 'sub'],
      latches: 1,
    });
  });
});

/** Issue and operand waits: what molecules cost that find everything in the caches. */
import { describe, expect, it } from 'vitest';
import { tm5800Host } from '../unit/atom/machines.js';
import { cost, Rig } from './rig.js';

const latency = (changes: object) =>
  new Rig({ latencyCycles: { ...tm5800Host.latencyCycles, ...changes } });

describe('a molecule a cycle', () => {
  it('for a chain of atoms that take a cycle', () => {
    const chain = '{ add r16,r17,#1 }{ add r16,r16,#1 }{ add r16,r16,#1 ; exit 0 }';
    expect(cost(chain)).toEqual({ issue: 3, branch: 1 });
  });

  it('for atoms that do not depend on each other, however late', () => {
    const four = '{ mul r16,r1,r1 }{ mul r17,r1,r1 }{ mul r18,r1,r1 }{ exit 0 }';
    // The exit is over at 5 and waits for the last product, which was begun at 2 and is ready at 6.
    expect(cost(four)).toEqual({ issue: 4, branch: 1, commit: 1 });
  });
});

describe('operand wait', () => {
  it('of the user of a product', () => {
    const text = '{ mul r16,r1,r1 }{ add r17,r16,#1 }{ exit 0 }';
    expect(cost(text)).toEqual({ issue: 3, interlock: 3, branch: 1 });
  });

  it('shrinks by what lies between', () => {
    const text = '{ mul r16,r1,r1 }{ nop }{ nop }{ add r17,r16,#1 }{ exit 0 }';
    expect(cost(text)).toEqual({ issue: 5, interlock: 1, branch: 1 });
  });

  it('in a chain of atoms of two cycles', () => {
    const chain = '{ add r16,r17,#1 }{ add r16,r16,#1 }{ add r16,r16,#1 ; exit 0 }';
    expect(cost(chain, undefined, latency({ alu: 2 }))).toEqual({
      issue: 3,
      interlock: 2,
      branch: 1,
    });
  });

  it('of a load that hits', () => {
    const text = '{ ld32.k r16,[r17] }{ add r18,r16,#1 }{ exit 0 }';
    const prepare = (rig: Rig) => {
      rig.w[17] = 0x2000;
      rig.warm(0x2000);
    };
    expect(cost(text, prepare)).toEqual({ issue: 3, interlock: 2, branch: 1 });
  });

  it('for the condition codes', () => {
    const text = '{ mul32.c r0,r1,r2 }{ br.o out }{ nop } out: { exit 0 }';
    expect(cost(text)).toEqual({ issue: 4, interlock: 3, branch: 1 });
  });

  it('for MQ', () => {
    const text = '{ mul32.c r0,r1,r2 }{ getmq r3 }{ exit 0 }';
    expect(cost(text)).toEqual({ issue: 3, interlock: 3, branch: 1 });
  });

  it('of whoever would overtake an earlier result', () => {
    const text = '{ mul r16,r1,r1 }{ add r16,r1,#1 }{ exit 0 }';
    expect(cost(text)).toEqual({ issue: 3, interlock: 3, branch: 1 });
  });

  it('never for the zero register or the sink', () => {
    const text =
      '{ mul r62,r1,r1 }{ add r16,r63,#1 }{ mul r62,r1,r1 }{ nop }{ nop }{ nop }{ exit 0 }';
    expect(cost(text)).toEqual({ issue: 7, branch: 1 });
  });
});

describe('commit', () => {
  it('waits for everything outstanding, then takes commitCycles', () => {
    const text = '{ mul r16,r1,r1 }{ nop } commit { nop }{ exit 0 }';
    // Issued at 1, so over at 2; the product is ready at 4.
    expect(cost(text, undefined, new Rig({ commitCycles: 2 }))).toEqual({
      issue: 4,
      commit: 4,
      branch: 1,
    });
  });

  it('leaves nothing to wait for', () => {
    const text = '{ mul r16,r1,r1 } commit { add r17,r16,#1 }{ exit 0 }';
    expect(cost(text)).toEqual({ issue: 3, commit: 3, branch: 1 });
  });

  it('that leaves commits first', () => {
    const text = '{ mul r16,r1,r1 }{ exit 3 } commit';
    const rig = new Rig({ commitCycles: 1 });
    // Over at 3, waits until 4.
    expect(cost(text, undefined, rig)).toEqual({ issue: 2, branch: 1, commit: 1 + 1 });
    expect(rig.core.exit.index).toBe(3);
  });
});

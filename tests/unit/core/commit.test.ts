/** Commit and rollback: registers, stores, what the guest memory is told, what is reported. */
import { describe, expect, it } from 'vitest';
import { SHADOWED } from '../../../hw/atom/registers.js';
import type { CommitView } from '../../../hw/core/host-core.js';
import { Rig } from '../../timing/rig.js';

const A = 0x2000;

describe('commit', () => {
  it('publishes the shadowed registers and nothing else', () => {
    const rig = new Rig();
    rig.load('{ add r16,r16,#1 } commit { exit 0 }');
    for (let i = 0; i < 62; i++) rig.w[i] = 1000 + i;
    const before = rig.s.slice(0, 16);
    rig.run();
    for (let i = 0; i < 16; i++) {
      if (i === 14) continue;
      const isShadowed = (SHADOWED as readonly number[]).includes(i);
      expect(rig.s[i], `word ${i}`).toBe(isShadowed ? 1000 + i : before[i]);
    }
  });

  it('is what enter takes over', () => {
    const rig = new Rig();
    for (const r of SHADOWED) rig.s[r] = r * 3;
    rig.w.fill(-1);
    rig.core.enter();
    for (const r of SHADOWED) expect(rig.w[r]).toBe(r * 3);
    expect(rig.w[63]).toBe(0);
    expect(rig.w[16]).toBe(-1);
  });

  it('counts what it completes', () => {
    const rig = new Rig();
    rig.load('loop: { sub r16,r16,#1 } commit { brnz r16,loop }{ exit 0 } commit');
    rig.w[16] = 3;
    rig.core.setRetires(rig.pc('loop'), 5, 2);
    rig.run();
    expect([rig.core.retiredSteps, rig.core.retiredInstructions]).toEqual([15, 6]);
  });

  it('is reported with its stores', () => {
    const rig = new Rig();
    rig.load(
      '{ st32.k [r17],r1 }{ st8.k [r18],r1 } commit { st16.k [r17],r1 } end: { exit 0 } commit',
    );
    rig.core.setRetires(rig.memory.cmsOffset + 8, 2, 1);
    rig.w[17] = A;
    rig.w[18] = A + 9;
    const seen: unknown[] = [];
    rig.core.onCommit = (c: CommitView) => {
      const { steps, instructions, storeCount } = c;
      const stores = [...c.storeAddresses.slice(0, storeCount)];
      const bytes = [...c.storeBytes.slice(0, storeCount)];
      seen.push({ at: c.hostPc - rig.memory.cmsOffset, next: c.resumePc - rig.memory.cmsOffset });
      seen.push({ steps, instructions, stores, bytes });
    };
    rig.run();
    expect(seen).toEqual([
      { at: 8, next: 16 },
      { steps: 2, instructions: 1, stores: [A, A + 9], bytes: [4, 1] },
      { at: 24, next: 32 },
      { steps: 0, instructions: 0, stores: [A], bytes: [2] },
    ]);
  });
});

describe('rollback', () => {
  const work =
    '{ add r0,r0,#1 ; add32.c r1,r1,#1 } commit ' +
    '{ add r0,r0,#1 ; add32.c r1,r1,#1 }{ st32.k [r17],r0 }{ st8.k [r17],r1 }{ st16.k [r18],r1 }{ trap 9 }';

  it('restores registers, condition codes and memory, youngest store first', () => {
    const rig = new Rig();
    rig.load(work);
    rig.setWord(A, 0x11223344);
    rig.setWord(A + 8, 0x55667788);
    rig.w[0] = 10;
    rig.w[1] = -2;
    rig.w[17] = A;
    rig.w[18] = A + 9;
    expect(rig.run()).toBe('trap');
    expect([...rig.w.slice(0, 2)]).toEqual([11, -1]);
    expect([rig.w[11], rig.w[12]]).toEqual([rig.s[11], rig.s[12]]);
    expect(rig.w[11]).toBe(-1);
    expect([rig.word(A), rig.word(A + 8)]).toEqual([0x11223344, 0x55667788]);
    expect(rig.core.exit).toMatchObject({ index: 9, resumePc: rig.memory.cmsOffset + 8 });
    expect(rig.core.exit.hostPc).toBe(rig.memory.cmsOffset + 8 + 4 * 8);
  });

  it('before any commit leads to where it was entered', () => {
    const rig = new Rig();
    rig.load('{ nop } on: { trap 0 }');
    rig.run('on');
    expect(rig.core.exit.resumePc).toBe(rig.pc('on'));
  });

  it('takes back what page walks marked, and tells the guest memory', () => {
    const rig = new Rig();
    rig.load('{ ld32.k r16,[r17] }{ trap 0 }');
    rig.w[17] = A;
    rig.unmap(2);
    rig.guest.marks = 0x5000;
    rig.setWord(0x5000, 3);
    rig.run();
    expect(rig.word(0x5000)).toBe(3);
    expect(rig.guest.calls).toEqual(['read 2000', 'rolledBack']);
  });

  it('does not tell a guest memory that was not asked', () => {
    const rig = new Rig();
    rig.load('{ ld32.k r16,[r17] } commit { trap 0 }');
    rig.w[17] = A;
    rig.run();
    expect(rig.guest.calls).toEqual([]);
  });

  it('happens when a division cannot be done', () => {
    const rig = new Rig();
    rig.load('{ add r0,r0,#1 }{ div32 r16,r1,r2 }{ exit 0 }');
    rig.w[2] = 0;
    expect(rig.run()).toBe('trap');
    expect(rig.core.exit.index).toBe(-1);
    expect(rig.w[0]).toBe(0);
  });
});

describe('page-table words', () => {
  it('stay marked after a commit, and are no stores of the guest', () => {
    const rig = new Rig();
    rig.load('{ ld32.k r16,[r17] } commit { exit 0 }');
    rig.w[17] = A;
    rig.unmap(2);
    rig.guest.marks = 0x5000;
    let stores = -1;
    rig.core.onCommit = (c) => {
      stores = c.storeCount;
    };
    rig.run();
    expect(rig.word(0x5000)).toBe(0x20);
    expect(stores).toBe(0);
    expect(rig.guest.calls).toEqual(['read 2000', 'committed']);
  });
});

describe('division', () => {
  it('takes MQ as the high half and leaves the remainder there', () => {
    const rig = new Rig();
    rig.load('{ div32 r16,r1,r2 }{ getmq r17 }{ exit 0 }');
    rig.w[15] = 1;
    rig.w[1] = 7;
    rig.w[2] = 16;
    expect(rig.run()).toBe('exit');
    expect([rig.w[16], rig.w[17]]).toEqual([0x1000_0000, 7]);
  });
});

describe('changed code', () => {
  it('runs at once, also inside a molecule and where it was linked', () => {
    const rig = new Rig();
    rig.load('loop: { movi r16,##1 }{ sub r17,r17,#1 }{ brnz r17,loop }{ exit 0 }');
    rig.w[17] = 2;
    rig.run();
    expect(rig.w[16]).toBe(1);
    const imm =
      rig.memory.cmsOffset + 4 * rig.isa.formats[rig.program?.molecules[0].format ?? 0].immSlot;
    rig.memory.view.setInt32(imm, 77, true);
    rig.core.codeChanged(imm, imm + 4);
    rig.w[17] = 2;
    rig.run();
    expect(rig.w[16]).toBe(77);
  });
});

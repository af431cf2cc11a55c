/** Guest loads and stores: widths, pages, T-bits, alias registers, and the exits that they take. */
import { describe, expect, it } from 'vitest';
import { PAGE, Rig } from '../../timing/rig.js';
import { tm5800Host } from '../atom/machines.js';

const A = 0x2000;
const END = A + PAGE - 2;

function loaded(name: string, prepare: (rig: Rig) => void = () => {}): { rig: Rig; exit: string } {
  const rig = new Rig();
  rig.load(`{ ${name} r16,[r17] } commit { exit 0 }`);
  rig.w[17] = A;
  rig.setWord(A, 0x8899aabb | 0);
  prepare(rig);
  return { rig, exit: rig.run() };
}

describe('widths', () => {
  it.each([
    ['ld8u.k', 0xbb],
    ['ld8s.k', 0xbb - 0x100],
    ['ld16u.k', 0xaabb],
    ['ld16s.k', 0xaabb - 0x1_0000],
    ['ld32.k', 0x8899aabb | 0],
    ['ld32.u', 0x8899aabb | 0],
  ])('%s', (name, value) => {
    expect(loaded(name).rig.w[16]).toBe(value);
  });

  it.each([
    ['st8.k', 0x8899aadd | 0],
    ['st16.u', 0x8899ccdd | 0],
    ['st32.k', 0xffffccdd | 0],
  ])('%s', (name, value) => {
    const rig = new Rig();
    rig.load(`{ ${name} [r17],r16 } commit { exit 0 }`);
    rig.setWord(A, 0x8899aabb | 0);
    rig.w[17] = A;
    rig.w[16] = 0xffffccdd | 0;
    rig.run();
    expect(rig.word(A)).toBe(value);
  });
});

describe('rights', () => {
  it('are the user’s or the supervisor’s', () => {
    const supervisorOnly = (rig: Rig) => {
      rig.map(2, 0x80 | 0x1);
      rig.guest.pages.set(2, 'guestFault');
    };
    expect(loaded('ld32.k', supervisorOnly).exit).toBe('exit');
    const refused = loaded('ld32.u', supervisorOnly);
    expect(refused.exit).toBe('guestFault');
    expect(refused.rig.core.exit.address).toBe(A);
  });

  it('are asked for anew when the page is not in the table', () => {
    const { rig, exit } = loaded('ld32.k', (r) => r.unmap(2));
    expect(exit).toBe('exit');
    expect(rig.w[16]).toBe(0x8899aabb | 0);
    expect(rig.guest.calls).toEqual(['read 2000', 'committed']);
  });

  it('do not matter to a speculative load that would have to walk', () => {
    expect(loaded('lds32.k', (r) => r.unmap(2)).exit).toBe('speculation');
    expect(loaded('lds32.k').exit).toBe('exit');
  });

  it('of what is not RAM are nobody’s', () => {
    const { rig, exit } = loaded('ld32.k', (r) => {
      r.unmap(2);
      r.guest.pages.set(2, 'io');
    });
    expect(exit).toBe('io');
    expect(rig.core.exit.address).toBe(A);
  });
});

describe('an access that crosses a page', () => {
  const crossing = (name: string, prepare: (rig: Rig) => void = () => {}) =>
    loaded(name, (rig) => {
      rig.w[17] = END;
      rig.setWord(END - 2, 0x22110000);
      rig.setWord(END + 2, 0x4433);
      prepare(rig);
    });

  it('reads both pages', () => {
    expect(crossing('ld32.k').rig.w[16]).toBe(0x44332211);
  });

  it('goes where each page is mapped', () => {
    const { rig } = crossing('ld32.k', (r) => {
      r.guest.pages.set(3, 0x7000);
      r.setWord(0x7000, 0x6655);
    });
    expect(rig.w[16]).toBe(0x66552211);
  });

  it('sign-extends', () => {
    const { rig } = loaded('ld16s.k', (r) => {
      r.w[17] = A + PAGE - 1;
      r.setWord(A + PAGE - 4, 0x55000000);
      r.setWord(A + PAGE, 0x80);
    });
    expect(rig.w[16]).toBe(0x8055 - 0x1_0000);
  });

  it('faults at its second page', () => {
    const { rig, exit } = crossing('ld32.k', (r) => r.guest.pages.set(3, 'guestFault'));
    expect(exit).toBe('guestFault');
    expect(rig.core.exit).toMatchObject({ address: A + PAGE, sizeBytes: 2 });
  });

  it('writes both pages, or neither', () => {
    const rig = new Rig();
    rig.load('{ st32.k [r17],r16 } commit { st32.k [r17],r1 }{ trap 0 }');
    rig.w[17] = END;
    rig.w[16] = 0x44332211;
    rig.guest.pages.set(3, 0x7000);
    rig.run();
    expect(rig.word(END - 2) >>> 16).toBe(0x2211);
    expect(rig.word(0x7000)).toBe(0x4433);
    expect(rig.word(0x3000)).toBe(0);
  });
});

describe('page walks', () => {
  it('are refused when no more of what they mark can be remembered', () => {
    const rig = new Rig();
    rig.load('loop: { ld32.k r16,[r17] }{ sub r18,r18,#1 }{ brnz r18,loop }{ exit 0 } commit');
    rig.unmap(2);
    rig.guest.marks = 0x5000;
    rig.w.set([A, 10_000], 17);
    expect(rig.run()).toBe('exit');
    rig.w.set([A, 20_000], 17);
    expect(rig.run()).toBe('storeBuffer');
    expect(rig.word(0x5000)).toBe(0x20);
  });
});

describe('T-bits', () => {
  const store = '{ add r0,r0,#1 }{ st16.k [r17],r16 }{ exit 0 } commit';

  it('stop a store before it is done', () => {
    const rig = new Rig();
    rig.load(store);
    rig.mapWatched(2);
    rig.guest.watched.add(2);
    rig.w[17] = A + 6;
    rig.w[16] = -1;
    expect(rig.run()).toBe('tBit');
    expect(rig.core.exit).toMatchObject({ address: A + 6, sizeBytes: 2 });
    expect(rig.word(A + 4)).toBe(0);
    expect(rig.w[0]).toBe(0);
  });

  it('let a store pass that touches no code', () => {
    const rig = new Rig();
    rig.load(store);
    rig.mapWatched(2);
    rig.w[17] = A + 6;
    rig.w[16] = -1;
    expect(rig.run()).toBe('exit');
    expect(rig.word(A + 4)).toBe(0xffff0000 | 0);
    expect(rig.guest.calls).toEqual(['write 2006', 'store 2006 2', 'committed']);
  });

  it('are looked at on both sides of a page', () => {
    const rig = new Rig();
    rig.load('{ st32.k [r17],r16 }{ exit 0 } commit');
    rig.guest.watched.add(3);
    rig.mapWatched(3);
    rig.w[17] = END;
    expect(rig.run()).toBe('tBit');
    expect(rig.core.exit).toMatchObject({ address: A + PAGE, sizeBytes: 2 });
  });
});

describe('alias registers', () => {
  const moved = (name: string, mask: string, tail = '') =>
    `{ ${name} r16,[r17],#2 }${tail}{ st16.k [r18],r1,${mask} }{ exit 0 } commit`;

  it.each([
    [A - 2, 'exit'],
    [A - 1, 'alias'],
    [A, 'alias'],
    [A + 3, 'alias'],
    [A + 4, 'exit'],
  ])('compare bytes: a store to %i', (address, exit) => {
    const rig = new Rig();
    rig.load(moved('ldp32.k', '#4'));
    rig.w[17] = A;
    rig.w[18] = address;
    expect(rig.run()).toBe(exit);
    if (exit === 'alias') expect(rig.core.exit.index).toBe(2);
  });

  it('are only looked at if the store’s mask names them', () => {
    const rig = new Rig();
    rig.load(moved('ldp32.k', '#3'));
    rig.w.fill(A, 17, 19);
    expect(rig.run()).toBe('exit');
  });

  it('are empty after a commit', () => {
    const rig = new Rig();
    rig.load(moved('ldp32.k', '#4', '{ nop } commit '));
    rig.w.fill(A, 17, 19);
    expect(rig.run()).toBe('exit');
  });

  it('know both parts of a load that crosses a page', () => {
    const rig = new Rig();
    rig.load(moved('ldp32.k', '#4'));
    rig.guest.pages.set(3, 0x7000);
    rig.w[17] = END;
    rig.w[18] = 0x7000;
    expect(rig.run()).toBe('alias');
  });

  it('are set by a load in the same molecule', () => {
    const rig = new Rig(
      {},
      {
        ...tm5800Host,
        units: [
          { name: 'm0', classes: ['memory', 'alu'] },
          { name: 'm1', classes: ['memory', 'branch'] },
        ],
        formats: ['m0 m1'],
      },
    );
    rig.load('{ st32.k [r17],r1,#1 ; ldp32.k r16,[r17],#0 }{ nop ; exit 0 } commit');
    rig.w[17] = A;
    expect(rig.run()).toBe('alias');
  });
});

describe('chkpage', () => {
  const check = '{ chkpage.k r17,##0x2000 }{ exit 0 } commit';

  it('passes where the page is mapped as it was', () => {
    const rig = new Rig();
    rig.load(check);
    rig.w[17] = A + 0x123;
    expect(rig.run()).toBe('exit');
    expect(rig.guest.calls).toEqual([]);
  });

  it('asks where the table does not know', () => {
    const rig = new Rig();
    rig.load(check);
    rig.w[17] = A;
    rig.unmap(2);
    expect(rig.run()).toBe('exit');
    rig.guest.pages.set(2, 'guestFault');
    expect(rig.run()).toBe('mapping');
  });

  it('leaves where it is mapped otherwise', () => {
    const rig = new Rig();
    rig.load(check);
    rig.w[17] = 0x4321;
    expect(rig.run()).toBe('mapping');
    expect(rig.core.exit.address).toBe(0x4321);
  });
});

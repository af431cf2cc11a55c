/** VGA: text as Linux's vgacon drives it, registers, planes against a bit-by-bit model, retrace. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { Vga } from '../../../hw/platform/vga.js';
import { TestBoard } from './board.js';

let board: TestBoard;
let vga: Vga;
beforeEach(() => {
  board = new TestBoard();
  vga = new Vga(board.host);
  vga.reset();
});

const TEXT = 0xb8000;
const poke = (address: number, value: number, width: 1 | 2 | 4 = 1) =>
  board.bus.write(address, value, width);
const peek = (address: number, width: 1 | 2 | 4 = 1) => board.bus.read(address, width);
function indexed(port: number, index: number, value: number): void {
  board.out(port, index | (value << 8), 2);
}
function readIndexed(port: number, index: number): number {
  board.out(port, index);
  return board.in(port + 1);
}
function show(address: number, text: string, attribute = 0x07): void {
  for (const c of text) {
    poke(address, c.charCodeAt(0) | (attribute << 8), 2);
    address += 2;
  }
}
function line(row: number): string {
  const s = vga.textScreen();
  if (!s) return '';
  const codes = s.characters.slice(row * s.columns, (row + 1) * s.columns);
  return String.fromCharCode(...codes.map((c) => c || 32)).trimEnd();
}

describe('text', () => {
  it('is 80 x 25 after reset and reads back what was written, at any width', () => {
    show(TEXT, 'Hello');
    show(TEXT + 24 * 160, 'bottom', 0x1e);
    poke(TEXT + 10, 0x07210721, 4);
    const s = vga.textScreen();
    expect([s?.columns, s?.rows, s?.characters.length]).toEqual([80, 25, 2000]);
    expect(line(0)).toBe('Hello!!');
    expect(line(24)).toBe('bottom');
    expect(s?.attributes[24 * 80]).toBe(0x1e);
    expect(peek(TEXT, 4)).toBe(0x07650748);
    expect(peek(TEXT + 1)).toBe(0x07);
  });

  it('scrolls by the start address and shows the cursor, as vgacon does', () => {
    show(TEXT + 160, 'second');
    indexed(0x3d4, 0x0c, 0x00);
    indexed(0x3d4, 0x0d, 80);
    expect(line(0)).toBe('second');
    const cursor = 80 + 80 * 3 + 17;
    indexed(0x3d4, 0x0e, cursor >> 8);
    indexed(0x3d4, 0x0f, cursor & 0xff);
    expect(vga.textScreen()?.cursor).toEqual({ row: 3, column: 17 });
    indexed(0x3d4, 0x0a, 0x20);
    expect(vga.textScreen()?.cursor).toBeUndefined();
  });

  it('has 50 rows with 8-line characters, and 40 columns', () => {
    indexed(0x3d4, 0x09, 0x47);
    expect(vga.textScreen()?.rows).toBe(50);
    indexed(0x3d4, 0x11, 0x0e);
    indexed(0x3d4, 0x01, 39);
    indexed(0x3d4, 0x13, 20);
    show(TEXT + 80, 'row 1');
    expect(line(1)).toBe('row 1');
  });

  it('passes the memory probe of vgacon and keeps 32 KB', () => {
    poke(TEXT, 0xaa55, 2);
    poke(TEXT + 0x7ffe, 0x55aa, 2);
    expect(peek(TEXT, 2)).toBe(0xaa55);
    expect(peek(TEXT + 0x7ffe, 2)).toBe(0x55aa);
    // The other windows are closed in text mode.
    expect(peek(0xa0000)).toBe(0xff);
    expect(peek(0xb0000, 4)).toBe(0xffffffff);
  });

  it('keeps characters when a font is loaded into plane 2 as vgacon does', () => {
    show(TEXT, 'text');
    indexed(0x3c4, 0, 1);
    indexed(0x3c4, 2, 4);
    indexed(0x3c4, 4, 7);
    indexed(0x3c4, 0, 3);
    indexed(0x3ce, 4, 2);
    indexed(0x3ce, 5, 0);
    indexed(0x3ce, 6, 0);
    for (let i = 0; i < 64; i++) poke(0xa0000 + i, i ^ 0x5a);
    expect([peek(0xa0000), peek(0xa0000 + 63)]).toEqual([0x5a, 63 ^ 0x5a]);
    indexed(0x3c4, 2, 3);
    indexed(0x3c4, 4, 3);
    indexed(0x3ce, 4, 0);
    indexed(0x3ce, 5, 0x10);
    indexed(0x3ce, 6, 0x0e);
    expect(line(0)).toBe('text');
    expect(peek(TEXT + 2, 2)).toBe(0x0765);
  });
});

describe('registers', () => {
  it('read back', () => {
    expect(board.in(0x3cc)).toBe(0x67);
    indexed(0x3ce, 8, 0x5c);
    expect(readIndexed(0x3ce, 8)).toBe(0x5c);
    expect(readIndexed(0x3c4, 4)).toBe(0x02);
    indexed(0x3d4, 0x0e, 0x12);
    expect(readIndexed(0x3d4, 0x0e)).toBe(0x12);
    board.out(0x3da, 0x02);
    expect(board.in(0x3ca)).toBe(0x02);
  });

  it('protect CRTC 0-7 but for one bit', () => {
    indexed(0x3d4, 0, 0x11);
    expect(readIndexed(0x3d4, 0)).toBe(0x5f);
    indexed(0x3d4, 7, 0xef);
    expect(readIndexed(0x3d4, 7)).toBe(0x0f);
    indexed(0x3d4, 0x11, 0x0e);
    indexed(0x3d4, 0, 0x11);
    expect(readIndexed(0x3d4, 0)).toBe(0x11);
  });

  it('move to 0x3b4 with monochrome addressing', () => {
    board.out(0x3c2, 0x66);
    expect(readIndexed(0x3b4, 1)).toBe(0x4f);
    expect(readIndexed(0x3d4, 1)).toBe(0xff);
  });

  it('attribute index and data share a port; the palette is locked while shown', () => {
    const write = (index: number, value: number) => {
      board.in(0x3da);
      board.out(0x3c0, index);
      board.out(0x3c0, value);
    };
    const read = (index: number) => {
      board.in(0x3da);
      board.out(0x3c0, index);
      return board.in(0x3c1);
    };
    write(0x10, 0x04);
    expect(read(0x10)).toBe(0x04);
    write(0x26, 0x3f); // with bit 5: locked
    expect(read(0x06)).toBe(0x14);
    write(0x06, 0x15);
    expect(read(0x06)).toBe(0x15);
    board.in(0x3da);
    board.out(0x3c0, 0x20);
    expect(board.in(0x3c0)).toBe(0x20);
  });

  it('palette: three components count the index on', () => {
    board.out(0x3c8, 0xff);
    for (const v of [1, 2, 0xff, 4]) board.out(0x3c9, v);
    board.out(0x3c7, 0xff);
    expect([0, 0, 0, 0].map(() => board.in(0x3c9))).toEqual([1, 2, 0x3f, 4]);
    expect(board.in(0x3c7)).toBe(0);
    board.out(0x3c7, 0x3c);
    expect([0, 0, 0].map(() => board.in(0x3c9))).toEqual([0x3f, 0x15, 0x15]);
  });
});

/** One plane byte by the words of the manual, a bit at a time. */
function plainWrite(
  mode: number,
  value: number,
  plane: number,
  latch: number,
  g: number[],
): number {
  const rotated = ((value >> (g[3] & 7)) | (value << (8 - (g[3] & 7)))) & 0xff;
  let result = 0;
  for (let bit = 0; bit < 8; bit++) {
    const old = (latch >> bit) & 1;
    let data = (rotated >> bit) & 1;
    if (mode === 0 && (g[1] >> plane) & 1) data = (g[0] >> plane) & 1;
    if (mode === 2) data = (value >> plane) & 1;
    let select = (g[8] >> bit) & 1;
    if (mode === 3) {
      select &= (rotated >> bit) & 1;
      data = (g[0] >> plane) & 1;
    }
    data = [data, data & old, data | old, data ^ old][(g[3] >> 3) & 3];
    if (mode === 1 || !select) data = old;
    result |= data << bit;
  }
  return result;
}

describe('planes', () => {
  beforeEach(() => {
    indexed(0x3c4, 4, 0x06);
    indexed(0x3ce, 5, 0);
    indexed(0x3ce, 6, 0x05);
    indexed(0x3c4, 2, 0x0f);
    indexed(0x3ce, 8, 0xff);
  });
  const setPlanes = (offset: number, planes: number[]) => {
    indexed(0x3ce, 5, 0);
    indexed(0x3ce, 1, 0);
    indexed(0x3ce, 3, 0);
    indexed(0x3ce, 8, 0xff);
    planes.forEach((value, p) => {
      indexed(0x3c4, 2, 1 << p);
      poke(0xa0000 + offset, value);
    });
  };
  const getPlanes = (offset: number) => {
    indexed(0x3ce, 5, 0);
    return [0, 1, 2, 3].map((p) => {
      indexed(0x3ce, 4, p);
      return peek(0xa0000 + offset);
    });
  };

  it('write modes 0-3 agree with the manual bit by bit', () => {
    const rng = new Rng(3);
    for (let i = 0; i < 600; i++) {
      const latch = [0, 0, 0, 0].map(() => rng.below(256));
      const before = [0, 0, 0, 0].map(() => rng.below(256));
      setPlanes(5, latch);
      setPlanes(9, before);
      const mode = rng.below(4);
      const g = [rng.below(16), rng.below(16), 0, rng.below(32), 0, 0, 0, 0, rng.below(256)];
      const mask = rng.below(16);
      peek(0xa0005);
      for (const r of [0, 1, 3, 8]) indexed(0x3ce, r, g[r]);
      indexed(0x3ce, 5, mode);
      indexed(0x3c4, 2, mask);
      const value = rng.below(256);
      poke(0xa0009, value);
      const wanted = before.map((old, p) =>
        (mask >> p) & 1 ? plainWrite(mode, value, p, latch[p], g) : old,
      );
      expect(getPlanes(9), `case ${i} mode ${mode}`).toEqual(wanted);
    }
  });

  it('read mode 1 compares colours', () => {
    setPlanes(0, [0b1100, 0b1010, 0, 0xff]);
    indexed(0x3ce, 5, 0x08);
    indexed(0x3ce, 2, 0b1011);
    indexed(0x3ce, 7, 0b1111);
    expect(peek(0xa0000)).toBe(0b1000);
    indexed(0x3ce, 7, 0b1001);
    expect(peek(0xa0000)).toBe(0b1100);
    indexed(0x3ce, 7, 0);
    expect(peek(0xa0000)).toBe(0xff);
  });

  it('chain-4 spreads bytes over the planes', () => {
    indexed(0x3c4, 4, 0x0e);
    indexed(0x3ce, 6, 0x05);
    indexed(0x3ce, 5, 0x40);
    poke(0xa0100, 0x44332211, 4);
    expect(peek(0xa0100, 4)).toBe(0x44332211);
    expect(vga.textScreen()).toBeUndefined();
    indexed(0x3c4, 4, 0x06);
    expect(getPlanes(0x100)).toEqual([0x11, 0x22, 0x33, 0x44]);
  });

  it('are out of reach when the memory is switched off', () => {
    board.out(0x3c2, 0x65);
    expect(peek(0xa0000)).toBe(0xff);
  });
});

it('retrace bits follow the frame to the character clock', () => {
  const at = (line: number, character: number) => {
    const charHz = Math.round(28_322_000 / 9);
    const cycle = board.clock.cycleOfTick(44_900 * 7 + line * 100 + character, charHz);
    board.runTo(cycle);
    const now = board.in(0x3da);
    return now & 0x09;
  };
  expect(at(0, 0)).toBe(0);
  expect(at(0, 79)).toBe(0);
  expect(at(0, 80)).toBe(1);
  expect(at(1, 0)).toBe(0);
  expect(at(399, 79)).toBe(0);
  expect(at(400, 0)).toBe(1);
  expect(at(411, 99)).toBe(1);
  expect(at(412, 0)).toBe(9);
  expect(at(413, 99)).toBe(9);
  expect(at(414, 0)).toBe(1);
  expect(at(448, 99)).toBe(1);
  expect(at(449, 0)).toBe(0);
});

it('restores everything', () => {
  show(TEXT, 'saved');
  board.in(0x3da);
  board.out(0x3c0, 0x10);
  board.out(0x3c8, 5);
  board.out(0x3c9, 9);
  indexed(0x3ce, 8, 0x3c);
  const state = board.save(vga);
  const finish = () => {
    board.out(0x3c0, 0x0c);
    board.out(0x3c9, 8);
    board.out(0x3c9, 7);
    poke(TEXT + 1, 0x70);
    const { memory, ...registers } = vga.save();
    return { registers: structuredClone(registers), memory: Buffer.from(memory as Uint8Array) };
  };
  const direct = finish();
  board = new TestBoard();
  vga = new Vga(board.host);
  board.restore(vga, state);
  expect(line(0)).toBe('saved');
  const restored = finish();
  expect(restored.registers).toEqual(direct.registers);
  expect(restored.memory.equals(direct.memory)).toBe(true);
});

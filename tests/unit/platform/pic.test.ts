/** The 8259 pair, programmed as BIOS and Linux do. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Pic } from '../../../hw/platform/pic.js';
import { TestBoard } from './board.js';

let board: TestBoard;
let pic: Pic;
let intr: boolean[];

beforeEach(() => {
  board = new TestBoard();
  intr = [];
  pic = new Pic(board.host, { onIntr: (level) => intr.push(level) });
  pic.reset();
});

/** Linux's init_8259A: vectors 0x30 and 0x38. */
function initLinux(autoEoi = false): void {
  board.out(0x21, 0xff);
  board.out(0x20, 0x11);
  board.out(0x21, 0x30);
  board.out(0x21, 0x04);
  board.out(0x21, autoEoi ? 0x03 : 0x01);
  board.out(0xa0, 0x11);
  board.out(0xa1, 0x38);
  board.out(0xa1, 0x02);
  board.out(0xa1, 0x01);
  board.out(0x21, 0x00);
  board.out(0xa1, 0x00);
}

/** In-service registers, master and slave. */
function isr(): [number, number] {
  board.out(0x20, 0x0b);
  board.out(0xa0, 0x0b);
  return [board.in(0x20), board.in(0xa0)];
}

function irr(): [number, number] {
  board.out(0x20, 0x0a);
  board.out(0xa0, 0x0a);
  return [board.in(0x20), board.in(0xa0)];
}

describe('initialization', () => {
  it('keeps the mask registers readable, as the probe of Linux checks', () => {
    board.out(0xa1, 0xff);
    board.out(0x21, 0xfb);
    expect(board.in(0x21)).toBe(0xfb);
    expect(board.in(0xa1)).toBe(0xff);
  });

  it('takes vectors from ICW2 and forgets edges seen before', () => {
    pic.setLine(4, true);
    initLinux();
    expect(pic.intr).toBe(false);
    pic.setLine(4, false);
    pic.setLine(4, true);
    expect(pic.intr).toBe(true);
    expect(pic.acknowledge()).toBe(0x34);
    expect(intr).toEqual([true, false, true, false]);
  });

  it('needs no ICW3 and ICW4 when ICW1 says so', () => {
    board.out(0x20, 0x12);
    board.out(0x21, 0x40);
    board.out(0x21, 0xfe);
    expect(board.in(0x21)).toBe(0xfe);
    pic.setLine(0, true);
    expect(pic.acknowledge()).toBe(0x40);
  });
});

describe('priority and end of interrupt', () => {
  beforeEach(() => initLinux());

  it('nests higher levels only', () => {
    pic.setLine(3, true);
    expect(pic.acknowledge()).toBe(0x33);
    pic.setLine(5, true);
    expect(pic.intr).toBe(false);
    pic.setLine(1, true);
    expect(pic.intr).toBe(true);
    expect(pic.acknowledge()).toBe(0x31);
    expect(isr()[0]).toBe(0b1010);
    board.out(0x20, 0x20);
    expect(isr()[0]).toBe(0b1000);
    expect(pic.intr).toBe(false);
    board.out(0x20, 0x63);
    expect(pic.acknowledge()).toBe(0x35);
  });

  it('takes an edge once, and asks for a new one', () => {
    pic.setLine(1, true);
    pic.acknowledge();
    board.out(0x20, 0x20);
    expect(pic.intr).toBe(false);
    pic.setLine(1, false);
    pic.setLine(1, true);
    expect(pic.intr).toBe(true);
  });

  it('answers 7 without in-service bit when the request vanished', () => {
    pic.setLine(3, true);
    pic.setLine(3, false);
    expect(pic.intr).toBe(false);
    expect(pic.acknowledge()).toBe(0x37);
    expect(isr()).toEqual([0, 0]);
  });

  it('keeps a masked request pending', () => {
    board.out(0x21, 0x10);
    pic.setLine(4, true);
    expect(pic.intr).toBe(false);
    expect(irr()[0]).toBe(0x10);
    board.out(0x21, 0x00);
    expect(pic.acknowledge()).toBe(0x34);
  });

  it('rotates', () => {
    board.out(0x20, 0xc3); // level 3 lowest: 4 highest
    for (const line of [0, 3, 4]) pic.setLine(line, true);
    expect(pic.acknowledge()).toBe(0x34);
    board.out(0x20, 0xa0); // rotate on unspecific end: 4 lowest
    expect(pic.acknowledge()).toBe(0x30);
    board.out(0x20, 0xe0); // rotate on specific end of 0: 1 highest
    expect(pic.acknowledge()).toBe(0x33);
  });

  it('in special mask mode lets lower levels through a masked one in service', () => {
    pic.setLine(3, true);
    pic.acknowledge();
    pic.setLine(6, true);
    board.out(0x21, 0x08);
    expect(pic.intr).toBe(false);
    board.out(0x20, 0x68);
    expect(pic.intr).toBe(true);
    expect(pic.acknowledge()).toBe(0x36);
    board.out(0x20, 0x20); // ends 6, not the masked 3
    expect(isr()[0]).toBe(0x08);
    board.out(0x20, 0x48);
  });

  it('polls', () => {
    board.out(0x20, 0x0c);
    expect(board.in(0x20)).toBe(0);
    pic.setLine(5, true);
    board.out(0x20, 0x0c);
    expect(board.in(0x21)).toBe(0x85);
    expect(isr()[0]).toBe(0x20);
  });
});

it('in automatic end mode leaves no in-service bit, and rotates if asked', () => {
  initLinux(true);
  pic.setLine(0, true);
  pic.setLine(1, true);
  board.out(0x20, 0x80);
  expect(pic.acknowledge()).toBe(0x30);
  expect(isr()[0]).toBe(0);
  pic.setLine(0, false);
  pic.setLine(0, true);
  expect(pic.acknowledge()).toBe(0x31);
  expect(pic.acknowledge()).toBe(0x30);
});

describe('cascade', () => {
  beforeEach(() => initLinux());

  it('gives the vectors of the slave and needs both ends', () => {
    pic.setLine(14, true);
    expect(irr()).toEqual([0x04, 0x40]);
    expect(pic.acknowledge()).toBe(0x3e);
    expect(isr()).toEqual([0x04, 0x40]);
    pic.setLine(8, true); // higher within the slave, but the master is in service
    expect(pic.intr).toBe(false);
    board.out(0x20, 0x62);
    expect(pic.acknowledge()).toBe(0x38);
    board.out(0x20, 0x62);
    board.out(0xa0, 0x60);
    board.out(0xa0, 0x66);
    expect(isr()).toEqual([0, 0]);
  });

  it('loses nothing when two lines of the slave rise together', () => {
    pic.setLine(12, true);
    pic.setLine(15, true);
    const vectors: number[] = [];
    for (let i = 0; i < 2; i++) {
      vectors.push(pic.acknowledge());
      board.out(0xa0, 0x20);
      board.out(0x20, 0x20);
    }
    expect(vectors).toEqual([0x3c, 0x3f]);
    expect(pic.intr).toBe(false);
  });

  it('special fully nested: a higher one of the slave interrupts a lower one', () => {
    board.out(0x20, 0x11);
    board.out(0x21, 0x30);
    board.out(0x21, 0x04);
    board.out(0x21, 0x11);
    board.out(0x21, 0x00);
    pic.setLine(14, true);
    expect(pic.acknowledge()).toBe(0x3e);
    pic.setLine(9, true);
    expect(pic.acknowledge()).toBe(0x39);
  });

  it('has the priority of input 2', () => {
    pic.setLine(3, true);
    pic.setLine(10, true);
    expect(pic.acknowledge()).toBe(0x3a);
    board.out(0xa0, 0x20);
    board.out(0x20, 0x20);
    expect(pic.acknowledge()).toBe(0x33);
  });
});

describe('level-triggered lines', () => {
  beforeEach(() => initLinux());

  it('ask again while the level stays', () => {
    board.out(0x4d1, 0x0c);
    expect(board.in(0x4d1)).toBe(0x0c);
    pic.setLine(11, true);
    expect(pic.acknowledge()).toBe(0x3b);
    board.out(0xa0, 0x20);
    board.out(0x20, 0x20);
    expect(pic.intr).toBe(true);
    pic.setLine(11, false);
    expect(pic.intr).toBe(false);
  });

  it('exist only where ELCR allows them', () => {
    board.out(0x4d0, 0xffff, 2);
    expect(board.in(0x4d0, 2)).toBe(0xdef8);
  });
});

it('continues from a saved state in the middle of nested service', () => {
  initLinux();
  board.out(0x4d1, 0x08);
  for (const line of [5, 11, 1]) pic.setLine(line, true);
  expect(pic.acknowledge()).toBe(0x31);
  board.out(0xa0, 0x11); // half-way through the initialization of the slave
  const state = board.save(pic);
  const finish = (b: TestBoard, p: Pic) => {
    b.out(0xa1, 0x70);
    b.out(0xa1, 0x02);
    b.out(0xa1, 0x01);
    b.out(0x20, 0x20);
    return [p.intr, p.acknowledge(), b.in(0x21), b.in(0xa1), p.intr, JSON.stringify(p.save())];
  };
  const direct = finish(board, pic);
  const other = new TestBoard();
  const copy = new Pic(other.host);
  other.restore(copy, state);
  expect(finish(other, copy)).toEqual(direct);
  expect(direct[1]).toBe(0x73);
});

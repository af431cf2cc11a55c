/** 8042, keyboard and mouse, as Linux's i8042, atkbd and psmouse and SeaBIOS talk to them. */
import { beforeEach, describe, expect, it } from 'vitest';
import { KeyboardController } from '../../../hw/platform/keyboard.js';
import { TestBoard } from './board.js';

const HZ = 12_500_000;
/** Cycles of a byte on the PS/2 line. */
const BYTE = 11_000;

let board: TestBoard;
let kbc: KeyboardController;
beforeEach(() => {
  board = new TestBoard(HZ);
  kbc = new KeyboardController(board.host);
  kbc.reset();
});

const status = () => board.in(0x64);
/** All that comes, waiting for each byte; AUX bytes are marked by 0x100. */
function drain(): number[] {
  const bytes: number[] = [];
  for (let idle = 0; idle < 3; idle++) {
    board.pass(BYTE);
    const s = status();
    if (!(s & 1)) continue;
    bytes.push(board.in(0x60) | (s & 0x20 ? 0x100 : 0));
    idle = 0;
  }
  return bytes;
}
function command(value: number, ...data: number[]): void {
  board.out(0x64, value);
  for (const d of data) board.out(0x60, d);
}
function keyboard(...bytes: number[]): number[] {
  return bytes.flatMap((b) => {
    board.out(0x60, b);
    return drain();
  });
}
function mouse(...bytes: number[]): number[] {
  return bytes.flatMap((b) => {
    command(0xd4, b);
    return drain().map((v) => v & 0xff);
  });
}

describe('controller', () => {
  it('passes the tests of Linux: self-test, interfaces, loop of the auxiliary port', () => {
    expect(status()).toBe(0x10);
    command(0xaa);
    expect([status() & 1, board.in(0x60)]).toEqual([1, 0x55]);
    expect(status() & 0x04).toBe(0x04);
    command(0xab);
    expect(board.in(0x60)).toBe(0);
    command(0xd3, 0x5a);
    expect([status() & 0x21, board.in(0x60)]).toEqual([0x21, 0x5a]);
    command(0xa9);
    expect(board.in(0x60)).toBe(0);
    command(0xa7);
    command(0x20);
    expect(board.in(0x60) & 0x20).toBe(0x20);
    command(0xa8);
    command(0x20);
    expect(board.in(0x60) & 0x20).toBe(0);
    expect(status() & 0x08).toBe(0x08);
  });

  it('keeps its command byte and RAM', () => {
    command(0x60, 0x65);
    command(0x20);
    expect(board.in(0x60)).toBe(0x65);
    command(0x6f, 0x99);
    command(0x2f);
    expect(board.in(0x60)).toBe(0x99);
  });

  it('drives A20 and reset', () => {
    expect(board.a20).toEqual([true]);
    command(0xd1, 0xdd);
    command(0xd1, 0xdf);
    command(0xdd);
    expect(board.a20).toEqual([true, false, true, false]);
    command(0xd0);
    expect(board.in(0x60) & 0x03).toBe(0x01);
    command(0xff);
    expect(board.resets).toEqual([]);
    command(0xfe);
    command(0xd1, 0x02);
    expect(board.resets).toEqual(['8042 pulse', '8042 output port']);
  });

  it('interrupts with an edge per byte, falling when the byte is read', () => {
    command(0x60, 0x47);
    kbc.type('a');
    board.pass(BYTE - 1);
    expect(board.lines[1]).toBe(false);
    board.pass(1);
    expect(board.lines[1]).toBe(true);
    board.pass(10 * BYTE);
    expect(board.in(0x60)).toBe(0x1e);
    expect(board.lines[1]).toBe(false);
    board.pass(2 * BYTE); // f0 and the code
    expect(board.lines[1]).toBe(true);
    expect(board.in(0x60)).toBe(0x9e);
    expect(board.in(0x60)).toBe(0x9e);
    expect(status() & 1).toBe(0);
    command(0xd2, 0x11);
    board.edges.length = 0;
    command(0xd2, 0x22);
    expect(board.edges.map((e) => [e.line, e.level])).toEqual([
      [1, false],
      [1, true],
    ]);
    expect(board.in(0x60)).toBe(0x22);
  });

  it('holds the keyboard off', () => {
    command(0xad);
    kbc.type('x');
    expect(drain()).toEqual([]);
    command(0xae);
    expect(drain()).toEqual([0x2d, 0xad]);
  });
});

describe('keyboard', () => {
  it('answers the initialization of SeaBIOS and Linux', () => {
    command(0x60, 0x00); // no translation
    expect(keyboard(0xff)).toEqual([0xfa, 0xaa]);
    expect(keyboard(0xf5)).toEqual([0xfa]);
    expect(keyboard(0xf2)).toEqual([0xfa, 0xab, 0x83]);
    expect(keyboard(0xf0, 0x02)).toEqual([0xfa, 0xfa]);
    expect(keyboard(0xf0, 0x00)).toEqual([0xfa, 0xfa, 0x02]);
    expect(keyboard(0xf0, 0x03)).toEqual([0xfa, 0xfe]);
    expect(keyboard(0xf3, 0x00)).toEqual([0xfa, 0xfa]);
    expect(keyboard(0xed, 0x07)).toEqual([0xfa, 0xfa]);
    expect(kbc.keyboard.leds).toBe(7);
    expect(keyboard(0xee)).toEqual([0xee]);
    expect(keyboard(0xfe)).toEqual([0xee]);
    expect(keyboard(0x01)).toEqual([0xfe]);
    expect(keyboard(0xf4)).toEqual([0xfa]);
    expect(keyboard(0xed, 0xf4)).toEqual([0xfa, 0xfa]); // a command instead of the argument
  });

  it('identifies itself through the translation', () => {
    expect(keyboard(0xf2)).toEqual([0xfa, 0xab, 0x41]);
  });

  it('types text in set 1, with shift and control', () => {
    kbc.type('aZ1!\n\x03');
    expect(drain()).toEqual([
      ...[0x1e, 0x9e],
      ...[0x2a, 0x2c, 0xac, 0xaa],
      ...[0x02, 0x82],
      ...[0x2a, 0x02, 0x82, 0xaa],
      ...[0x1c, 0x9c],
      ...[0x1d, 0x2e, 0xae, 0x9d],
    ]);
    expect(kbc.type('é')).toBe(false);
  });

  it('sends extended keys with their prefix, raw without translation', () => {
    kbc.keyboard.key('up', true);
    kbc.keyboard.key('up', false);
    kbc.sendScanCodes([0x83]);
    expect(drain()).toEqual([0xe0, 0x48, 0xe0, 0xc8, 0x41]);
    command(0x60, 0x00);
    kbc.keyboard.key('delete', false);
    kbc.type('');
    kbc.sendScanCodes([]);
    expect(drain()).toEqual([0xe0, 0xf0, 0x71]);
  });

  it('keeps what is typed while it does not scan, and answers first', () => {
    keyboard(0xf5);
    kbc.type('q');
    expect(keyboard(0xf2)).toEqual([0xfa, 0xab, 0x41]);
    expect(keyboard(0xf4)).toEqual([0xfa, 0x10, 0x90]);
  });
});

describe('mouse', () => {
  beforeEach(() => command(0x60, 0x47));

  it('answers reset and identification', () => {
    expect(mouse(0xff)).toEqual([0xfa, 0xaa, 0x00]);
    expect(mouse(0xf2)).toEqual([0xfa, 0x00]);
    expect(mouse(0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf2)).toEqual([
      ...[0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa],
      ...[0xfa, 0x00],
    ]);
    expect(mouse(0xe8, 3)).toEqual([0xfa, 0xfa]);
    expect(mouse(0xe9)).toEqual([0xfa, 0x00, 3, 80]);
    expect(mouse(0x17)).toEqual([0xfe]);
    expect(mouse(0xee, 0xf2, 0xec)).toEqual([0xfa, 0xf2, 0xfa]);
  });

  it('reports moves when enabled, on IRQ12', () => {
    kbc.moveMouse(5, 5);
    expect(drain()).toEqual([]);
    expect(mouse(0xf6, 0xf4)).toEqual([0xfa, 0xfa]);
    kbc.moveMouse(3, -300, 1);
    board.pass(BYTE);
    expect([board.lines[1], board.lines[12]]).toEqual([false, true]);
    expect(drain()).toEqual([0x129, 0x103, 0x101, 0x129, 0x100, 0x1d3]);
    expect(board.lines[12]).toBe(false);
  });
});

it('continues from a saved state in the middle of a stroke', () => {
  command(0x60, 0x47);
  mouse(0xf4);
  kbc.type('Hello');
  kbc.moveMouse(7, 9, 2);
  board.pass(3.5 * BYTE);
  board.out(0x60, 0xed);
  const state = board.save(kbc);
  const run = () => {
    const bytes = drain();
    board.out(0x60, 0x02);
    return [...bytes, ...drain(), kbc.keyboard.leds, board.clock.now];
  };
  const direct = run();
  board = new TestBoard(HZ);
  kbc = new KeyboardController(board.host);
  board.restore(kbc, state);
  expect(run()).toEqual(direct);
  expect(direct.length).toBeGreaterThan(12);
});

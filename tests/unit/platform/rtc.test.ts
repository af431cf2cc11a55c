/** The clock and CMOS, used as Linux and SeaBIOS do. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Rtc, type RtcOptions } from '../../../hw/platform/rtc.js';
import { TestBoard } from './board.js';

const HZ = 32_768_000; // 1000 cycles per crystal tick
const SECOND = HZ;
let board: TestBoard;
let rtc: Rtc;

function make(options: Partial<RtcOptions> = {}): void {
  board = new TestBoard(HZ);
  rtc = new Rtc(board.host, { memoryBytes: 64 << 20, ...options });
  rtc.reset();
}
beforeEach(() => make());

function read(index: number): number {
  board.out(0x70, index);
  return board.in(0x71);
}
function write(index: number, value: number): void {
  board.out(0x70, index);
  board.out(0x71, value);
}
/** century year month day hours minutes seconds, as hexadecimal text. */
function now(): string {
  return [0x32, 9, 8, 7, 4, 2, 0].map((i) => read(i).toString(16).padStart(2, '0')).join(' ');
}
const rises = () => board.edges.filter((e) => e.line === 8 && e.level).map((e) => e.cycle);

describe('calendar', () => {
  it('starts at 2000-01-01 00:00:00, a Saturday, and counts simulated seconds', () => {
    expect(now()).toBe('20 00 01 01 00 00 00');
    expect(read(6)).toBe(7);
    board.pass(SECOND - 1);
    expect(read(0)).toBe(0);
    board.pass(1);
    expect(read(0)).toBe(1);
    board.pass(SECOND * (86_400 * 59 - 1));
    expect(now()).toBe('20 00 02 29 00 00 00');
  });

  it('starts where it is told and carries into the century', () => {
    make({ startSeconds: Date.UTC(1999, 11, 31, 23, 59, 58) / 1000 });
    board.pass(2 * SECOND);
    expect(now()).toBe('20 00 01 01 00 00 00');
  });

  it('shows binary and 12 hours', () => {
    make({ startSeconds: Date.UTC(2024, 9, 20, 23, 59, 59) / 1000 });
    write(0x0b, 0x84);
    write(4, 0x80 | 11);
    write(7, 20);
    write(8, 10);
    write(9, 24);
    write(2, 59);
    write(0, 59);
    write(0x0b, 0x04);
    board.pass(SECOND);
    expect([9, 8, 7, 4, 2, 0].map(read)).toEqual([24, 10, 21, 12, 0, 0]);
    board.pass(SECOND * 3600 * 12);
    expect(read(4)).toBe(0x80 | 12);
  });

  it('is held by SET and goes on from what was written', () => {
    write(0x0b, 0x82 | 0x10);
    expect(read(0x0b)).toBe(0x82); // SET ends UIE
    board.pass(5 * SECOND + 100_000);
    expect(read(0)).toBe(0);
    write(0, 0x30);
    write(2, 0x59);
    write(0x0b, 0x02);
    board.pass(SECOND - 100_000 - 1);
    expect(read(0)).toBe(0x30);
    board.pass(1);
    expect(read(0)).toBe(0x31);
    board.pass(29 * SECOND);
    expect(now()).toBe('20 00 01 01 01 00 00');
  });

  it('makes its first update half a second after the divider was released, as Linux relies on', () => {
    board.pass(123_456_789);
    write(0x0b, 0x82);
    write(0x0a, 0x76);
    write(0, 0x10);
    board.pass(3 * SECOND);
    write(0x0b, 0x02);
    write(0x0a, 0x26);
    const tick = Math.floor(board.clock.now / 1000);
    board.runTo((tick + 16_384) * 1000 - 1);
    expect(read(0)).toBe(0x10);
    board.pass(1);
    expect(read(0)).toBe(0x11);
  });

  it('warns 2228 us before an update', () => {
    board.runTo(SECOND - 73_000 - 1);
    expect(read(0x0a)).toBe(0x26);
    board.pass(1);
    expect(read(0x0a)).toBe(0xa6);
    board.runTo(SECOND - 1);
    expect(read(0x0a)).toBe(0xa6);
    board.pass(1);
    expect(read(0x0a)).toBe(0x26);
    expect(read(0)).toBe(1);
  });
});

describe('interrupts', () => {
  it('periodic at 1024 Hz, one for each reading of C', () => {
    write(0x0b, 0x42);
    const wanted: number[] = [];
    for (let i = 1; i <= 20; i++) {
      wanted.push(32_000 * i);
      board.runTo(32_000 * i);
      expect(read(0x0c)).toBe(0xc0);
      expect(board.lines[8]).toBe(false);
    }
    expect(rises()).toEqual(wanted);
    board.pass(SECOND);
    expect(rises().length).toBe(21); // C is not read: the line stays up
  });

  it.each([
    [1, 256],
    [2, 128],
    [3, 8192],
    [6, 1024],
    [15, 2],
  ])('rate %i is %i Hz', (rate, hz) => {
    write(0x0a, 0x20 | rate);
    write(0x0b, 0x42);
    board.pass(1);
    const first = board.clock.nextDue();
    board.runTo(first);
    read(0x0c);
    expect(board.clock.nextDue() - first).toBe(SECOND / hz);
  });

  it('update ended, each second', () => {
    write(0x0b, 0x12);
    board.runTo(SECOND);
    // The periodic flag is up too: rate 6 runs. The alarm at 00:00:00 is not due.
    expect(read(0x0c)).toBe(0xd0);
    board.pass(SECOND);
    expect(rises()).toEqual([SECOND, 2 * SECOND]);
  });

  it('alarm at a time, and each minute with don’t-care codes', () => {
    write(1, 0x05);
    write(3, 0xff);
    write(5, 0xc0);
    write(0x0b, 0x22);
    board.pass(130 * SECOND);
    expect(rises()).toEqual([5 * SECOND]);
    expect(read(0x0c)).toBe(0xf0);
    board.edges.length = 0;
    board.pass(60 * SECOND);
    expect(rises()).toEqual([185 * SECOND]);
  });

  it('sets flags also without enabling, and does not drive the line', () => {
    write(1, 0x05);
    write(3, 0x00);
    write(5, 0x00);
    board.pass(4.5 * SECOND);
    expect(read(0x0c)).toBe(0x50);
    expect(read(0x0c)).toBe(0x00);
    board.pass(SECOND);
    expect(read(0x0c)).toBe(0x70);
    expect(board.edges).toEqual([]);
    expect(board.clock.nextDue()).toBe(Infinity);
  });

  it('enabling while the flag is up raises the line', () => {
    board.pass(2 * SECOND);
    write(0x0b, 0x12);
    expect(board.lines[8]).toBe(true);
    rtc.reset();
    expect(board.lines[8]).toBe(false);
    expect(read(0x0b)).toBe(0x02);
  });
});

describe('CMOS', () => {
  it('tells memory, boot order and drives, with a right checksum', () => {
    make({
      memoryBytes: 128 << 20,
      bootOrder: ['cdrom', 'disk'],
      disks: [{ cylinders: 1000, heads: 16, sectors: 63 }],
      extra: { 95: 0 },
    });
    const word = (i: number) => read(i) | (read(i + 1) << 8);
    expect(word(0x15)).toBe(640);
    expect(word(0x17)).toBe(65535);
    expect(word(0x34)).toBe((112 << 20) / 65536);
    expect([read(0x3d), read(0x38) >> 4]).toEqual([0x23, 0]);
    expect([read(0x12), read(0x19), word(0x1b), read(0x1d), read(0x23)]).toEqual([
      0xf0, 47, 1000, 16, 63,
    ]);
    let sum = 0;
    for (let i = 0x10; i <= 0x2d; i++) sum += read(i);
    expect((read(0x2e) << 8) | read(0x2f)).toBe(sum);
  });

  it('keeps bytes over a reset, but not registers C and D', () => {
    write(0x0f, 0x0a);
    write(0x0d, 0);
    write(0x0c, 0xff);
    rtc.reset();
    expect([read(0x0f), read(0x0d), read(0x0c)]).toEqual([0x0a, 0x80, 0]);
  });

  it('has the NMI mask in bit 7 of the index', () => {
    board.out(0x70, 0x8f);
    expect(rtc.nmiMasked).toBe(true);
    expect(read(0x0f)).toBe(0);
    expect(rtc.nmiMasked).toBe(false);
  });
});

it('continues from a saved state in the middle of a second', () => {
  write(0x0a, 0x2a);
  write(1, 0x02);
  write(3, 0xff);
  write(5, 0xff);
  write(0x0b, 0x72);
  board.pass(1.3 * SECOND);
  const state = board.save(rtc);
  const at = board.clock.now;
  const run = () => {
    const seen: unknown[] = [];
    for (let i = 0; i < 40; i++) {
      board.pass(77_777_7);
      seen.push(now(), read(0x0a), i % 3 ? board.lines[8] : read(0x0c));
    }
    return { seen, edges: board.edges.filter((e) => e.cycle > at) };
  };
  const direct = run();
  make({ startSeconds: 0 });
  board.restore(rtc, state);
  expect(run().seen).toEqual(direct.seen);
  expect(board.edges.filter((e) => e.cycle > at)).toEqual(direct.edges);
});

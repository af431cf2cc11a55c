/** The 16550A, driven as Linux's 8250 driver, SeaBIOS and small kernels do. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Uart, type UartOptions } from '../../../hw/platform/uart.js';
import { TestBoard } from './board.js';

const HZ = 184_320_000; // 100 cycles of the baud clock
const BASE = 0x3f8;
const [DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7].map((o) => BASE + o);
/** Cycles of a character at 115200 baud, 8N1. */
const CHAR = 10 * 16 * 100;

let board: TestBoard;
let uart: Uart;
let printed: number[];

function make(options: Partial<UartOptions> = {}): void {
  board = new TestBoard(HZ);
  printed = [];
  uart = new Uart(board.host, {
    name: 'com1',
    port: BASE,
    irq: 4,
    sink: (byte) => printed.push(byte),
    ...options,
  });
  uart.reset();
}

function open(fcr = 0x01): void {
  board.out(LCR, 0x83);
  board.out(DATA, 1);
  board.out(IER, 0);
  board.out(LCR, 0x03);
  board.out(IIR, fcr);
  board.out(MCR, 0x0b);
}

const text = () => String.fromCharCode(...printed);
const irq = () => board.lines[4];

describe('probing as Linux does', () => {
  beforeEach(() => make());

  it('autoconfig finds a plain 16550A', () => {
    board.out(IER, 0);
    expect(board.in(IER) & 0x0f).toBe(0);
    board.out(IER, 0x0f);
    expect(board.in(IER) & 0x0f).toBe(0x0f);
    board.out(IER, 0);
    const mcr = board.in(MCR);
    const lcr = board.in(LCR);
    board.out(MCR, 0x10 | 0x0a);
    expect(board.in(MSR) & 0xf0).toBe(0x90);
    board.out(MCR, mcr);
    board.out(LCR, 0xbf);
    board.out(IIR, 0);
    board.out(LCR, 0);
    board.out(IIR, 1);
    expect(board.in(IIR) >> 6).toBe(3);
    // No extended function register, no 64-byte FIFO, no sleep or UUE bits.
    board.out(LCR, 0x80);
    expect(board.in(IIR)).not.toBe(0);
    board.out(LCR, 0);
    board.out(IIR, 0x21);
    expect(board.in(IIR) >> 5).toBe(6);
    board.out(IER, 0xf0);
    expect(board.in(IER)).toBe(0);
    board.out(LCR, lcr);
    expect(board.in(LCR)).toBe(0x03);
  });

  it('scratch and divisor latch hold what was written', () => {
    board.out(SCR, 0xa5);
    board.out(LCR, 0x83);
    board.out(DATA, 0x34);
    board.out(IER, 0x12);
    expect(board.in(DATA)).toBe(0x34);
    expect(board.in(IER)).toBe(0x12);
    board.out(LCR, 0x03);
    expect(board.in(IER)).toBe(0);
    expect(board.in(SCR)).toBe(0xa5);
  });

  it('start-up sees the empty interrupt come again after each enabling', () => {
    open();
    expect(board.in(LSR)).toBe(0x60);
    for (let i = 0; i < 2; i++) {
      board.out(IER, 0x02);
      expect(irq()).toBe(true);
      expect(board.in(IIR)).toBe(0xc2);
      expect(irq()).toBe(false);
      expect(board.in(IIR)).toBe(0xc1);
      board.out(IER, 0x00);
    }
  });
});

describe('transmitting', () => {
  it('prints at once by default, in the order and with the interrupts of a real port', () => {
    make();
    open();
    board.out(IER, 0x02);
    expect(board.in(IIR)).toBe(0xc2);
    for (const c of 'Hello') board.out(DATA, c.charCodeAt(0));
    expect(text()).toBe('Hello');
    expect(board.in(LSR)).toBe(0x60);
    expect(irq()).toBe(true);
    expect(board.in(IIR)).toBe(0xc2);
    expect(irq()).toBe(false);
  });

  it('gives the interrupt a new edge per byte, even if IIR is never read', () => {
    make();
    open();
    board.out(IER, 0x02);
    board.edges.length = 0;
    board.out(DATA, 65);
    expect(board.edges.map((e) => e.level)).toEqual([false, true]);
  });

  it('prints before anybody programmed the port', () => {
    make();
    board.out(DATA, 0x6f);
    expect(text()).toBe('o');
  });

  it('paced by the line: one character time each, THRE before TEMT', () => {
    make({ pacing: 'baud' });
    open();
    const start = board.clock.now;
    board.out(DATA, 65);
    expect(board.in(LSR)).toBe(0x20); // moved to the shift register
    board.out(DATA, 66);
    expect(board.in(LSR)).toBe(0x00);
    board.runTo(start + CHAR - 1);
    expect(text()).toBe('');
    board.pass(1);
    expect(text()).toBe('A');
    expect(board.in(LSR)).toBe(0x20);
    board.runTo(start + 2 * CHAR);
    expect(text()).toBe('AB');
    expect(board.in(LSR)).toBe(0x60);
  });

  it('paced: the FIFO holds 16 beside the shift register and interrupts when empty', () => {
    make({ pacing: 'baud' });
    open();
    board.out(IER, 0x02);
    board.in(IIR);
    for (let i = 0; i < 20; i++) board.out(DATA, 65 + i);
    expect(irq()).toBe(false);
    const start = board.clock.now;
    board.runTo(start + 16 * CHAR - 1);
    expect(irq()).toBe(false);
    board.pass(1);
    expect(irq()).toBe(true);
    board.pass(2 * CHAR);
    expect(text()).toBe('ABCDEFGHIJKLMNOPQ');
  });

  it('takes its time from divisor and format', () => {
    make({ pacing: 'baud' });
    board.out(LCR, 0x80);
    board.out(DATA, 12);
    board.out(LCR, 0x0e); // 7 bits, parity, 2 stop bits: 11 bit times
    board.out(DATA, 0xc1);
    board.pass(11 * 16 * 12 * 100 - 1);
    expect(printed).toEqual([]);
    board.pass(1);
    expect(printed).toEqual([0x41]);
  });

  it('stands still without a divisor', () => {
    make({ pacing: 'baud' });
    board.out(LCR, 0x83);
    board.out(DATA, 0);
    board.out(LCR, 0x03);
    board.out(DATA, 65);
    board.pass(1e9);
    expect(printed).toEqual([]);
    board.out(LCR, 0x83);
    board.out(DATA, 1);
    board.pass(CHAR);
    expect(text()).toBe('A');
  });
});

describe('receiving', () => {
  it('without FIFO: one character at a time, each with its interrupt', () => {
    make();
    open(0);
    board.out(IER, 0x01);
    uart.receive([1, 2, 3]);
    board.pass(CHAR - 1);
    expect(irq()).toBe(false);
    board.pass(1);
    expect(irq()).toBe(true);
    expect(board.in(IIR)).toBe(0x04);
    board.pass(10 * CHAR);
    expect(board.in(LSR)).toBe(0x61); // no overrun: the sender waits
    expect(board.in(DATA)).toBe(1);
    expect(irq()).toBe(false);
    board.pass(CHAR);
    expect(board.in(DATA)).toBe(2);
    board.pass(CHAR);
    expect(board.in(DATA)).toBe(3);
    expect(board.in(LSR)).toBe(0x60);
  });

  it('with FIFO: trigger level, then character timeout', () => {
    make();
    open(0x81); // trigger at 8
    board.out(IER, 0x01);
    uart.receive(Array.from({ length: 10 }, (_, i) => i));
    board.pass(8 * CHAR - 1);
    expect(irq()).toBe(false);
    board.pass(1);
    expect(board.in(IIR)).toBe(0xc4);
    for (let i = 0; i < 8; i++) expect(board.in(DATA)).toBe(i);
    expect(irq()).toBe(false);
    board.pass(2 * CHAR); // 8 and 9 arrive
    board.pass(4 * CHAR - 1);
    expect(irq()).toBe(false);
    board.pass(1);
    expect(board.in(IIR)).toBe(0xcc);
    expect(board.in(DATA)).toBe(8);
    expect(irq()).toBe(false);
    board.pass(4 * CHAR);
    expect(board.in(IIR)).toBe(0xcc);
    board.out(IIR, 0x83);
    expect(irq()).toBe(false);
    expect(board.in(LSR)).toBe(0x60);
  });

  it('never overruns the FIFO from outside and waits for RTS', () => {
    make();
    open(0x01);
    board.out(MCR, 0x09);
    uart.receive(Array.from({ length: 40 }, (_, i) => i));
    board.pass(100 * CHAR);
    expect(board.in(LSR)).toBe(0x60);
    board.out(MCR, 0x0b);
    board.pass(100 * CHAR);
    expect(uart.pendingInput).toBe(24);
    const got: number[] = [];
    while (got.length < 40) {
      while (board.in(LSR) & 1) got.push(board.in(DATA));
      board.pass(CHAR);
    }
    expect(got).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it('without flow control needs no RTS', () => {
    make({ flowControl: 'none' });
    uart.receive(0x41);
    board.pass(12 * CHAR); // 9600 baud after reset
    expect(board.in(DATA)).toBe(0x41);
  });

  it('a break comes as a zero with BI, cleared by reading LSR', () => {
    make();
    open();
    board.out(IER, 0x05);
    uart.receiveBreak();
    board.pass(CHAR);
    expect(board.in(IIR)).toBe(0xc6);
    expect(board.in(LSR)).toBe(0xf1);
    expect(board.in(LSR) & 0x10).toBe(0);
    expect(board.in(DATA)).toBe(0);
  });
});

describe('interrupts', () => {
  it('come in the order of priority', () => {
    make();
    open();
    board.out(IER, 0x0f);
    uart.receiveBreak();
    board.pass(CHAR);
    uart.setModemLines(0xa0); // CTS falls
    const seen = [board.in(IIR)];
    board.in(LSR);
    seen.push(board.in(IIR));
    board.in(DATA);
    seen.push(board.in(IIR));
    seen.push(board.in(IIR));
    expect(seen).toEqual([0xc6, 0xc4, 0xc2, 0xc0]);
    expect(board.in(MSR)).toBe(0xa1);
    expect(board.in(IIR)).toBe(0xc1);
    expect(irq()).toBe(false);
  });

  it('are gated by OUT2', () => {
    make();
    open();
    board.out(IER, 0x02);
    expect(irq()).toBe(true);
    board.out(MCR, 0x03);
    expect(irq()).toBe(false);
    board.out(MCR, 0x0b);
    expect(irq()).toBe(true);
  });

  it('ring indicator counts at its end only', () => {
    make();
    uart.setModemLines(0xf0);
    expect(board.in(MSR)).toBe(0xf0);
    uart.setModemLines(0xb0);
    expect(board.in(MSR)).toBe(0xb4);
  });
});

describe('loopback', () => {
  it('sends to itself, overruns, and shows nothing outside', () => {
    make();
    open(0);
    board.out(MCR, 0x1b);
    uart.receive(9);
    board.out(DATA, 0xae); // SeaBIOS and many kernels test with this byte
    expect(board.in(DATA)).toBe(0xae);
    board.out(DATA, 1);
    board.out(DATA, 2);
    expect(board.in(LSR)).toBe(0x63);
    expect(board.in(DATA)).toBe(2);
    board.pass(100 * CHAR);
    expect(board.in(LSR)).toBe(0x60);
    expect(printed).toEqual([]);
    board.out(MCR, 0x0b);
    board.pass(CHAR);
    expect(board.in(DATA)).toBe(9);
  });

  it('maps the modem outputs to the inputs with their deltas', () => {
    make();
    board.out(MCR, 0x10);
    expect(board.in(MSR)).toBe(0x0b);
    board.out(MCR, 0x1f);
    expect(board.in(MSR)).toBe(0xfb);
    board.out(MCR, 0x1b);
    expect(board.in(MSR)).toBe(0xb4);
  });
});

it('continues from a saved state in the middle of both directions', () => {
  const run = () => {
    const got: unknown[] = [];
    for (let i = 0; i < 30; i++) {
      board.pass(CHAR / 2 + 7);
      got.push(board.in(LSR), irq());
      if (i % 3 === 0) got.push(board.in(DATA), board.in(IIR));
    }
    return { got, printed };
  };
  make({ pacing: 'baud' });
  open(0x41);
  board.out(IER, 0x07);
  for (let i = 0; i < 9; i++) board.out(DATA, i);
  uart.receive('typed ahead'.split('').map((c) => c.charCodeAt(0)));
  board.pass(2.5 * CHAR);
  const before = printed.length;
  const state = board.save(uart);
  const direct = run();
  direct.printed = direct.printed.slice(before);
  make({ pacing: 'baud' });
  board.restore(uart, state);
  expect(run()).toEqual(direct);
  expect(direct.printed.length).toBe(7);
});

/**
 * A 16550A serial port: registers, interrupts, modem lines and loopback. The halves that move bytes
 * are in uart-transmitter.ts and uart-receiver.ts.
 *
 * The default pacing is `instant`: a console that writes with polling (Linux's printk before the
 * driver, every small kernel) would otherwise spin for 87 us of simulated time per character, which
 * costs more simulation than all else the guest does. `baud` waits for the line as a real port does.
 * Input always comes at the baud rate.
 *
 * Source: National Semiconductor PC16550D datasheet. On a PC, OUT2 gates the interrupt; in loopback
 * the outputs are inactive, so it is gated off.
 * Left out: DMA mode (TXRDY/RXRDY are not wired), parity and framing errors, sending breaks.
 * After reset the line is at 9600 baud, 8N1, as a BIOS leaves it (the chip: 5N1, divisor open), since
 * small kernels print without programming it and a machine may start without BIOS.
 */
import type { ByteSink, Device, DeviceHost, DeviceState, IrqLine } from './device.js';
import { type ReceiverState, UartReceiver } from './uart-receiver.js';
import { type Pacing, type TransmitterState, UartTransmitter } from './uart-transmitter.js';

export interface UartOptions {
  /** Unique name, as in `com1`. */
  readonly name: string;
  readonly port: number;
  readonly irq: number;
  readonly sink: ByteSink;
  readonly pacing?: Pacing;
  /** `rts`: input waits until the guest raises RTS (default); `none`: only until the FIFO has room. */
  readonly flowControl?: 'rts' | 'none';
}

/** Usual addresses of the first four serial ports. */
export const uartPlaces = [
  { name: 'com1', port: 0x3f8, irq: 4 },
  { name: 'com2', port: 0x2f8, irq: 3 },
  { name: 'com3', port: 0x3e8, irq: 4 },
  { name: 'com4', port: 0x2e8, irq: 3 },
] as const;

/** Input clock of the baud generator, divided by 16 per bit. */
const CLOCK_HZ = 1_843_200;
const DIVISOR_AT_RESET = 12;
const TRIGGER_LEVELS = [1, 4, 8, 14];

const IER_DATA = 1;
const IER_EMPTY = 2;
const IER_LINE = 4;
const IER_MODEM = 8;
const MCR_RTS = 2;
const MCR_OUT2 = 8;
const MCR_LOOP = 16;
const LSR_ERRORS = 0x1e;
/** A cable to a terminal that is on: DCD, DSR and CTS. */
const CONNECTED = 0xb0;
const MSR_RI = 0x40;

interface UartRegisters {
  ier: number;
  lcr: number;
  mcr: number;
  scratch: number;
  divisor: number;
  /** FCR as it stands (enable and trigger level). */
  fcr: number;
  /** MSR bits 7-4 as last seen and the delta bits 3-0. */
  modem: number;
  deltas: number;
  /** The holding-register-empty interrupt is pending. */
  emptyPending: boolean;
  /** Modem lines as the other end drives them. */
  inputs: number;
}

const atReset: Readonly<Omit<UartRegisters, 'inputs'>> = {
  ier: 0,
  lcr: 0x03,
  mcr: 0,
  scratch: 0,
  divisor: DIVISOR_AT_RESET,
  fcr: 0,
  modem: CONNECTED,
  deltas: 0,
  emptyPending: false,
};

export class Uart implements Device {
  readonly name: string;
  private readonly r: UartRegisters = { ...atReset, inputs: CONNECTED };
  private readonly tx: UartTransmitter;
  private readonly rx: UartReceiver;
  private readonly irq: IrqLine;
  /** Writing order of the eight registers; DLAB replaces the first two. */
  private readonly writers: ((value: number) => void)[] = [
    (v) => this.writeData(v),
    (v) => this.writeIer(v),
    (v) => this.writeFcr(v),
    (v) => this.writeLcr(v),
    (v) => this.writeMcr(v),
    () => {},
    () => {},
    (v) => {
      this.r.scratch = v;
    },
  ];

  constructor(
    private readonly host: DeviceHost,
    private readonly options: UartOptions,
  ) {
    this.name = options.name;
    this.irq = host.irq(options.irq);
    this.tx = new UartTransmitter(options.name, host.clock, {
      pacing: options.pacing ?? 'instant',
      characterCycles: () => this.characterCycles(),
      sent: (byte) => this.sent(byte),
      emptied: () => {
        this.r.emptyPending = true;
        this.updateIrq();
      },
    });
    this.rx = new UartReceiver(options.name, host.clock, {
      characterCycles: () => this.characterCycles(),
      maySend: () => this.maySend(),
      changed: () => this.updateIrq(),
    });
    host.spaces.ports(
      options.port,
      8,
      {
        read: (port) => this.read(port - options.port),
        write: (port, value) => this.writers[port - options.port](value),
      },
      options.name,
    );
  }

  // --- the other end of the cable

  /** Bytes that the other end sends, as soon as the guest takes them. */
  receive(bytes: number | Iterable<number>): void {
    this.rx.enqueue(typeof bytes === 'number' ? [bytes] : bytes);
  }

  /** The other end sends a break. */
  receiveBreak(): void {
    this.rx.enqueueBreak();
  }

  /** Bytes that the guest has not taken yet. */
  get pendingInput(): number {
    return this.rx.queued;
  }

  /** Drives the modem lines, as MSR bits 7-4 (DCD, RI, DSR, CTS). */
  setModemLines(lines: number): void {
    this.r.inputs = lines & 0xf0;
    this.updateModem();
  }

  // --- Device

  reset(): void {
    Object.assign(this.r, atReset, { modem: this.r.inputs });
    this.tx.reset();
    this.rx.reset();
    this.updateIrq();
  }

  save(): DeviceState {
    return { registers: { ...this.r }, tx: this.tx.save(), rx: this.rx.save() };
  }

  restore(state: DeviceState): void {
    Object.assign(this.r, state.registers as UartRegisters);
    this.applyFcr();
    this.tx.restore(state.tx as TransmitterState);
    this.rx.restore(state.rx as ReceiverState);
    this.updateIrq();
  }

  // --- registers

  private get dlab(): boolean {
    return (this.r.lcr & 0x80) !== 0;
  }

  private get loopback(): boolean {
    return (this.r.mcr & MCR_LOOP) !== 0;
  }

  private read(offset: number): number {
    const { r } = this;
    if (offset === 0) return this.dlab ? r.divisor & 0xff : this.rx.read();
    if (offset === 1) return this.dlab ? r.divisor >>> 8 : r.ier;
    if (offset === 2) return this.readIir();
    if (offset === 3) return r.lcr;
    if (offset === 4) return r.mcr;
    if (offset === 5) return this.readLsr();
    if (offset === 6) return this.readMsr();
    return r.scratch;
  }

  private writeData(value: number): void {
    if (this.dlab) {
      this.setDivisor((this.r.divisor & 0xff00) | value);
      return;
    }
    this.r.emptyPending = false;
    // The request falls before the byte moves on, so that an edge-triggered controller sees the next.
    this.updateIrq();
    this.tx.write(value);
  }

  private writeIer(value: number): void {
    const { r } = this;
    if (this.dlab) {
      this.setDivisor((r.divisor & 0xff) | (value << 8));
      return;
    }
    const rises = (value & ~r.ier & IER_EMPTY) !== 0;
    r.ier = value & 0x0f;
    // Enabling the interrupt raises it at once if the register is empty; drivers rely on it.
    if (rises) r.emptyPending = this.tx.empty;
    else if (!(r.ier & IER_EMPTY)) r.emptyPending = false;
    this.updateIrq();
  }

  private writeFcr(value: number): void {
    const { r } = this;
    const switched = ((value ^ r.fcr) & 1) !== 0;
    // The other bits are taken only together with the enable bit.
    r.fcr = value & 1 ? value & 0xc1 : 0;
    this.applyFcr();
    if (switched || (value & 3) === 3) this.rx.clear();
    if (switched || (value & 5) === 5) this.tx.clear();
    this.updateIrq();
  }

  private applyFcr(): void {
    this.tx.fifoEnabled = this.rx.fifoEnabled = (this.r.fcr & 1) !== 0;
    this.rx.triggerLevel = TRIGGER_LEVELS[this.r.fcr >>> 6];
  }

  private writeLcr(value: number): void {
    this.r.lcr = value;
    this.rx.startSending();
  }

  private writeMcr(value: number): void {
    this.r.mcr = value & 0x1f;
    this.updateModem();
    this.rx.startSending();
    this.updateIrq();
  }

  private setDivisor(divisor: number): void {
    this.r.divisor = divisor;
    this.tx.resume();
    this.rx.startSending();
  }

  private readLsr(): number {
    const { rx, tx } = this;
    const value =
      (rx.ready ? 0x01 : 0) |
      rx.errors |
      (tx.empty ? 0x20 : 0) |
      (tx.idle ? 0x40 : 0) |
      (rx.errorInFifo ? 0x80 : 0);
    rx.errors = 0;
    this.updateIrq();
    return value;
  }

  private readMsr(): number {
    const value = this.r.modem | this.r.deltas;
    this.r.deltas = 0;
    this.updateIrq();
    return value;
  }

  /** Reading IIR ends a holding-register-empty interrupt that it reports. */
  private readIir(): number {
    const cause = this.cause();
    if (cause === 0x02) {
      this.r.emptyPending = false;
      this.updateIrq();
    }
    return cause | (this.r.fcr & 1 ? 0xc0 : 0);
  }

  // --- interrupts and modem lines

  /** IIR bits 3-0 of the pending interrupt with the highest priority, 1 if none. */
  private cause(): number {
    const { r, rx } = this;
    if (r.ier & IER_LINE && rx.errors & LSR_ERRORS) return 0x06;
    if (r.ier & IER_DATA && rx.triggered) return 0x04;
    if (r.ier & IER_DATA && rx.timedOut) return 0x0c;
    if (r.ier & IER_EMPTY && r.emptyPending) return 0x02;
    if (r.ier & IER_MODEM && r.deltas) return 0x00;
    return 0x01;
  }

  private updateIrq(): void {
    const gate = (this.r.mcr & (MCR_OUT2 | MCR_LOOP)) === MCR_OUT2;
    this.irq(gate && this.cause() !== 0x01);
  }

  private updateModem(): void {
    const { r } = this;
    const now = this.loopback ? looped(r.mcr) : r.inputs;
    const changed = (now ^ r.modem) & 0xb0;
    r.deltas |= changed >>> 4;
    // Ring indicator: only its trailing edge counts.
    if (r.modem & ~now & MSR_RI) r.deltas |= MSR_RI >>> 4;
    r.modem = now;
    this.updateIrq();
  }

  // --- the line

  private characterCycles(): number {
    const { lcr, divisor } = this.r;
    const dataBits = 5 + (lcr & 3);
    const halfStopBits = lcr & 4 ? (dataBits === 5 ? 3 : 4) : 2;
    const halfBits = 2 * (1 + dataBits + (lcr & 8 ? 1 : 0)) + halfStopBits;
    return Math.ceil((halfBits * 8 * divisor * this.host.clock.hz) / CLOCK_HZ);
  }

  private maySend(): boolean {
    if (this.loopback) return false;
    return this.options.flowControl === 'none' || (this.r.mcr & MCR_RTS) !== 0;
  }

  private sent(byte: number): void {
    // Characters shorter than 8 bits lose their upper bits on the line.
    const character = byte & (0xff >>> (3 - (this.r.lcr & 3)));
    if (this.loopback) this.rx.accept(character);
    else this.options.sink(character);
  }
}

/** MSR bits 7-4 that the modem control outputs give in loopback: OUT2, OUT1, DTR, RTS. */
function looped(mcr: number): number {
  return ((mcr & 0x0c) << 4) | ((mcr & 1) << 5) | ((mcr & 2) << 3);
}

/**
 * The 8042 keyboard controller of a PS/2 board, with its keyboard (IRQ1) and mouse (IRQ12): ports
 * 0x60 and 0x64, the translation to scan code set 1, A20 and reset through the output port.
 *
 * Commands of the controller take no time, so the input buffer is never seen full. A byte from a
 * device takes the 11 bit times of the serial line, and the next one waits until the output buffer
 * was read. A20 and the reset pin start high, as the chip's port pins do.
 * Source: IBM PS/2 hardware technical reference (keyboard and auxiliary device controller); Intel
 * 8042 datasheet. Left out: the password commands, the keyboard lock, polling the input port
 * (0xc1/0xc2), parity errors.
 */
import type { Timer } from '../../base/clock.js';
import type { Device, DeviceHost, DeviceState, IrqLine } from './device.js';
import type { Ps2Device, Ps2State } from './ps2-device.js';
import { Ps2Keyboard } from './ps2-keyboard.js';
import { Ps2Mouse } from './ps2-mouse.js';
import { translate } from './scan-codes.js';

/** 11 bits at 12.5 kHz. ASSUMED: the middle of the 10-16.7 kHz that the interface allows. */
const LINE_HZ = 12_500;
const BITS_PER_BYTE = 11;

const STATUS_FULL = 0x01;
const STATUS_SYSTEM = 0x04;
const STATUS_COMMAND = 0x08;
const STATUS_UNLOCKED = 0x10;
const STATUS_AUX = 0x20;

const CTR_IRQ1 = 0x01;
const CTR_IRQ12 = 0x02;
const CTR_SYSTEM = 0x04;
const CTR_KEYBOARD_OFF = 0x10;
const CTR_AUX_OFF = 0x20;
const CTR_TRANSLATE = 0x40;

const OUT_NO_RESET = 0x01;
const OUT_A20 = 0x02;
/** Keyboard clock and data lines. */
const OUT_LINES = 0xc0;

/** The password command's "no password installed". */
const NO_PASSWORD = 0xf1;
const SELF_TEST_PASSED = 0x55;
/** Input port: keyboard not locked, no manufacturing jumper. */
const INPUT_PORT = 0xa0;

interface ControllerState {
  ram: Uint8Array;
  /** Command that waits for its byte at port 0x60, or -1. */
  command: number;
  output: number;
  full: boolean;
  fromAux: boolean;
  lastWasCommand: boolean;
  outputPort: number;
  /** 0xf0 was seen in the translated stream. */
  release: boolean;
}

export class KeyboardController implements Device {
  readonly name = 'i8042';
  readonly keyboard = new Ps2Keyboard();
  readonly mouse = new Ps2Mouse();
  private readonly s: ControllerState = {
    ram: new Uint8Array(32),
    command: -1,
    output: 0,
    full: false,
    fromAux: false,
    lastWasCommand: false,
    outputPort: OUT_NO_RESET | OUT_A20 | OUT_LINES,
    release: false,
  };
  private readonly irq1: IrqLine;
  private readonly irq12: IrqLine;
  private readonly line: Timer;
  private readonly byteCycles: number;

  constructor(private readonly host: DeviceHost) {
    this.irq1 = host.irq(1);
    this.irq12 = host.irq(12);
    this.byteCycles = Math.ceil((host.clock.hz * BITS_PER_BYTE) / LINE_HZ);
    this.line = host.clock.timer('i8042', () => this.arrived());
    host.spaces.ports(
      0x60,
      1,
      { read: () => this.readOutput(), write: (_, value) => this.writeData(value) },
      this.name,
    );
    host.spaces.ports(
      0x64,
      1,
      { read: () => this.status, write: (_, value) => this.writeCommand(value) },
      this.name,
    );
  }

  // --- the user's side

  /** Types text on a US layout; false if a character is not on it. */
  type(text: string): boolean {
    const complete = this.keyboard.type(text);
    this.poll();
    return complete;
  }

  /** Scan codes of set 2, as the keyboard sends them. */
  sendScanCodes(set2: Iterable<number>): void {
    this.keyboard.sendScanCodes(set2);
    this.poll();
  }

  /** Moves the mouse (right and up positive) with buttons left 1, right 2, middle 4. */
  moveMouse(dx: number, dy: number, buttons?: number): void {
    this.mouse.move(dx, dy, buttons);
    this.poll();
  }

  // --- Device

  reset(): void {
    const { s } = this;
    s.ram.fill(0);
    s.ram[0] = CTR_TRANSLATE | CTR_AUX_OFF;
    Object.assign(s, { command: -1, output: 0, full: false, fromAux: false, release: false });
    s.lastWasCommand = false;
    s.outputPort = OUT_NO_RESET | OUT_A20 | OUT_LINES;
    this.keyboard.reset();
    this.mouse.reset();
    this.line.cancel();
    this.updateIrq();
    this.host.system.setA20(true);
    this.poll();
  }

  save(): DeviceState {
    const keyboard = this.keyboard.save();
    const mouse = this.mouse.save();
    return { controller: { ...this.s, ram: this.s.ram.slice() }, keyboard, mouse };
  }

  restore(state: DeviceState): void {
    const saved = state.controller as ControllerState;
    const { ram } = this.s;
    ram.set(saved.ram);
    Object.assign(this.s, saved, { ram });
    this.keyboard.restore(state.keyboard as Ps2State);
    this.mouse.restore(state.mouse as Ps2State);
    this.updateIrq();
  }

  // --- ports

  private get ctr(): number {
    return this.s.ram[0];
  }

  private set ctr(value: number) {
    this.s.ram[0] = value;
  }

  private get status(): number {
    const { s } = this;
    return (
      (s.full ? STATUS_FULL : 0) |
      (this.ctr & CTR_SYSTEM ? STATUS_SYSTEM : 0) |
      (s.lastWasCommand ? STATUS_COMMAND : 0) |
      STATUS_UNLOCKED |
      (s.full && s.fromAux ? STATUS_AUX : 0)
    );
  }

  private readOutput(): number {
    if (this.s.full) {
      this.s.full = false;
      this.updateIrq();
      this.poll();
    }
    return this.s.output;
  }

  private writeCommand(command: number): void {
    this.s.lastWasCommand = true;
    this.s.command = -1;
    if (command >= 0x60 && command <= 0x7f) this.s.command = command;
    else if (command >= 0xd1 && command <= 0xd4) this.s.command = command;
    else if (command >= 0x20 && command <= 0x3f) this.respond(this.s.ram[command & 0x1f]);
    else if (command >= 0xf0) this.pulse(command);
    else this.simpleCommand(command);
  }

  private simpleCommand(command: number): void {
    switch (command) {
      case 0xa4:
        this.respond(NO_PASSWORD);
        break;
      case 0xa7:
        this.setCtr(this.ctr | CTR_AUX_OFF);
        break;
      case 0xa8:
        this.setCtr(this.ctr & ~CTR_AUX_OFF);
        break;
      case 0xa9: // test the auxiliary interface
      case 0xab: // test the keyboard interface
        this.respond(0x00);
        break;
      case 0xaa:
        this.setCtr(this.ctr | CTR_SYSTEM);
        this.respond(SELF_TEST_PASSED);
        break;
      case 0xad:
        this.setCtr(this.ctr | CTR_KEYBOARD_OFF);
        break;
      case 0xae:
        this.setCtr(this.ctr & ~CTR_KEYBOARD_OFF);
        break;
      case 0xc0:
        this.respond(INPUT_PORT);
        break;
      case 0xd0:
        this.respond(this.outputPort);
        break;
      case 0xdd: // A20 off and on, as some chip sets have them
      case 0xdf:
        this.setA20(command === 0xdf);
        break;
    }
  }

  private writeData(value: number): void {
    const { command } = this.s;
    this.s.lastWasCommand = false;
    this.s.command = -1;
    if (command < 0) this.sendToKeyboard(value);
    else if (command === 0xd1) this.writeOutputPort(value);
    else if (command === 0xd2) this.fill(value, false);
    else if (command === 0xd3) this.fill(value, true);
    else if (command === 0xd4) this.sendToMouse(value);
    else if (command === 0x60) this.setCtr(value);
    else this.s.ram[command & 0x1f] = value;
  }

  /** A byte for the keyboard also takes its interface into operation. */
  private sendToKeyboard(value: number): void {
    this.keyboard.receive(value);
    this.setCtr(this.ctr & ~CTR_KEYBOARD_OFF);
  }

  private sendToMouse(value: number): void {
    this.mouse.receive(value);
    this.setCtr(this.ctr & ~CTR_AUX_OFF);
  }

  private setCtr(value: number): void {
    this.ctr = value;
    this.updateIrq();
    this.poll();
  }

  // --- output port

  private get outputPort(): number {
    const { s } = this;
    const full = s.full ? (s.fromAux ? 0x20 : 0x10) : 0;
    return (s.outputPort & ~0x30) | full;
  }

  private writeOutputPort(value: number): void {
    this.s.outputPort = value | OUT_NO_RESET;
    this.host.system.setA20((value & OUT_A20) !== 0);
    if (!(value & OUT_NO_RESET)) this.host.system.reset('8042 output port');
  }

  private setA20(enabled: boolean): void {
    if (enabled) this.s.outputPort |= OUT_A20;
    else this.s.outputPort &= ~OUT_A20;
    this.host.system.setA20(enabled);
  }

  /** Pulses the lower output lines whose bits are 0; only the reset line does anything. */
  private pulse(command: number): void {
    if (!(command & 1)) this.host.system.reset('8042 pulse');
  }

  // --- bytes to the processor

  /** Answer of the controller itself: replaces what is in the buffer, and interrupts as a keyboard byte. */
  private respond(byte: number): void {
    this.fill(byte, false);
  }

  private fill(byte: number, fromAux: boolean): void {
    // The request falls first, so that an edge-triggered controller sees the new byte.
    this.s.full = false;
    this.updateIrq();
    Object.assign(this.s, { output: byte, full: true, fromAux });
    this.updateIrq();
  }

  private updateIrq(): void {
    const { full, fromAux } = this.s;
    this.irq1(full && !fromAux && (this.ctr & CTR_IRQ1) !== 0);
    this.irq12(full && fromAux && (this.ctr & CTR_IRQ12) !== 0);
  }

  /** The device that may send next; the keyboard goes first. */
  private sender(): Ps2Device | undefined {
    if (!(this.ctr & CTR_KEYBOARD_OFF) && this.keyboard.pending) return this.keyboard;
    if (!(this.ctr & CTR_AUX_OFF) && this.mouse.pending) return this.mouse;
    return undefined;
  }

  /** Starts clocking a byte over, if there is one and the buffer is free. */
  private poll(): void {
    if (this.line.armed || this.s.full || !this.sender()) return;
    this.line.at(this.host.clock.now + this.byteCycles);
  }

  private arrived(): void {
    const sender = this.s.full ? undefined : this.sender();
    if (!sender) return;
    const byte = sender.next();
    if (sender === this.mouse) this.fill(byte, true);
    else if (!(this.ctr & CTR_TRANSLATE)) this.fill(byte, false);
    else if (byte === 0xf0) this.s.release = true;
    else {
      this.fill(translate(byte) | (this.s.release ? 0x80 : 0), false);
      this.s.release = false;
    }
    this.poll();
  }
}

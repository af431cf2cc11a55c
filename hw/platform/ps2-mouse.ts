/**
 * A PS/2 mouse with three buttons and three-byte reports.
 * Source: IBM PS/2 mouse technical reference. Left out: the wheel (it keeps device id 0), the
 * sample rate's effect (a report goes out as soon as the last one was taken).
 */
import { ACK, Ps2Device, RESEND, SELF_TEST_PASSED } from './ps2-device.js';

const SCALE_1 = 0xe6;
const SCALE_2 = 0xe7;
const RESOLUTION = 0xe8;
const STATUS = 0xe9;
const STREAM = 0xea;
const READ_DATA = 0xeb;
const LEAVE_WRAP = 0xec;
const WRAP = 0xee;
const REMOTE = 0xf0;
const IDENTIFY = 0xf2;
const SAMPLE_RATE = 0xf3;
const ENABLE = 0xf4;
const DISABLE = 0xf5;
const DEFAULTS = 0xf6;
const RESET = 0xff;

const KNOWN: readonly number[] = [
  ...[SCALE_1, SCALE_2, RESOLUTION, STATUS, STREAM, READ_DATA, LEAVE_WRAP, WRAP, REMOTE],
  ...[IDENTIFY, SAMPLE_RATE, ENABLE, DISABLE, DEFAULTS, RESET],
];

export class Ps2Mouse extends Ps2Device {
  protected readonly settings = {
    reporting: false,
    remote: false,
    wrap: false,
    doubled: false,
    resolution: 2,
    rate: 100,
    buttons: 0,
    dx: 0,
    dy: 0,
  };

  /** Moves (right and up positive) and sets the buttons: left 1, right 2, middle 4. */
  move(dx: number, dy: number, buttons = this.settings.buttons): void {
    const { settings: s } = this;
    s.dx += dx;
    s.dy += dy;
    s.buttons = buttons & 7;
    if (s.reporting && !s.remote && this.events.length === 0) this.events.push(...this.report());
  }

  override next(): number {
    const byte = super.next();
    const { settings: s } = this;
    const moved = s.dx !== 0 || s.dy !== 0;
    if (this.mayReport && moved && this.events.length === 0) this.events.push(...this.report());
    return byte;
  }

  protected get mayReport(): boolean {
    return this.settings.reporting && !this.settings.remote;
  }

  protected setDefaults(): void {
    const defaults = { reporting: false, remote: false, wrap: false, doubled: false };
    Object.assign(this.settings, defaults, { resolution: 2, rate: 100, dx: 0, dy: 0 });
    this.events = [];
  }

  protected isArgument(): boolean {
    return true;
  }

  protected takeCommand(byte: number): boolean {
    const { settings: s } = this;
    if (s.wrap && byte !== RESET && byte !== LEAVE_WRAP) {
      this.answer(byte);
      return false;
    }
    this.answer(KNOWN.includes(byte) ? ACK : RESEND);
    if (byte === IDENTIFY) this.answer(0x00);
    if (byte === STATUS) this.answer(...this.status());
    if (byte === READ_DATA) this.answer(...this.report());
    if (byte === RESET || byte === DEFAULTS) this.setDefaults();
    if (byte === RESET) this.answer(SELF_TEST_PASSED, 0x00);
    if (byte === ENABLE || byte === DISABLE) s.reporting = byte === ENABLE;
    if (byte === REMOTE || byte === STREAM) s.remote = byte === REMOTE;
    if (byte === WRAP || byte === LEAVE_WRAP) s.wrap = byte === WRAP;
    if (byte === SCALE_1 || byte === SCALE_2) s.doubled = byte === SCALE_2;
    return byte === RESOLUTION || byte === SAMPLE_RATE;
  }

  protected takeArgument(command: number, byte: number): void {
    this.answer(ACK);
    if (command === RESOLUTION) this.settings.resolution = byte & 3;
    else this.settings.rate = byte;
  }

  private status(): number[] {
    const { settings: s } = this;
    const buttons = ((s.buttons & 1) << 2) | ((s.buttons & 4) >> 1) | ((s.buttons & 2) >> 1);
    const modes = (s.remote ? 0x40 : 0) | (s.reporting ? 0x20 : 0) | (s.doubled ? 0x10 : 0);
    return [modes | buttons, s.resolution, s.rate];
  }

  /** A report of what has moved since the last one, at most a byte's worth in each direction. */
  private report(): number[] {
    const { settings: s } = this;
    const take = (delta: number) => Math.max(-255, Math.min(255, delta));
    const dx = take(s.dx);
    const dy = take(s.dy);
    s.dx -= dx;
    s.dy -= dy;
    const signs = (dx < 0 ? 0x10 : 0) | (dy < 0 ? 0x20 : 0);
    return [0x08 | signs | s.buttons, dx & 0xff, dy & 0xff];
  }
}

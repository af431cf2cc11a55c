/**
 * The MC146818 clock with 128 bytes of CMOS at ports 0x70/0x71, on IRQ8; port 0x70 also holds the
 * NMI mask (bit 7).
 *
 * The calendar starts at a configured date and counts simulated seconds. Nothing runs between
 * accesses: what the divider chain did is worked out when somebody looks, and a timer is armed only
 * while an enabled interrupt can come. Updates end on the divider's second; UIP is up for the
 * 244 + 1984 us before.
 *
 * Source: Motorola MC146818A datasheet. Deviations: the day of the week follows from the date; the
 * century byte counts on with the year; daylight saving (DSE) and the square wave are not modelled;
 * a divider setting other than 32.768 kHz stops the clock.
 */
import type { Clock, Timer } from '../../base/clock.js';
import { type CmosOptions, fillCmos } from './cmos.js';
import type { Device, DeviceHost, DeviceState, IrqLine } from './device.js';
import { alarmMatches, B_24H, readCalendar, reg, writeCalendar } from './rtc-calendar.js';

export interface RtcOptions extends CmosOptions {
  /** The date when the simulation starts, in seconds since 1970 UTC (default 2000-01-01 00:00:00). */
  readonly startSeconds?: number;
}

const CRYSTAL_HZ = 32_768;
/** 244 us of warning and 1984 us of update, in ticks of the crystal. */
const UPDATE_TICKS = 8 + 65;
const DEFAULT_START = 946_684_800;

const A_UIP = 0x80;
const B_SET = 0x80;
/** Periodic, alarm and update: enable bits in B, flags in C. */
const PERIODIC = 0x40;
const ALARM = 0x20;
const UPDATE = 0x10;
const INTERRUPTS = PERIODIC | ALARM | UPDATE;
const B_SQUARE_WAVE = 0x08;
const SECONDS_A_DAY = 86_400;

export class Rtc implements Device {
  readonly name = 'rtc';
  /** Port 0x70 bit 7: the board keeps NMIs away from the processor. */
  nmiMasked = false;
  private readonly cmos = new Uint8Array(128);
  private index = 0;
  /** PF, AF and UF of register C. */
  private flags = 0;
  /** Crystal tick at which the divider chain stood at zero. */
  private origin = 0;
  /** Crystal tick up to which everything has been worked out. */
  private seen = 0;
  private readonly clock: Clock;
  private readonly irq: IrqLine;
  private readonly timer: Timer;

  constructor(host: DeviceHost, options: RtcOptions) {
    this.clock = host.clock;
    this.irq = host.irq(8);
    this.timer = host.clock.timer('rtc', (due) => {
      this.catchUp(this.tickAt(due));
      this.update();
    });
    this.cmos[reg.a] = 0x26;
    this.cmos[reg.b] = B_24H;
    this.cmos[reg.d] = 0x80;
    this.origin = this.seen = this.tickAt(this.clock.now);
    writeCalendar(this.cmos, B_24H, options.startSeconds ?? DEFAULT_START);
    fillCmos(this.cmos, options);
    host.spaces.ports(
      0x70,
      2,
      {
        read: (port) => (port === 0x70 ? 0xff : this.readData()),
        write: (port, value) => {
          if (port === 0x70) this.select(value);
          else this.writeData(value);
        },
      },
      this.name,
    );
  }

  /** Time and CMOS are battery-backed; a reset only ends interrupts. */
  reset(): void {
    this.catchUp(this.tickAt(this.clock.now));
    this.cmos[reg.b] &= ~(INTERRUPTS | B_SQUARE_WAVE);
    this.flags = 0;
    this.nmiMasked = false;
    this.update();
  }

  save(): DeviceState {
    const { index, nmiMasked, flags, origin, seen } = this;
    return { cmos: this.cmos.slice(), index, nmiMasked, flags, origin, seen };
  }

  restore(state: DeviceState): void {
    this.cmos.set(state.cmos as Uint8Array);
    this.index = state.index as number;
    this.nmiMasked = state.nmiMasked as boolean;
    this.flags = state.flags as number;
    this.origin = state.origin as number;
    this.seen = state.seen as number;
    this.irq(this.asserted);
  }

  // --- ports

  private select(value: number): void {
    this.nmiMasked = (value & 0x80) !== 0;
    this.index = value & 0x7f;
  }

  private readData(): number {
    const tick = this.tickAt(this.clock.now);
    this.catchUp(tick);
    if (this.index === reg.c) return this.readFlags();
    this.update();
    const value = this.cmos[this.index];
    return this.index === reg.a && this.updating(tick) ? value | A_UIP : value;
  }

  /** Reading register C ends all three interrupts. */
  private readFlags(): number {
    const value = this.flags | (this.asserted ? 0x80 : 0);
    this.flags = 0;
    this.update();
    return value;
  }

  private writeData(value: number): void {
    const tick = this.tickAt(this.clock.now);
    this.catchUp(tick);
    if (this.index === reg.a) this.writeA(value, tick);
    else if (this.index === reg.b) {
      // Setting the time by hand ends the update interrupt's enabling, says the datasheet.
      this.cmos[reg.b] = value & B_SET ? value & ~UPDATE : value;
    } else if (this.index !== reg.c && this.index !== reg.d) this.cmos[this.index] = value;
    this.update();
  }

  private writeA(value: number, tick: number): void {
    const ran = this.running;
    this.cmos[reg.a] = value & ~A_UIP;
    // Out of reset, the divider makes its first update after half a second.
    if (!ran && this.running) this.origin = tick - CRYSTAL_HZ / 2;
  }

  // --- time

  private tickAt(cycle: number): number {
    return this.clock.ticksAt(cycle, CRYSTAL_HZ);
  }

  private get running(): boolean {
    return (this.cmos[reg.a] & 0x70) === 0x20;
  }

  private get asserted(): boolean {
    return (this.flags & this.cmos[reg.b] & INTERRUPTS) !== 0;
  }

  /** Ticks between periodic interrupts, 0 for none. */
  private get period(): number {
    const rate = this.cmos[reg.a] & 0x0f;
    if (rate === 0) return 0;
    return rate < 3 ? 64 << rate : 1 << (rate - 1);
  }

  private updating(tick: number): boolean {
    if (!this.running || this.cmos[reg.b] & B_SET) return false;
    return nextMultiple(tick - this.origin, CRYSTAL_HZ) - (tick - this.origin) <= UPDATE_TICKS;
  }

  /** Works out what happened up to a tick. */
  private catchUp(tick: number): void {
    const from = this.seen - this.origin;
    const to = tick - this.origin;
    this.seen = tick;
    if (!this.running) return;
    const { period } = this;
    if (period && Math.floor(to / period) > Math.floor(from / period)) this.flags |= PERIODIC;
    const updates = Math.floor(to / CRYSTAL_HZ) - Math.floor(from / CRYSTAL_HZ);
    if (updates > 0 && !(this.cmos[reg.b] & B_SET)) this.count(updates);
  }

  /** So many updates of the calendar. */
  private count(updates: number): void {
    const b = this.cmos[reg.b];
    const start = readCalendar(this.cmos, b);
    // After a day unseen, the alarm had every chance to match.
    for (let i = 1; i <= Math.min(updates, SECONDS_A_DAY); i++) {
      if (this.flags & ALARM) break;
      if (alarmMatches(this.cmos, b, start + i)) this.flags |= ALARM;
    }
    this.flags |= UPDATE;
    writeCalendar(this.cmos, b, start + updates);
  }

  /** Drives the line and waits for the next event that could change it. */
  private update(): void {
    this.irq(this.asserted);
    const next = this.asserted ? Infinity : this.nextInterrupt();
    if (next === Infinity) this.timer.cancel();
    else this.timer.at(this.clock.cycleOfTick(this.origin + next, CRYSTAL_HZ));
  }

  /** Tick after `origin` at which an enabled interrupt may come next. */
  private nextInterrupt(): number {
    if (!this.running) return Infinity;
    const since = this.seen - this.origin;
    const b = this.cmos[reg.b];
    let next = Infinity;
    if (b & PERIODIC && this.period) next = nextMultiple(since, this.period);
    if (b & (ALARM | UPDATE) && !(b & B_SET)) {
      next = Math.min(next, nextMultiple(since, CRYSTAL_HZ));
    }
    return next;
  }
}

/** The first multiple of n after a value. */
function nextMultiple(value: number, n: number): number {
  return (Math.floor(value / n) + 1) * n;
}

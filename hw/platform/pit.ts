/**
 * The 8254 of the PC: ports 0x40-0x43, three counters at 1.193182 MHz. OUT of counter 0 is IRQ0;
 * the gate and OUT of counter 2 are at port 0x61 (system-ports.ts).
 *
 * Counter 0 arms one timer for its next change; the counters 1 and 2 are computed when looked at.
 * Counts follow from the clock's cycle exactly, so no error accumulates.
 * Source: Intel 8254 datasheet (231164).
 */
import type { Clock, Timer } from '../../base/clock.js';
import type { Device, DeviceHost, DeviceState, IrqLine } from './device.js';
import { PitChannel, type PitChannelState } from './pit-channel.js';

/** Rounded to whole hertz, as every operating system takes it. */
export const PIT_HZ = 1_193_182;

export class Pit implements Device {
  readonly name = 'pit';
  private readonly channels = [new PitChannel(true), new PitChannel(true), new PitChannel(false)];
  private readonly clock: Clock;
  private readonly irq: IrqLine;
  private readonly timer: Timer;

  constructor(host: DeviceHost) {
    this.clock = host.clock;
    this.irq = host.irq(0);
    this.timer = host.clock.timer('pit.channel0', (due) => this.advanceChannel0(this.tickAt(due)));
    host.spaces.ports(
      0x40,
      4,
      {
        read: (port) => (port === 0x43 ? 0xff : this.readCounter(port & 3)),
        write: (port, value) => {
          if (port === 0x43) this.control(value);
          else this.writeCounter(port & 3, value);
        },
      },
      this.name,
    );
  }

  /** The gate input of counter 2. */
  get gate2(): boolean {
    return this.channels[2].gate;
  }

  set gate2(level: boolean) {
    this.present(2).setGate(level);
  }

  /** The OUT pin of counter 2. */
  get out2(): boolean {
    return this.present(2).out;
  }

  reset(): void {
    const tick = this.tickAt(this.clock.now);
    for (const channel of this.channels) channel.reset(tick);
    this.timer.cancel();
    this.irq(false);
  }

  save(): DeviceState {
    return { channels: this.channels.map((c) => c.save()) };
  }

  restore(state: DeviceState): void {
    const saved = state.channels as PitChannelState[];
    saved.forEach((s, i) => {
      this.channels[i].restore(s);
    });
    this.irq(this.channels[0].out);
  }

  private tickAt(cycle: number): number {
    return this.clock.ticksAt(cycle, PIT_HZ);
  }

  /** A counter, brought to the present. */
  private present(index: number): PitChannel {
    const tick = this.tickAt(this.clock.now);
    if (index === 0) this.advanceChannel0(tick);
    else this.channels[index].advanceTo(tick);
    return this.channels[index];
  }

  /** Goes through every change of OUT up to a tick, then waits for the next one. */
  private advanceChannel0(tick: number): void {
    const channel = this.channels[0];
    for (let next = channel.nextEvent(); next <= tick; next = channel.nextEvent()) {
      channel.advanceTo(next);
      this.irq(channel.out);
    }
    channel.advanceTo(tick);
    this.armChannel0();
  }

  private armChannel0(): void {
    const next = this.channels[0].nextEvent();
    if (next === Infinity) this.timer.cancel();
    else this.timer.at(this.clock.cycleOfTick(next, PIT_HZ));
  }

  private readCounter(index: number): number {
    return this.present(index).read();
  }

  private writeCounter(index: number, value: number): void {
    this.present(index).write(value);
    if (index === 0) this.channel0Changed();
  }

  private control(value: number): void {
    const index = value >>> 6;
    const access = (value >>> 4) & 3;
    if (index === 3) this.readBack(value);
    else if (access === 0) this.present(index).latchCount();
    else {
      this.present(index).control(access, (value >>> 1) & 7, (value & 1) !== 0);
      if (index === 0) this.channel0Changed();
    }
  }

  /** Read-back command: bit 5 low latches counts, bit 4 low the status, of the counters in bits 3-1. */
  private readBack(value: number): void {
    for (let index = 0; index < 3; index++) {
      if (!(value & (2 << index))) continue;
      const channel = this.present(index);
      if (!(value & 0x20)) channel.latchCount();
      if (!(value & 0x10)) channel.latchStatus();
    }
  }

  private channel0Changed(): void {
    this.irq(this.channels[0].out);
    this.armChannel0();
  }
}

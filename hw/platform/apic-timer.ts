/**
 * The local APIC's timer: a 32-bit down counter on the divided bus clock, one-shot or periodic.
 * Source: Intel SDM volume 3, "APIC Timer".
 * Expiry is computed in whole ticks from the tick at which the count started, so a periodic timer
 * never drifts, whatever the ratio of the clocks is.
 */
import type { Clock, Timer } from '../../base/clock.js';

export class ApicTimer {
  initial = 0;
  divideConfig = 0;
  /** Bus tick at which the count under way started. */
  private startTick = 0;
  private readonly timer: Timer;

  constructor(
    private readonly clock: Clock,
    private readonly busHz: number,
    /** The count reached zero; true: it starts again. */
    private readonly expired: () => boolean,
  ) {
    this.timer = clock.timer('local-apic.timer', () => this.expire());
  }

  private get divider(): number {
    const code = (this.divideConfig & 3) | ((this.divideConfig >>> 1) & 4);
    return code === 7 ? 1 : 2 << code;
  }

  private ticksNow(): number {
    return this.clock.ticksAt(this.clock.now, this.busHz);
  }

  get current(): number {
    if (this.initial === 0 || !this.timer.armed) return 0;
    const elapsed = Math.floor((this.ticksNow() - this.startTick) / this.divider);
    return Math.max(0, this.initial - elapsed);
  }

  private arm(): void {
    const due = this.startTick + this.initial * this.divider;
    this.timer.at(this.clock.cycleOfTick(due, this.busHz));
  }

  /** A write of the initial count starts the timer; zero stops it. */
  start(count: number): void {
    this.initial = count;
    this.startTick = this.ticksNow();
    if (count === 0) this.timer.cancel();
    else this.arm();
  }

  private expire(): void {
    if (!this.expired()) return;
    this.startTick += this.initial * this.divider;
    this.arm();
  }

  /** A new divider stretches what is left of the count under way. */
  setDivider(value: number): void {
    const left = this.current;
    this.divideConfig = value & 0xb;
    if (!this.timer.armed) return;
    this.startTick = this.ticksNow() - (this.initial - left) * this.divider;
    this.arm();
  }

  reset(): void {
    this.initial = this.divideConfig = this.startTick = 0;
    this.timer.cancel();
  }

  /** The clock saves when it is due. */
  save(): { initial: number; divideConfig: number; startTick: number } {
    const { initial, divideConfig, startTick } = this;
    return { initial, divideConfig, startTick };
  }

  restore(state: ReturnType<ApicTimer['save']>): void {
    Object.assign(this, state);
  }
}

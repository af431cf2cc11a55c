/**
 * The only clock: host cycles, with the queue of future events that devices live from.
 *
 * Whoever executes the guest runs *slices*: it may run until `remaining` reaches zero or below,
 * counting it down by the cycles it spends; then `advance()` fires what is due. `now` is exact at
 * any moment inside a slice. Events due at the same cycle fire in the order in which their timers
 * were created, so that the order never depends on how a run was cut into slices.
 *
 * `remaining` lives in a typed array that the owner hands over (the simulated machine's linear
 * memory), because generated code counts it down.
 */
import { SimulatorBug } from './errors.js';

/** Saved state of a clock: the time, and for each armed timer its due cycle. */
export interface ClockState {
  now: number;
  timers: Record<string, number>;
}

export class Timer {
  /** Cycle at which it fires, or Infinity when it is not armed. */
  due = Infinity;

  constructor(
    readonly name: string,
    private readonly clock: Clock,
    /** Called with the cycle it was due at; it may arm itself again. */
    readonly fire: (due: number) => void,
  ) {}

  get armed(): boolean {
    return this.due !== Infinity;
  }

  /** Arms (or re-arms) the timer for an absolute cycle; a cycle in the past fires at the next advance. */
  at(cycle: number): void {
    this.due = cycle;
    this.clock.rescheduled(cycle);
  }

  cancel(): void {
    this.due = Infinity;
  }
}

export class Clock {
  private readonly timers: Timer[] = [];
  /** Cycle at which the current slice ends. now = deadline - remaining. */
  private deadline = 0;

  constructor(
    /** Host cycles per second of simulated time. */
    readonly hz: number,
    private readonly cell: Int32Array = new Int32Array(1),
    private readonly index = 0,
  ) {}

  get now(): number {
    return this.deadline - this.cell[this.index];
  }

  /** Creates a timer; names are unique in a machine, since snapshots refer to them. */
  timer(name: string, fire: (due: number) => void): Timer {
    if (this.timers.some((t) => t.name === name))
      throw new SimulatorBug(`two timers named ${name}`);
    const timer = new Timer(name, this, fire);
    this.timers.push(timer);
    return timer;
  }

  /** Called by timers: shortens the slice under way when something became due inside it. */
  rescheduled(due: number): void {
    if (due < this.deadline) this.cutSlice(Math.max(due, this.now));
  }

  /** Ends the slice under way as soon as its user looks at `remaining` again. */
  endSlice(): void {
    this.cutSlice(this.now);
  }

  private cutSlice(end: number): void {
    this.cell[this.index] -= this.deadline - end;
    this.deadline = end;
  }

  /** First cycle at which something is due (Infinity: nothing is). */
  nextDue(): number {
    let due = Infinity;
    for (const t of this.timers) if (t.due < due) due = t.due;
    return due;
  }

  /** Fires all that is due, in order of time, then of creation. */
  advance(): void {
    for (;;) {
      let first: Timer | undefined;
      const now = this.now;
      for (const t of this.timers) if (t.due <= now && (!first || t.due < first.due)) first = t;
      if (!first) return;
      const due = first.due;
      first.due = Infinity;
      first.fire(due);
    }
  }

  /** Starts a slice that ends at the next event, at `limit`, or after 2^30 cycles. */
  startSlice(limit: number): void {
    const now = this.now;
    const end = Math.min(this.nextDue(), limit, now + 0x4000_0000);
    this.deadline = Math.max(end, now);
    this.cell[this.index] = this.deadline - now;
  }

  /** Moves the time forward with nothing executed (the processor is halted). */
  skipTo(cycle: number): void {
    if (cycle < this.now) throw new SimulatorBug(`the clock cannot run back to ${cycle}`);
    this.deadline = cycle;
    this.cell[this.index] = 0;
  }

  /** Whole ticks of a clock of `tickHz` that fit into `cycles` (exact: no rounding error accumulates). */
  ticksAt(cycles: number, tickHz: number): number {
    const seconds = Math.floor(cycles / this.hz);
    return seconds * tickHz + Math.floor(((cycles - seconds * this.hz) * tickHz) / this.hz);
  }

  /** First cycle at which `ticks` ticks of a clock of `tickHz` have passed; inverse of ticksAt. */
  cycleOfTick(ticks: number, tickHz: number): number {
    const seconds = Math.floor(ticks / tickHz);
    return seconds * this.hz + Math.ceil(((ticks - seconds * tickHz) * this.hz) / tickHz);
  }

  save(): ClockState {
    const timers: Record<string, number> = {};
    for (const t of this.timers) if (t.armed) timers[t.name] = t.due;
    return { now: this.now, timers };
  }

  /** Takes over a saved time. Timers that the saved state does not name are disarmed. */
  restore(state: ClockState): void {
    for (const name of Object.keys(state.timers)) {
      if (!this.timers.some((t) => t.name === name))
        throw new SimulatorBug(`no timer named ${name}`);
    }
    this.deadline = state.now;
    this.cell[this.index] = 0;
    for (const t of this.timers) t.due = state.timers[t.name] ?? Infinity;
  }
}

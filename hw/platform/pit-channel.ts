/**
 * One counter of an 8254, all six modes, as a function of CLK pulses.
 *
 * `pulse` says what one CLK pulse does, straight from the datasheet; `quietPulses` says how many
 * pulses do nothing but count, so that `advanceTo` jumps over them. The state is exact at any pulse
 * without an event per pulse.
 *
 * Source: Intel 8254 datasheet (231164), mode definitions and figures 15-20.
 * The illegal count 1 of modes 2 and 3 acts as 2. ASSUMED: nothing documents it.
 */

/** OUT, the counting element and what is pending; saved as it is. */
export interface PitChannelState {
  /** CLK pulses seen since time 0. */
  tick: number;
  mode: number;
  bcd: boolean;
  /** Bytes per access as the control word says: 1 low, 2 high, 3 low then high. */
  access: number;
  gate: boolean;
  out: boolean;
  /** Counting element, binary also in BCD mode; 0 stands for the modulus. */
  ce: number;
  /** Count register, in the encoding written. */
  cr: number;
  /** CR was completely written since the control word. */
  crValid: boolean;
  /** CR holds a count that CE has not taken (the status byte's null count). */
  nullCount: boolean;
  /** The next pulse loads CE: a count was written, or the gate triggered. */
  load: boolean;
  counting: boolean;
  /** Mode 0: the first byte of two was written, counting waits for the second. */
  held: boolean;
  /** Modes 0, 1, 4, 5: the end of this count is still to be signalled. */
  armed: boolean;
  /** Mode 3: the loaded count is odd. */
  odd: boolean;
  /** The low byte is written, the high one comes next. */
  writeHigh: boolean;
  lowByte: number;
  readHigh: boolean;
  /** Latched count (-1: none) and how many of its bytes are unread. */
  latch: number;
  latchBytes: number;
  /** Latched status, -1: none. */
  status: number;
}

function initialState(gate: boolean): PitChannelState {
  return {
    tick: 0,
    mode: 0,
    bcd: false,
    access: 3,
    gate,
    out: false,
    ce: 0,
    cr: 0,
    crValid: false,
    nullCount: true,
    load: false,
    counting: false,
    held: false,
    armed: false,
    odd: false,
    writeHigh: false,
    lowByte: 0,
    readHigh: false,
    latch: -1,
    latchBytes: 0,
    status: -1,
  };
}

export class PitChannel {
  private s: PitChannelState;

  constructor(private readonly gateAtReset: boolean) {
    this.s = initialState(gateAtReset);
  }

  get out(): boolean {
    return this.s.out;
  }

  get gate(): boolean {
    return this.s.gate;
  }

  /** The datasheet leaves the power-on state open: here nothing counts until a control word comes. */
  reset(tick: number): void {
    this.s = initialState(this.gateAtReset);
    this.s.tick = tick;
  }

  save(): PitChannelState {
    return { ...this.s };
  }

  restore(state: PitChannelState): void {
    this.s = { ...state };
  }

  // --- the bus side; the caller has advanced the channel to the present pulse

  control(access: number, mode: number, bcd: boolean): void {
    const { s } = this;
    const { tick, gate, ce } = s;
    // Mode 2 and 3 have a don't-care bit: 6 and 7 are the same modes.
    this.s = { ...initialState(gate), tick, ce, access, mode: mode > 5 ? mode & 3 : mode, bcd };
    this.s.out = this.s.mode !== 0;
  }

  write(value: number): void {
    const { s } = this;
    if (s.access === 3 && !s.writeHigh) {
      s.writeHigh = true;
      s.lowByte = value;
      // Mode 0 stops at the first byte and drops OUT at once.
      if (s.mode === 0) {
        s.held = true;
        s.out = false;
      }
      return;
    }
    s.writeHigh = false;
    s.cr = s.access === 1 ? value : (value << 8) | (s.access === 3 ? s.lowByte : 0);
    this.countWritten();
  }

  read(): number {
    const { s } = this;
    if (s.status >= 0) {
      const status = s.status;
      s.status = -1;
      return status;
    }
    const latched = s.latch >= 0;
    const count = latched ? s.latch : this.count();
    const high = s.access === 2 || (s.access === 3 && s.readHigh);
    if (s.access === 3) s.readHigh = !s.readHigh;
    if (latched && --s.latchBytes === 0) s.latch = -1;
    return high ? count >>> 8 : count & 0xff;
  }

  /** Counter latch command; ignored while an earlier one is unread. */
  latchCount(): void {
    const { s } = this;
    if (s.latch >= 0) return;
    s.latch = this.count();
    s.latchBytes = s.access === 3 ? 2 : 1;
  }

  latchStatus(): void {
    const { s } = this;
    if (s.status >= 0) return;
    s.status =
      (s.out ? 0x80 : 0) |
      (s.nullCount ? 0x40 : 0) |
      (s.access << 4) |
      (s.mode << 1) |
      (s.bcd ? 1 : 0);
  }

  setGate(gate: boolean): void {
    const { s } = this;
    if (gate === s.gate) return;
    s.gate = gate;
    const repeats = s.mode === 2 || s.mode === 3;
    // A low gate holds OUT high at once; a rising one triggers at the next pulse.
    if (!gate && repeats) s.out = true;
    if (gate && (repeats || s.mode === 1 || s.mode === 5) && s.crValid) s.load = true;
  }

  // --- the CLK side

  /** Moves to the state after `tick` pulses. */
  advanceTo(tick: number): void {
    const { s } = this;
    while (s.tick < tick) {
      const left = tick - s.tick;
      const quiet = this.quietPulses();
      if (quiet > 0) {
        this.skip(Math.min(quiet, left));
      } else {
        const period = this.period();
        if (period > 0 && left >= period) s.tick += left - (left % period);
        else this.pulse();
      }
    }
  }

  /** The pulse at which something other than counting happens next, or Infinity. */
  nextEvent(): number {
    return this.s.tick + this.quietPulses() + 1;
  }

  private countWritten(): void {
    const { s } = this;
    s.crValid = true;
    s.nullCount = true;
    s.held = false;
    if (s.mode === 0) s.out = false;
    // Modes 1 and 5 wait for the gate; 2 and 3 take a new count when the present one ends.
    if (s.mode === 0 || s.mode === 4) s.load = true;
    else if ((s.mode === 2 || s.mode === 3) && !s.counting) s.load = true;
  }

  private modulus(): number {
    return this.s.bcd ? 10_000 : 0x10000;
  }

  /** CE as the bus reads it. */
  private count(): number {
    return this.s.bcd ? toBcd(this.s.ce) : this.s.ce;
  }

  /** CR as a number of pulses, 0 for the modulus. */
  private reload(): number {
    const count = this.s.bcd ? fromBcd(this.s.cr) : this.s.cr;
    return count === 1 && (this.s.mode === 2 || this.s.mode === 3) ? 2 : count;
  }

  private loadCe(): void {
    const { s } = this;
    const count = this.reload();
    s.odd = s.mode === 3 && (count & 1) === 1;
    s.ce = s.odd ? count - 1 : count;
    s.nullCount = false;
    s.load = false;
    s.counting = true;
    s.armed = true;
  }

  /** Modes 1 and 5 count whatever the gate does after its rise. */
  private get runs(): boolean {
    const { s } = this;
    return s.counting && !s.held && (s.gate || s.mode === 1 || s.mode === 5);
  }

  /** Pulses of a whole cycle when nothing is going to disturb it, else 0. */
  private period(): number {
    const { s } = this;
    if ((s.mode !== 2 && s.mode !== 3) || !this.runs || s.load || s.nullCount) return 0;
    return this.reload() || this.modulus();
  }

  private decrement(by: number): void {
    const m = this.modulus();
    this.s.ce = (((this.s.ce - by) % m) + m) % m;
  }

  private skip(pulses: number): void {
    const { s } = this;
    s.tick += pulses;
    if (this.runs) this.decrement(s.mode === 3 ? pulses * 2 : pulses);
  }

  private quietPulses(): number {
    const { s } = this;
    if (s.load) return 0;
    if (s.mode >= 4 && !s.out) return 0;
    if (!this.runs) return Infinity;
    const left = s.ce || this.modulus();
    if (s.mode === 2) return Math.max(0, left - 2);
    if (s.mode === 3) return s.odd && s.out ? s.ce / 2 : (left - 2) / 2;
    return s.armed ? left - 1 : Infinity;
  }

  private pulse(): void {
    const { s } = this;
    s.tick++;
    if (s.mode >= 4) s.out = true;
    if (s.load) {
      this.loadCe();
      if (s.mode === 1) s.out = false;
      else if (s.mode !== 0) s.out = true;
    } else if (this.runs) {
      if (s.mode === 2) this.pulseRate();
      else if (s.mode === 3) this.pulseSquare();
      else this.pulseOnce();
    }
  }

  /** Modes 0, 1, 4, 5: OUT rises at zero (0, 1) or strobes low for a pulse (4, 5). */
  private pulseOnce(): void {
    const { s } = this;
    this.decrement(1);
    if (s.ce !== 0 || !s.armed) return;
    s.armed = false;
    s.out = s.mode < 4;
  }

  /** Mode 2: OUT is low while the count is 1. */
  private pulseRate(): void {
    const { s } = this;
    if (s.ce === 1) {
      this.loadCe();
      s.out = true;
    } else {
      this.decrement(1);
      if (s.ce === 1) s.out = false;
    }
  }

  /** Mode 3: counts by two; an odd count is one pulse longer while OUT is high. */
  private pulseSquare(): void {
    const { s } = this;
    const last = s.odd && s.out ? s.ce === 0 : s.ce === 2;
    if (last) {
      this.loadCe();
      s.out = !s.out;
    } else {
      this.decrement(2);
    }
  }
}

function toBcd(value: number): number {
  let bcd = 0;
  for (let shift = 0; shift < 16; shift += 4) {
    bcd |= (value % 10) << shift;
    value = Math.floor(value / 10);
  }
  return bcd;
}

/** Digits above 9 count as what they are, as a decade counter loaded with them. */
function fromBcd(bcd: number): number {
  const digit = (shift: number) => (bcd >>> shift) & 0xf;
  return (digit(12) * 1000 + digit(8) * 100 + digit(4) * 10 + digit(0)) % 10_000;
}

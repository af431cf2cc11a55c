/**
 * Transmitting half of a 16550A: holding register or FIFO, and the shift register.
 *
 * Paced by the baud rate, the shift register takes a byte at once when it is free and holds it for
 * one character time. Paced `instant`, every byte leaves in the cycle of its write; the order of
 * interrupts is the same, only the waiting is gone.
 * Source: National Semiconductor PC16550D datasheet, sections 8.4 and 8.5.
 */
import type { Clock, Timer } from '../../base/clock.js';

export type Pacing = 'baud' | 'instant';

export interface TransmitterPort {
  readonly pacing: Pacing;
  /** Cycles of one character, 0 while the baud generator stands still. */
  characterCycles(): number;
  /** A byte left the shift register. */
  sent(byte: number): void;
  /** The holding register (or FIFO) became empty. */
  emptied(): void;
}

export interface TransmitterState {
  waiting: number[];
  /** Byte being shifted out, or -1. */
  shifting: number;
}

const FIFO_SIZE = 16;

export class UartTransmitter {
  fifoEnabled = false;
  private waiting: number[] = [];
  private shifting = -1;
  private readonly timer: Timer;

  constructor(
    name: string,
    private readonly clock: Clock,
    private readonly port: TransmitterPort,
  ) {
    this.timer = clock.timer(`${name}.tx`, (due) => this.shifted(due));
  }

  /** LSR.THRE. */
  get empty(): boolean {
    return this.waiting.length === 0;
  }

  /** LSR.TEMT. */
  get idle(): boolean {
    return this.empty && this.shifting < 0;
  }

  write(byte: number): void {
    if (this.port.pacing === 'instant') {
      this.port.sent(byte);
      this.port.emptied();
      return;
    }
    // A full holding register is overwritten, a full FIFO takes no more.
    if (!this.fifoEnabled) this.waiting = [byte];
    else if (this.waiting.length < FIFO_SIZE) this.waiting.push(byte);
    if (this.shifting < 0) this.loadShift(this.clock.now);
  }

  /** The baud generator started. */
  resume(): void {
    if (this.shifting < 0) this.loadShift(this.clock.now);
  }

  /** Empties the FIFO; the byte being shifted goes on. */
  clear(): void {
    if (this.empty) return;
    this.waiting = [];
    this.port.emptied();
  }

  reset(): void {
    this.waiting = [];
    this.shifting = -1;
    this.fifoEnabled = false;
    this.timer.cancel();
  }

  save(): TransmitterState {
    return { waiting: [...this.waiting], shifting: this.shifting };
  }

  restore(state: TransmitterState): void {
    this.waiting = [...state.waiting];
    this.shifting = state.shifting;
  }

  private loadShift(now: number): void {
    const cycles = this.port.characterCycles();
    if (cycles === 0 || this.empty) return;
    this.shifting = this.waiting.shift() as number;
    this.timer.at(now + cycles);
    if (this.empty) this.port.emptied();
  }

  private shifted(due: number): void {
    const byte = this.shifting;
    this.shifting = -1;
    this.port.sent(byte);
    this.loadShift(due);
  }
}

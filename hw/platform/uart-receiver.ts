/**
 * Receiving half of a 16550A: buffer register or FIFO with trigger level and character timeout, and
 * the sender on the other end of the cable, which keeps its bytes in an unbounded queue.
 *
 * The sender puts a byte on the line per character time, never into a full FIFO, and (with flow
 * control) only while RTS is raised: input typed early waits for the driver instead of being lost.
 * Overruns therefore occur in loopback only.
 * Source: National Semiconductor PC16550D datasheet, sections 8.4 and 8.5.
 */
import type { Clock, Timer } from '../../base/clock.js';

/** LSR bits that a received character carries; stored beside it as bits 15-8. */
const LSR_OVERRUN = 0x02;
const LSR_BREAK = 0x10;

export interface ReceiverPort {
  characterCycles(): number;
  /** Whether the other end may send now (RTS, no loopback). */
  maySend(): boolean;
  /** Anything that interrupts depend on has changed. */
  changed(): void;
}

export interface ReceiverState {
  fifo: number[];
  /** The character read last. */
  last: number;
  errors: number;
  timedOut: boolean;
  queue: number[];
}

const FIFO_SIZE = 16;
const BREAK_CHARACTER = LSR_BREAK << 8;

export class UartReceiver {
  fifoEnabled = false;
  /** Characters that raise the interrupt: 1, 4, 8 or 14. */
  triggerLevel = 1;
  /** Error bits of LSR: overrun, and those of the character at the head of the FIFO. */
  errors = 0;
  /** Characters wait, and for four character times nothing moved. */
  timedOut = false;
  private fifo: number[] = [];
  private last = 0;
  /** What the other end has to send; the first `taken` of it are gone. */
  private queue: number[] = [];
  private taken = 0;
  private readonly line: Timer;
  private readonly timeout: Timer;

  constructor(
    name: string,
    private readonly clock: Clock,
    private readonly port: ReceiverPort,
  ) {
    this.line = clock.timer(`${name}.rx`, (due) => this.arrived(due));
    this.timeout = clock.timer(`${name}.rx-timeout`, () => {
      this.timedOut = true;
      this.port.changed();
    });
  }

  /** LSR.DR. */
  get ready(): boolean {
    return this.fifo.length > 0;
  }

  /** The received-data interrupt's condition. */
  get triggered(): boolean {
    return this.fifoEnabled ? this.fifo.length >= this.triggerLevel : this.ready;
  }

  /** LSR bit 7: a character with an error is in the FIFO. */
  get errorInFifo(): boolean {
    return this.fifoEnabled && this.fifo.some((c) => c > 0xff);
  }

  get queued(): number {
    return this.queue.length - this.taken;
  }

  /** The other end has more to send. */
  enqueue(bytes: Iterable<number>): void {
    for (const byte of bytes) this.queue.push(byte & 0xff);
    this.startSending();
  }

  enqueueBreak(): void {
    this.queue.push(BREAK_CHARACTER);
    this.startSending();
  }

  /** To be called whenever room, RTS or the baud rate may have changed. */
  startSending(): void {
    if (!this.line.armed && this.canSend())
      this.line.at(this.clock.now + this.port.characterCycles());
  }

  /** Takes a character from the line (loopback comes here directly). */
  accept(character: number): void {
    if (this.fifo.length >= (this.fifoEnabled ? FIFO_SIZE : 1)) {
      this.errors |= LSR_OVERRUN;
      // A full FIFO drops the new character, the lone buffer register the old one.
      if (!this.fifoEnabled) this.fifo = [character];
    } else {
      this.fifo.push(character);
      if (this.fifo.length === 1) this.errors |= character >>> 8;
    }
    this.restartTimeout();
    this.port.changed();
  }

  /** Reads RBR. */
  read(): number {
    // An empty register still holds what was read last.
    this.last = this.fifo.shift() ?? this.last;
    if (this.fifo.length) this.errors |= this.fifo[0] >>> 8;
    this.timedOut = false;
    this.restartTimeout();
    this.startSending();
    this.port.changed();
    return this.last & 0xff;
  }

  clear(): void {
    this.fifo = [];
    this.timedOut = false;
    this.timeout.cancel();
    this.startSending();
    this.port.changed();
  }

  /** What the other end still has to send survives a reset of the PC. */
  reset(): void {
    this.fifo = [];
    this.last = 0;
    this.errors = 0;
    this.timedOut = false;
    this.fifoEnabled = false;
    this.triggerLevel = 1;
    this.line.cancel();
    this.timeout.cancel();
  }

  save(): ReceiverState {
    const { errors, timedOut, last } = this;
    return { fifo: [...this.fifo], last, errors, timedOut, queue: this.queue.slice(this.taken) };
  }

  restore(state: ReceiverState): void {
    this.fifo = [...state.fifo];
    this.last = state.last;
    this.errors = state.errors;
    this.timedOut = state.timedOut;
    this.queue = [...state.queue];
    this.taken = 0;
  }

  private canSend(): boolean {
    const room = this.fifo.length < (this.fifoEnabled ? FIFO_SIZE : 1);
    return this.queued > 0 && room && this.port.characterCycles() > 0 && this.port.maySend();
  }

  private arrived(due: number): void {
    if (!this.canSend()) return;
    this.accept(this.dequeue());
    if (this.canSend()) this.line.at(due + this.port.characterCycles());
  }

  /** Dropping what is gone only now and then keeps pasted files cheap. */
  private dequeue(): number {
    const character = this.queue[this.taken++];
    if (this.taken === this.queue.length || this.taken > 4096) {
      this.queue = this.queue.slice(this.taken);
      this.taken = 0;
    }
    return character;
  }

  private restartTimeout(): void {
    const cycles = this.port.characterCycles();
    if (this.fifoEnabled && this.fifo.length && cycles && !this.timedOut) {
      this.timeout.at(this.clock.now + 4 * cycles);
    } else this.timeout.cancel();
  }
}

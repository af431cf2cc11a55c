/**
 * What keyboard and mouse have in common as seen from the 8042: they take command bytes (some with
 * an argument), and have answers and events to send, answers first. Sending takes its time in the
 * controller, which clocks the bytes over.
 */

export const ACK = 0xfa;
export const RESEND = 0xfe;
export const SELF_TEST_PASSED = 0xaa;

export interface Ps2State {
  answers: number[];
  events: number[];
  /** Command that waits for its argument, or -1. */
  command: number;
  lastSent: number;
  settings: Record<string, number | boolean>;
}

export abstract class Ps2Device {
  protected answers: number[] = [];
  protected events: number[] = [];
  private command = -1;
  private lastSent = 0;

  /** Whether the next byte may be clocked over. */
  get pending(): boolean {
    return this.answers.length > 0 || (this.events.length > 0 && this.mayReport);
  }

  /** Takes the next byte to send; only when `pending`. */
  next(): number {
    const byte = this.answers.length ? this.answers.shift() : this.events.shift();
    this.lastSent = byte as number;
    return this.lastSent;
  }

  /** The controller passes a byte to the device. */
  receive(byte: number): void {
    const command = this.command;
    this.command = -1;
    if (command >= 0 && this.isArgument(command, byte)) this.takeArgument(command, byte);
    else if (byte === RESEND) this.answers.unshift(this.lastSent);
    else if (this.takeCommand(byte)) this.command = byte;
  }

  reset(): void {
    this.answers = [];
    this.command = -1;
    this.lastSent = 0;
    this.setDefaults();
  }

  save(): Ps2State {
    const { command, lastSent } = this;
    const settings = { ...this.settings };
    return { answers: [...this.answers], events: [...this.events], command, lastSent, settings };
  }

  restore(state: Ps2State): void {
    this.answers = [...state.answers];
    this.events = [...state.events];
    this.command = state.command;
    this.lastSent = state.lastSent;
    Object.assign(this.settings, state.settings);
  }

  protected answer(...bytes: number[]): void {
    this.answers.push(...bytes);
  }

  /** Everything that commands change. */
  protected abstract readonly settings: Record<string, number | boolean>;
  protected abstract readonly mayReport: boolean;
  protected abstract setDefaults(): void;
  /** Carries out a command; true if it waits for an argument. */
  protected abstract takeCommand(byte: number): boolean;
  protected abstract takeArgument(command: number, byte: number): void;
  /** Whether a byte after a command is its argument (else it is a new command). */
  protected abstract isArgument(command: number, byte: number): boolean;
}

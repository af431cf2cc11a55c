/**
 * One 8259A interrupt controller: request, in-service and mask registers, the priority resolver and
 * the command words. The pair with its cascade is in pic.ts.
 *
 * Source: Intel 8259A datasheet (231468-003); edge/level control register per 82371SB datasheet.
 * An edge request lasts only while its line stays high: a line that drops before the acknowledge
 * leads to the default interrupt 7, as the datasheet says. ICW1's LTIM has no effect, since ELCR
 * replaces it on a PIIX3.
 * Left out: MCS-80 mode (ICW4.uPM = 0 is taken as 8086 mode), buffered mode (no effect here).
 */

/** Numbers that make up the whole state of a chip, in one record for saving. */
export interface PicChipState {
  lines: number;
  edges: number;
  isr: number;
  imr: number;
  elcr: number;
  vectorBase: number;
  lowestPriority: number;
  initStep: number;
  flags: number;
}

/** Bits of PicChipState.flags. */
const AUTO_EOI = 1;
const ROTATE_ON_AUTO_EOI = 2;
const SPECIAL_MASK = 4;
const SPECIAL_NESTED = 8;
const READ_ISR = 16;
const POLL = 32;
const NEEDS_ICW4 = 64;
const SINGLE = 128;

/** The level that answers when a request vanished. */
const SPURIOUS = 7;

/** State after reset, but for the lines, which others drive. */
const cleared = {
  edges: 0,
  isr: 0,
  imr: 0,
  elcr: 0,
  vectorBase: 0,
  lowestPriority: 7,
  initStep: 0,
  flags: 0,
} as const;

export class PicChip {
  private readonly s: PicChipState = { lines: 0, ...cleared };
  /** Level of the INT output. */
  int = false;

  constructor(
    /** Lines whose trigger mode ELCR may change. */
    private readonly elcrMask: number,
    /** The input that a slave drives, or -1. */
    private readonly cascadeInput: number,
    private readonly onInt: (level: boolean) => void,
  ) {}

  reset(): void {
    Object.assign(this.s, cleared);
    this.update();
  }

  get elcr(): number {
    return this.s.elcr;
  }

  set elcr(value: number) {
    this.s.elcr = value & this.elcrMask;
    this.update();
  }

  /** Requests as IRR shows them: the level of level-triggered lines, latched edges of the others. */
  get irr(): number {
    return (this.s.lines & this.s.elcr) | (this.s.edges & ~this.s.elcr);
  }

  get isr(): number {
    return this.s.isr;
  }

  get imr(): number {
    return this.s.imr;
  }

  setLine(input: number, level: boolean): void {
    const bit = 1 << input;
    if (level) {
      if (!(this.s.lines & bit)) this.s.edges |= bit;
      this.s.lines |= bit;
    } else {
      this.s.lines &= ~bit;
      this.s.edges &= ~bit;
    }
    this.update();
  }

  /** Acknowledge: the input that answers (7 if none does any more); its in-service bit is set. */
  acknowledge(): number {
    const input = this.highest();
    if (input < 0) return SPURIOUS;
    // INT falls during the acknowledge even if more is pending: a master's edge input needs that.
    this.int = false;
    this.onInt(false);
    this.s.edges &= ~(1 << input);
    if (this.s.flags & AUTO_EOI) {
      if (this.s.flags & ROTATE_ON_AUTO_EOI) this.s.lowestPriority = input;
    } else {
      this.s.isr |= 1 << input;
    }
    this.update();
    return input;
  }

  vector(input: number): number {
    return this.s.vectorBase | input;
  }

  /** A0 selects the register, as on the chip. */
  read(a0: number): number {
    if (this.s.flags & POLL) {
      this.s.flags &= ~POLL;
      return this.int ? 0x80 | this.acknowledge() : 0;
    }
    if (a0) return this.s.imr;
    return this.s.flags & READ_ISR ? this.s.isr : this.irr;
  }

  write(a0: number, value: number): void {
    if (!a0 && value & 0x10) this.initialize(value);
    else if (!a0 && value & 0x08) this.operationControl3(value);
    else if (!a0) this.endOfInterrupt(value);
    else if (this.s.initStep) this.initializeNext(value);
    else this.s.imr = value;
    this.update();
  }

  save(): PicChipState {
    return { ...this.s };
  }

  restore(state: PicChipState): void {
    Object.assign(this.s, state);
    this.int = this.highest() >= 0;
  }

  /** ICW1: clears mask, service and edge latches; the edge circuit waits for a new rise. */
  private initialize(icw1: number): void {
    Object.assign(this.s, { edges: 0, isr: 0, imr: 0, lowestPriority: 7, initStep: 2 });
    this.s.flags = (icw1 & 1 ? NEEDS_ICW4 : 0) | (icw1 & 2 ? SINGLE : 0);
  }

  private initializeNext(value: number): void {
    const { s } = this;
    if (s.initStep === 2) {
      s.vectorBase = value & 0xf8;
      s.initStep = s.flags & SINGLE ? (s.flags & NEEDS_ICW4 ? 4 : 0) : 3;
    } else if (s.initStep === 3) {
      // ICW3 tells where the slaves are; here they are wired.
      s.initStep = s.flags & NEEDS_ICW4 ? 4 : 0;
    } else {
      if (value & 0x02) s.flags |= AUTO_EOI;
      if (value & 0x10) s.flags |= SPECIAL_NESTED;
      s.initStep = 0;
    }
  }

  private operationControl3(value: number): void {
    const { s } = this;
    if (value & 0x40) s.flags = value & 0x20 ? s.flags | SPECIAL_MASK : s.flags & ~SPECIAL_MASK;
    if (value & 0x04) s.flags |= POLL;
    else if (value & 0x02) s.flags = value & 0x01 ? s.flags | READ_ISR : s.flags & ~READ_ISR;
  }

  /** OCW2: R, SL, EOI in bits 7-5, the level in bits 2-0. */
  private endOfInterrupt(value: number): void {
    const { s } = this;
    const rotate = value & 0x80;
    const level = value & 0x40 ? value & 7 : this.highestInService();
    if (value & 0x20) {
      if (level < 0) return;
      s.isr &= ~(1 << level);
      if (rotate) s.lowestPriority = level;
    } else if (value & 0x40) {
      if (rotate) s.lowestPriority = level;
    } else {
      s.flags = rotate ? s.flags | ROTATE_ON_AUTO_EOI : s.flags & ~ROTATE_ON_AUTO_EOI;
    }
  }

  /** What an unspecific end of interrupt ends: in special mask mode, masked levels are left alone. */
  private highestInService(): number {
    const { s } = this;
    return this.first(s.flags & SPECIAL_MASK ? s.isr & ~s.imr : s.isr);
  }

  /** The request that may interrupt now, or -1. */
  private highest(): number {
    const { s } = this;
    const requests = this.irr & ~s.imr;
    if (!requests) return -1;
    let blocking = s.flags & SPECIAL_MASK ? s.isr & ~s.imr : s.isr;
    // Fully nested towards the slave: its level in service does not hide its own higher requests.
    if (s.flags & SPECIAL_NESTED && this.cascadeInput >= 0) {
      if (this.first(blocking) === this.cascadeInput && requests & (1 << this.cascadeInput)) {
        blocking &= ~(1 << this.cascadeInput);
      }
    }
    for (let i = 1; i <= 8; i++) {
      const input = (s.lowestPriority + i) & 7;
      if (blocking & (1 << input)) return -1;
      if (requests & (1 << input)) return input;
    }
    return -1;
  }

  private first(bits: number): number {
    for (let i = 1; i <= 8; i++) {
      const input = (this.s.lowestPriority + i) & 7;
      if (bits & (1 << input)) return input;
    }
    return -1;
  }

  private update(): void {
    const level = this.highest() >= 0;
    if (level === this.int) return;
    this.int = level;
    this.onInt(level);
  }
}

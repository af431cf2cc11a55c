/**
 * Registers, delivery modes and messages of the local APIC.
 * Source: Intel SDM volume 3, chapter "Advanced Programmable Interrupt Controller".
 */

export const APIC_DEFAULT_BASE = 0xfee0_0000;
/** Bits of the base MSR (0x1b). */
export const ApicBase = { bootstrap: 1 << 8, enable: 1 << 11 } as const;

/** Register offsets. */
export const Apic = {
  id: 0x20,
  version: 0x30,
  tpr: 0x80,
  apr: 0x90,
  ppr: 0xa0,
  eoi: 0xb0,
  ldr: 0xd0,
  dfr: 0xe0,
  svr: 0xf0,
  isr: 0x100,
  tmr: 0x180,
  irr: 0x200,
  esr: 0x280,
  icrLow: 0x300,
  icrHigh: 0x310,
  lvtTimer: 0x320,
  lvtThermal: 0x330,
  lvtPerf: 0x340,
  lvtLint0: 0x350,
  lvtLint1: 0x360,
  lvtError: 0x370,
  timerInitial: 0x380,
  timerCurrent: 0x390,
  timerDivide: 0x3e0,
} as const;

export const Delivery = {
  fixed: 0,
  lowestPriority: 1,
  smi: 2,
  nmi: 4,
  init: 5,
  startup: 6,
  extInt: 7,
} as const;

export const LVT_MASKED = 1 << 16;
export const LVT_PERIODIC = 1 << 17;
export const ApicError = { sendVector: 1 << 5, receiveVector: 1 << 6, register: 1 << 7 } as const;
/** Writable bits of the local vector table, in order timer, thermal, perf, LINT0, LINT1, error. */
export const LVT_WRITABLE = [0x300ff, 0x107ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff];
/** Six LVT entries; version 0x14 names a P6-family on-chip APIC (0x1X). */
export const APIC_VERSION = 0x0005_0014;

/** A set of vectors with its highest member: IRR, ISR or TMR. */
export class VectorSet {
  readonly words = new Uint32Array(8);

  has(vector: number): boolean {
    return ((this.words[vector >>> 5] >>> (vector & 31)) & 1) !== 0;
  }
  add(vector: number): void {
    this.words[vector >>> 5] |= 1 << (vector & 31);
  }
  remove(vector: number): void {
    this.words[vector >>> 5] &= ~(1 << (vector & 31));
  }
  /** The highest vector, or -1. */
  highest(): number {
    for (let i = 7; i >= 0; i--) {
      if (this.words[i] !== 0) return i * 32 + 31 - Math.clz32(this.words[i]);
    }
    return -1;
  }
}

/** A message on the interrupt bus, from the I/O APIC or from the interrupt command register. */
export interface ApicMessage {
  readonly destination: number;
  readonly logical: boolean;
  readonly delivery: number;
  readonly vector: number;
  readonly level: boolean;
}

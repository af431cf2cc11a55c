/**
 * The local APIC of the one processor, as in the P6 family: task and processor priority, the
 * request/service/trigger registers, the interrupt command register, the local vector table with
 * its timer, error reporting, and virtual wire mode through LINT0.
 * Source: Intel SDM volume 3, chapter "Advanced Programmable Interrupt Controller".
 * The base address MSR belongs to the processor, which hands each new value to `setBase`.
 * Left out: other processors (INIT and SIPI reach nobody; to itself they are harmless), SMI,
 * lowest-priority arbitration beyond one candidate, x2APIC, the TSC deadline timer.
 */
import {
  APIC_DEFAULT_BASE,
  APIC_VERSION,
  Apic,
  ApicBase,
  ApicError,
  type ApicMessage,
  Delivery,
  LVT_MASKED,
  LVT_PERIODIC,
  LVT_WRITABLE,
  VectorSet,
} from './apic-registers.js';
import { ApicTimer } from './apic-timer.js';
import type { Device, DeviceHost, DeviceState, Width } from './device.js';

export class LocalApic implements Device {
  readonly name = 'local-apic';
  private base = APIC_DEFAULT_BASE | ApicBase.bootstrap | ApicBase.enable;
  private release: (() => void) | undefined;
  private mappedAt = -1;

  private readonly irr = new VectorSet();
  private readonly isr = new VectorSet();
  private readonly tmr = new VectorSet();
  private readonly lvt = new Uint32Array(6);
  private apicId = 0;
  private tpr = 0;
  private ldr = 0;
  private dfr = 0xffff_ffff;
  private svr = 0xff;
  private esr = 0;
  private pendingErrors = 0;
  private icrLow = 0;
  private icrHigh = 0;
  private lint1 = false;
  private readonly timer: ApicTimer;

  /** The interrupt fabric sets these. */
  onChanged: () => void = () => {};
  onEnabled: () => void = () => {};
  onEoi: (vector: number) => void = () => {};
  onNmi: () => void = () => {};

  constructor(
    private readonly host: DeviceHost,
    /** Clock that the timer's divider counts: the processor's bus. */
    busHz: number,
  ) {
    this.timer = new ApicTimer(host.clock, busHz, () => {
      this.deliverLocal(0);
      return (this.lvt[0] & LVT_PERIODIC) !== 0;
    });
    this.reset();
  }

  /** The processor wrote its APIC base MSR. */
  setBase(value: number): void {
    this.base = value >>> 0;
    this.map();
    // A disabled APIC keeps no state: what comes back after enabling is the reset state.
    if (!this.enabled) this.resetRegisters();
    this.onChanged();
  }

  /** Globally enabled by the base MSR. */
  get enabled(): boolean {
    return (this.base & ApicBase.enable) !== 0;
  }

  private get softwareEnabled(): boolean {
    return this.enabled && (this.svr & 0x100) !== 0;
  }

  /** Does the 8259's INTR, wired to LINT0, reach the processor? */
  get acceptsExtInt(): boolean {
    if (!this.enabled) return true;
    const lint0 = this.lvt[3];
    return (lint0 & LVT_MASKED) === 0 && ((lint0 >>> 8) & 7) === Delivery.extInt;
  }

  private map(): void {
    const at = this.enabled ? (this.base & 0xffff_f000) >>> 0 : -1;
    if (at === this.mappedAt) return;
    this.release?.();
    this.mappedAt = at;
    this.release = undefined;
    if (at < 0) return;
    const handlers = {
      read: (address: number, width: Width) => this.readMmio(address & 0xfff, width),
      write: (address: number, value: number, width: Width) => {
        // The register file takes aligned dwords; anything else is undefined and dropped here.
        if (width === 4 && (address & 15) === 0) this.write(address & 0xfff, value);
      },
    };
    this.release = this.host.spaces.mmio(at, 0x1000, handlers, 'local APIC');
  }

  // ---- Delivery -------------------------------------------------------------------------------

  private processorPriority(): number {
    const inService = Math.max(0, this.isr.highest()) & 0xf0;
    return (this.tpr & 0xf0) >= inService ? this.tpr : inService;
  }

  /** Is there a request above the processor's priority? */
  get pending(): boolean {
    if (!this.enabled) return false;
    const request = this.irr.highest();
    return request >= 0 && (request & 0xf0) > (this.processorPriority() & 0xf0);
  }

  /** Interrupt acknowledge for a request of the APIC itself. */
  acknowledge(): number {
    if (!this.pending) return this.svr & 0xff;
    const vector = this.irr.highest();
    this.irr.remove(vector);
    this.isr.add(vector);
    this.onChanged();
    return vector;
  }

  /** Is this processor among the destinations? */
  private addressed(destination: number, logical: boolean): boolean {
    if (!logical) return destination === this.apicId || (destination & 0xf) === 0xf;
    const own = this.ldr >>> 24;
    if (this.dfr >>> 28 === 0xf) return (own & destination) !== 0;
    const cluster = destination >>> 4;
    return (cluster === 0xf || cluster === own >>> 4) && (own & destination & 0xf) !== 0;
  }

  /** Takes a message from the interrupt bus. True: accepted. */
  receive(message: ApicMessage): boolean {
    if (!this.enabled || !this.addressed(message.destination, message.logical)) return false;
    return this.deliver(message.delivery, message.vector, message.level);
  }

  private deliver(delivery: number, vector: number, level: boolean): boolean {
    if (delivery === Delivery.nmi) this.onNmi();
    if (delivery !== Delivery.fixed && delivery !== Delivery.lowestPriority) return true;
    if (!this.softwareEnabled) return false;
    if (vector < 16) {
      this.raiseError(ApicError.receiveVector);
      return true;
    }
    this.irr.add(vector);
    if (level) this.tmr.add(vector);
    else this.tmr.remove(vector);
    this.onChanged();
    return true;
  }

  private deliverLocal(entry: number): void {
    const lvt = this.lvt[entry];
    if ((lvt & LVT_MASKED) !== 0) return;
    const delivery = entry === 0 || entry === 5 ? Delivery.fixed : (lvt >>> 8) & 7;
    const level = entry === 3 && (lvt & 0x8000) !== 0 && delivery === Delivery.fixed;
    this.deliver(delivery, lvt & 0xff, level);
  }

  /** Level of the LINT0 pin (the 8259's INTR) for a mode other than ExtINT: a rising edge requests. */
  lint0Rises(): void {
    if (this.enabled && ((this.lvt[3] >>> 8) & 7) !== Delivery.extInt) this.deliverLocal(3);
  }

  /** Level of the LINT1 pin: NMI. */
  setLint1(asserted: boolean): void {
    const rising = asserted && !this.lint1;
    this.lint1 = asserted;
    if (!rising) return;
    if (this.enabled) this.deliverLocal(4);
    else this.onNmi();
  }

  private endOfInterrupt(): void {
    const vector = this.isr.highest();
    if (vector < 0) return;
    this.isr.remove(vector);
    if (this.tmr.has(vector)) this.onEoi(vector);
    this.onChanged();
  }

  private raiseError(bit: number): void {
    if (this.pendingErrors & bit) return;
    this.pendingErrors |= bit;
    const vector = this.lvt[5] & 0xff;
    // An error vector that is itself illegal must not report itself for ever.
    if (vector >= 16) this.deliverLocal(5);
  }

  // ---- Interrupt command register -------------------------------------------------------------

  private sendCommand(): void {
    const low = this.icrLow;
    const vector = low & 0xff;
    const delivery = (low >>> 8) & 7;
    const fixed = delivery === Delivery.fixed || delivery === Delivery.lowestPriority;
    if (fixed && vector < 16) {
      this.raiseError(ApicError.sendVector);
      return;
    }
    const shorthand = (low >>> 18) & 3;
    if (shorthand === 3) return; // all but self: nobody
    if (shorthand === 0 && !this.addressed(this.icrHigh >>> 24, (low & 0x800) !== 0)) return;
    this.deliver(delivery, vector, false);
  }

  // ---- Registers ------------------------------------------------------------------------------

  private readMmio(offset: number, width: Width): number {
    const value = this.read(offset & 0xff0);
    const shift = 8 * (offset & 3);
    const shifted = (offset & 0xc) !== 0 ? 0 : value >>> shift;
    return width === 4 ? shifted >>> 0 : shifted & (2 ** (8 * width) - 1);
  }

  private read(offset: number): number {
    if (offset >= Apic.isr && offset < Apic.esr) return this.readSet(offset);
    if (offset >= Apic.lvtTimer && offset <= Apic.lvtError)
      return this.lvt[(offset - Apic.lvtTimer) >> 4];
    switch (offset) {
      case Apic.id:
        return (this.apicId << 24) >>> 0;
      case Apic.version:
        return APIC_VERSION;
      case Apic.tpr:
        return this.tpr;
      case Apic.apr:
      case Apic.ppr:
        return this.processorPriority();
      case Apic.eoi:
        return 0;
      case Apic.ldr:
        return this.ldr;
      case Apic.dfr:
        return this.dfr;
      case Apic.svr:
        return this.svr;
      case Apic.esr:
        return this.esr;
      case Apic.icrLow:
        return this.icrLow;
      case Apic.icrHigh:
        return this.icrHigh;
      case Apic.timerInitial:
        return this.timer.initial;
      case Apic.timerCurrent:
        return this.timer.current;
      case Apic.timerDivide:
        return this.timer.divideConfig;
      default:
        this.raiseError(ApicError.register);
        return 0;
    }
  }

  private readSet(offset: number): number {
    const set = [this.isr, this.tmr, this.irr][(offset - Apic.isr) >> 7];
    return set.words[(offset >> 4) & 7];
  }

  private write(offset: number, value: number): void {
    if (offset >= Apic.lvtTimer && offset <= Apic.lvtError) {
      this.writeLvt((offset - Apic.lvtTimer) >> 4, value);
      return;
    }
    switch (offset) {
      case Apic.id:
        this.apicId = (value >>> 24) & 0xf;
        return;
      case Apic.tpr:
        this.tpr = value & 0xff;
        this.onChanged();
        return;
      case Apic.eoi:
        this.endOfInterrupt();
        return;
      case Apic.ldr:
        this.ldr = (value & 0xff00_0000) >>> 0;
        return;
      case Apic.dfr:
        this.dfr = (value | 0x0fff_ffff) >>> 0;
        return;
      case Apic.svr:
        this.writeSpurious(value);
        return;
      case Apic.esr:
        this.esr = this.pendingErrors;
        this.pendingErrors = 0;
        return;
      case Apic.icrLow:
        this.icrLow = value & 0x000c_cfff;
        this.sendCommand();
        return;
      case Apic.icrHigh:
        this.icrHigh = (value & 0xff00_0000) >>> 0;
        return;
      case Apic.timerInitial:
        this.timer.start(value >>> 0);
        return;
      case Apic.timerDivide:
        this.timer.setDivider(value);
        return;
      default:
        this.writeReadOnly(offset);
    }
  }

  /** Registers that only the APIC changes drop writes; an offset without register is an error. */
  private writeReadOnly(offset: number): void {
    const readOnly =
      (offset >= Apic.isr && offset < Apic.esr) ||
      [Apic.version, Apic.apr, Apic.ppr, Apic.timerCurrent].some((known) => known === offset);
    if (!readOnly) this.raiseError(ApicError.register);
  }

  private writeLvt(entry: number, value: number): void {
    // While the APIC is disabled by software the mask bits stay set.
    const forced = this.softwareEnabled ? 0 : LVT_MASKED;
    this.lvt[entry] = (value & LVT_WRITABLE[entry]) | forced;
    this.onChanged();
  }

  private writeSpurious(value: number): void {
    // The low four bits of the spurious vector are hard-wired to ones in this family.
    const was = this.softwareEnabled;
    this.svr = (value & 0x3f0) | 0x0f;
    if (!was && this.softwareEnabled) this.onEnabled();
    if (!this.softwareEnabled) for (let i = 0; i < 6; i++) this.lvt[i] |= LVT_MASKED;
    this.onChanged();
  }

  private resetRegisters(): void {
    for (const set of [this.irr, this.isr, this.tmr]) set.words.fill(0);
    this.lvt.fill(LVT_MASKED);
    this.tpr = this.ldr = this.esr = this.pendingErrors = 0;
    this.icrLow = this.icrHigh = 0;
    this.dfr = 0xffff_ffff;
    this.svr = 0xff;
    this.timer.reset();
  }

  reset(): void {
    this.base = APIC_DEFAULT_BASE | ApicBase.bootstrap | ApicBase.enable;
    this.apicId = 0;
    this.lint1 = false;
    this.resetRegisters();
    this.map();
    this.onChanged();
  }

  save(): DeviceState {
    const { base, apicId, tpr, ldr, dfr, svr, esr, pendingErrors, icrLow, icrHigh } = this;
    return {
      ...{ base, apicId, tpr, ldr, dfr, svr, esr, pendingErrors, icrLow, icrHigh },
      lint1: this.lint1,
      timer: this.timer.save(),
      irr: [...this.irr.words],
      isr: [...this.isr.words],
      tmr: [...this.tmr.words],
      lvt: [...this.lvt],
    };
  }

  restore(state: DeviceState): void {
    const { timer, ...rest } = state;
    const { irr, isr, tmr, lvt, ...scalars } = rest as Record<string, number[]>;
    this.timer.restore(timer as ReturnType<ApicTimer['save']>);
    this.irr.words.set(irr);
    this.isr.words.set(isr);
    this.tmr.words.set(tmr);
    this.lvt.set(lvt);
    Object.assign(this, scalars);
    this.map();
    this.onChanged();
  }
}

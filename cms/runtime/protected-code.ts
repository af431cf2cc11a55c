/**
 * Between guest memory and the protection of translated code (cms/smc): everybody who changes guest
 * memory or its mapping reports here, and what the handling costs is charged. It is also where
 * the interpreter's decoded instructions and the translations meet: both make stores to a page slow.
 *
 * The host TLB of the timing model is emptied with the guest's translation table.
 */
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import type { TranslatedCode } from '../../guest-isa/mmu/ports.js';
import { EXIT } from '../../hw/core/exits.js';
import type { HostCore } from '../../hw/core/host-core.js';
import { CPI } from '../../hw/timing/cpi.js';
import type { CodeProtection } from '../smc/protection.js';
import type { Tcache } from '../tcache/tcache.js';
import type { TcacheEntry } from '../tcache/tcache-entry.js';
import type { StoreGuard } from './parts.js';

const MAY_STORE = -1;

export interface ProtectedCodeParts {
  readonly cpu: Cpu;
  readonly core: HostCore;
  readonly tcache: Tcache;
  readonly protection: CodeProtection<TcacheEntry>;
  /** Cycles of handling a store to protected code, beside looking for what it concerns. */
  readonly faultCycles: number;
  /** Source bytes compared in a cycle when a translation is woken. */
  readonly comparedBytesPerCycle: number;
}

export class ProtectedCode implements TranslatedCode, StoreGuard {
  /** Memory has changed under translated code that may go on with values from before. */
  onMemoryChanged: () => void = () => {};

  constructor(private readonly parts: ProtectedCodeParts) {
    parts.cpu.translatedCode = this;
  }

  // --- stores of translated code

  mayStore(physical: number, sizeBytes: number): number {
    return this.parts.protection.storeHits(physical, sizeBytes) ? EXIT.tBit : MAY_STORE;
  }

  /** Such a store hit a T-bit and was rolled back. */
  storeFault(physical: number, sizeBytes: number): void {
    this.parts.core.charge(CPI.smc, this.parts.faultCycles);
    this.parts.protection.write(physical, sizeBytes, 'translation');
  }

  // --- the interpreter, bus masters, the board

  holds(frame: number): boolean {
    return this.parts.protection.holds(frame);
  }

  written(physical: number, sizeBytes: number): void {
    const disturbed = this.parts.protection.write(physical, sizeBytes, 'interpreter');
    if (disturbed > 0) this.parts.core.charge(CPI.smc, this.parts.faultCycles);
  }

  writtenByBus(physical: number, sizeBytes: number): void {
    const disturbed = this.parts.protection.write(physical, sizeBytes, 'dma');
    if (disturbed > 0) this.parts.core.charge(CPI.smc, this.parts.faultCycles);
    this.onMemoryChanged();
  }

  mapChanged(): void {
    this.parts.tcache.flush();
    this.onMemoryChanged();
  }

  mappingChanged(linearPage: number): void {
    if (linearPage === -1) this.parts.core.flushTlb();
    else this.parts.core.flushTlb(linearPage);
  }

  // --- translations

  protect(translation: TcacheEntry): void {
    this.parts.protection.protect(translation);
  }

  /** A translation of this address that sleeps, and whose bytes are still those it was made from. */
  wakeAt(eip: number, contextId: number, physical: number): TcacheEntry | undefined {
    return this.comparing(() => this.parts.protection.wakeAt(eip, contextId, physical));
  }

  selfCheckFailed(translation: TcacheEntry): void {
    this.parts.core.charge(CPI.smc, this.parts.faultCycles);
    this.comparing(() => this.parts.protection.selfCheckFailed(translation));
  }

  private comparing<T>(work: () => T): T {
    const { core, protection, comparedBytesPerCycle } = this.parts;
    const before = protection.counts.comparedBytes;
    const result = work();
    const compared = protection.counts.comparedBytes - before;
    if (compared > 0) core.charge(CPI.smc, Math.ceil(compared / comparedBytesPerCycle));
    return result;
  }
}

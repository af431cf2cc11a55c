/**
 * Guest memory behind the host core's fast path (hw/core/host-core.ts GuestMemoryPort): the guest's
 * translation table, page walks, pages that are no RAM, and stores to pages that hold code.
 *
 * Translated code runs ahead of what the guest has completed, so nothing here may outlive a
 * rollback: walks log what they overwrite, and entries made since the last commit are taken out
 * again. What cannot be taken back (faults, tables outside RAM) is a host exit; the interpreter
 * does it after the rollback.
 */
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import { PageKind, type WalkLog } from '../../guest-isa/mmu/ports.js';
import {
  FAST_WRITES,
  MAY_READ_USER,
  MAY_WRITE_SUPERVISOR,
  MAY_WRITE_USER,
  PAGE_MASK,
  VALID,
} from '../../guest-isa/mmu/tlb-entry.js';
import { EXIT } from '../../hw/core/exits.js';
import type { GuestMemoryPort } from '../../hw/core/host-core.js';
import type { StoreGuard } from './parts.js';

const IS_IO = -1 - EXIT.io;
const IS_FAULT = -1 - EXIT.guestFault;
const NEEDS_WALK = -1 - EXIT.speculation;

export class MemoryPort implements GuestMemoryPort {
  /** Entries made since the last commit: page and what it held before, in pairs. */
  private changes = new Int32Array(64);
  private count = 0;
  /** Page walks made for translated code, tentative ones that failed included. */
  walks = 0;

  constructor(
    private readonly cpu: Cpu,
    private readonly guard: StoreGuard,
    private readonly log: WalkLog,
  ) {}

  translate(linear: number, write: boolean, user: boolean, walk: boolean): number {
    const { cpu } = this;
    const need = write
      ? user
        ? MAY_WRITE_USER
        : MAY_WRITE_SUPERVISOR
      : user
        ? MAY_READ_USER
        : VALID;
    let entry = cpu.tlb[linear >>> 12];
    if ((entry & need) === 0) {
      if (!walk) return NEEDS_WALK;
      entry = this.walk(linear, write, user);
      if (entry === 0) return IS_FAULT;
    }
    const kind = cpu.memory.pageKinds[entry >>> 12];
    if (kind === PageKind.slow || (write && kind !== PageKind.ram)) return IS_IO;
    if (write && (entry & FAST_WRITES) === 0) cpu.refreshFastBits(linear >>> 12);
    return (entry & PAGE_MASK) | (linear & 0xfff);
  }

  translateFetch(linear: number, user: boolean): number {
    const { cpu } = this;
    const entry = cpu.tlb[linear >>> 12];
    if ((entry & (user ? MAY_READ_USER : VALID)) === 0) return -1;
    if (cpu.memory.pageKinds[entry >>> 12] === PageKind.slow) return -1;
    return (entry & PAGE_MASK) | (linear & 0xfff);
  }

  /** Decoded instructions go with the bytes they were made from; they come back when they are needed. */
  mayStore(physical: number, sizeBytes: number): number {
    const refusal = this.guard.mayStore(physical, sizeBytes);
    if (this.cpu.code.written(physical, sizeBytes)) this.cpu.forgetFetch();
    return refusal;
  }

  rolledBack(): void {
    while (this.count > 0) {
      this.count -= 2;
      this.cpu.takeBackEntry(this.changes[this.count], this.changes[this.count + 1]);
    }
  }

  committed(): void {
    this.count = 0;
  }

  private walk(linear: number, write: boolean, user: boolean): number {
    const page = linear >>> 12;
    const old = this.cpu.tlb[page];
    this.walks++;
    const entry = this.cpu.walkTentatively(linear, write, user, this.log);
    if (entry !== 0) this.note(page, old);
    return entry;
  }

  private note(page: number, old: number): void {
    if (this.count === this.changes.length) {
      const wider = new Int32Array(this.changes.length * 2);
      wider.set(this.changes);
      this.changes = wider;
    }
    this.changes[this.count++] = page;
    this.changes[this.count++] = old;
  }
}

/**
 * What a loader makes of files: bytes to put into guest memory, ROMs to give to the board, and
 * the processor state of the first instruction. Loaders are pure: they touch no machine.
 */
import { GuestLoadError } from '../../base/errors.js';
import type { BootState } from '../../guest-isa/state/boot-state.js';

/** A range of the physical memory map as the board reports it (BIOS function E820). */
export interface MemoryRange {
  readonly base: number;
  readonly sizeBytes: number;
  readonly kind: 'usable' | 'reserved' | 'acpi' | 'nvs';
}

/** Type numbers of the E820 interface, which the Linux and multiboot tables share. */
export const e820Type = { usable: 1, reserved: 2, acpi: 3, nvs: 4 } as const;

export interface MemoryWrite {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** What lies there, for messages and the memory map of `--json`. */
  readonly what: string;
}

export interface GuestImage {
  /** One line: what was loaded. */
  readonly summary: string;
  readonly writes: readonly MemoryWrite[];
  /** ROM images for the board at fixed addresses below 1 MB. */
  readonly roms: readonly MemoryWrite[];
  /** The system ROM: its end lies at 4 GB and its last 128 KB also below 1 MB. */
  readonly bios: Uint8Array | null;
  readonly boot: BootState;
}

const oneMB = 0x10_0000;

interface Range {
  readonly start: number;
  readonly end: number;
  readonly what: string;
}

/** Places things in guest RAM: only in usable memory, never one over another. */
export class Placement {
  private readonly taken: Range[] = [];

  constructor(
    private readonly memory: readonly MemoryRange[],
    private readonly file: string,
  ) {}

  /** Takes a fixed range, or refuses with the reason. */
  claim(start: number, sizeBytes: number, what: string): void {
    const end = start + sizeBytes;
    if (!this.usable().some((range) => range.start <= start && end <= range.end)) {
      throw new GuestLoadError(
        `${this.file}: ${what} needs memory at ${hex(start)}-${hex(end - 1)}, where the machine has no RAM; ${this.remedy(end)}`,
      );
    }
    const other = this.taken.find((range) => range.start < end && start < range.end);
    if (other) {
      throw new GuestLoadError(
        `${this.file}: ${what} (${hex(start)}-${hex(end - 1)}) would overwrite ${other.what}`,
      );
    }
    this.taken.push({ start, end, what });
  }

  /** The lowest page-aligned place at or above `min`. */
  lowest(sizeBytes: number, min: number, what: string, file = this.file): number {
    for (const gap of this.gaps()) {
      const start = Math.ceil(Math.max(gap.start, min) / 4096) * 4096;
      if (start + sizeBytes <= gap.end) return this.take(start, sizeBytes, what);
    }
    return this.full(sizeBytes, what, file);
  }

  /** The highest page-aligned place above 1 MB that ends at or below `max`. */
  highest(sizeBytes: number, max: number, what: string, file = this.file): number {
    for (const gap of this.gaps().reverse()) {
      const start = Math.floor((Math.min(gap.end, max) - sizeBytes) / 4096) * 4096;
      if (start >= Math.max(gap.start, oneMB)) return this.take(start, sizeBytes, what);
    }
    return this.full(sizeBytes, what, file);
  }

  private take(start: number, sizeBytes: number, what: string): number {
    this.taken.push({ start, end: start + sizeBytes, what });
    return start;
  }

  private full(sizeBytes: number, what: string, file: string): never {
    throw new GuestLoadError(
      `${file}: ${what} of ${sizeText(sizeBytes)} does not fit into the guest's memory; raise machine.memoryMB (--memory)`,
    );
  }

  private usable(): Range[] {
    return this.memory
      .filter((range) => range.kind === 'usable')
      .map((range) => ({ start: range.base, end: range.base + range.sizeBytes, what: '' }))
      .sort((a, b) => a.start - b.start);
  }

  private gaps(): Range[] {
    const gaps: Range[] = [];
    for (const range of this.usable()) {
      let start = range.start;
      for (const used of [...this.taken].sort((a, b) => a.start - b.start)) {
        if (used.end <= start || used.start >= range.end) continue;
        if (used.start > start) gaps.push({ start, end: used.start, what: '' });
        start = used.end;
      }
      if (start < range.end) gaps.push({ start, end: range.end, what: '' });
    }
    return gaps;
  }

  private remedy(end: number): string {
    const top = Math.max(...this.usable().map((range) => range.end));
    if (end <= top) return 'that range belongs to devices and ROM';
    return `raise machine.memoryMB (--memory) to ${Math.ceil(end / (1 << 20)) + 1} or more`;
  }
}

export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

export function sizeText(bytes: number): string {
  if (bytes >= 1 << 20) return `${(bytes / (1 << 20)).toFixed(1)} MB`;
  return bytes >= 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${bytes} bytes`;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A zero-terminated Latin-1 text. */
export function zeroTerminated(text: string): Uint8Array {
  return Uint8Array.from([...Buffer.from(text, 'latin1'), 0]);
}

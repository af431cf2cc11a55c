/**
 * What the guest processor needs from the board: physical memory, I/O ports and the interrupt
 * controller. Declared here by their user; the board implements them and the machine joins both.
 */

/** How a 4 KB page of the physical address space may be reached. */
export const PageKind = {
  /** Nothing, memory-mapped I/O or ROM: every access goes through `read`/`write`. */
  slow: 0,
  /** RAM at the same offset of `ram`: read and written directly. */
  ram: 1,
  /** RAM that is read directly; writes go through `write` (write-protected shadow). */
  ramReadOnly: 2,
} as const;
export type PageKind = (typeof PageKind)[keyof typeof PageKind];

export interface PhysicalMemory {
  /** Guest RAM, physical address 0 at index 0; at most 2 GB. Never replaced during a machine's life. */
  readonly ram: Uint8Array;
  /** PageKind of every page frame (index: physical address >>> 12). */
  readonly pageKinds: Uint8Array;
  /** Unsigned value; any address, kind and alignment inside one page. Open bus reads as ones. */
  read(address: number, width: 1 | 2 | 4): number;
  write(address: number, value: number, width: 1 | 2 | 4): void;
  /** The processor sets it: called after pageKinds changed (shadowing, BARs), so that it drops what it cached. */
  onMapChanged: () => void;
  /** The processor sets it: called before a bus master (DMA) or a loader changes RAM behind its back. */
  onRamWritten: (address: number, sizeBytes: number) => void;
}

export interface PortSpace {
  in(port: number, width: 1 | 2 | 4): number;
  out(port: number, value: number, width: 1 | 2 | 4): void;
}

export interface InterruptSource {
  /** Level of the INTR pin. */
  readonly intr: boolean;
  /** Interrupt acknowledge cycle: gives the vector and updates the controller. */
  acknowledge(): number;
  /** The APIC base MSR was written: the local APIC moves, or is switched on or off. */
  apicBaseWritten?(value: number): void;
}

/** Translated code made from guest memory: whoever keeps it must learn of everything that outdates it. */
export interface TranslatedCode {
  /** True if writes to this page frame of RAM have to be reported. */
  holds(frame: number): boolean;
  /** Called before the processor writes to such a page. */
  written(physical: number, sizeBytes: number): void;
  /** Called before a bus master or a loader changes RAM, any pages. */
  writtenByBus(physical: number, sizeBytes: number): void;
  /** What lies where in the physical address space has changed. */
  mapChanged(): void;
  /** The translation table changed: this linear page is mapped otherwise than before, or with fewer rights; -1: all may be. */
  mappingChanged(linearPage: number): void;
}

export const NO_TRANSLATED_CODE: TranslatedCode = {
  holds: () => false,
  written: () => {},
  writtenByBus: () => {},
  mapChanged: () => {},
  mappingChanged: () => {},
};

/** Sees the accesses of instructions to memory (not their fetch), once for each page touched. */
export interface AccessWatch {
  accessed(linear: number, physical: number, write: boolean): void;
}

/** Keeps what page walks overwrite in RAM, for as long as they may have to be taken back. */
export interface WalkLog {
  /** Four bytes of RAM are about to change. */
  logWord(physical: number): void;
}

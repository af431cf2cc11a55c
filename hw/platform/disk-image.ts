/**
 * The medium of a drive: numbered sectors behind a copy-on-write overlay. Unless the image is
 * constructed writable, what the guest writes stays in the overlay, which is part of a snapshot
 * (sparse: only the pieces that were written).
 * The host's file is behind the small synchronous port `BlockSource`; a size that is no multiple
 * of the sector is padded with zeros, as a drive has whole sectors only.
 */
import { GuestLoadError, SimulatorBug } from '../../base/errors.js';

/** Bytes of an image on the host; offsets inside `sizeBytes`. */
export interface BlockSource {
  readonly sizeBytes: number;
  readAt(offset: number, into: Uint8Array): void;
  writeAt?(offset: number, from: Uint8Array): void;
}

export interface DiskImage {
  readonly sectors: number;
  readonly sectorBytes: 512 | 2048;
  readonly readOnly: boolean;
  read(lba: number, count: number, into: Uint8Array): void;
  write(lba: number, count: number, from: Uint8Array): void;
  save(): DiskImageState;
  restore(state: DiskImageState): void;
}

/** Overlay pieces: index of each piece and all their bytes one after another. */
export interface DiskImageState {
  readonly sizeBytes: number;
  readonly pieces: readonly number[];
  readonly bytes: Uint8Array;
}

/** The overlay's grain. */
const PIECE_BYTES = 4096;

export type WritePolicy = 'overlay' | 'writable' | 'readOnly';

export class OverlayDisk implements DiskImage {
  readonly sectors: number;
  private readonly overlay = new Map<number, Uint8Array>();

  constructor(
    private readonly source: BlockSource,
    readonly sectorBytes: 512 | 2048 = 512,
    private readonly policy: WritePolicy = 'overlay',
  ) {
    this.sectors = Math.ceil(source.sizeBytes / sectorBytes);
    if (policy === 'writable' && !source.writeAt) {
      throw new SimulatorBug('a writable disk image needs a source that can be written');
    }
  }

  get readOnly(): boolean {
    return this.policy === 'readOnly';
  }

  read(lba: number, count: number, into: Uint8Array): void {
    this.check(lba, count);
    let offset = lba * this.sectorBytes;
    const end = offset + count * this.sectorBytes;
    let at = 0;
    while (offset < end) {
      const piece = Math.floor(offset / PIECE_BYTES);
      const size = Math.min(end, (piece + 1) * PIECE_BYTES) - offset;
      const target = into.subarray(at, at + size);
      const written = this.overlay.get(piece);
      if (written)
        target.set(written.subarray(offset % PIECE_BYTES, (offset % PIECE_BYTES) + size));
      else this.readSource(offset, target);
      offset += size;
      at += size;
    }
  }

  write(lba: number, count: number, from: Uint8Array): void {
    this.check(lba, count);
    if (this.readOnly) throw new SimulatorBug('a write reached a read-only medium');
    let offset = lba * this.sectorBytes;
    const end = offset + count * this.sectorBytes;
    if (this.policy === 'writable') {
      this.writeSource(offset, from.subarray(0, end - offset));
      return;
    }
    let at = 0;
    while (offset < end) {
      const piece = Math.floor(offset / PIECE_BYTES);
      const size = Math.min(end, (piece + 1) * PIECE_BYTES) - offset;
      this.pieceForWrite(piece).set(from.subarray(at, at + size), offset % PIECE_BYTES);
      offset += size;
      at += size;
    }
  }

  private pieceForWrite(index: number): Uint8Array {
    let piece = this.overlay.get(index);
    if (!piece) {
      piece = new Uint8Array(PIECE_BYTES);
      this.readSource(index * PIECE_BYTES, piece);
      this.overlay.set(index, piece);
    }
    return piece;
  }

  private readSource(offset: number, into: Uint8Array): void {
    const inside = Math.max(0, Math.min(into.length, this.source.sizeBytes - offset));
    if (inside > 0) this.source.readAt(offset, into.subarray(0, inside));
    into.fill(0, inside);
  }

  private writeSource(offset: number, from: Uint8Array): void {
    const inside = Math.max(0, Math.min(from.length, this.source.sizeBytes - offset));
    if (inside > 0) this.source.writeAt?.(offset, from.subarray(0, inside));
  }

  private check(lba: number, count: number): void {
    if (lba < 0 || lba + count > this.sectors) {
      throw new SimulatorBug(`sectors ${lba}..${lba + count} of a medium with ${this.sectors}`);
    }
  }

  save(): DiskImageState {
    const pieces = [...this.overlay.keys()].sort((a, b) => a - b);
    const bytes = new Uint8Array(pieces.length * PIECE_BYTES);
    pieces.forEach((piece, i) => {
      bytes.set(this.overlay.get(piece) as Uint8Array, i * PIECE_BYTES);
    });
    return { sizeBytes: this.source.sizeBytes, pieces, bytes };
  }

  restore(state: DiskImageState): void {
    if (state.sizeBytes !== this.source.sizeBytes) {
      throw new GuestLoadError(
        `the saved disk has ${state.sizeBytes} bytes, this one ${this.source.sizeBytes}`,
      );
    }
    this.overlay.clear();
    state.pieces.forEach((piece, i) => {
      this.overlay.set(piece, state.bytes.slice(i * PIECE_BYTES, (i + 1) * PIECE_BYTES));
    });
  }
}

/** An image that lies in memory (tests, embedded images). */
export function memorySource(bytes: Uint8Array): BlockSource {
  return {
    sizeBytes: bytes.length,
    readAt: (offset, into) => into.set(bytes.subarray(offset, offset + into.length)),
    writeAt: (offset, from) => bytes.set(from, offset),
  };
}

/** Synthetic kernels, byte by byte from the formats' specifications. */
import type { GuestFile } from '../../../sim/loaders/guest-file.js';
import type { MemoryRange } from '../../../sim/loaders/guest-image.js';

export function memoryOf(megabytes: number): MemoryRange[] {
  return [
    { base: 0, sizeBytes: 0x9fc00, kind: 'usable' },
    { base: 0x9fc00, sizeBytes: 0x400, kind: 'reserved' },
    { base: 0xf0000, sizeBytes: 0x10000, kind: 'reserved' },
    { base: 0x100000, sizeBytes: (megabytes - 1) * 0x100000 - 0x10000, kind: 'usable' },
    { base: megabytes * 0x100000 - 0x10000, sizeBytes: 0x10000, kind: 'acpi' },
  ];
}

export function file(name: string, bytes: Uint8Array): GuestFile {
  return { name, bytes };
}

export interface LinuxFields {
  setupSects?: number;
  version?: number;
  loadFlags?: number;
  codeBytes?: number;
  syssize?: number;
  initrdMax?: number;
  cmdlineSize?: number;
  preferred?: number;
  initSize?: number;
  relocatable?: number;
}

export function bzImage(fields: LinuxFields = {}): Uint8Array {
  const setupSects = fields.setupSects ?? 2;
  const setupBytes = ((setupSects || 4) + 1) * 512;
  const codeBytes = fields.codeBytes ?? 4096;
  const bytes = new Uint8Array(setupBytes + codeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0x1f1, setupSects);
  view.setUint32(0x1f4, fields.syssize ?? Math.ceil(codeBytes / 16), true);
  view.setUint16(0x1fe, 0xaa55, true);
  view.setUint16(0x200, 0x66eb, true);
  bytes.set(Buffer.from('HdrS'), 0x202);
  view.setUint16(0x206, fields.version ?? 0x20f, true);
  view.setUint16(0x20e, 0x280, true);
  view.setUint8(0x211, fields.loadFlags ?? 1);
  view.setUint32(0x22c, fields.initrdMax ?? 0x7fffffff, true);
  view.setUint32(0x230, 0x200000, true);
  view.setUint8(0x234, fields.relocatable ?? 1);
  view.setUint32(0x238, fields.cmdlineSize ?? 2047, true);
  view.setBigUint64(0x258, BigInt(fields.preferred ?? 0x1000000), true);
  view.setUint32(0x260, fields.initSize ?? 0x200000, true);
  bytes.set(Buffer.from('6.1.0-test (builder) #1\0'), 0x480);
  bytes.fill(0x90, setupBytes);
  return bytes;
}

/** Multiboot header words: magic, flags, checksum, then the address fields. */
export function multibootHeader(flags: number, more: readonly number[] = []): Uint8Array {
  const words = [0x1badb002, flags, -(0x1badb002 + flags), ...more];
  return new Uint8Array(Uint32Array.from(words.map((w) => w >>> 0)).buffer);
}

export interface Segment {
  virtual: number;
  physical: number;
  content: Uint8Array;
  memoryBytes?: number;
}

/** ELF32 executable for i386; the segments' contents follow the headers in order. */
export function elf(entry: number, segments: readonly Segment[]): Uint8Array {
  const headerBytes = 52 + 32 * segments.length;
  const bytes = new Uint8Array(
    headerBytes + segments.reduce((sum, s) => sum + s.content.length, 0),
  );
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  for (const [at, value] of [
    [16, 2],
    [18, 3],
    [40, 52],
    [42, 32],
    [44, segments.length],
  ] as const)
    view.setUint16(at, value, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, 52, true);
  let offset = headerBytes;
  segments.forEach((segment, i) => {
    const words = [
      1,
      offset,
      segment.virtual,
      segment.physical,
      segment.content.length,
      segment.memoryBytes ?? segment.content.length,
      7,
      4,
    ];
    for (const [n, word] of words.entries()) view.setUint32(52 + i * 32 + n * 4, word, true);
    bytes.set(segment.content, offset);
    offset += segment.content.length;
  });
  return bytes;
}

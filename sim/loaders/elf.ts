/**
 * ELF32 executables for i386 (System V ABI, Intel386 supplement): the loadable segments at their
 * physical addresses and the entry. Section headers are not read.
 */
import { GuestLoadError } from '../../base/errors.js';
import type { GuestFile } from './guest-file.js';
import { type MemoryWrite, sizeText, viewOf } from './guest-image.js';

const elfHeaderBytes = 52;
const programHeaderBytes = 32;
const loadable = 1;
/** More than any guest memory: a damaged size must not make us allocate it. */
const largestSegmentBytes = 0x8000_0000;

export interface ElfImage {
  readonly segments: readonly MemoryWrite[];
  /** Physical address of the first instruction. */
  readonly entry: number;
}

export function elfSegments(file: GuestFile): ElfImage {
  const { name, bytes } = file;
  const refuse = (what: string): never => {
    throw new GuestLoadError(`${name}: ${what}`);
  };
  if (
    bytes.length < elfHeaderBytes ||
    Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== '\x7fELF'
  ) {
    refuse('is neither an ELF file nor has address fields in its multiboot header');
  }
  const view = viewOf(bytes);
  if (bytes[4] !== 1 || bytes[5] !== 1)
    refuse('is not a 32-bit little-endian ELF file; build it with -m32');
  if (view.getUint16(18, true) !== 3) refuse('is not for i386; build it with -m32');
  if (view.getUint16(16, true) !== 2)
    refuse('is not an executable ELF file (an object file or a library); link it');
  const tableAt = view.getUint32(28, true);
  const entryBytes = view.getUint16(42, true);
  const count = view.getUint16(44, true);
  if (entryBytes < programHeaderBytes || tableAt + count * entryBytes > bytes.length) {
    refuse(`is truncated: its program headers lie beyond its ${bytes.length} bytes; copy it again`);
  }
  const segments: MemoryWrite[] = [];
  const virtualEntry = view.getUint32(24, true);
  let entry = virtualEntry;
  for (let i = 0; i < count; i++) {
    const at = tableAt + i * entryBytes;
    const word = (index: number): number => view.getUint32(at + index * 4, true);
    if (word(0) !== loadable || word(5) === 0) continue;
    const [offset, virtual, physical, fileBytes, memoryBytes] = [
      word(1),
      word(2),
      word(3),
      word(4),
      word(5),
    ];
    if (offset + fileBytes > bytes.length) {
      refuse(
        `is truncated: segment ${i} ends at byte ${offset + fileBytes}, the file at ${bytes.length}; copy it again`,
      );
    }
    if (fileBytes > memoryBytes || memoryBytes > largestSegmentBytes)
      refuse(
        `segment ${i} has sizes that cannot be (${sizeText(memoryBytes)}); the file is damaged`,
      );
    if (fileBytes > 0)
      segments.push({
        address: physical,
        bytes: bytes.subarray(offset, offset + fileBytes),
        what: `segment ${i}`,
      });
    if (memoryBytes > fileBytes) {
      segments.push({
        address: physical + fileBytes,
        bytes: new Uint8Array(memoryBytes - fileBytes),
        what: `zeroes of segment ${i}`,
      });
    }
    if (virtualEntry >= virtual && virtualEntry < virtual + memoryBytes)
      entry = virtualEntry - virtual + physical;
  }
  if (segments.length === 0) refuse('has nothing to load; link it with loadable segments');
  return { segments, entry };
}

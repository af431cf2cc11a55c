/**
 * A machine's saved state as bytes: msgpack for the tree, with typed arrays kept as what they
 * are, and large byte arrays (guest RAM) taken out as blobs whose all-zero pages are left out
 * and whose rest is deflated in chunks. A plain number -0 comes back as 0.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decode, ExtensionCodec, encode } from '@msgpack/msgpack';

const blobLimit = 0x1_0000;
const pageBytes = 4096;
const chunkPages = 1024;

export interface PackedState {
  readonly tree: Uint8Array;
  readonly blobs: readonly PackedBlob[];
}

export interface PackedBlob {
  readonly sizeBytes: number;
  /** Page numbers that are present, as runs: first, count, first, count ... */
  readonly runs: readonly number[];
  /** Deflated pages, chunkPages of them in each chunk (the last may hold fewer). */
  readonly chunks: readonly Uint8Array[];
}

type ViewConstructor = { new (buffer: ArrayBuffer): ArrayBufferView };
/** Extension type 1 + index. The order is part of the format. */
const viewTypes: readonly ViewConstructor[] = [
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
];
const blobType = 100;

function codec(
  blobs: { take(bytes: Uint8Array): number } | { get(index: number): Uint8Array },
): ExtensionCodec {
  const extensions = new ExtensionCodec();
  for (const [i, View] of viewTypes.entries()) {
    extensions.register({
      type: 1 + i,
      encode: (value) =>
        value instanceof View
          ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
          : null,
      decode: (bytes) => new View(Uint8Array.from(bytes).buffer),
    });
  }
  extensions.register({
    type: blobType,
    encode: (value) =>
      'take' in blobs && value instanceof Uint8Array && value.length >= blobLimit
        ? encode(blobs.take(value))
        : null,
    decode: (bytes) => ('get' in blobs ? blobs.get(decode(bytes) as number) : null),
  });
  return extensions;
}

export function packState(state: unknown): PackedState {
  const blobs: PackedBlob[] = [];
  const take = (bytes: Uint8Array): number => blobs.push(packBlob(bytes)) - 1;
  const tree = encode(state, { extensionCodec: codec({ take }), useBigInt64: true });
  return { tree: deflateRawSync(tree, { level: 6 }), blobs };
}

export function unpackState(packed: PackedState): unknown {
  const get = (index: number): Uint8Array => unpackBlob(packed.blobs[index] as PackedBlob);
  // A plain array: of a Buffer, the decoder would give Buffers.
  return decode(Uint8Array.from(inflateRawSync(packed.tree)), {
    extensionCodec: codec({ get }),
    useBigInt64: true,
  });
}

function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

function packBlob(bytes: Uint8Array): PackedBlob {
  const runs: number[] = [];
  const chunks: Uint8Array[] = [];
  const chunk = new Uint8Array(chunkPages * pageBytes);
  let filled = 0;
  const flush = (): void => {
    if (filled > 0) chunks.push(deflateRawSync(chunk.subarray(0, filled), { level: 1 }));
    filled = 0;
  };
  for (let page = 0; page * pageBytes < bytes.length; page++) {
    const content = bytes.subarray(page * pageBytes, (page + 1) * pageBytes);
    if (isZero(content)) continue;
    if (runs.length > 0 && (runs.at(-2) as number) + (runs.at(-1) as number) === page)
      runs[runs.length - 1] = (runs.at(-1) as number) + 1;
    else runs.push(page, 1);
    chunk.fill(0, filled, filled + pageBytes);
    chunk.set(content, filled);
    filled += pageBytes;
    if (filled === chunk.length) flush();
  }
  flush();
  return { sizeBytes: bytes.length, runs, chunks };
}

function unpackBlob(blob: PackedBlob): Uint8Array {
  const bytes = new Uint8Array(blob.sizeBytes);
  let chunkIndex = 0;
  let chunk: Uint8Array = new Uint8Array(0);
  let used = 0;
  for (let i = 0; i < blob.runs.length; i += 2) {
    for (let n = 0; n < (blob.runs[i + 1] as number); n++) {
      if (used === chunk.length) {
        const packed = blob.chunks[chunkIndex++];
        if (!packed) throw new RangeError('pages are missing');
        chunk = inflateRawSync(packed, { maxOutputLength: chunkPages * pageBytes });
        if (chunk.length === 0) throw new RangeError('a chunk is empty');
        used = 0;
      }
      const at = ((blob.runs[i] as number) + n) * pageBytes;
      if (at >= bytes.length) throw new RangeError('a page lies beyond the end');
      bytes.set(chunk.subarray(used, used + Math.min(pageBytes, bytes.length - at)), at);
      used += pageBytes;
    }
  }
  return bytes;
}

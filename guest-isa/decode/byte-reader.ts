/** Gives an instruction's bytes in order; the reader raises what the fetch of a byte raises. */
export interface ByteReader {
  next(): number;
  /** Bytes given so far. */
  count: number;
}

export const signed8 = (byte: number): number => (byte << 24) >> 24;
export function read16(reader: ByteReader): number {
  const low = reader.next();
  return low | (reader.next() << 8);
}
export function read32(reader: ByteReader): number {
  const low = read16(reader);
  return low | (read16(reader) << 16);
}

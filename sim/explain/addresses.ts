/** A guest address as text. */
export const hexAddress = (address: number): string =>
  `0x${(address >>> 0).toString(16).padStart(8, '0')}`;

/** What happened to translations because their code was, or might have been, written: by mechanism. */
export const SMC_COUNTERS = {
  pageFaults: 'Stores of translations that hit a T-bit, the bits covering pages.',
  fineFaults: 'Stores of translations that hit a T-bit, the bits covering parts of pages.',
  trueSharing: 'Faults whose store changes bytes of translated code.',
  falseSharing: 'Faults whose store only lies beside translated code.',
  interpreterWrites: 'Stores of the interpreter to bytes of translated code.',
  dmaWrites: 'Writes of bus masters to bytes of translated code.',
  invalidations:
    'Translations thrown away, or put into their group, because their bytes were written.',
  dmaInvalidations: 'Of them and of the suspended ones: because of a bus master.',
  suspensions: 'Translations put to sleep until their bytes are compared.',
  revalidated: 'Sleeping translations whose bytes were still the same.',
  revalidationsFailed: 'Sleeping translations whose bytes had changed.',
  groupRevivals: 'Translations of a group whose bytes came back.',
  groupDrops: 'Translations that left a full group.',
  stylizedRetranslations: 'Translations thrown away to load immediates from the code bytes.',
  selfCheckRetranslations: 'Translations thrown away to compare their source bytes.',
  interpretOnly: 'Translations thrown away to leave their address to the interpreter.',
  selfCheckTranslations: 'Translations made that compare their source bytes.',
  stylizedTranslations: 'Translations made that load immediates from the code bytes.',
  selfCheckFailures: 'Such comparisons that found other bytes.',
  comparedBytes: 'Source bytes compared by the software when waking translations.',
} as const;
export type SmcCounts = Record<keyof typeof SMC_COUNTERS, number>;

export function zeroCounts(): SmcCounts {
  return Object.fromEntries(Object.keys(SMC_COUNTERS).map((name) => [name, 0])) as SmcCounts;
}

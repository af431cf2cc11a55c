/**
 * Who the processor says it is: what `cpuid` announces, and with it which optional instructions
 * exist. Comes from the configuration; what is not announced raises #UD.
 */

/** Optional features, by their CPUID names (leaf 1, EDX bit in FEATURE_BITS). */
export type Feature =
  | 'fpu'
  | 'vme'
  | 'de'
  | 'pse'
  | 'tsc'
  | 'msr'
  | 'mce'
  | 'cx8'
  | 'apic'
  | 'sep'
  | 'mtrr'
  | 'pge'
  | 'cmov'
  | 'mmx'
  | 'fxsr';

/** Bit of each feature in CPUID.1:EDX (SDM vol. 2, CPUID). */
export const FEATURE_BITS: Readonly<Record<Feature, number>> = {
  fpu: 0,
  vme: 1,
  de: 2,
  pse: 3,
  tsc: 4,
  msr: 5,
  mce: 7,
  cx8: 8,
  apic: 9,
  sep: 11,
  mtrr: 12,
  pge: 13,
  cmov: 15,
  mmx: 23,
  fxsr: 24,
};

export interface CpuIdentity {
  /** Twelve characters: GenuineTMx86, GenuineIntel, ... */
  readonly vendor: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  /** Up to 48 characters, leaves 0x80000002-4 and 0x80860003-6. */
  readonly brand: string;
  /** Announced features. */
  readonly features: ReadonlySet<Feature>;
  /** Nominal clock in MHz (leaf 0x80860001). */
  readonly clockMHz: number;
  /** Hardware revision and CMS revision as four bytes each, e.g. 4.4.3.1 (leaves 0x80860001 and 0x80860002). */
  readonly hardwareRevision: number;
  readonly cmsRevision: number;
  readonly cmsRevision2: number;
  /** Build text of leaves 0x80860003-6, up to 64 characters. */
  readonly cmsText: string;
}

/** Family, model and stepping as leaf 1 gives them, and EDX after reset. */
export function signature(id: CpuIdentity): number {
  const family = Math.min(id.family, 15);
  return (
    ((id.family - family) << 20) |
    ((id.model >> 4) << 16) |
    (family << 8) |
    ((id.model & 15) << 4) |
    id.stepping
  );
}

/** The announced features at their places in EDX of leaf 1. */
export function featureBits(id: CpuIdentity): number {
  let bits = 0;
  for (const feature of id.features) bits |= 1 << FEATURE_BITS[feature];
  return bits;
}

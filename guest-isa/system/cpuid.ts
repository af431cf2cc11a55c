/**
 * CPUID: vendor, signature and features, brand text, and Transmeta's own leaves.
 * Source: SDM vol. 2, CPUID; AMD's convention for leaves 0x8000000x; for 0x8086000x the way
 * Linux's arch/x86/kernel/cpu/transmeta.c takes them apart.
 * Left out: cache descriptors (leaf 2, 0x80000005 and 6), since caches belong to the host
 * configuration, which a guest must not be able to tell.
 */
import type { Cpu } from '../interp/cpu.js';
import { type CpuIdentity, FEATURE_BITS, featureBits, signature } from '../state/identity.js';
import { EAX, EBX, ECX, EDX, MSR_APIC_BASE, MSR_FEATURE_MASK } from '../state/layout.js';
import { APIC_ENABLE, TRANSMETA_VENDOR } from './msr.js';

type Leaf = readonly [eax: number, ebx: number, ecx: number, edx: number];

const NOTHING: Leaf = [0, 0, 0, 0];
/** Features that AMD's extended leaf repeats at the same places. */
const REPEATED_FEATURES = 0x0183f3ff;
const APIC_BIT = 1 << FEATURE_BITS.apic;

export function cpuid(cpu: Cpu): void {
  const s = cpu.s;
  const [eax, ebx, ecx, edx] = leafOf(cpu, s[EAX] >>> 0);
  s[EAX] = eax;
  s[EBX] = ebx;
  s[ECX] = ecx;
  s[EDX] = edx;
}

function leafOf(cpu: Cpu, leaf: number): Leaf {
  const id = cpu.identity;
  switch (leaf) {
    case 0:
      return vendorLeaf(1, id.vendor);
    case 1:
      return [signature(id), 0, 0, features(cpu)];
    case 0x80000000:
      return [0x80000004 | 0, 0, 0, 0];
    case 0x80000001:
      return [signature(id), 0, 0, features(cpu) & REPEATED_FEATURES];
    case 0x80000002:
    case 0x80000003:
    case 0x80000004:
      return textLeaf(id.brand, leaf - 0x80000002);
    default:
      return id.vendor === TRANSMETA_VENDOR ? transmetaLeaf(id, leaf) : NOTHING;
  }
}

function transmetaLeaf(id: CpuIdentity, leaf: number): Leaf {
  switch (leaf) {
    case 0x80860000:
      return vendorLeaf(0x80860006 | 0, id.vendor);
    case 0x80860001:
      return [signature(id), id.hardwareRevision, id.clockMHz, 0];
    case 0x80860002:
      return [id.hardwareRevision, id.cmsRevision, id.cmsRevision2, 0];
    case 0x80860003:
    case 0x80860004:
    case 0x80860005:
    case 0x80860006:
      return textLeaf(id.cmsText, leaf - 0x80860003);
    default:
      return NOTHING;
  }
}

/** Announced features, less what the Transmeta mask hides and less an APIC that is switched off. */
function features(cpu: Cpu): number {
  let bits = featureBits(cpu.identity);
  if ((cpu.s[MSR_APIC_BASE] & APIC_ENABLE) === 0) bits &= ~APIC_BIT;
  return bits & cpu.s[MSR_FEATURE_MASK];
}

/** Vendor names lie in EBX, EDX, ECX. */
function vendorLeaf(highest: number, vendor: string): Leaf {
  return [highest, textWord(vendor, 0), textWord(vendor, 8), textWord(vendor, 4)];
}

/** Sixteen characters of a text, in EAX, EBX, ECX, EDX. */
function textLeaf(text: string, part: number): Leaf {
  const at = part * 16;
  return [
    textWord(text, at),
    textWord(text, at + 4),
    textWord(text, at + 8),
    textWord(text, at + 12),
  ];
}

/** Four characters, the first in the low byte; zeros past the end. */
function textWord(text: string, at: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) {
    const code = at + i < text.length ? text.charCodeAt(at + i) & 0xff : 0;
    word |= code << (8 * i);
  }
  return word;
}

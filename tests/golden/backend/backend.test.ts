/**
 * Compiled regions as text: small loops and exits of every kind, optimized, on the TM5800 (and one of
 * them on wider and narrower machines). The stored listings are accepted with
 * `npx vitest run tests/golden/backend -u` and read in review.
 */
import { describe, expect, it } from 'vitest';
import { Backend } from '../../../cms/backend/compile-region.js';
import { listing } from '../../../cms/backend/listing.js';
import { Lifter } from '../../../cms/lift/lift-region.js';
import { optimize } from '../../../cms/opt/pipeline.js';
import type { CmsOptions } from '../../../cms/options.js';
import { FEATURE_BITS } from '../../../guest-isa/state/identity.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import type { HostOptions } from '../../../hw/options.js';
import { efficeonHost, tm5800Host, twoSlotHost } from '../../unit/atom/machines.js';
import { BOLD, cmsWith, IN_ORDER } from '../../unit/backend/cms.js';
import { type RegionOptions, regionOf } from '../lift/regions.js';

const lifter = new Lifter(new Set(Object.keys(FEATURE_BITS)));

/** Sum of words, two rounds: the first leaves when the count is used up. */
const CHECKSUM = [
  ['add eax, dword ptr [esi]', 'adc eax, 0x0', 'add esi, 0x4', 'dec ecx', 'jnz 0x1000'],
  ['add eax, dword ptr [esi]', 'adc eax, 0x0', 'add esi, 0x4', 'dec ecx', 'jnz 0x1000'],
].flat();
const CHECKSUM_PATH: RegionOptions = { onward: { 4: 0x1000, 9: 0x1000 }, end: 'loop' };

/** Words moved, two rounds: the second load goes above the first store. */
const MEMCPY = [
  'mov eax, dword ptr [esi]',
  'mov dword ptr [edi], eax',
  'mov eax, dword ptr [esi+0x4]',
  'mov dword ptr [edi+0x4], eax',
  'add esi, 0x8',
  'add edi, 0x8',
  'sub ecx, 0x2',
  'jnz 0x1000',
];
const MEMCPY_PATH: RegionOptions = { onward: { 7: 0x1000 }, end: 'loop' };

interface Case {
  readonly texts: readonly string[];
  readonly path?: RegionOptions;
  readonly host?: HostOptions;
  readonly cms?: CmsOptions;
  readonly counterAddress?: number;
}

const bold = cmsWith(BOLD);
const predicting = cmsWith(BOLD, { inlineTarget: true, returnPrediction: true });
const CASES: Readonly<Record<string, Case>> = {
  'checksum loop': { texts: CHECKSUM, path: CHECKSUM_PATH },
  'checksum loop on the efficeon': { texts: CHECKSUM, path: CHECKSUM_PATH, host: efficeonHost },
  'checksum loop with two slots': { texts: CHECKSUM, path: CHECKSUM_PATH, host: twoSlotHost },
  'checksum loop in program order': {
    texts: CHECKSUM,
    path: CHECKSUM_PATH,
    cms: cmsWith(IN_ORDER),
  },
  'memcpy loop': { texts: MEMCPY, path: MEMCPY_PATH },
  'memcpy loop with memory in order': {
    texts: MEMCPY,
    path: { ...MEMCPY_PATH, policy: { reorderMemory: false } },
  },
  'block with a countdown': {
    texts: ['mov edx, dword ptr [ebx]', 'inc edx', 'jmp 0x2000'],
    path: { end: 'jump' },
    counterAddress: 0x123400,
  },
  'call with return prediction': {
    texts: ['push eax', 'call 0x2000'],
    path: { end: 'call' },
    cms: predicting,
  },
  'return with prediction': {
    texts: ['pop ebx', 'ret'],
    path: { end: 'indirect' },
    cms: predicting,
  },
  'exchange of registers': { texts: ['xchg eax, ebx', 'xchg ecx, eax', 'mov edx, 0x12345678'] },
  'interpreter in the middle': {
    texts: ['inc eax', 'cpuid', 'add ebx, eax'],
    path: { end: 'branch' },
  },
  'self-checking': {
    texts: ['mov eax, 0x12345678', 'xor ebx, 0x9abcdef0', 'mov dword ptr [edi], eax'],
    path: { policy: { selfCheck: true } },
  },
  'repeated move': { texts: ['rep movsd es:[edi], ds:[esi]'] },
};

describe('compiled regions', () => {
  for (const [name, c] of Object.entries(CASES)) {
    it(name, async () => {
      const isa = new HostIsa(c.host ?? tm5800Host);
      const cms = c.cms ?? bold;
      const ir = lifter.liftRegion(regionOf(c.texts, c.path));
      optimize(ir, cms.passes);
      const backend = new Backend(isa, isa.options, cms);
      const code = backend.compile(ir, { counterAddress: c.counterAddress ?? -1 });
      const exits = code.exits.map(
        (e, i) => `exit ${i}: ${e.kind} ${(e.eip >>> 0).toString(16)} at ${e.slotOffset}`,
      );
      const text = `${listing(isa, code)}${exits.join('\n')}\n`;
      await expect(text).toMatchFileSnapshot(`${name.replace(/\W+/g, '-')}.txt`);
    });
  }
});

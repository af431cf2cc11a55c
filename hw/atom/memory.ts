/**
 * Rows of the load/store unit: no register+offset addressing, the address is one register (Crusoe).
 * Three kinds of access: `.u` guest as user, `.k` guest as supervisor, `.p` host physical. Loads of the
 * guest come in four kinds: plain; `p` protected (records its address in an alias register, for a load
 * moved above a store); `s` speculative (moved above a branch: never walks the page tables); both.
 */
import type { MemoryAccess } from './atom.js';
import { type AtomDraft, effectRow } from './define.js';

const ACCESSES: readonly { readonly suffix: string; readonly access: MemoryAccess }[] = [
  { suffix: 'u', access: 'user' },
  { suffix: 'k', access: 'kernel' },
  { suffix: 'p', access: 'physical' },
];
const GUEST_ACCESSES = [
  { suffix: 'u', access: 'user' },
  { suffix: 'k', access: 'kernel' },
] as const;

const LOAD_SIZES = [
  { size: '8u', bytes: 1, signed: false },
  { size: '8s', bytes: 1, signed: true },
  { size: '16u', bytes: 2, signed: false },
  { size: '16s', bytes: 2, signed: true },
  { size: '32', bytes: 4, signed: false },
] as const;

function loads(isProtected: boolean, speculative: boolean): readonly AtomDraft[] {
  const name = `ld${isProtected ? 'p' : ''}${speculative ? 's' : ''}`;
  const form = isProtected ? 'd,[a],imm8' : 'd,[a]';
  return LOAD_SIZES.flatMap(({ size, bytes, signed }) =>
    (isProtected || speculative ? GUEST_ACCESSES : ACCESSES).map(({ suffix, access }) =>
      effectRow(
        `${name}${size}.${suffix}`,
        form,
        'memory',
        { kind: 'load', access, bytes, signed, isProtected, speculative },
        { latency: 'load' },
      ),
    ),
  );
}

const STORES = ([1, 2, 4] as const).flatMap((bytes) =>
  ACCESSES.map(({ suffix, access }) =>
    effectRow(`st${bytes * 8}.${suffix}`, '[a],b,mask', 'memory', {
      kind: 'store',
      access,
      bytes,
    }),
  ),
);

export const MEMORY_ROWS: readonly AtomDraft[] = [
  ...loads(false, false),
  ...loads(true, false),
  ...loads(false, true),
  ...loads(true, true),
  ...STORES,
  ...GUEST_ACCESSES.map(({ suffix, access }) =>
    effectRow(`chkpage.${suffix}`, 'a,imm32', 'memory', { kind: 'chkpage', access }),
  ),
];

/**
 * Keys that a variant changes but that its guest never made use of, so that they cannot have had an
 * effect: a tcache that never filled up, a return stack that no call was pushed on. For each such key a
 * counter (or several) that is zero in both runs proves it. Keys without such a counter are not judged.
 */
import type { MachineConfig } from '../config/schema.js';
import type { Values } from '../results/run-record.js';

export interface ChangedKey {
  readonly key: string;
  readonly base: unknown;
  readonly value: unknown;
}

interface Proof {
  readonly keys: RegExp;
  /** All of them zero: not exercised. */
  readonly counters: readonly string[];
  readonly words: string;
}

const PROOFS: readonly Proof[] = [
  {
    keys: /^cms\.tcache\.(sizeKB|eviction|generations)$/,
    counters: ['tcache.evicted', 'tcache.flushed', 'tcache.refused'],
    words: 'the tcache never filled up',
  },
  {
    keys: /^cms\.gears\.superblockThreshold$|^cms\.region\.(unroll|ifConversion)$|^cms\.cost\.superblock/,
    counters: ['superblocks'],
    words: 'no superblock was made',
  },
  {
    keys: /^cms\.(region|passes|schedule|chaining)\b|^host\.(aliasRegisters|storeBufferEntries|formats|units|missStalls)\b/,
    counters: ['blocks', 'superblocks'],
    words: 'nothing was translated',
  },
  {
    keys: /^cms\.cost\.blockPerInstruction$/,
    counters: ['blocks'],
    words: 'no block was translated',
  },
  {
    keys: /^cms\.indirect\.|^host\.branch\.(indirectCycles|preparedCycles|returnStackEntries)$/,
    counters: ['regionEnd.indirect', 'indirectMisses', 'tcache.tableFills'],
    words: 'no translation ended with an indirect branch',
  },
  {
    keys: /^cms\.selfModifying\.(?!selfChecking)|^host\.tBitGranuleBytes$|^cms\.cost\.protectionFault$/,
    counters: [
      'smc.pageFaults',
      'smc.fineFaults',
      'smc.interpreterWrites',
      'smc.dmaWrites',
      'smc.suspensions',
    ],
    words: 'no translated code was written to',
  },
  {
    keys: /^cms\.cost\.comparedBytesPerMolecule$/,
    counters: ['smc.comparedBytes'],
    words: 'no source bytes were compared',
  },
  {
    keys: /^host\.rollbackCycles$/,
    counters: ['gear.block.rollbacks', 'gear.superblock.rollbacks'],
    words: 'nothing was rolled back',
  },
  {
    keys: /^cms\.retranslation\./,
    counters: ['retranslations', 'hostExit.alias', 'hostExit.speculation'],
    words: 'no translation made trouble',
  },
  {
    keys: /^host\.l2\.|^host\.memoryLatencyCycles$/,
    counters: ['l1d.misses', 'l1i.misses'],
    words: 'no access left L1',
  },
  { keys: /^host\.tlb\./, counters: ['tlb.misses'], words: 'the TLB never missed' },
];

const LOOKS_LIKE_A_NAME = /^(name|boot\.missingHint)$/;

/** Leaves that differ between two configurations, names of variants aside. */
export function changedKeys(base: MachineConfig, variant: MachineConfig): ChangedKey[] {
  const [before, after] = [leaves(base), leaves(variant)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => !LOOKS_LIKE_A_NAME.test(key) && before.get(key) !== after.get(key))
    .map((key) => ({ key, base: parsed(before.get(key)), value: parsed(after.get(key)) }));
}

/** Lists count as one value: what changed is the list. */
function leaves(config: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, child] of Object.entries(value))
        visit(child, key === '' ? name : `${key}.${name}`);
    } else found.set(key, JSON.stringify(value));
  };
  visit(config, '');
  return found;
}

const parsed = (text: string | undefined): unknown =>
  text === undefined ? undefined : (JSON.parse(text) as unknown);

export interface NotExercised {
  readonly keys: readonly string[];
  readonly words: string;
}

/** Of the changed keys those that cannot have had an effect, grouped by the reason. */
export function notExercised(
  changed: readonly ChangedKey[],
  base: Values,
  variant: Values,
): NotExercised[] {
  const groups = new Map<string, string[]>();
  for (const { key } of changed) {
    const proof = PROOFS.find(
      ({ keys, counters }) =>
        keys.test(key) &&
        counters.every((c) => variant.has(c) && variant.get(c) === 0 && base.get(c) === 0),
    );
    if (proof) groups.set(proof.words, [...(groups.get(proof.words) ?? []), key]);
  }
  return [...groups].map(([words, keys]) => ({ keys, words }));
}

/** Provenance and the names of points: what changes them, and what does not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../sim/config/resolve.js';
import { codeHash, commitOf, imageHashes } from '../../../sim/results/provenance.js';
import { consoleHash, resultHash } from '../../../sim/results/result-hash.js';
import { PointKeys } from '../../../sim/sweep/point-key.js';
import { folderWith } from '../config/support.js';

const folder = (): string => folderWith({ kernel: 'a kernel', disk: 'a disk' });

function configOf(at: string, more: Record<string, unknown> = {}) {
  const values = {
    'boot.method': 'multiboot',
    'boot.kernel': join(at, 'kernel'),
    'machine.disks': [{ image: join(at, 'disk') }],
    ...more,
  };
  const overrides = Object.entries(values).map(([key, value]) => ({
    ...{ key, value },
    origin: { kind: 'flag', flag: '--test' } as const,
  }));
  return resolveConfig({ overrides }).config;
}

describe('provenance', () => {
  it('hashes every image of the guest', () => {
    const images = imageHashes(configOf(folder()));
    expect(images.map(({ key }) => key)).toEqual(['boot.kernel', 'machine.disks.0.image']);
    expect(images[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('hashes the code the same way each time', () => {
    expect(codeHash()).toMatch(/^[0-9a-f]{16}$/);
    expect(codeHash()).toBe(codeHash());
  });

  it('knows no commit where there is no checkout', () => {
    expect(commitOf(folder())).toBeNull();
  });
});

describe('the key of a point', () => {
  const keys = new PointKeys('1.0', 'code');

  it('depends on contents, not on names and places', () => {
    const [a, b] = [folder(), folder()];
    expect(keys.key(configOf(a))).toBe(keys.key(configOf(b, { name: 'another name' })));
    const c = folder();
    writeFileSync(join(c, 'kernel'), 'another kernel');
    expect(keys.key(configOf(c))).not.toBe(keys.key(configOf(a)));
  });

  it('changes with every value, the version, the code and a snapshot', () => {
    const at = folder();
    const config = configOf(at);
    const all = [
      keys.key(config),
      keys.key(configOf(at, { 'cms.tcache.sizeKB': 64 })),
      keys.key(configOf(at, { 'boot.append': 'other' })),
      keys.key(configOf(at, { 'run.maxInstructions': 5 })),
      keys.key(config, join(at, 'disk')),
      new PointKeys('1.1', 'code').key(config),
      new PointKeys('1.0', 'other code').key(config),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('of an image that is missing is left to the run', () => {
    const at = folder();
    const missing = configOf(at, { 'boot.kernel': join(at, 'no') });
    expect(keys.key(missing)).not.toBe(keys.key(configOf(at)));
  });
});

describe('the result hash', () => {
  const statistic = (name: string, value: number) => ({ ...{ name, value }, unit: '', text: '' });
  const result = {
    instructions: 10,
    cycles: 20,
    idleCycles: 1,
    stateHash: 'state',
    consoleHash: consoleHash('hello'),
    statistics: [statistic('blocks', 3), statistic('resumptions', 7)],
  };

  it('does not depend on what follows slices', () => {
    const sliced = { ...result, statistics: [statistic('blocks', 3), statistic('resumptions', 9)] };
    expect(resultHash(sliced)).toBe(resultHash(result));
  });

  it('changes with everything else', () => {
    const others = [
      { ...result, cycles: 21 },
      { ...result, stateHash: 'other' },
      { ...result, consoleHash: consoleHash('hello!') },
      { ...result, statistics: [statistic('blocks', 4), statistic('resumptions', 7)] },
    ];
    expect(new Set([result, ...others].map(resultHash)).size).toBe(others.length + 1);
  });
});

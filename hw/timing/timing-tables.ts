/**
 * Where the tags of the host's caches and TLB lie in the linear memory (behind the memory of the
 * code morphing software), and the structures themselves.
 */
import { ConfigError } from '../../base/errors.js';
import type { LinearMemory } from '../memory/layout.js';
import type { FirstLevelOptions, HostOptions } from '../options.js';
import { geometry, TagArray, type TagGeometry, tagWords } from './tag-array.js';

interface Geometries {
  readonly l1i: TagGeometry;
  readonly l1d: TagGeometry;
  readonly l2: TagGeometry;
  readonly tlb: TagGeometry;
}

export interface TimingTables {
  readonly l1i: TagArray;
  readonly l1d: TagArray;
  readonly l2: TagArray;
  readonly tlb: TagArray;
}

/** Bytes that a machine has to reserve for the tables (LinearMemory's third size). */
export function timingTableBytes(options: HostOptions): number {
  const { l1i, l1d, l2, tlb } = geometries(options);
  return 4 * (tagWords(l1i) + tagWords(l1d) + tagWords(l2) + tagWords(tlb));
}

export function timingTables(options: HostOptions, memory: LinearMemory): TimingTables {
  let offset = memory.tablesOffset;
  const make = (g: TagGeometry): TagArray => {
    const words = memory.words(offset, tagWords(g));
    offset += 4 * tagWords(g);
    return new TagArray(g, words);
  };
  const { l1i, l1d, l2, tlb } = geometries(options);
  return { l1i: make(l1i), l1d: make(l1d), l2: make(l2), tlb: make(tlb) };
}

/** Address bits below the line number. */
export function lineShift(key: string, lineBytes: number): number {
  const shift = 31 - Math.clz32(lineBytes);
  if (1 << shift !== lineBytes || shift < 3) {
    throw new ConfigError(`${key}: ${lineBytes} is not a power of two from 8 on`);
  }
  return shift;
}

function geometries(options: HostOptions): Geometries {
  const cache = (key: string, c: FirstLevelOptions): TagGeometry =>
    geometry(`host.${key}`, (c.sizeKB * 1024) / c.lineBytes, c.ways, c.replacement);
  return {
    l1i: cache('l1i', options.l1i),
    l1d: cache('l1d', options.l1d),
    l2: cache('l2', options.l2),
    // ASSUMED: the TLB replaces in the order of coming.
    tlb: geometry('host.tlb', options.tlb.entries, options.tlb.ways, 'fifo'),
  };
}

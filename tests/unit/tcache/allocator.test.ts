/** Which translations have to go for a new one, by policy; and that space never overlaps. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import type { Eviction } from '../../../cms/options.js';
import { type CodeSpace, codeSpace, type Resident } from '../../../cms/tcache/allocator.js';
import { cmsMemoryBytes, cmsMemoryLayout } from '../../../cms/tcache/cms-memory.js';

const area = { start: 0x1000, end: 0x1400 };

interface Block extends Resident {
  readonly name: number;
}

class Blocks {
  readonly present: Block[] = [];
  private made = 0;
  private readonly space: CodeSpace<Block>;

  constructor(eviction: Eviction, generations = 4) {
    this.space = codeSpace<Block>({ sizeKB: 1, eviction, generations }, area);
  }

  /** Places a block; the names of those that went for it. */
  add(sizeBytes: number): number[] {
    const gone: number[] = [];
    const startPc = this.space.allocate(sizeBytes, (block) => {
      gone.push(block.name);
      this.present.splice(this.present.indexOf(block), 1);
    });
    if (startPc < 0) return [-1];
    const block = { name: this.made++, startPc, endPc: startPc + sizeBytes };
    this.space.placed(block);
    for (const other of this.present)
      expect(block.endPc <= other.startPc || block.startPc >= other.endPc).toBe(true);
    expect(block.startPc >= area.start && block.endPc <= area.end && startPc % 8 === 0).toBe(true);
    this.present.push(block);
    return gone;
  }

  clear(): number {
    let count = 0;
    this.space.clear(() => count++);
    this.present.length = 0;
    return count;
  }
}

describe('space in the tcache', () => {
  it('flush: nobody goes until all go', () => {
    const blocks = new Blocks('flush');
    for (let i = 0; i < 4; i++) expect(blocks.add(256)).toEqual([]);
    expect(blocks.add(8)).toEqual([0, 1, 2, 3]);
  });

  it('fifo: the oldest go, as many as it takes', () => {
    const blocks = new Blocks('fifo');
    for (let i = 0; i < 4; i++) expect(blocks.add(250)).toEqual([]);
    expect(blocks.add(200)).toEqual([0]);
    expect(blocks.add(300)).toEqual([1]);
    expect(blocks.add(300)).toEqual([2, 3]);
    // What is left at the end is not enough: round again, the tail's oldest included.
    expect(blocks.add(400)).toEqual([4, 5]);
  });

  it('generations: the oldest part goes as a whole', () => {
    const blocks = new Blocks('generations', 4);
    for (let i = 0; i < 8; i++) expect(blocks.add(128)).toEqual([]);
    expect(blocks.add(128)).toEqual([0, 1]);
    expect(blocks.add(128)).toEqual([]);
    expect(blocks.add(100)).toEqual([2, 3]);
    expect(blocks.add(257)).toEqual([-1]);
  });

  it('random sizes never overlap, and clearing names each once', () => {
    for (const eviction of ['flush', 'fifo', 'generations'] as const) {
      const blocks = new Blocks(eviction, 3);
      const rng = new Rng(11);
      for (let i = 0; i < 3000; i++) {
        blocks.add(8 + rng.below(rng.chance(0.1) ? 320 : 60));
        if (!rng.chance(0.01)) continue;
        const count = blocks.present.length;
        expect(blocks.clear()).toBe(count);
      }
    }
  });
});

describe('memory of the code morphing software', () => {
  const options = {
    tcache: { sizeKB: 64, eviction: 'fifo', generations: 2 },
    indirect: { tableEntries: 1024, inlineTarget: true, returnPrediction: false },
  } as const;

  it('lays its areas one behind the other, the tcache last, in as many bytes as it says', () => {
    const base = 0x180_0000;
    const areas = Object.values(cmsMemoryLayout(options, base));
    let end = base;
    for (const { start, end: areaEnd } of areas) {
      expect(start).toBeGreaterThanOrEqual(end);
      expect(start % 4096).toBe(0);
      end = areaEnd;
    }
    expect(end - base).toBeLessThanOrEqual(cmsMemoryBytes(options));
    const { tcache, indirectTable } = cmsMemoryLayout(options, base);
    expect([tcache.end, tcache.end - tcache.start]).toEqual([end, 0x1_0000]);
    expect(indirectTable.end - indirectTable.start).toBe(0x4000);
  });
});

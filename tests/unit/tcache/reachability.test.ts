/**
 * Random histories of a small tcache under each eviction policy. After each operation everything
 * that leads anywhere is read from memory: branches of live and of sleeping translations, table lines,
 * resume points, look-ups. All of it must lead to live translations, and nothing else may be left.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { INDIRECT_ENTRY_BYTES } from '../../../cms/tcache/cms-memory.js';
import type { TcacheEntry } from '../../../cms/tcache/tcache-entry.js';
import { decodeMolecule } from '../../../hw/atom/molecule.js';
import { Bench, compile, context, type ExitChoice, regionOf } from './bench.js';

const contexts = [context(0), context(1)];
const EIPS = Array.from({ length: 24 }, (_, i) => 0x1000 + (i >> 3) * 0x1000 + (i & 7) * 0x40);
const OPERATIONS = 1500;

/** Every host pc that the code of a translation may branch to, outside of itself. */
function targetsOf(bench: Bench, t: TcacheEntry): number[] {
  const targets: number[] = [];
  for (let pc = t.startPc; pc < t.endPc; ) {
    const molecule = decodeMolecule(bench.isa, bench.words, pc >>> 2);
    for (const atom of molecule.slots) {
      if (atom?.row.effect?.kind !== 'branch') continue;
      const target = pc + atom.imm * 8;
      const isEntry = target === t.entryPc || target === t.checkedEntryPc;
      if (target < t.startPc || target >= t.endPc || isEntry) targets.push(target);
    }
    pc += molecule.lengthBytes;
  }
  return targets;
}

/** What is wrong with the tcache, as sentences. */
function mistakes(bench: Bench, all: readonly TcacheEntry[]): readonly string[] {
  const { tcache, words, layout } = bench;
  const wrong: string[] = [];
  const must = (holds: boolean, sentence: string): void => {
    if (!holds) wrong.push(sentence);
  };
  const undead = all.filter((t) => t.state !== 'dead');
  const live = undead.filter((t) => t.state === 'live');
  const allowed = new Set(live.flatMap((t) => [t.entryPc, t.checkedEntryPc]));
  allowed.add(tcache.routines.lookupPc);
  for (const t of undead) {
    for (const target of targetsOf(bench, t))
      must(allowed.has(target), `${t.id} branches to ${target}`);
    const found = tcache.lookup(t.entryEip, t.context, t.physical);
    must((found === t) === (t.state === 'live'), `look-up of ${t.id}`);
    for (const pc of [t.entryPc, t.startPc + t.compiled.resumePoints[0].offset]) {
      const place = tcache.resumeAt(pc);
      must(place?.translation === (t.state === 'live' ? t : undefined), `resumes ${t.id}`);
    }
    for (const exit of t.incoming) must(exit.chainedTo === t, `stale link to ${t.id}`);
    for (const exit of t.inlineIncoming) must(exit.inlineTo === t, `stale inline link to ${t.id}`);
    for (const exit of t.exits) {
      must(tcache.exitNumbered(exit.number) === exit, `exit ${exit.number} of ${t.id}`);
      must(exit.chainedTo?.incoming.has(exit) !== false, `incoming of ${exit.chainedTo?.id}`);
      must(exit.inlineTo?.inlineIncoming.has(exit) !== false, `inline of ${exit.inlineTo?.id}`);
    }
  }
  const used = undead.reduce((sum, t) => sum + t.endPc - t.startPc, 0);
  must(tcache.counts.live === live.length && tcache.counts.usedBytes === used, 'counts');
  const { start, end } = layout.tcache;
  const rest = words.slice(start >>> 2, end >>> 2);
  for (const t of undead) rest.fill(0, (t.startPc - start) >>> 2, (t.endPc - start) >>> 2);
  must(
    rest.every((word) => word === 0),
    'code where no translation lies',
  );
  for (let at = layout.indirectTable.start; at < layout.indirectTable.end; ) {
    const isEmpty = words[(at + 4) >>> 2] === 0xffffffff;
    must(isEmpty || allowed.has(words[(at + 8) >>> 2]), `table line at ${at}`);
    at += INDIRECT_ENTRY_BYTES;
  }
  return wrong;
}

function randomExits(rng: Rng): ExitChoice[] {
  return Array.from({ length: 1 + rng.below(3) }, (): ExitChoice => {
    const kind = rng.below(8);
    if (kind === 0) return 'indirect';
    return kind === 1 ? { call: rng.pick(EIPS), returns: rng.pick(EIPS) } : rng.pick(EIPS);
  });
}

function install(bench: Bench, rng: Rng): TcacheEntry | undefined {
  const eip = rng.pick(EIPS);
  const physical = rng.chance(0.2) ? eip + 0x8000 : eip;
  return bench.tcache.install({
    compiled: compile(bench.isa, randomExits(rng), 1 + rng.below(40)),
    region: regionOf({ eip, physical, context: rng.pick(contexts) }),
    costCycles: 0,
    counterAddress: rng.chance(0.5) ? bench.tcache.counters.allocate(8) : 0,
  });
}

/** One operation, of those that the runtime does; dead translations take part. */
function operate(bench: Bench, rng: Rng, all: TcacheEntry[]): void {
  const { tcache } = bench;
  const some = (): TcacheEntry => all[Math.max(0, all.length - 1 - rng.below(40))];
  const kind = all.length === 0 ? 0 : rng.below(12);
  if (kind <= 2) {
    const made = install(bench, rng);
    if (made) all.push(made);
  } else if (kind <= 7) {
    for (const exit of some().exits) {
      const target = all.find((t) => t.entryEip === exit.eip && t.state !== 'dead') ?? some();
      tcache.chain(exit, target);
    }
  } else if (kind === 8) {
    for (const t of all.slice(-40))
      for (const exit of t.exits) if (exit.eip === -1) tcache.linkIndirect(exit, some());
    tcache.fillTable(some());
  } else if (kind === 9) tcache.sleep(some());
  else if (kind === 10) tcache.wake(some());
  else if (rng.chance(0.5)) tcache.kill(some(), 'changed');
  else if (rng.chance(0.05)) tcache.flush();
}

/** Words of the tcache that changed although the core was not told. */
function untold(bench: Bench, before: Uint32Array): readonly number[] {
  const { words, layout, changes } = bench;
  const found: number[] = [];
  for (let at = layout.tcache.start; at < layout.tcache.end; at += 4) {
    if (words[at >>> 2] === before[(at - layout.tcache.start) >>> 2]) continue;
    if (!changes.some(([from, to]) => at >= from && at < to)) found.push(at);
  }
  changes.length = 0;
  return found;
}

describe('what is not live is never reached', () => {
  it.each([
    ['flush', 'evicted'],
    ['fifo', 'evicted'],
    ['generations', 'evicted'],
  ] as const)('policy %s', (eviction, death) => {
    const bench = new Bench({ eviction, sizeKB: 16, tableEntries: 8 });
    const rng = new Rng(5);
    const all: TcacheEntry[] = [];
    for (let i = 0; i < OPERATIONS; i++) {
      const { start, end } = bench.layout.tcache;
      const before = bench.words.slice(start >>> 2, end >>> 2);
      operate(bench, rng, all);
      expect(untold(bench, before)).toEqual([]);
      expect(mistakes(bench, all)).toEqual([]);
    }
    const { counts } = bench.tcache;
    for (const seen of [counts[death], counts.replaced, counts.woken, counts.tableConflicts])
      expect(seen).toBeGreaterThan(0);
    expect(counts.chained).toBeGreaterThan(100);
    expect(counts.inlineTargets).toBeGreaterThan(10);
    expect(counts.mostUsedBytes).toBeLessThanOrEqual(16 * 1024);
  });
});

/** Install, look up, link, replace, sleep, kill: by what host code does afterwards. */
import { describe, expect, it } from 'vitest';
import { EXIT_INDIRECT_MISS } from '../../../cms/tcache/exit-numbers.js';
import type { TcacheEntry } from '../../../cms/tcache/tcache-entry.js';
import { decodeMolecule, HostDecodeError } from '../../../hw/atom/molecule.js';
import { efficeonHost, eightSlotHost, tm5800Host, twoSlotHost } from '../atom/machines.js';
import { Bench, type BenchOptions, compile, context, type ExitChoice, regionOf } from './bench.js';

const kernel = context(0);
const user = context(1);
const A = 0x1000;
const B = 0x1100;
const FAR = 0x5000;

function install(
  bench: Bench,
  eip: number,
  exits: readonly ExitChoice[],
  more: { readonly context?: typeof kernel; readonly physical?: number } = {},
): TcacheEntry {
  const compiled = compile(bench.isa, exits);
  const region = regionOf({ eip, context: kernel, ...more });
  const made = bench.tcache.install({ compiled, region, costCycles: 0, counterAddress: 0 });
  if (!made) throw new Error('no room');
  return made;
}

const walk = (bench: Bench, t: TcacheEntry, eip = 0, contextId = 0) =>
  bench.walk(t.checkedEntryPc, eip, contextId);

describe.each([
  ['tm5800', tm5800Host],
  ['efficeon', efficeonHost],
  ['two slots', twoSlotHost],
  ['eight slots', eightSlotHost],
])('on the %s machine', (_, host) => {
  const make = (options: BenchOptions = {}): Bench => new Bench({ host, ...options });

  it('an exit leaves with its own number', () => {
    const bench = make();
    const a = install(bench, A, [B]);
    const b = install(bench, B, [A]);
    expect(bench.tcache.exitNumbered(walk(bench, a).number)).toBe(a.exits[0]);
    expect(bench.tcache.exitNumbered(walk(bench, b).number)).toBe(b.exits[0]);
  });

  it('a chained exit runs on into its target, behind the page check on the same page only', () => {
    const bench = make();
    const a = install(bench, A, [B]);
    const near = install(bench, B, [A]);
    expect(bench.tcache.chain(a.exits[0], near)).toBe(true);
    const { number, path } = walk(bench, a);
    expect(bench.tcache.exitNumbered(number)).toBe(near.exits[0]);
    expect(path).toContain(near.entryPc);
    expect(path).not.toContain(near.checkedEntryPc);

    const c = install(bench, B + 8, [FAR]);
    const far = install(bench, FAR, [A]);
    bench.tcache.chain(c.exits[0], far);
    expect(walk(bench, c).path).toContain(far.checkedEntryPc);
  });

  it('the inline compare and the table lead an indirect exit to its targets', () => {
    const bench = make();
    const from = install(bench, A, ['indirect']);
    const first = install(bench, B, [A]);
    const second = install(bench, FAR, [A]);
    const exit = from.exits[0];
    expect(bench.tcache.exitNumbered(walk(bench, from, B).number)).toBe(exit);
    bench.tcache.linkIndirect(exit, first);
    const inline = walk(bench, from, B);
    expect(bench.tcache.exitNumbered(inline.number)).toBe(first.exits[0]);
    expect(inline.path).not.toContain(bench.tcache.routines.lookupPc);

    expect(walk(bench, from, FAR).number).toBe(EXIT_INDIRECT_MISS);
    bench.tcache.fillTable(second);
    const { number, path } = walk(bench, from, FAR);
    expect(bench.tcache.exitNumbered(number)).toBe(second.exits[0]);
    expect(path).toContain(bench.tcache.routines.lookupPc);
    expect(path).toContain(second.checkedEntryPc);
    // The same address in another mode, and another address on the same line.
    expect(bench.walk(bench.tcache.routines.lookupPc, FAR, 1).number).toBe(EXIT_INDIRECT_MISS);
    const clash = FAR ^ (64 << 7) ^ 64;
    expect(bench.tcache.table.address(clash)).toBe(bench.tcache.table.address(FAR));
    expect(bench.walk(bench.tcache.routines.lookupPc, clash, 0).number).toBe(EXIT_INDIRECT_MISS);
  });

  it('a dead translation is entered by nobody: every way there leaves instead', () => {
    const bench = make();
    const a = install(bench, A, [B]);
    const from = install(bench, A + 8, ['indirect']);
    const target = install(bench, B, [A]);
    bench.tcache.chain(a.exits[0], target);
    bench.tcache.linkIndirect(from.exits[0], target);
    bench.tcache.kill(target, 'changed');
    expect(bench.tcache.exitNumbered(walk(bench, a).number)).toBe(a.exits[0]);
    expect(bench.tcache.exitNumbered(walk(bench, from, B).number)).toBe(from.exits[0]);
    expect(bench.walk(bench.tcache.routines.lookupPc, B, 0).number).toBe(EXIT_INDIRECT_MISS);
    expect(bench.tcache.lookup(B, kernel, B)).toBeUndefined();
    expect(bench.tcache.resumeAt(target.entryPc)).toBeUndefined();
    expect(() => bench.walk(target.entryPc, 0, 0)).toThrow(HostDecodeError);
  });

  it('a new translation of the same address inherits the links', () => {
    const bench = make();
    const a = install(bench, A, [B]);
    const from = install(bench, A + 8, ['indirect']);
    const old = install(bench, B, [B]);
    bench.tcache.chain(a.exits[0], old);
    bench.tcache.chain(old.exits[0], old);
    bench.tcache.linkIndirect(from.exits[0], old);
    const fresh = install(bench, B, [FAR]);
    expect(old.state).toBe('dead');
    for (const { number } of [
      walk(bench, a),
      walk(bench, from, B),
      bench.walk(bench.tcache.routines.lookupPc, B, 0),
    ])
      expect(bench.tcache.exitNumbered(number)).toBe(fresh.exits[0]);
    expect(bench.tcache.lookup(B, kernel, B)).toBe(fresh);
    expect([...fresh.incoming]).toEqual([a.exits[0]]);
  });
});

describe('the tcache', () => {
  it('finds a translation by address, mode and mapping', () => {
    const bench = new Bench();
    const k = install(bench, B, [A]);
    const u = install(bench, B, [A], { context: user });
    const other = install(bench, B, [A], { physical: 0x9100 });
    const find = (c: typeof kernel, physical: number) => bench.tcache.lookup(B, c, physical);
    expect([find(kernel, B), find(user, B), find(kernel, 0x9100)]).toEqual([k, u, other]);
    expect(find(user, 0x9100)).toBeUndefined();
    expect(k.state).toBe('live');
  });

  it('chains only where the guest would go, in the same mode, and never from or to the dead', () => {
    const bench = new Bench();
    const a = install(bench, A, [B, 'indirect']);
    const wrong = install(bench, FAR, [A]);
    const otherMode = install(bench, B, [A], { context: user });
    const dead = install(bench, B, [A]);
    bench.tcache.kill(dead, 'changed');
    for (const target of [wrong, otherMode, dead])
      expect(bench.tcache.chain(a.exits[0], target)).toBe(false);
    expect(bench.tcache.chain(a.exits[1], wrong)).toBe(false);
    const b = install(bench, B, [A]);
    bench.tcache.kill(a, 'changed');
    expect(bench.tcache.chain(a.exits[0], b)).toBe(false);
    const off = new Bench({ chaining: false });
    expect(off.tcache.chain(install(off, A, [B]).exits[0], install(off, B, [A]))).toBe(false);
  });

  it('enters at the page check when another frame is behind the same page', () => {
    const bench = new Bench();
    const a = install(bench, A, [B]);
    const b = install(bench, B, [A], { physical: 0x9100 });
    bench.tcache.chain(a.exits[0], b);
    expect(walk(bench, a).path).toContain(b.checkedEntryPc);
  });

  it('a call has a landing of its own, which chains to the page check and goes with the return stack', () => {
    const bench = new Bench();
    const a = install(bench, A, [{ call: FAR, returns: B }]);
    const [call, landing] = a.exits;
    expect([call.eip, landing.eip, landing.isLanding]).toEqual([FAR, B, true]);
    expect(bench.tcache.exitNumbered(bench.walk(landing.moleculePc, 0, 0).number)).toBe(landing);
    expect(bench.tcache.resumeAt(landing.moleculePc)?.eip).toBe(B);
    const b = install(bench, B, [A]);
    bench.tcache.chain(landing, b);
    expect(bench.walk(landing.moleculePc, 0, 0).path).toContain(b.checkedEntryPc);
    expect(bench.clearings).toBe(0);
    bench.tcache.kill(a, 'changed');
    expect(bench.clearings).toBe(1);
    expect([...b.incoming]).toEqual([]);
  });

  it('a call pushes what its landing is chained to, until that is gone', () => {
    const bench = new Bench();
    const a = install(bench, A, [{ call: FAR, returns: B }]);
    const [call, landing] = a.exits;
    const pushed = (): number => {
      const { slots } = decodeMolecule(bench.isa, bench.words, landing.pushMoleculePc >>> 2);
      const push = slots.find((atom) => atom?.row.effect?.kind === 'returnPush');
      return landing.pushMoleculePc + (push?.imm ?? Number.NaN) * 8;
    };
    expect(call.pushPc).toBe(-1);
    expect(pushed()).toBe(landing.moleculePc);
    const b = install(bench, B, [A]);
    bench.tcache.chain(landing, b);
    expect(pushed()).toBe(b.checkedEntryPc);
    expect(bench.clearings).toBe(0);
    bench.tcache.kill(b, 'changed');
    expect(pushed()).toBe(landing.moleculePc);
    expect(bench.clearings).toBe(1);
  });

  it('a sleeping translation is reached by nobody and resumed nowhere, until it is woken', () => {
    const bench = new Bench();
    const a = install(bench, A, [B]);
    const b = install(bench, B, [A]);
    bench.tcache.chain(a.exits[0], b);
    bench.tcache.fillTable(b);
    const resume = b.startPc + b.compiled.resumePoints[0].offset;
    expect(bench.tcache.resumeAt(resume)).toMatchObject({ eip: 0x77, translation: b });
    expect(bench.tcache.resumeAt(b.entryPc)?.eip).toBe(B);
    expect(bench.tcache.resumeAt(b.entryPc + 0x1000)).toBeUndefined();
    bench.tcache.sleep(b);
    expect(bench.tcache.exitNumbered(walk(bench, a).number)).toBe(a.exits[0]);
    expect(bench.walk(bench.tcache.routines.lookupPc, B, 0).number).toBe(EXIT_INDIRECT_MISS);
    expect(bench.tcache.resumeAt(resume)).toBeUndefined();
    expect(bench.tcache.chain(a.exits[0], b)).toBe(false);
    bench.tcache.fillTable(b);
    expect(bench.walk(bench.tcache.routines.lookupPc, B, 0).number).toBe(EXIT_INDIRECT_MISS);
    bench.tcache.wake(b);
    expect(bench.tcache.lookup(B, kernel, B)).toBe(b);
    expect(bench.tcache.chain(a.exits[0], b)).toBe(true);
    expect(bench.tcache.resumeAt(resume)?.translation).toBe(b);
  });

  it('in the look-up routine the guest stands at r9', () => {
    const bench = new Bench();
    expect(bench.tcache.resumeAt(bench.tcache.routines.lookupPc)).toEqual({
      translation: undefined,
      eip: -1,
    });
  });

  it('without a table an indirect exit comes back each time, with its last target inline', () => {
    const bench = new Bench({ tableEntries: 0 });
    const from = install(bench, A, ['indirect']);
    const b = install(bench, B, [A]);
    const far = install(bench, FAR, [A]);
    const [exit] = from.exits;
    bench.tcache.linkIndirect(exit, b);
    expect(bench.tcache.exitNumbered(walk(bench, from, FAR).number)).toBe(exit);
    bench.tcache.linkIndirect(exit, far);
    expect(bench.tcache.exitNumbered(walk(bench, from, FAR).number)).toBe(far.exits[0]);
    expect(bench.tcache.exitNumbered(walk(bench, from, B).number)).toBe(exit);
    expect([b.inlineIncoming.size, far.inlineIncoming.size]).toEqual([0, 1]);
  });

  it('retirements go with their translation, counters too', () => {
    const bench = new Bench();
    const counterAddress = bench.tcache.counters.allocate(50);
    expect(bench.tcache.counters.left(counterAddress)).toBe(50);
    const compiled = compile(bench.isa, [B]);
    const region = regionOf({ eip: A, context: kernel });
    const made = bench.tcache.install({ compiled, region, costCycles: 7, counterAddress });
    const pc = (made?.startPc ?? 0) + compiled.retirements[0].offset;
    expect(bench.retires.get(pc)).toBe(1);
    bench.tcache.kill(made as TcacheEntry, 'policy');
    expect(bench.retires.get(pc)).toBe(0);
    expect(bench.tcache.counters.allocate(9)).toBe(counterAddress);
    expect(bench.tcache.counts).toMatchObject({ installed: 1, policy: 1, live: 0, usedBytes: 0 });
  });

  it('refuses what never fits', () => {
    const bench = new Bench({ eviction: 'generations', sizeKB: 16 });
    const compiled = compile(bench.isa, [B], 600);
    const region = regionOf({ eip: A, context: kernel });
    expect(compiled.words.length * 4).toBeGreaterThan(4096);
    expect(bench.tcache.install({ compiled, region, costCycles: 0, counterAddress: 0 })).toBe(
      undefined,
    );
    expect(bench.tcache.counts.refused).toBe(1);
  });
});

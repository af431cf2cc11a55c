/**
 * Random trees (item.ts). Chunks come from the interpreter's fuzzer (tests/fuzz/make-program.ts: any
 * integer, x87 or MMX row); around and between them stands what translations find hard: accesses
 * that overlap through different registers, both ways of branches, short sides, tight loops, jump
 * tables, deep calls, repeated strings over overlapping ranges, accesses that fault or reach I/O,
 * segments with limits, stores to code.
 */
import type { Rng } from '../../base/rng.js';
import { type Flavour, ProgramMaker } from '../fuzz/make-program.js';
import type { Item as FuzzItem } from '../fuzz/program.js';
import type { Environment } from './environment.js';
import type { Item, PatchChange } from './item.js';
import { FREE } from './snippets.js';
import { SystemSnippets } from './snippets-system.js';

export class ItemMaker {
  private readonly pool: FuzzItem[] = [];
  private readonly flavour: Flavour;
  private readonly snippets: SystemSnippets;
  private flips = 0;

  constructor(
    private readonly rng: Rng,
    private readonly environment: Environment,
  ) {
    this.snippets = new SystemSnippets(rng, environment);
    this.flavour = rng.pick<Flavour>(['integer', 'integer', 'integer', 'x87', 'mmx']);
  }

  items(count: number, depth: number): Item[] {
    const list: Item[] = [];
    for (let i = 0; i < count; i++)
      list.push(...(this.rng.chance(0.12) ? this.pointerLoop() : [this.item(depth)]));
    return list;
  }

  private item(depth: number): Item {
    const { rng, snippets } = this;
    const kind = rng.below(100);
    if (depth > 0 && kind < 24) return this.nested(depth - 1);
    if (kind < 34) return this.chunk();
    if (kind < 53) return plain(snippets.aliasing());
    if (kind < 56) return plain(snippets.shortAddresses());
    if (kind < 64) return plain(snippets.flags());
    if (kind < 68) return plain(snippets.tightLoop());
    if (kind < 72) return plain(snippets.guardedLoads());
    if (kind < 77) return plain(snippets.string());
    if (kind < 81) return plain(snippets.special());
    if (kind < 85) return plain(snippets.segments());
    if (kind < 88) return plain(snippets.stack());
    if (kind < 90) return plain(snippets.system());
    if (kind < 93) return plain(snippets.interruptFlags());
    if (kind < 96) return this.patch(depth);
    if (kind < 98) return { kind: 'dataInCode', alias: rng.chance(0.3), body: this.few(depth) };
    return plain(snippets.ports());
  }

  private few(depth: number): Item[] {
    return this.items(this.rng.below(3), Math.max(0, depth - 1));
  }

  private nested(depth: number): Item {
    const { rng } = this;
    const body = (most = 3): Item[] => this.items(1 + rng.below(most), depth);
    switch (rng.below(12)) {
      case 0:
      case 1:
        return { kind: 'loop', count: 1 + rng.below(rng.chance(0.8) ? 4 : 12), body: body() };
      case 2:
      case 3:
        return { kind: 'unless', condition: rng.below(16), body: body(rng.chance(0.5) ? 1 : 4) };
      case 4:
        return { kind: 'either', condition: rng.below(16), body: body(2), other: body(2) };
      case 5:
      case 6:
        return { kind: 'call', indirect: rng.chance(0.4), body: body() };
      case 7:
        return {
          kind: 'table',
          register: rng.pick(FREE),
          bodies: Array.from({ length: rng.pick([2, 4]) }, () => body(2)),
        };
      case 8:
        return { kind: 'guard', body: body() };
      default:
        return this.farOrFlip(body);
    }
  }

  private farOrFlip(body: (most: number) => Item[]): Item {
    const { rng } = this;
    const nested = this.flips > 0 || this.environment.code16;
    if (nested || rng.chance(0.4)) return { kind: 'far16', body: body(2) };
    this.flips++;
    const mask = rng.pick([0, 1, 3, 7]);
    const flip: Item = { kind: 'flip', mask, body: body(2), other: body(2) };
    return rng.chance(0.3) ? flip : { kind: 'loop', count: 3 + rng.below(12), body: [flip] };
  }

  /** A piece of a program as the interpreter's fuzzer makes them. */
  private chunk(): Item {
    if (this.pool.length === 0)
      this.pool.push(...new ProgramMaker(this.rng, this.flavour).program());
    return fromFuzz(this.pool.pop() as FuzzItem);
  }

  /** Pointers that the loop's code knows nothing of, and that move: they meet in some turns. */
  private pointerLoop(): Item[] {
    const { setup, body } = this.snippets.meeting();
    const count = 2 + this.rng.below(12);
    return [plain(setup), { kind: 'loop', count, body: [plain(body), ...this.exits()] }];
  }

  /** Sometimes a way out of the middle of a loop's body, or a side that is seldom taken. */
  private exits(): Item[] {
    const { rng } = this;
    if (rng.chance(0.5)) return [];
    return [
      plain([0xf6, 0x43, rng.below(0x40), 1 << rng.below(8)]),
      { kind: 'unless', condition: rng.pick([4, 5]), body: [plain(this.snippets.aliasing())] },
    ];
  }

  private patch(depth: number): Item {
    const { rng } = this;
    return {
      kind: 'patch',
      change: rng.pick<PatchChange>([
        'immediate',
        'register',
        'byte',
        'opcode',
        'displacement',
        'jump',
        'copy',
      ]),
      mask: rng.pick([0, 0, 1, 3]),
      alias: rng.chance(0.3),
      body: rng.chance(0.5) ? [] : this.few(depth),
    };
  }
}

function plain(bytes: readonly number[]): Item {
  return { kind: 'plain', bytes };
}

function fromFuzz(item: FuzzItem): Item {
  switch (item.kind) {
    case 'plain':
      return plain(item.bytes);
    case 'loop':
      return { kind: 'loop', count: item.count, body: item.body.map(fromFuzz) };
    case 'unless':
      return { kind: 'unless', condition: item.condition, body: item.body.map(fromFuzz) };
    case 'call':
      return { kind: 'call', indirect: item.indirect, body: item.body.map(fromFuzz) };
  }
}

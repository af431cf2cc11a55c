/**
 * Pieces of random programs about memory: accesses that overlap through different registers, repeated
 * strings on ranges that overlap, addresses that fault, are I/O or hold code, loads behind branches.
 */
import { little } from './assemble-items.js';
import { BASED_DATA, DATA } from './guest-map.js';
import { EDI, ESI, GROUP1, POINTERS, Snippets, VALUES } from './snippets.js';

export class MemorySnippets extends Snippets {
  /** Several accesses to a few bytes, through three registers and all widths. */
  aliasing(): number[] {
    const { rng } = this;
    const around = rng.pick([0x20, 0x40, 0x100, 0x7f8, 0xff0, 0xffc]);
    const near = (): number => around + rng.below(12);
    const bytes = [...this.point(ESI, near()), ...this.point(EDI, near())];
    if (rng.chance(0.2))
      // The pointer comes from memory.
      bytes.push(0x8b, 0x7b, 0x20, 0x83, 0xe7, 0x0f, 0x8d, 0xbc, 0x3b, ...little(around));
    const count = 2 + rng.below(8);
    for (let i = 0; i < count; i++) bytes.push(...this.access(around));
    return bytes;
  }

  access(around: number): number[] {
    const { rng } = this;
    const kind = rng.below(12);
    const register = rng.pick(VALUES);
    const place = this.operand(register, around);
    if (kind < 3) return rng.pick([[0x8b], [0x8a], [0x66, 0x8b]]).concat(place);
    if (kind < 6) return rng.pick([[0x89], [0x88], [0x66, 0x89]]).concat(place);
    if (kind === 6) return [0x0f, rng.pick([0xb6, 0xb7, 0xbe, 0xbf]), ...place];
    if (kind === 7) return [rng.pick(GROUP1) * 8 + rng.below(4), ...place];
    if (kind === 8) return [0x83, ...this.operand(rng.below(8), around), rng.below(256)];
    if (kind === 9) return [rng.pick([0x86, 0x87]), ...place];
    if (kind === 10) return [0xff, ...this.operand(rng.below(2), around)];
    return this.work();
  }

  /** modrm with [ebx+disp32], [esi+disp8], [edi+disp8] or [ebx+r*scale+disp32]. */
  protected operand(reg: number, around: number): number[] {
    const { rng } = this;
    if (rng.chance(0.35)) return [0x83 | (reg << 3), ...little(around + rng.below(14))];
    if (rng.chance(0.9)) return [0x40 | (reg << 3) | rng.pick(POINTERS), rng.below(10)];
    return [0x04 | (reg << 3) | 0x80, 0x33 | (rng.below(2) << 6), ...little(around - this.data)];
  }

  /** Loads behind branches, from where nothing may be: what is hoisted over the branch must not show. */
  guardedLoads(): number[] {
    const { rng } = this;
    const pointer = rng.pick(POINTERS);
    const value = rng.pick(VALUES);
    const move = this.environment.data === 'based' ? -BASED_DATA : 0;
    const load = rng.pick([
      [0x8b, (value << 3) | pointer],
      [0x0f, 0xb6, (value << 3) | pointer],
      [0x03, (value << 3) | pointer],
      [0x8b, 0x40 | (value << 3) | pointer, rng.below(8)],
    ]);
    const use = rng.pick([this.work(), [0x01, 0xc0 | (value << 3) | rng.pick(VALUES)], []]);
    const body = [...load, ...use];
    const address = rng.chance(0.3) ? DATA + rng.below(0x1ff0) : this.oddPlace();
    const place = rng.chance(0.3) ? 0 : address + move;
    const test = rng.pick([
      [0x85, 0xc0 | (pointer << 3) | pointer, 0x74],
      [0xf6, 0x43, rng.below(0x40), 1 << rng.below(8), 0x74 | rng.below(2)],
      [0x39, 0xc0 | (rng.pick(VALUES) << 3) | rng.pick(VALUES), 0x70 | rng.below(16)],
      [0xff, 0x43, 0x30, 0xf6, 0x43, 0x30, rng.pick([1, 3, 7]), 0x74 | rng.below(2)],
    ]);
    return [
      ...(rng.chance(0.5) ? [0xcd, 0x86] : []),
      ...[0xb8 | pointer, ...little(place)],
      ...this.work(),
      ...[...test, body.length],
      ...body,
    ];
  }

  /** Repeated and single string instructions on ranges that overlap. */
  string(): number[] {
    const { rng } = this;
    const from = rng.pick([0x100, 0x7f0, 0xff0]) + rng.below(16);
    const to = from + rng.pick([0, 1, 2, 4, -1, -4, 3, 0x80, 0x800]) + rng.below(3);
    const base = rng.pick([0xa4, 0xaa, 0xac, 0xa6, 0xae]) | rng.below(2);
    const sizes = rng.chance(0.2) ? [0x66] : [];
    const repeat = rng.pick([[0xf3], [0xf3], [0xf2], []]);
    const count = rng.pick([0, 1, 3, 17, 60]);
    const target = rng.chance(0.12) ? this.oddPlace() : undefined;
    return [
      ...(rng.chance(0.25) ? [0xfd] : [0xfc]),
      ...this.point(ESI, from),
      ...(target === undefined ? this.point(EDI, to) : [0xbf, ...little(target)]),
      0xb9,
      ...little(count + rng.below(3)),
      ...sizes,
      ...repeat,
      base,
      0xfc,
    ];
  }

  /** Loads and stores at such addresses, now and then or always, in front of or behind ordinary ones. */
  special(): number[] {
    const { rng } = this;
    const place = this.oddPlace();
    const move = this.environment.data === 'based' ? -BASED_DATA : 0;
    const pointer = rng.pick(POINTERS);
    const bytes = [0x8d, 0x83 | (pointer << 3), ...little(rng.below(0x40))];
    // Sometimes only: on a bit of the timer's or the program's data.
    if (rng.chance(0.5))
      bytes.push(
        ...[0xf6, 0x43, rng.below(0x20), 1 << rng.below(3), 0x75, 5],
        ...[0xb8 | pointer, ...little(place + move)],
      );
    else bytes.push(0xb8 | pointer, ...little(place + move));
    const count = 1 + rng.below(3);
    for (let i = 0; i < count; i++) {
      const value = rng.pick(VALUES);
      bytes.push(
        ...rng.pick([
          [0x8b, (value << 3) | pointer],
          [0x89, (value << 3) | pointer],
          [0x0f, 0xb6, (value << 3) | pointer],
          [0x01, (value << 3) | pointer],
          [0x66, 0x89, (value << 3) | pointer],
          [0x8b, 0x40 | (value << 3) | pointer, 2],
          [0xff, 0x30 | pointer, 0x58 | value],
          this.work(),
          [0x89, 0x43 | (value << 3), rng.below(0x20)],
        ]),
      );
    }
    return bytes;
  }

  /** Two pointers, and accesses through them for the body of a loop, which moves them. */
  meeting(): { readonly setup: number[]; readonly body: number[] } {
    const { rng } = this;
    const around = rng.pick([0x20, 0x100, 0x7f0, 0xfe0]);
    const setup = POINTERS.flatMap((pointer) => this.point(pointer, around + rng.below(24)));
    const body: number[] = [];
    const count = 2 + rng.below(6);
    for (let i = 0; i < count; i++) body.push(...this.access(around));
    for (const pointer of POINTERS)
      if (rng.chance(0.6)) body.push(0x83, 0xc0 | pointer, rng.pick([1, 2, 4, 8, 0xfc, 0xff]));
    return { setup, body };
  }

  /** Accesses by 16-bit addresses: bx, si and di, which wrap at 64 KB. */
  shortAddresses(): number[] {
    const { rng } = this;
    const bytes: number[] = [];
    if (rng.chance(0.6)) bytes.push(0x66, 0xbe, rng.below(0x20), rng.pick([0, 0, 0xff]));
    if (rng.chance(0.6)) bytes.push(0x66, 0xbf, rng.below(0x20), rng.pick([0, 0, 0x80]));
    const count = 1 + rng.below(5);
    for (let i = 0; i < count; i++) {
      const value = rng.pick(VALUES) << 3;
      const place = rng.pick([
        [0x87 | value, rng.below(0x40), rng.pick([0, 0, 0x7f])],
        [0x40 | value, rng.below(0x40)],
        [0x41 | value, rng.below(0x40)],
        [0x47 | value, rng.below(0x80)],
        [0x06 | value, rng.below(0x40), this.data >>> 8],
      ]);
      bytes.push(
        0x67,
        ...rng.pick([[0x8b], [0x89], [0x88], [0x01], [0x66, 0x8b], [0x66, 0x89], [0x8d]]),
        ...place,
      );
    }
    return bytes;
  }
}

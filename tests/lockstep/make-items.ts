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
import { little } from './assemble-items.js';
import type { Environment } from './environment.js';
import {
  BASED_DATA,
  CODE,
  DATA,
  DATA_ALIAS,
  DATA_BASED,
  DATA_DOWN,
  DATA_LIMITED,
  DATA_PAGE,
  DATA_READ_ONLY,
  DEMAND,
  IO,
  IO_ALIAS,
  IO_PORT,
  KERNEL_DATA,
  READ_ONLY,
  STACK_TOP,
  USER_DATA,
} from './guest-map.js';
import type { Item, PatchChange } from './item.js';

const [EAX, ECX, EDX, ESI, EDI] = [0, 1, 2, 6, 7];
const FREE = [EAX, ECX, EDX, ESI, EDI];
const VALUES = [EAX, ECX, EDX];
const POINTERS = [ESI, EDI];
/** add or adc sbb and sub xor cmp, and their opcodes' distances. */
const GROUP1 = [0, 1, 2, 3, 4, 5, 6, 7];

export class ItemMaker {
  private readonly pool: FuzzItem[] = [];
  private readonly flavour: Flavour;
  private flips = 0;

  constructor(
    private readonly rng: Rng,
    private readonly environment: Environment,
  ) {
    this.flavour = rng.pick<Flavour>(['integer', 'integer', 'integer', 'x87', 'mmx']);
  }

  items(count: number, depth: number): Item[] {
    const list: Item[] = [];
    for (let i = 0; i < count; i++)
      list.push(...(this.rng.chance(0.12) ? this.pointerLoop() : [this.item(depth)]));
    return list;
  }

  private item(depth: number): Item {
    const { rng } = this;
    const kind = rng.below(100);
    if (depth > 0 && kind < 24) return this.nested(depth - 1);
    if (kind < 34) return this.chunk();
    if (kind < 56) return plain(this.aliasing());
    if (kind < 64) return plain(this.flags());
    if (kind < 68) return plain(this.tightLoop());
    if (kind < 72) return plain(this.guardedLoads());
    if (kind < 77) return plain(this.string());
    if (kind < 81) return plain(this.special());
    if (kind < 85) return plain(this.segments());
    if (kind < 88) return plain(this.stack());
    if (kind < 91) return plain(this.system());
    if (kind < 96) return this.patch(depth);
    if (kind < 98) return { kind: 'dataInCode', alias: rng.chance(0.3), body: this.few(depth) };
    return plain(this.ports());
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

  /** Where ebx points to, as the program sees it. */
  private get data(): number {
    return this.environment.data === 'based' ? DATA - BASED_DATA : DATA;
  }

  /** lea register, [ebx+disp], to data, or through another linear page to the same. */
  private point(register: number, disp: number): number[] {
    const { rng, environment } = this;
    const alias = environment.paging && environment.data === 'flat' && rng.chance(0.2);
    return [0x8d, 0x83 | (register << 3), ...little(disp + (alias ? DATA_ALIAS - DATA : 0))];
  }

  /** Several accesses to a few bytes, through three registers and all widths. */
  private aliasing(): number[] {
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

  /** Pointers that the loop's code knows nothing of, and that move: they meet in some turns. */
  private pointerLoop(): Item[] {
    const { rng } = this;
    const around = rng.pick([0x20, 0x100, 0x7f0, 0xfe0]);
    const setup = [
      ...this.point(ESI, around + rng.below(24)),
      ...this.point(EDI, around + rng.below(24)),
    ];
    const bytes: number[] = [];
    const count = 2 + rng.below(6);
    for (let i = 0; i < count; i++) bytes.push(...this.access(around));
    for (const pointer of POINTERS)
      if (rng.chance(0.6)) bytes.push(0x83, 0xc0 | pointer, rng.pick([1, 2, 4, 8, 0xfc, 0xff]));
    return [
      plain(setup),
      { kind: 'loop', count: 2 + rng.below(12), body: [plain(bytes), ...this.exits()] },
    ];
  }

  /** Sometimes a way out of the middle of a loop's body, or a side that is seldom taken. */
  private exits(): Item[] {
    const { rng } = this;
    if (rng.chance(0.5)) return [];
    return [
      plain([0xf6, 0x43, rng.below(0x40), 1 << rng.below(8)]),
      { kind: 'unless', condition: rng.pick([4, 5]), body: [plain(this.aliasing())] },
    ];
  }

  /** Loads behind branches, from where nothing may be: what is hoisted over the branch must not show. */
  private guardedLoads(): number[] {
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

  private access(around: number): number[] {
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
  private operand(reg: number, around: number): number[] {
    const { rng } = this;
    if (rng.chance(0.35)) return [0x83 | (reg << 3), ...little(around + rng.below(14))];
    if (rng.chance(0.9)) return [0x40 | (reg << 3) | rng.pick(POINTERS), rng.below(10)];
    return [0x04 | (reg << 3) | 0x80, 0x33 | (rng.below(2) << 6), ...little(around - this.data)];
  }

  /** Arithmetic between registers. */
  private work(): number[] {
    const { rng } = this;
    const [a, b] = [rng.pick(VALUES), rng.pick(FREE)];
    return rng.pick([
      [rng.pick(GROUP1) * 8 + 3, 0xc0 | (a << 3) | b],
      [0x8d, 0x44 | (a << 3), 0x03 | (b << 3) | (rng.below(4) << 6), rng.below(256)],
      [0x0f, 0xaf, 0xc0 | (a << 3) | b],
      [0xc1, 0xc0 | (rng.below(8) << 3) | a, rng.below(34)],
      [0xd3, 0xc0 | (rng.below(8) << 3) | a],
      [0x69, 0xc0 | (a << 3) | b, ...little(rng.u32())],
      [0xb8 | a, ...little(rng.pick([0, 1, 0x80000000, rng.u32()]))],
      [0x89, 0xc0 | (b << 3) | a],
      [0xf7, 0xd0 | (rng.below(2) << 3) | a],
      [0x40 | (rng.below(2) << 3) | a],
      [0x0f, 0xb6 | rng.below(2) | (rng.below(2) << 3), 0xc0 | (a << 3) | rng.pick(VALUES)],
      [0x66, 0x01, 0xc0 | (b << 3) | a],
      [0x00, 0xc0 | (rng.pick([0, 1, 2, 4, 5, 6]) << 3) | rng.pick([0, 1, 2, 4, 5, 6])],
      [0x0f, 0xa4, 0xc0 | (b << 3) | a, rng.below(33)],
      [0x0f, 0xad, 0xc0 | (b << 3) | a],
      [0xf7, 0xe0 | (rng.below(2) << 3) | rng.pick(FREE)],
      [0x99],
      [0x98],
    ]);
  }

  /** Flags set in one place and read in others, by every kind of reader. */
  private flags(): number[] {
    const { rng } = this;
    const bytes: number[] = [];
    const count = 2 + rng.below(6);
    for (let i = 0; i < count; i++) {
      const [a, b] = [rng.pick(VALUES), rng.pick(FREE)];
      bytes.push(
        ...rng.pick([
          this.work(),
          this.work(),
          [0x0f, 0x90 | rng.below(16), 0xc0 | rng.pick([0, 1, 2, 4, 5, 6])],
          [0x0f, 0x40 | rng.below(16), 0xc0 | (a << 3) | b],
          [rng.pick([0x11, 0x13, 0x19, 0x1b]), 0xc0 | (a << 3) | rng.pick(VALUES)],
          [rng.pick([0xf5, 0xf8, 0xf9, 0x9f, 0x9e])],
          [0x9c, 0x58 | a],
          // A short side.
          [0x70 | rng.below(16), 2, 0x01, 0xc0 | (b << 3) | a],
          [0x70 | rng.below(16), 6, 0x89, 0x83 | (a << 3), ...little(rng.below(0x40))],
          [0x0f, 0xa3 | (rng.below(4) << 3), 0xc0 | (b << 3) | a],
          [0x0f, 0xbc | rng.below(2), 0xc0 | (a << 3) | b],
          [0x0f, 0xc0 | rng.below(2), 0xc0 | (a << 3) | b],
          [0x0f, 0xb0 | rng.below(2), 0xc0 | (a << 3) | b],
          [0x85, 0xc0 | (a << 3) | b],
          [rng.pick([0x27, 0x2f, 0x37, 0x3f])],
        ]),
      );
    }
    // A body of a branch may be cut by the next instruction only at its end.
    return bytes;
  }

  /** mov ecx, n; body; dec ecx; jnz: what gets unrolled. */
  private tightLoop(): number[] {
    const { rng } = this;
    const body: number[] = [];
    const count = 1 + rng.below(4);
    for (let i = 0; i < count; i++)
      body.push(
        ...rng.pick([
          [0x03, 0x84, 0x8b, ...little(rng.below(0x40))],
          [0x89, 0x84, 0x8b, ...little(rng.below(0x40))],
          [0x01, 0x94, 0x8b, ...little(rng.below(0x40))],
          [0x88, 0x84, 0x0b, ...little(rng.below(0x40))],
          [0x8b, 0x94, 0x8b, ...little(rng.below(0x40))],
          [0x33, 0x93, ...little(rng.below(0x40))],
          [0x11, 0xc2],
          [0xd1, 0xc2],
          [0x89, 0x13],
          [0x8b, 0x03],
          [0x40],
          [0x70 | rng.below(16), 1, 0x42],
        ]),
      );
    const end = rng.pick([
      [0x49, 0x75],
      [0x49, 0x75],
      [0x83, 0xe9, 1, 0x77],
      [0xe2],
      [0xe0 | rng.below(2)],
    ]);
    const back = -(body.length + end.length + 1);
    return [0xb9, ...little(1 + rng.below(24)), ...body, ...end, back & 0xff];
  }

  /** Repeated and single string instructions on ranges that overlap. */
  private string(): number[] {
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

  /** An address that may fault, be I/O, or be code. */
  private oddPlace(): number {
    const { rng, environment } = this;
    const places = [
      DEMAND - rng.below(8),
      DEMAND + rng.below(0x1000),
      READ_ONLY - rng.below(6),
      READ_ONLY + rng.below(0x1000),
      IO + rng.below(0x20),
      environment.paging ? IO_ALIAS - rng.below(4) : IO + 0x1000,
      environment.paging ? IO_ALIAS + rng.below(16) : IO + rng.below(0x1000),
      0x5000_0000 + rng.below(0x1000),
      0xffff_fffe,
      CODE + 0x800 + rng.below(0x10) * 4,
      CODE + 0x2ff0 + rng.below(0x20),
    ];
    return rng.pick(places);
  }

  /** Loads and stores at such addresses, now and then or always, in front of or behind ordinary ones. */
  private special(): number[] {
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

  /** A data segment with limits, or without right to write, in es, fs or gs. */
  private segments(): number[] {
    const { rng } = this;
    const [register, prefix] = rng.pick([
      [0, 0x26],
      [4, 0x64],
      [5, 0x65],
    ]);
    const flat = this.environment.user ? USER_DATA : KERNEL_DATA;
    const selector = rng.pick([
      DATA_PAGE,
      DATA_LIMITED,
      DATA_DOWN,
      DATA_READ_ONLY,
      DATA_BASED,
      flat,
      0,
    ]);
    const offset =
      {
        [DATA_PAGE]: rng.pick([0x10, 0xff0, 0xffe]) + rng.below(4),
        [DATA_DOWN]: 0x7fc + rng.below(0x20),
        [DATA_LIMITED]: rng.pick([0x8010, 0xbff8]) + rng.below(8),
        [DATA_BASED]: DATA - BASED_DATA + rng.below(0x20),
      }[selector] ?? DATA + rng.below(0x20);
    const address = little(offset);
    const value = rng.pick(VALUES);
    const uses = Array.from({ length: 1 + rng.below(3) }, () =>
      rng.pick([
        [prefix, 0x8b, 0x05 | (value << 3), ...address],
        [prefix, 0x89, 0x05 | (value << 3), ...address],
        [prefix, 0x00, 0x05 | (value << 3), ...address],
        this.work(),
      ]),
    );
    const load = (s: number): number[] => [
      0x66,
      0xb8,
      s & 0xff,
      s >>> 8,
      0x8e,
      0xc0 | (register << 3),
    ];
    return [
      ...(rng.chance(0.8) ? load(selector) : []),
      ...uses.flat(),
      ...(rng.chance(0.6) ? load(register === 0 ? this.dataSelector() : flat) : []),
    ];
  }

  private dataSelector(): number {
    const { data, user } = this.environment;
    if (data === 'based') return DATA_BASED;
    if (data === 'limited') return DATA_LIMITED;
    return user ? USER_DATA : KERNEL_DATA;
  }

  /** push and pop in all forms; a return to an address that no call pushed. */
  private stack(): number[] {
    const { rng } = this;
    const [a, b] = [rng.pick(FREE), rng.pick(FREE)];
    const slot = 0x40 + rng.below(0x10);
    return rng.pick([
      [0x50 | a, 0xff, 0x34, 0x24, 0x58 | b, 0x58 | a],
      [0x50 | a, 0x8f, 0x43, slot],
      [0xff, 0x73, slot, 0x01, 0x04, 0x24, 0x58 | b],
      [0x6a, rng.below(256), 0x68, ...little(rng.u32()), 0x58 | a, 0x58 | b],
      [0x66, 0x50 | a, 0x66, 0x58 | b],
      [0x60, 0x01, 0x44, 0x24, 0x1c, 0x61],
      [0x54, 0x58 | a, 0x83, 0xec, 8, 0x89, 0x04, 0x24, 0x83, 0xc4, 8],
      [0xc8, 16, 0, 0, 0x89, 0x45, 0xfc, 0x8b, 0x55, 0xfc, 0xc9],
      // call next; pop: the return stack goes wrong.
      [0xe8, 0, 0, 0, 0, 0x58 | a],
      [
        0x89,
        0x25,
        ...little(STACK_TOP - 0x800 - (this.environment.data === 'based' ? BASED_DATA : 0)),
      ],
    ]);
  }

  /** Services of the handlers, and what only the interpreter executes. */
  private system(): number[] {
    const { rng, environment } = this;
    const kernel = [
      [0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8],
      [0x0f, 0x01, 0x3b],
      [0xfa, ...this.work(), 0xfb],
      [0x0f, 0x06],
      environment.interruptCycles > 0 ? [0xfb, 0xf4] : [0x90],
    ];
    return rng.pick([
      [0xcd, 0x80],
      [0xcd, 0x82],
      [0xcd, 0x83],
      [0xcd, 0x84],
      [0xcd, 0x86],
      [0xcd, 0x87],
      [0xcd, 0x87],
      [0x0f, 0x0b],
      [0x31, 0xc9, 0xf7, 0xf1],
      [0xb0, 0x7f, 0x04, 0x01, 0xce],
      [0x9c, 0x9d],
      [0x0f, 0xa2],
      [0x62, 0x43, 0x10],
      [0xcc],
      environment.user ? [0xf4] : rng.pick(kernel),
    ]);
  }

  private ports(): number[] {
    return this.rng.pick([
      [0xe4, IO_PORT],
      [0xe5, IO_PORT],
      [0xe6, IO_PORT],
      [0x66, 0xba, IO_PORT, 0, 0xed],
      [0x66, 0xba, IO_PORT, 0, 0xef],
      [0x66, 0xba, IO_PORT, 0, ...this.point(EDI, 0x100), 0xb9, 3, 0, 0, 0, 0xfc, 0xf3, 0x6d],
    ]);
  }

  private patch(depth: number): Item {
    const { rng } = this;
    return {
      kind: 'patch',
      change: rng.pick<PatchChange>(['immediate', 'register', 'byte', 'opcode', 'jump', 'copy']),
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

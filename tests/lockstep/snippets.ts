/**
 * Pieces of random programs that fit anywhere, as bytes of 32-bit code: work in registers, flags from
 * one place read in another, short and tight loops. Also what all pieces share: which registers are
 * free, where data is, which addresses are odd.
 */
import type { Rng } from '../../base/rng.js';
import { little } from './assemble-items.js';
import type { Environment } from './environment.js';
import {
  BASED_DATA,
  BIG_ALIAS,
  CODE,
  DATA,
  DATA_ALIAS,
  DEMAND,
  IO,
  IO_ALIAS,
  READ_ONLY,
} from './guest-map.js';

const [EAX, ECX, EDX] = [0, 1, 2];
export const [ESI, EDI] = [6, 7];
/** Registers that pieces may change. */
export const FREE: readonly number[] = [EAX, ECX, EDX, ESI, EDI];
export const VALUES: readonly number[] = [EAX, ECX, EDX];
export const POINTERS: readonly number[] = [ESI, EDI];
/** add or adc sbb and sub xor cmp, as their opcodes' distances. */
export const GROUP1: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7];

export class Snippets {
  constructor(
    protected readonly rng: Rng,
    protected readonly environment: Environment,
  ) {}

  /** Where ebx points to, as the program sees it. */
  protected get data(): number {
    return this.environment.data === 'based' ? DATA - BASED_DATA : DATA;
  }

  /** lea register, [ebx+disp], to data, or through another linear page to the same. */
  protected point(register: number, disp: number): number[] {
    const { rng, environment } = this;
    const alias = environment.paging && environment.data === 'flat' && rng.chance(0.2);
    const away = alias ? rng.pick([DATA_ALIAS - DATA, BIG_ALIAS]) : 0;
    return [0x8d, 0x83 | (register << 3), ...little(disp + away)];
  }

  /** An address that may fault, be I/O, or be code. */
  protected oddPlace(): number {
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

  /** Arithmetic between registers. */
  work(): number[] {
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
  flags(): number[] {
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
          [rng.pick([0xf5, 0xf8, 0xf9, 0x9f, 0x9e, 0xfc, 0xfd])],
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
    return bytes;
  }

  /** mov ecx, n; body; dec ecx; jnz: what gets unrolled. */
  tightLoop(): number[] {
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
}

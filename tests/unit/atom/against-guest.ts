/**
 * The guest function (guest-isa/sem/alu*.ts) that each flag-setting row must equal, as one signature:
 * state, first and second source, old destination. What a row returns beyond d is not compared.
 */
import * as alu from '../../../guest-isa/sem/alu.js';
import * as bits from '../../../guest-isa/sem/alu-bits.js';
import * as multiply from '../../../guest-isa/sem/alu-multiply.js';
import * as shift from '../../../guest-isa/sem/alu-shift.js';

export type GuestFunction = (s: Int32Array, a: number, b: number, d: number) => number;

const library = { ...alu, ...bits, ...multiply, ...shift } as unknown as Record<
  string,
  (s: Int32Array, ...values: number[]) => number
>;

/** Rows whose guest function has another name or another order of operands. */
const special: Readonly<Record<string, GuestFunction>> = {
  'shld32.c': (s, a, b, d) => shift.shld32(s, d, a, b),
  'shrd32.c': (s, a, b, d) => shift.shrd32(s, d, a, b),
  'bsf32.c': (s, a, _b, d) => bits.bsf32(s, a, d),
  'bsr32.c': (s, a, _b, d) => bits.bsr32(s, a, d),
  'keepzero.c': (s, a) => {
    bits.keepZero(s, a);
    return 0;
  },
  bswap: (s, a) => bits.bswap32(s, a),
};

/** The function for a row's name without its form suffix; undefined where the guest has none. */
export function guestFunction(name: string): GuestFunction | undefined {
  const plain = name.replace(/\.c$/, '');
  const own = special[name] ?? library[plain];
  return own && ((s, a, b, d) => own(s, a, b, d) ?? 0);
}

/** Bits of d that count: 8- and 16-bit rows leave garbage above, products of 8 bits are 16 wide. */
export function resultMask(name: string): number {
  if (/^i?mul8\.c/.test(name)) return 0xffff;
  if (/8\.c/.test(name)) return 0xff;
  return /16\.c/.test(name) ? 0xffff : -1;
}

/**
 * Products and quotients (SDM vol. 2: MUL, IMUL, DIV, IDIV) and the decimal adjustments
 * (DAA, DAS, AAA, AAS, AAM, AAD). Wide results: the low half is returned, the high half (or the
 * remainder) is left in AUX. Divisions report an overflow by returning `DIVIDE_ERROR`, so that
 * the caller raises #DE before anything is written.
 */
import {
  AF,
  arithmeticFlags,
  CF,
  PF,
  parityEven,
  SF,
  setArithmeticFlags,
  ZF,
} from '../state/flags.js';
import { AUX } from '../state/layout.js';
import { keepFlags, logic8 } from './alu.js';

type State = Int32Array;

/** High 32 bits of the unsigned product. */
export function mulHighUnsigned(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const mid = ah * bl + ((al * bl) >>> 16);
  const low = al * bh + (mid & 0xffff);
  return (ah * bh + (mid >>> 16) + (low >>> 16)) | 0;
}

/** High 32 bits of the signed product. */
export function mulHighSigned(a: number, b: number): number {
  return (mulHighUnsigned(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
}

/** SF, ZF, PF are undefined after a product; they are those of the low half, as on P6. */
export function mul8(s: State, a: number, b: number): number {
  const r = (a & 0xff) * (b & 0xff);
  const over = r > 0xff ? 1 : 0;
  keepFlags(s, (r << 24) >> 24, over, over);
  return r;
}
export function mul16(s: State, a: number, b: number): number {
  const r = (a & 0xffff) * (b & 0xffff);
  const over = r > 0xffff ? 1 : 0;
  keepFlags(s, (r << 16) >> 16, over, over);
  s[AUX] = r >>> 16;
  return r | 0;
}
export function mul32(s: State, a: number, b: number): number {
  const low = Math.imul(a, b);
  const high = mulHighUnsigned(a, b);
  const over = high !== 0 ? 1 : 0;
  keepFlags(s, low, over, over);
  s[AUX] = high;
  return low;
}

export function imul8(s: State, a: number, b: number): number {
  const r = ((a << 24) >> 24) * ((b << 24) >> 24);
  const over = r !== (r << 24) >> 24 ? 1 : 0;
  keepFlags(s, (r << 24) >> 24, over, over);
  return r;
}
export function imul16(s: State, a: number, b: number): number {
  const r = ((a << 16) >> 16) * ((b << 16) >> 16);
  const over = r !== (r << 16) >> 16 ? 1 : 0;
  keepFlags(s, (r << 16) >> 16, over, over);
  s[AUX] = r >> 16;
  return r;
}
export function imul32(s: State, a: number, b: number): number {
  const low = Math.imul(a, b);
  const high = mulHighSigned(a, b);
  const over = high !== low >> 31 ? 1 : 0;
  keepFlags(s, low, over, over);
  s[AUX] = high;
  return low;
}

/** What a division returns when the quotient does not fit or the divisor is zero (no quotient is fractional). */
export const DIVIDE_ERROR = 0.5;

export function div8(s: State, _high: number, low: number, divisor: number): number {
  const d = divisor & 0xff;
  const n = low & 0xffff;
  if (d === 0) return DIVIDE_ERROR;
  const q = Math.floor(n / d);
  if (q > 0xff) return DIVIDE_ERROR;
  s[AUX] = n - q * d;
  return q;
}
export function div16(s: State, high: number, low: number, divisor: number): number {
  const d = divisor & 0xffff;
  const n = (((high & 0xffff) << 16) | (low & 0xffff)) >>> 0;
  if (d === 0) return DIVIDE_ERROR;
  const q = Math.floor(n / d);
  if (q > 0xffff) return DIVIDE_ERROR;
  s[AUX] = n - q * d;
  return q;
}
export function div32(s: State, high: number, low: number, divisor: number): number {
  const d = divisor >>> 0;
  const h = high >>> 0;
  if (h >= d) return DIVIDE_ERROR;
  if (h === 0) {
    const q = Math.floor((low >>> 0) / d);
    s[AUX] = (low - Math.imul(q, d)) | 0;
    return q | 0;
  }
  return longDivide(s, h, low >>> 0, d);
}

/** 64 by 32 bits: two steps of 16 quotient bits would overflow a double; one bit at a time does not. */
function longDivide(s: State, high: number, low: number, divisor: number): number {
  let remainder = high;
  let quotient = 0;
  for (let bit = 31; bit >= 0; bit--) {
    remainder = remainder * 2 + ((low >>> bit) & 1);
    quotient <<= 1;
    if (remainder >= divisor) {
      remainder -= divisor;
      quotient |= 1;
    }
  }
  s[AUX] = remainder | 0;
  return quotient;
}

export function idiv8(s: State, _high: number, low: number, divisor: number): number {
  const d = (divisor << 24) >> 24;
  const n = (low << 16) >> 16;
  if (d === 0) return DIVIDE_ERROR;
  const q = Math.trunc(n / d) | 0;
  if (q !== (q << 24) >> 24) return DIVIDE_ERROR;
  s[AUX] = n - q * d;
  return q;
}
export function idiv16(s: State, high: number, low: number, divisor: number): number {
  const d = (divisor << 16) >> 16;
  const n = ((high & 0xffff) << 16) | (low & 0xffff);
  if (d === 0) return DIVIDE_ERROR;
  const q = Math.trunc(n / d);
  if (q < -0x8000 || q > 0x7fff) return DIVIDE_ERROR;
  s[AUX] = n - q * d;
  return q | 0;
}
export function idiv32(s: State, high: number, low: number, divisor: number): number {
  if (divisor === 0) return DIVIDE_ERROR;
  const negative = high < 0;
  const h = negative ? (~high + (low === 0 ? 1 : 0)) >>> 0 : high >>> 0;
  const l = negative ? -low >>> 0 : low >>> 0;
  const d = divisor < 0 ? -divisor >>> 0 : divisor;
  if (h >= d) return DIVIDE_ERROR;
  const magnitude = longDivide(s, h, l, d) >>> 0;
  const opposite = negative !== divisor < 0;
  if (magnitude > (opposite ? 0x80000000 : 0x7fffffff)) return DIVIDE_ERROR;
  if (negative) s[AUX] = -s[AUX] | 0;
  return opposite ? -magnitude | 0 : magnitude | 0;
}

function keepDecimal(s: State, al: number, adjusted: boolean, carry: boolean): void {
  setArithmeticFlags(
    s,
    (adjusted ? AF : 0) |
      (carry ? CF : 0) |
      ((al & 0xff) === 0 ? ZF : 0) |
      (al & 0x80 ? SF : 0) |
      (parityEven(al) ? PF : 0),
  );
}

/** daa and das: AX in, AX out (only AL changes). */
export function daa(s: State, ax: number): number {
  const flags = arithmeticFlags(s);
  const old = ax & 0xff;
  const low = (old & 15) > 9 || (flags & AF) !== 0;
  const high = old > 0x99 || (flags & CF) !== 0;
  const al = (old + (low ? 6 : 0) + (high ? 0x60 : 0)) & 0xff;
  keepDecimal(s, al, low, high);
  return (ax & 0xff00) | al;
}
export function das(s: State, ax: number): number {
  const flags = arithmeticFlags(s);
  const old = ax & 0xff;
  const low = (old & 15) > 9 || (flags & AF) !== 0;
  const high = old > 0x99 || (flags & CF) !== 0;
  const al = (old - (low ? 6 : 0) - (high ? 0x60 : 0)) & 0xff;
  keepDecimal(s, al, low, high || (low && old < 6));
  return (ax & 0xff00) | al;
}
export function aaa(s: State, ax: number): number {
  const adjust = (ax & 15) > 9 || (arithmeticFlags(s) & AF) !== 0;
  const r = adjust ? ax + 0x106 : ax;
  keepDecimal(s, r & 15, adjust, adjust);
  return r & 0xff0f;
}
export function aas(s: State, ax: number): number {
  const adjust = (ax & 15) > 9 || (arithmeticFlags(s) & AF) !== 0;
  const r = adjust ? ((ax - 6) & 0xffff) - 0x100 : ax;
  keepDecimal(s, r & 15, adjust, adjust);
  return r & 0xff0f;
}
/** aam: quotient to AH, remainder to AL; DIVIDE_ERROR for a base of zero. */
export function aam(s: State, ax: number, base: number): number {
  const b = base & 0xff;
  if (b === 0) return DIVIDE_ERROR;
  const al = ax & 0xff;
  const r = ((Math.floor(al / b) & 0xff) << 8) | (al % b);
  logic8(s, r);
  return r;
}
export function aad(s: State, ax: number, base: number): number {
  const r = ((ax & 0xff) + ((ax >>> 8) & 0xff) * (base & 0xff)) & 0xff;
  logic8(s, r);
  return r;
}

/**
 * The contract of the unit that the vectors do not show: exact transfers from and to a
 * JavaScript number, independence of two units, and what is reset between operations.
 */
import { describe, expect, it } from 'vitest';
import * as f80 from '../../../base/f80/index.js';

const DOUBLES = [
  0,
  -0,
  1,
  -1,
  0.1,
  -2.5,
  1e300,
  -1e-300,
  2 ** -1022,
  2 ** 1023,
  1.7976931348623157e308,
  Math.PI,
];

describe('transfers from and to a number', () => {
  it.each(DOUBLES)('%d survives', (value) => {
    const u = new f80.F80Unit();
    f80.fromNumber(u, value);
    expect(f80.fitsNumber(u.se, u.hi, u.lo)).toBe(true);
    expect(f80.toNumber(u, u.se, u.hi, u.lo)).toBe(value);
  });
  it('a denormal double becomes a normal f80 that is not called exact', () => {
    const u = new f80.F80Unit();
    f80.fromNumber(u, 2 ** -1074);
    expect([u.se, u.hi, u.lo]).toEqual([0x3fff - 1074, 0x80000000 | 0, 0]);
    expect(f80.fitsNumber(u.se, u.hi, u.lo)).toBe(false);
    expect(u.denormalOperand).toBe(0);
  });
  it('infinity and NaN convert but are not called exact', () => {
    const u = new f80.F80Unit();
    f80.fromNumber(u, Number.NEGATIVE_INFINITY);
    expect([u.se, u.hi, u.lo]).toEqual([0xffff, 0x80000000 | 0, 0]);
    expect(f80.fitsNumber(u.se, u.hi, u.lo)).toBe(false);
    f80.fromNumber(u, Number.NaN);
    expect(f80.isNaN80(u.se, u.hi, u.lo)).toBe(true);
  });
  it('rejects what a double cannot hold', () => {
    expect(f80.fitsNumber(0x3fff, 0x80000000 | 0, 1)).toBe(false);
    expect(f80.fitsNumber(0x3fff + 1024, 0x80000000 | 0, 0)).toBe(false);
    expect(f80.fitsNumber(0x3fff - 1023, 0x80000000 | 0, 0)).toBe(false);
    expect(f80.fitsNumber(0x3fff, 0x40000000, 0)).toBe(false);
  });
});

describe('a unit', () => {
  it('reports one operation at a time', () => {
    const u = new f80.F80Unit();
    f80.div(u, 0x3fff, 0x80000000 | 0, 0, 0x4000, 0xc0000000 | 0, 0);
    expect([u.flags, u.roundedUp]).toEqual([f80.PE, true]);
    f80.add(u, 0x3fff, 0x80000000 | 0, 0, 0x3fff, 0x80000000 | 0, 0);
    expect([u.flags, u.roundedUp, u.se]).toEqual([0, false, 0x4000]);
  });
  it('notes a denormal memory operand for one operation only', () => {
    const u = new f80.F80Unit();
    const one = [0x3fff, 0x80000000 | 0, 0] as const;
    f80.widenF32(u, 1);
    f80.add(u, ...one, u.se, u.hi, u.lo);
    expect(u.flags).toBe(f80.DE | f80.PE);
    f80.add(u, ...one, ...one);
    expect(u.flags).toBe(0);
  });
  it('keeps its control to itself', () => {
    const a = new f80.F80Unit();
    const b = new f80.F80Unit();
    a.setControl(0x0c40);
    expect([a.precision, a.rounding, a.masks]).toEqual([24, 3, 0]);
    expect([b.precision, b.rounding, b.masks]).toEqual([64, 0, 0x3f]);
  });
  it('stores nothing after an unmasked invalid operation', () => {
    const u = new f80.F80Unit();
    u.setControl(0x037e);
    f80.sqrt(u, 0xbfff, 0x80000000 | 0, 0);
    expect([u.flags, u.stored]).toEqual([f80.IE, false]);
  });
});

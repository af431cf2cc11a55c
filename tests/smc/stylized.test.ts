/** Where the fields of stylized code lie in an instruction's bytes, prefixes in front. */
import { describe, expect, it } from 'vitest';
import { stylizedFields } from '../../cms/smc/stylized.js';
import { prefixLength } from '../../guest-isa/decode/decode.js';
import { SmcBench } from './bench.js';

const AT = 0x2000;
const RET = 0xc3;

/** `immediate displacement` of the first instruction of some bytes. */
function fields(...bytes: number[]): string {
  const smc = new SmcBench();
  smc.ram.set([...bytes, RET], AT);
  const [first] = smc.make(AT).region.instructions;
  if (first === undefined) throw new Error('no instruction');
  const { immediate, displacement } = stylizedFields(first);
  return `${immediate} ${displacement}`;
}

describe('fields of 32 bits', () => {
  it('are found behind prefixes', () => {
    expect(fields(0xb8, 1, 2, 3, 4)).toBe('1 -1');
    expect(fields(0x8b, 0x83, 1, 2, 3, 4)).toBe('-1 2');
    expect(fields(0x64, 0x8b, 0x83, 1, 2, 3, 4)).toBe('-1 3');
    expect(fields(0x64, 0x66, 0x8b, 0x84, 0x24, 1, 2, 3, 4)).toBe('-1 5');
    expect(fields(0xf0, 0x3e, 0x81, 0x05, 1, 2, 3, 4, 5, 6, 7, 8)).toBe('8 4');
  });

  it('are none where there are 16 or 8, or an address of 16', () => {
    expect(fields(0x66, 0xb8, 1, 2)).toBe('-1 -1');
    expect(fields(0x8b, 0x43, 1)).toBe('-1 -1');
    expect(fields(0x67, 0x8b, 0x87, 1, 2)).toBe('-1 -1');
  });
});

it('prefixes are those of the decoder', () => {
  const prefixes = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3];
  expect(prefixLength(Uint8Array.of(...prefixes, 0x90))).toBe(prefixes.length);
  expect(prefixLength(Uint8Array.of(0x90, 0x66))).toBe(0);
});

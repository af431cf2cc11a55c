/** The binary format: numbers, modules. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { ByteWriter, I32, moduleBytes, W } from '../../../hw/exec/wasm/binary.js';
import { Entries } from '../../../hw/exec/wasm/entries.js';
import { FunctionCode } from '../../../hw/exec/wasm/function-code.js';
import {
  COMMIT_PENDING,
  MISS_FUNCTIONS,
  RUNTIME_FUNCTIONS,
  TYPES,
  UNIT_IMPORTS,
} from '../../../hw/exec/wasm/unit-imports.js';

function written(write: (out: ByteWriter) => void): number[] {
  const out = new ByteWriter();
  write(out);
  return [...out.bytes.subarray(0, out.length)];
}

/** LEB128 as the specification reads it. */
function read(bytes: readonly number[], signed: boolean): bigint {
  const value = bytes.reduce((sum, byte, i) => sum | (BigInt(byte & 0x7f) << BigInt(7 * i)), 0n);
  const width = 7 * bytes.length;
  return signed ? BigInt.asIntN(width, value) : value;
}

describe('LEB128', () => {
  it.each([
    [0, [0x00]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [624485, [0xe5, 0x8e, 0x26]],
    [0xffff_ffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('unsigned %i', (value, bytes) => {
    expect(written((out) => out.unsigned(value))).toEqual(bytes);
  });

  it.each([
    [0, [0x00]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-123456, [0xc0, 0xbb, 0x78]],
    [0x7fff_ffff, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-0x8000_0000, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])('signed %i', (value, bytes) => {
    expect(written((out) => out.signed(value))).toEqual(bytes);
  });

  it('says any number, in no more bytes than it needs', () => {
    const rng = new Rng(1);
    for (let i = 0; i < 5000; i++) {
      const value = rng.u32() >>> rng.below(32);
      const bytes = written((out) => out.unsigned(value));
      expect(read(bytes, false)).toBe(BigInt(value));
      expect(bytes.slice(0, -1).every((byte) => byte > 0x7f)).toBe(true);
      expect(bytes.length === 1 || bytes.at(-1) !== 0).toBe(true);
      const signed = (rng.u32() | 0) >> rng.below(32);
      expect(
        read(
          written((out) => out.signed(signed)),
          true,
        ),
      ).toBe(BigInt(signed));
    }
  });
});

describe('bytes', () => {
  it('grow, and can be copied in part', () => {
    const out = new ByteWriter();
    for (let i = 0; i < 5000; i++) out.u8(i);
    const other = new ByteWriter();
    other.copy(out, 300, 4900);
    other.text('ab');
    expect(other.length).toBe(4603);
    expect([other.bytes[0], other.bytes[4599]]).toEqual([300 & 0xff, 4899 & 0xff]);
    expect([...other.bytes.subarray(4600, 4603)]).toEqual([2, 0x61, 0x62]);
  });
});

describe('a module', () => {
  const answer = (): FunctionCode => {
    const code = new FunctionCode(1);
    code.get(0);
    code.const32(2);
    code.op(W.add);
    return code;
  };

  it('has these bytes', () => {
    const bytes = moduleBytes({
      types: [{ parameters: [I32], results: [I32] }],
      imports: [],
      functions: [{ type: 0, body: answer().body(), exportedAs: 'f' }],
      memoryPages: 1,
      usesTable: false,
    });
    const memory = [2, 14, 1, 1, 0x65, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 1, 1, 1];
    expect([...bytes]).toEqual(
      [
        [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        [1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f],
        [...memory],
        [3, 2, 1, 0],
        [7, 5, 1, 1, 0x66, 0, 0],
        [10, 13, 1, 11, 2, 3, 0x7e, 0, 0x7f, 0x20, 0, 0x41, 2, 0x6a, 0x0b],
      ].flat(),
    );
  });

  it('imports a memory, a table and functions, and exports what is to be', () => {
    const bytes = moduleBytes({
      types: TYPES,
      imports: UNIT_IMPORTS,
      functions: [
        { type: 0, body: answer().body() },
        { type: 0, body: answer().body(), exportedAs: 'second' },
      ],
      memoryPages: 3,
      usesTable: true,
    });
    const asked: string[] = [];
    const given: Record<string, unknown> = {
      memory: new WebAssembly.Memory({ initial: 3, maximum: 3 }),
      table: new WebAssembly.Table({ element: 'anyfunc', initial: 1 }),
    };
    const e = new Proxy(given, {
      get: (_, name: string) => {
        asked.push(name);
        return given[name] ?? (() => 0);
      },
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      e: e as Record<string, () => number>,
    });
    expect(asked).toEqual(['memory', 'table', ...UNIT_IMPORTS.map(({ name }) => name)]);
    expect(Object.keys(exports)).toEqual(['second']);
    expect((exports.second as unknown as (n: number) => number)(40)).toBe(42);
  });

  it("units' imports have the numbers by which they are called", () => {
    const all = Object.entries({ ...RUNTIME_FUNCTIONS, ...MISS_FUNCTIONS, COMMIT_PENDING });
    expect(all.map(([, { number }]) => number)).toEqual(all.map((_, i) => i));
    expect(UNIT_IMPORTS.every(({ type }) => type >= 0)).toBe(true);
  });
});

describe('entries', () => {
  /** Part i adds i, and goes on elsewhere until five parts have run. */
  it('begin at the part that is asked for, and jump to each other from any depth', () => {
    const parts = 200;
    const code = new FunctionCode(1);
    const entries = new Entries(code);
    const sum = code.local();
    const hops = code.local();
    for (let i = 0; i < parts; i++) {
      entries.begin();
      code.get(sum);
      code.const32(i);
      code.op(W.add);
      code.set(sum);
      code.get(hops);
      code.const32(1);
      code.op(W.add);
      code.tee(hops);
      code.const32(5);
      code.op(W.ltU);
      code.if();
      entries.jumpTo((7 * i + 3) % parts);
      code.end();
      code.get(sum);
      code.return();
    }
    const bytes = moduleBytes({
      types: TYPES,
      imports: [],
      functions: [{ type: 0, body: entries.body(), exportedAs: 'f' }],
      memoryPages: 1,
      usesTable: false,
    });
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { memory } });
    const f = exports.f as unknown as (entry: number) => number;
    for (let entry = 0; entry < parts; entry++) {
      let expected = 0;
      for (let at = entry, n = 0; n < 5; n++, at = (7 * at + 3) % parts) expected += at;
      expect(f(entry)).toBe(expected);
    }
  });
});

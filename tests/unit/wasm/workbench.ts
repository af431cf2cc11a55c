/**
 * Pieces of the WebAssembly engine by themselves: a small linear memory with the core's state in it, and
 * functions that are written, compiled and called.
 */
import { expect } from 'vitest';
import type { AtomRow } from '../../../hw/atom/atom.js';
import { type CoreArea, coreArea } from '../../../hw/core/core-area.js';
import { OP, Op } from '../../../hw/exec/step/step-molecule.js';
import { AtomCode } from '../../../hw/exec/wasm/atom-code.js';
import { moduleBytes } from '../../../hw/exec/wasm/binary.js';
import type { FunctionCode } from '../../../hw/exec/wasm/function-code.js';
import { PathLocals } from '../../../hw/exec/wasm/path-locals.js';
import { TYPES, UNIT_TYPE } from '../../../hw/exec/wasm/unit-imports.js';
import { LinearMemory } from '../../../hw/memory/layout.js';
import { geometry, TagArray, tagWords } from '../../../hw/timing/tag-array.js';

const RAM_BYTES = 0x1_0000;
const SHIFT = 6;

export type Compiled = (argument: number) => number;

export class Workbench {
  readonly memory: LinearMemory;
  readonly area: CoreArea;
  /** The working file. */
  readonly w: Int32Array;
  private tableEnd: number;
  private empty: TagArray | undefined;

  constructor(cmsBytes = 0, tableBytes = 0x4_0000) {
    this.memory = new LinearMemory(RAM_BYTES, cmsBytes, tableBytes);
    this.area = coreArea(this.memory);
    this.w = this.area.working;
    this.tableEnd = this.memory.tablesOffset;
  }

  /** Offset of so many bytes of the tables. */
  take(bytes: number): number {
    this.tableEnd += bytes;
    return this.tableEnd - bytes;
  }

  tags(sets: number, ways: number, replacement: 'lru' | 'fifo'): TagArray {
    const shape = geometry('test', sets * ways, ways, replacement);
    const words = tagWords(shape);
    return new TagArray(shape, this.memory.words(this.take(4 * words), words));
  }

  /** Atoms of a path on which every access hits. */
  atoms(code: FunctionCode): AtomCode {
    const { memory, area, w } = this;
    this.empty ??= this.tags(1, 1, 'fifo');
    const tags = this.empty;
    const around = {
      area,
      tlbOffset: memory.tlb.byteOffset,
      l1i: tags,
      l1d: tags,
      hostTlb: tags,
      dataShift: SHIFT,
    };
    return new AtomCode(code, new PathLocals(code, w.byteOffset), around, 'leave');
  }

  /** One function each. */
  compile(codes: readonly FunctionCode[]): readonly Compiled[] {
    const { memory } = this.memory;
    const bytes = moduleBytes({
      types: TYPES,
      imports: [],
      functions: codes.map((code, i) => ({
        type: UNIT_TYPE,
        body: code.body(),
        exportedAs: `f${i}`,
      })),
      memoryPages: memory.buffer.byteLength >>> 16,
      usesTable: false,
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { memory } });
    return codes.map((_, i) => exports[`f${i}`] as unknown as Compiled);
  }
}

/** An operation as predecode.ts makes them. */
export function opOf(kind: keyof typeof OP, parts: Partial<Op> & { row?: AtomRow }): Op {
  const { d = 0, a = 0, b = 0, imm = 0, code = 0, bytes = 0, signed = false, row } = parts;
  return new Op(OP[kind], () => {}, d, a, b, imm, code, bytes, 0, false, signed, false, false, row);
}

/** Values of which some lie at an edge of something. */
export const EDGES = [
  0, 1, 2, 7, 8, 9, 15, 16, 31, 32, 33, 63, 0x7f, 0x80, 0x81, 0xff, 0x100, 0x7fff, 0x8000, 0x8001,
  0xffff, 0x10000, 0x7fffffff, -0x80000000, -0x7fffffff, -1, -2, -128, -32768, 0x0f0f0f0f,
] as const;

/** Fails unless the words are equal; much faster than `toEqual` where they are. */
export function expectSame(words: Int32Array, expected: Int32Array, message?: string): void {
  if (words.some((word, i) => word !== expected[i]))
    expect([...words], message).toEqual([...expected]);
}

/**
 * The module that all units share: the loop that goes from unit to unit, and what units call where a
 * few instructions do not do (the searching half of tag look-ups, the return stack, indirect jumps).
 * Each function does what the TypeScript of the same structure does (timing/tag-array.ts,
 * core/return-stack.ts, step/branch-unit.ts), on the same words.
 */
import { MAX_RETURN_STACK } from '../../core/core-area.js';
import { RETURN_DEPTH, RETURN_TOP } from '../../core/return-stack.js';
import {
  LONG_AGO,
  NOW,
  PORT_FREE,
  PREPARED_AT,
  PREPARED_TARGET,
} from '../../timing/cycle-account.js';
import { CAUSE_SLOTS, PENDING0, PENDING1 } from '../../timing/scoreboard.js';
import { RECENT, STAMP_LIMIT, type TagArray } from '../../timing/tag-array.js';
import { EMPTY, type FunctionType, I32, moduleBytes, W } from './binary.js';
import { FunctionCode } from './function-code.js';
import type { UnitTables } from './unit-tables.js';

export interface RuntimeParts {
  readonly tables: UnitTables;
  readonly cells: Int32Array;
  readonly returnStack: Int32Array;
  readonly returnEntries: number;
  readonly l1i: TagArray;
  readonly l1d: TagArray;
  readonly tlb: TagArray;
  readonly indirectCycles: number;
  readonly preparedCycles: number;
  /** Scoreboard, alias registers. */
  readonly ready: Int32Array;
  readonly alias: Int32Array;
}

export type Runtime = Record<string, WebAssembly.ExportedFunction> & {
  /** From a place on, as long as units lead to units: the place without one, or -1 - number of the way out. */
  readonly run: (place: number) => number;
  /** The function with a number in the table, once. */
  readonly call: (index: number, entry: number) => number;
};

/** Functions that units import: their numbers in each unit's module, and parameters and results. */
export const RUNTIME_FUNCTIONS = {
  findData: { number: 0, parameters: 1, results: 1 },
  findPage: { number: 1, parameters: 1, results: 1 },
  findLine: { number: 2, parameters: 1, results: 1 },
  useData: { number: 3, parameters: 1, results: 0 },
  useLine: { number: 4, parameters: 1, results: 0 },
  pushReturn: { number: 5, parameters: 2, results: 0 },
  popReturn: { number: 6, parameters: 1, results: 1 },
  jump: { number: 7, parameters: 2, results: 1 },
  pass: { number: 8, parameters: 1, results: 0 },
  await: { number: 9, parameters: 3, results: 0 },
  aliased: { number: 10, parameters: 3, results: 1 },
} as const;

/** Functions of TypeScript that units import, numbered behind those of the runtime: what costs time anyway. */
export const SLOW_FUNCTIONS = {
  /** Linear address, where cycles are charged: the page is walked for. */
  walk: { number: 11, parameters: 2, results: 0 },
  /** Host address, register, where cycles are charged: an access that may miss. */
  load: { number: 12, parameters: 3, results: 0 },
  store: { number: 13, parameters: 2, results: 0 },
  /** The molecule has issued that had loads which missed. */
  noteMisses: { number: 14, parameters: 0, results: 0 },
  /** Line of L1I, where cycles are charged. */
  fetchLine: { number: 15, parameters: 2, results: 0 },
  /** Site of a commit that settles cycles from before its path too. */
  commitPending: { number: 16, parameters: 1, results: 0 },
} as const;

export type SlowFunctions = Record<keyof typeof SLOW_FUNCTIONS, (...args: number[]) => undefined>;

/** Type numbers by parameters and results, in every module. */
export const TYPES: readonly FunctionType[] = [
  { parameters: [I32], results: [I32] },
  { parameters: [I32], results: [] },
  { parameters: [I32, I32], results: [] },
  { parameters: [I32, I32], results: [I32] },
  { parameters: [I32, I32, I32], results: [] },
  { parameters: [I32, I32, I32], results: [I32] },
  { parameters: [], results: [] },
];

export function typeOf(parameters: number, results: number): number {
  return TYPES.findIndex((t) => t.parameters.length === parameters && t.results.length === results);
}

/** Imports of every unit's module: types and names, in the order of their numbers. */
export const UNIT_IMPORTS = Object.entries({ ...RUNTIME_FUNCTIONS, ...SLOW_FUNCTIONS }).map(
  ([name, { parameters, results }]) => ({ name, type: typeOf(parameters, results) }),
);

/** The runtime's only import; its own functions follow. */
const RENUMBER = 0;

const wordAt = (words: Int32Array, index: number): number => words.byteOffset + 4 * index;

export function makeRuntime(parts: RuntimeParts, table: WebAssembly.Table): Runtime {
  const { l1i, l1d, tlb, tables } = parts;
  const written = {
    findData: find(l1d),
    findPage: find(tlb),
    findLine: find(l1i),
    useData: use(l1d, 0, RUNTIME_FUNCTIONS.findData.number),
    useLine: use(l1i, 1, RUNTIME_FUNCTIONS.findLine.number),
    pushReturn: pushReturn(parts),
    popReturn: popReturn(parts),
    jump: jump(parts),
    pass: pass(parts),
    await: awaitRegisters(parts),
    aliased: aliased(parts),
  };
  const functions = Object.entries(RUNTIME_FUNCTIONS).map(([name, { parameters, results }]) => ({
    type: typeOf(parameters, results),
    body: written[name as keyof typeof written].body(),
    exportedAs: name,
  }));
  const run = { type: 0, body: loop(tables).body(), exportedAs: 'run' };
  const call = { type: typeOf(2, 1), body: callUnit().body(), exportedAs: 'call' };
  const { memory } = tables.memory;
  const bytes = moduleBytes({
    types: TYPES,
    imports: [{ name: 'renumber', type: 1 }],
    functions: [...functions, run, call],
    memoryPages: memory.buffer.byteLength >>> 16,
    usesTable: true,
  });
  const arrays = [l1d, l1i];
  const renumber = (which: number): undefined => {
    arrays[which].renumber();
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    e: { memory, table, renumber },
  });
  return instance.exports as Runtime;
}

/** From unit to unit. */
function loop(tables: UnitTables): FunctionCode {
  const code = new FunctionCode(1);
  const slot = code.local();
  code.op(W.loop);
  code.op(EMPTY);
  code.get(0);
  code.const32(2);
  code.op(W.shl);
  code.access(W.load32, tables.entryOf.byteOffset);
  code.tee(slot);
  code.op(W.eqz);
  code.if();
  code.get(0);
  code.op(W.return);
  code.end();
  code.get(slot);
  code.const32(0xff);
  code.op(W.and);
  code.get(slot);
  code.const32(8);
  code.op(W.shrU);
  code.op(W.callIndirect);
  code.out.unsigned(0);
  code.out.unsigned(0);
  code.tee(0);
  code.const32(0);
  code.op(W.geS);
  code.op(W.brIf);
  code.out.unsigned(0);
  code.op(W.end);
  code.get(0);
  return code;
}

function callUnit(): FunctionCode {
  const code = new FunctionCode(2);
  code.get(1);
  code.get(0);
  code.op(W.callIndirect);
  code.out.unsigned(0);
  code.out.unsigned(0);
  return code;
}

/** One more than the slot where the line is present, which is among the recent ones from then on; 0: absent. */
function find({ sets, ways, tags, recent }: TagArray): FunctionCode {
  const code = new FunctionCode(1);
  const slot = code.local();
  const last = code.local();
  code.get(0);
  code.const32(sets);
  code.op(0x70);
  code.const32(ways);
  code.op(W.mul);
  code.tee(slot);
  code.const32(ways);
  code.op(W.add);
  code.set(last);
  code.op(W.loop);
  code.op(EMPTY);
  code.get(slot);
  code.const32(2);
  code.op(W.shl);
  code.access(W.load32, tags.byteOffset);
  code.get(0);
  code.op(W.eq);
  code.if();
  code.get(0);
  code.const32(RECENT - 1);
  code.op(W.and);
  code.const32(2);
  code.op(W.shl);
  code.get(0);
  code.access(W.store32, recent.byteOffset);
  code.get(slot);
  code.const32(1);
  code.op(W.add);
  code.op(W.return);
  code.end();
  code.get(slot);
  code.const32(1);
  code.op(W.add);
  code.tee(slot);
  code.get(last);
  code.op(W.ltU);
  code.op(W.brIf);
  code.out.unsigned(0);
  code.op(W.end);
  code.const32(0);
  return code;
}

/** TagArray.touch of a line that is present: it is the latest of its set. */
function use({ clock, recency }: TagArray, which: number, find: number): FunctionCode {
  const code = new FunctionCode(1);
  const now = wordAt(clock, 0);
  const slot = code.local();
  code.get(0);
  code.call(RENUMBER + 1 + find);
  code.const32(1);
  code.op(W.sub);
  code.set(slot);
  code.word(now);
  code.const32(STAMP_LIMIT);
  code.op(W.eq);
  code.if();
  code.const32(which);
  code.call(RENUMBER);
  code.end();
  code.addToWord(now, 1);
  code.get(slot);
  code.const32(2);
  code.op(W.shl);
  code.word(now);
  code.access(W.store32, recency.byteOffset);
  return code;
}

function pushReturn({ returnStack, returnEntries }: RuntimeParts): FunctionCode {
  const code = new FunctionCode(2);
  if (returnEntries === 0) return code;
  const top = code.local();
  const at = wordAt(returnStack, 0);
  const topAt = wordAt(returnStack, RETURN_TOP);
  const depthAt = wordAt(returnStack, RETURN_DEPTH);
  code.word(topAt);
  code.tee(top);
  code.const32(2);
  code.op(W.shl);
  code.get(0);
  code.access(W.store32, at);
  code.get(top);
  code.const32(2);
  code.op(W.shl);
  code.get(1);
  code.access(W.store32, at + 4 * MAX_RETURN_STACK);
  code.setWord(topAt, () => {
    code.const32(0);
    code.get(top);
    code.const32(1);
    code.op(W.add);
    code.get(top);
    code.const32(returnEntries - 1);
    code.op(W.eq);
    code.op(W.select);
  });
  code.word(depthAt);
  code.const32(returnEntries);
  code.op(W.ltS);
  code.if();
  code.addToWord(depthAt, 1);
  code.end();
  return code;
}

function popReturn({ returnStack, returnEntries }: RuntimeParts): FunctionCode {
  const code = new FunctionCode(1);
  const top = code.local();
  const at = wordAt(returnStack, 0);
  const topAt = wordAt(returnStack, RETURN_TOP);
  const depthAt = wordAt(returnStack, RETURN_DEPTH);
  code.word(depthAt);
  code.op(W.eqz);
  code.if();
  code.const32(0);
  code.op(W.return);
  code.end();
  code.addToWord(depthAt, -1);
  code.const32(returnEntries - 1);
  code.word(topAt);
  code.const32(1);
  code.op(W.sub);
  code.word(topAt);
  code.op(W.eqz);
  code.op(W.select);
  code.set(top);
  code.setWord(topAt, () => code.get(top));
  code.get(top);
  code.const32(2);
  code.op(W.shl);
  code.access(W.load32, at + 4 * MAX_RETURN_STACK);
  code.const32(0);
  code.get(top);
  code.const32(2);
  code.op(W.shl);
  code.access(W.load32, at);
  code.get(0);
  code.op(W.eq);
  code.op(W.select);
  return code;
}

/** BranchUnit.jump: target and cycle; what the jump costs. */
function jump({ cells, indirectCycles, preparedCycles }: RuntimeParts): FunctionCode {
  const code = new FunctionCode(2);
  const cost = code.local();
  code.const32(indirectCycles);
  code.set(cost);
  code.word(wordAt(cells, PREPARED_TARGET));
  code.get(0);
  code.op(W.eq);
  code.if();
  code.get(1);
  code.word(wordAt(cells, PREPARED_AT));
  code.op(W.sub);
  code.const32(indirectCycles);
  code.op(W.geS);
  code.if();
  code.const32(preparedCycles);
  code.set(cost);
  code.end();
  code.end();
  code.setWord(wordAt(cells, PREPARED_TARGET), () => code.const32(0));
  code.get(cost);
  return code;
}

/** Scoreboard.await: masks of r0-r31 and r32-r63, where the wait is charged. */
function awaitRegisters({ ready, cells }: RuntimeParts): FunctionCode {
  const code = new FunctionCode(3);
  const latest = code.local();
  const time = code.local();
  const [pending0, pending1] = [wordAt(ready, PENDING0), wordAt(ready, PENDING1)];
  const latestOf = (mask: number, first: number, pending: number): void => {
    code.get(mask);
    code.word(pending);
    code.op(W.and);
    code.set(mask);
    code.setWord(pending, () => {
      code.word(pending);
      code.get(mask);
      code.op(W.xor);
    });
    code.block();
    code.op(W.loop);
    code.op(EMPTY);
    code.depth++;
    code.get(mask);
    code.op(W.eqz);
    code.branch(W.brIf, code.depth - 1);
    code.get(mask);
    code.op(W.ctz);
    code.const32(2);
    code.op(W.shl);
    code.access(W.load32, wordAt(ready, first));
    code.tee(time);
    code.get(latest);
    code.get(time);
    code.get(latest);
    code.op(W.gtS);
    code.op(W.select);
    code.set(latest);
    code.get(mask);
    code.get(mask);
    code.const32(1);
    code.op(W.sub);
    code.op(W.and);
    code.set(mask);
    code.branch(W.br, code.depth);
    code.end();
    code.end();
  };
  latestOf(0, 0, pending0);
  latestOf(1, 32, pending1);
  // Local 0: how long; local 1: address of the cell.
  code.get(latest);
  code.const32(2);
  code.op(W.shrS);
  code.word(wordAt(cells, NOW));
  code.op(W.sub);
  code.tee(0);
  code.const32(0);
  code.op(W.leS);
  code.if();
  code.op(W.return);
  code.end();
  code.get(2);
  causeSlot(code, latest);
  code.op(W.add);
  code.const32(2);
  code.op(W.shl);
  code.tee(1);
  code.get(1);
  code.access(W.load32, wordAt(cells, 0));
  code.get(0);
  code.op(W.add);
  code.access(W.store32, wordAt(cells, 0));
  code.setWord(wordAt(cells, NOW), () => {
    code.word(wordAt(cells, NOW));
    code.get(0);
    code.op(W.add);
  });
  return code;
}

/** The slot of a time and cause (scoreboard.ts). */
function causeSlot(code: FunctionCode, time: number): void {
  const [first, ...others] = CAUSE_SLOTS;
  code.const32(first);
  others.forEach((slot, i) => {
    code.const32(slot);
    code.get(time);
    code.const32(3);
    code.op(W.and);
    code.const32(i + 1);
    code.op(W.ne);
    code.op(W.select);
  });
}

/** AliasRegisters.overlapping: mask, physical address, width; 1 where a store hits one. */
function aliased({ alias }: RuntimeParts): FunctionCode {
  const code = new FunctionCode(3);
  const at = code.local();
  code.block();
  code.op(W.loop);
  code.op(EMPTY);
  code.depth++;
  code.get(0);
  code.op(W.eqz);
  code.branch(W.brIf, code.depth - 1);
  code.get(0);
  code.op(W.ctz);
  code.const32(4);
  code.op(W.shl);
  code.set(at);
  for (const range of [0, 8]) {
    code.get(1);
    code.get(at);
    code.access(W.load32, wordAt(alias, 1) + range);
    code.op(W.ltS);
    code.get(at);
    code.access(W.load32, wordAt(alias, 0) + range);
    code.get(1);
    code.get(2);
    code.op(W.add);
    code.op(W.ltS);
    code.op(W.and);
  }
  code.op(W.or);
  code.if();
  code.const32(1);
  code.op(W.return);
  code.end();
  code.get(0);
  code.get(0);
  code.const32(1);
  code.op(W.sub);
  code.op(W.and);
  code.set(0);
  code.branch(W.br, code.depth);
  code.end();
  code.end();
  code.const32(0);
  return code;
}

/** CycleAccount.pass, as far as the fill port and `brprep` are concerned. */
function pass({ cells }: RuntimeParts): FunctionCode {
  const code = new FunctionCode(1);
  const lower = (cell: number, least: number): void => {
    const value = code.local();
    code.const32(0);
    code.word(wordAt(cells, cell));
    code.get(0);
    code.op(W.sub);
    code.tee(value);
    code.const32(least);
    code.get(value);
    code.const32(least);
    code.op(W.gtS);
    code.op(W.select);
    code.access(W.store32, wordAt(cells, cell));
  };
  lower(PORT_FREE, 0);
  lower(PREPARED_AT, LONG_AGO);
  return code;
}

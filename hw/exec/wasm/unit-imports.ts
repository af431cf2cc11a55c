/**
 * The functions that the modules of units import: those of the runtime (runtime/runtime.ts), and those for
 * what may miss or was pending before. Their numbers and types are the same
 * in every module.
 */
import { type FunctionType, I32 } from './binary.js';

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
  settleMolecules: { number: 11, parameters: 0, results: 0 },
  /** Where cycles are charged: all that is outstanding is waited for. */
  drain: { number: 12, parameters: 1, results: 0 },
} as const;

/** Functions that units import for what may miss (runtime/miss-module.ts), numbered behind those of the runtime. */
export const MISS_FUNCTIONS = {
  /** Linear address, where cycles are charged: the page is walked for. */
  walk: { number: 13, parameters: 2, results: 0 },
  /** Host address, register, where cycles are charged: an access that may miss. */
  load: { number: 14, parameters: 3, results: 0 },
  store: { number: 15, parameters: 2, results: 0 },
  /** The molecule has issued that had loads which missed. */
  noteMisses: { number: 16, parameters: 0, results: 0 },
  /** Line of L1I, where cycles are charged. */
  fetchLine: { number: 17, parameters: 2, results: 0 },
} as const;

/** Site of a commit that settles cycles from before its path too (cold/pending-commit.ts). */
export const COMMIT_PENDING = { number: 18, parameters: 1, results: 0 } as const;

export type MissFunctions = Record<keyof typeof MISS_FUNCTIONS, WebAssembly.ExportedFunction>;

/** What the modules of units are given. */
export type UnitFunctions = MissFunctions &
  Record<keyof typeof RUNTIME_FUNCTIONS, WebAssembly.ExportedFunction> & {
    readonly commitPending: (site: number) => undefined;
  };

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
export const UNIT_IMPORTS = Object.entries({
  ...RUNTIME_FUNCTIONS,
  ...MISS_FUNCTIONS,
  commitPending: COMMIT_PENDING,
}).map(([name, { parameters, results }]) => ({ name, type: typeOf(parameters, results) }));

/** The type of a unit's function: from a path to a place or a way out. */
export const UNIT_TYPE = typeOf(1, 1);

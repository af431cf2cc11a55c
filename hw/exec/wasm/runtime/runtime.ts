/**
 * The module that all units share: the loop that goes from unit to unit, and what units call where a
 * few instructions do not do. Each function does what the TypeScript of the same structure does, on
 * the same words.
 */
import type { TagArray } from '../../../timing/tag-array.js';
import { W } from '../binary.js';
import { FunctionCode } from '../function-code.js';
import { instantiate } from '../instantiate.js';
import { RUNTIME_FUNCTIONS, TYPES, typeOf, UNIT_TYPE } from '../unit-imports.js';
import { PATH_BITS, type UnitTables } from '../unit-tables.js';
import { aliased } from './alias-functions.js';
import { jump, pass } from './branch-functions.js';
import { settleMolecules } from './functional-functions.js';
import { popReturn, pushReturn } from './return-functions.js';
import { find, use } from './tag-functions.js';
import { awaitRegisters, drain } from './wait-functions.js';

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

export type Runtime = Record<keyof typeof RUNTIME_FUNCTIONS, WebAssembly.ExportedFunction> & {
  /** From a place on, as long as units lead to units: the place without one, or -1 - number of the way out. */
  readonly run: (place: number) => number;
};

/** The runtime's only import; its own functions follow, in the order of their numbers. */
const RENUMBER = 0;
const OWN_FIRST = 1;
/** Arrays by the number that `renumber` is told. */
const [DATA, LINES] = [0, 1];

export function makeRuntime(parts: RuntimeParts, table: WebAssembly.Table): Runtime {
  const { l1i, l1d, tables } = parts;
  const written = sharedFunctions(parts);
  const functions = Object.entries(RUNTIME_FUNCTIONS).map(([name, { parameters, results }]) => ({
    type: typeOf(parameters, results),
    body: written[name as keyof typeof written].body(),
    exportedAs: name,
  }));
  const run = { type: UNIT_TYPE, body: runUnits(tables).body(), exportedAs: 'run' };
  const { memory } = tables.memory;
  const module = {
    types: TYPES,
    imports: [{ name: 'renumber', type: typeOf(1, 0) }],
    functions: [...functions, run],
    memoryPages: memory.buffer.byteLength >>> 16,
    usesTable: true,
  };
  const renumber = (which: number): undefined => {
    (which === DATA ? l1d : l1i).renumber();
  };
  return instantiate(module, { memory, table, renumber }) as Runtime;
}

function sharedFunctions(
  parts: RuntimeParts,
): Record<keyof typeof RUNTIME_FUNCTIONS, FunctionCode> {
  const { l1i, l1d, tlb, cells, returnStack, returnEntries } = parts;
  const { findData, findLine } = RUNTIME_FUNCTIONS;
  return {
    findData: find(l1d),
    findPage: find(tlb),
    findLine: find(l1i),
    useData: use(l1d, OWN_FIRST + findData.number, RENUMBER, DATA),
    useLine: use(l1i, OWN_FIRST + findLine.number, RENUMBER, LINES),
    pushReturn: pushReturn(returnStack, returnEntries),
    popReturn: popReturn(returnStack, returnEntries),
    jump: jump(cells, parts.indirectCycles, parts.preparedCycles),
    pass: pass(cells),
    await: awaitRegisters(parts.ready, cells),
    aliased: aliased(parts.alias),
    settleMolecules: settleMolecules(cells, parts.tables),
    drain: drain(parts.ready, cells),
  };
}

/** From unit to unit. */
function runUnits({ entryOf }: UnitTables): FunctionCode {
  const code = new FunctionCode(1);
  const entry = code.local();
  code.loop();
  const again = code.depth;
  code.get(0);
  code.element(entryOf.byteOffset);
  code.tee(entry);
  code.op(W.eqz);
  code.if();
  code.get(0);
  code.return();
  code.end();
  code.get(entry);
  code.const32((1 << PATH_BITS) - 1);
  code.op(W.and);
  code.get(entry);
  code.const32(PATH_BITS);
  code.op(W.shrU);
  code.callIndirect(UNIT_TYPE);
  code.tee(0);
  code.const32(0);
  code.op(W.geS);
  code.branch(W.brIf, again);
  code.end();
  code.get(0);
  return code;
}

/**
 * The module for accesses and fetches that may miss (miss-functions.ts): it keeps the tags of the caches and
 * the host TLB, and counts what is waited for.
 */
import { lineShift } from '../../../timing/timing-tables.js';
import type { StepperParts } from '../../step/compiled-paths.js';
import type { FunctionCode } from '../function-code.js';
import { instantiate } from '../instantiate.js';
import { MISS_FUNCTIONS, type MissFunctions, TYPES, typeOf } from '../unit-imports.js';
import type { UnitTables } from '../unit-tables.js';
import { MissCode } from './miss-functions.js';
import type { MissParts } from './miss-pieces.js';
import type { Runtime } from './runtime.js';
import { find } from './tag-functions.js';
import { touch } from './touch-functions.js';
import { WalkCode } from './walk-functions.js';

/** Numbers in the module: its imports, then its own functions. */
const [FIND_LINE, FIND_DATA, FIND_PAGE, RENUMBER] = [0, 1, 2, 3];
const [FIND_SECOND, TOUCH_LINE, TOUCH_DATA, TOUCH_SECOND, TOUCH_PAGE] = [4, 5, 6, 7, 8];

export type MissModuleParts = Pick<StepperParts, 'core' | 'hierarchy' | 'hostTlb' | 'options'>;

export function missModule(
  { core, hierarchy, hostTlb, options }: MissModuleParts,
  tables: UnitTables,
  { findLine, findData, findPage }: Pick<Runtime, 'findLine' | 'findData' | 'findPage'>,
): MissFunctions {
  const { memory } = core;
  const { l1i, l1d, l2 } = hierarchy;
  const arrays = [l1i, l1d, l2, hostTlb.tags] as const;
  const written = missFunctions({ core, hierarchy, hostTlb, options }, tables);
  const finds = [FIND_LINE, FIND_DATA, FIND_SECOND, FIND_PAGE];
  const own = [
    find(l2),
    ...arrays.map((array, which) =>
      touch(array, { find: finds[which], renumber: RENUMBER, which }),
    ),
  ];
  const oneToOne = typeOf(1, 1);
  const module = {
    types: TYPES,
    imports: [
      ...['findLine', 'findData', 'findPage'].map((name) => ({ name, type: oneToOne })),
      { name: 'renumber', type: typeOf(1, 0) },
    ],
    functions: [
      ...own.map((code) => ({ type: oneToOne, body: code.body() })),
      ...Object.entries(MISS_FUNCTIONS).map(([name, { parameters, results }]) => ({
        type: typeOf(parameters, results),
        body: written[name as keyof typeof MISS_FUNCTIONS].body(),
        exportedAs: name,
      })),
    ],
    memoryPages: memory.memory.buffer.byteLength >>> 16,
    usesTable: false,
  };
  const renumber = (which: number): undefined => {
    arrays[which].renumber();
  };
  const environment = { memory: memory.memory, findLine, findData, findPage, renumber };
  return instantiate(module, environment) as MissFunctions;
}

function missFunctions(
  { core, hierarchy, options }: MissModuleParts,
  tables: UnitTables,
): Record<keyof typeof MISS_FUNCTIONS, FunctionCode> {
  const { fetchShift, dataShift } = hierarchy;
  const parts: MissParts = {
    memory: core.memory,
    tables,
    cells: core.area.cells,
    ready: core.area.ready,
    options,
    fetchShift,
    dataShift,
    l2Shift: lineShift('host.l2.lineBytes', options.l2.lineBytes),
    touchLine: TOUCH_LINE,
    touchData: TOUCH_DATA,
    touchSecond: TOUCH_SECOND,
    touchPage: TOUCH_PAGE,
  };
  const misses = new MissCode(parts);
  return {
    walk: new WalkCode(parts).walk(),
    load: misses.load(),
    store: misses.store(),
    noteMisses: misses.noteMisses(),
    fetchLine: misses.fetchLine(),
  };
}

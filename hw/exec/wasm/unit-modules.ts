/**
 * The WebAssembly modules of units. Units are compiled many to a module, since a module of its own for each
 * costs ten times as much and the process has room for some ten thousand modules only (docs/adr/0017).
 * A module is garbage when all of its units are dissolved.
 */
import { SimulatorBug } from '../../../base/errors.js';
import type { ByteWriter } from './binary.js';
import { instantiate } from './instantiate.js';
import { Numbers } from './numbers.js';
import type { Unit } from './unit.js';
import { TYPES, UNIT_IMPORTS, UNIT_TYPE, type UnitFunctions } from './unit-imports.js';
import { PATH_BITS, type UnitTables } from './unit-tables.js';

/** Numbers of the function table's entries fit in what is left of a word beside a path. */
const MOST_FUNCTIONS = 1 << (30 - PATH_BITS);

interface Waiting {
  readonly unit: Unit;
  readonly body: ByteWriter;
}

export class UnitModules {
  /** Functions compiled since power-on. */
  compiled = 0;
  private readonly numbers = new Numbers(1);
  private waiting: Waiting[] = [];

  constructor(
    private readonly tables: UnitTables,
    private readonly table: WebAssembly.Table,
    private readonly imports: UnitFunctions,
  ) {}

  /** Functions that wait to be compiled. */
  get waits(): number {
    return this.waiting.length;
  }

  /** A unit's function. */
  add(unit: Unit, body: ByteWriter): void {
    this.waiting.push({ unit, body });
  }

  /** Compiles what waits to one module. */
  compile(): void {
    const wanted = this.waiting.filter(({ unit }) => unit.alive);
    this.waiting = [];
    if (wanted.length === 0) return;
    const { memory } = this.tables.memory;
    const name = (i: number): string => `u${i}`;
    const parts = {
      types: TYPES,
      imports: UNIT_IMPORTS,
      functions: wanted.map(({ body }, i) => ({ type: UNIT_TYPE, body, exportedAs: name(i) })),
      memoryPages: memory.buffer.byteLength >>> 16,
      usesTable: false,
    };
    const exports = instantiate(parts, { memory, ...this.imports });
    wanted.forEach(({ unit }, i) => {
      this.enter(unit, this.install(exports[name(i)] as WebAssembly.ExportedFunction));
    });
  }

  /** The unit is dissolved: nothing leads to it. */
  remove(unit: Unit): void {
    const { entryOf } = this.tables;
    const { index, heads } = unit;
    if (index === 0) return;
    for (const head of heads) {
      if (head === undefined) continue;
      const place = this.tables.place(head.hostPc);
      if (entryOf[place] >>> PATH_BITS === index) entryOf[place] = 0;
    }
    this.table.set(index, null);
    this.numbers.giveBack(index);
  }

  private install(compiled: WebAssembly.ExportedFunction): number {
    const { table } = this;
    const index = this.numbers.take();
    if (index >= MOST_FUNCTIONS) throw new SimulatorBug('too many compiled functions');
    if (index >= table.length) table.grow(table.length);
    table.set(index, compiled);
    this.compiled++;
    return index;
  }

  /** Paths lead to the unit. */
  private enter(unit: Unit, index: number): void {
    const { tables } = this;
    unit.index = index;
    unit.heads.forEach((head, path) => {
      if (head?.unit === unit)
        tables.entryOf[tables.place(head.hostPc)] = (index << PATH_BITS) | path;
    });
  }
}

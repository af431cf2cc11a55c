/**
 * Ways out of a unit: each has a number, by which TypeScript knows where the unit was left and what is
 * pending there (unit.ts).
 */
import { FETCHED_LINE, NO_LINE, NOW } from '../../timing/cycle-account.js';
import type { AliasCode } from './alias-code.js';
import { W } from './binary.js';
import { type FunctionCode, wordAt } from './function-code.js';
import { ANY_LINE, type PathState } from './path-state.js';
import { type Unit, WAY, type WayOut } from './unit.js';
import type { UnitCode, UnitMachine } from './unit-machine.js';
import { CELL } from './unit-tables.js';

type Where = Pick<WayOut, 'kind' | 'toPc' | 'molecule'> & Partial<Omit<WayOut, 'times'>>;

export class ExitCode {
  private readonly cells: Int32Array;

  constructor(
    private readonly code: FunctionCode,
    private readonly unit: Unit,
    private readonly around: UnitCode,
    private readonly machine: UnitMachine,
  ) {
    this.cells = machine.area.cells;
  }

  /** Leaves, with nothing to be brought up to date unless `where` says so. */
  leave(where: Where): void {
    const { code, unit } = this;
    const number = this.around.takeWayOut({
      headPc: 0,
      steps: undefined,
      stores: 0,
      protectedLoads: false,
      remake: undefined,
      ...where,
      times: 0,
      unit,
    });
    unit.waysOut.push(number);
    code.const32(-1 - number);
    code.return();
  }

  /** Leaves a path. */
  leavePath(path: PathState, where: Where): void {
    const { head, steps, stores, hasProtectedLoads } = path;
    this.leave({ ...where, headPc: head.hostPc, steps, stores, protectedLoads: hasProtectedLoads });
  }

  /** Leaves a path in front of a molecule; `molecule`: the one whose branch had never gone there. */
  leaveBetween(
    path: PathState,
    aliases: AliasCode,
    { toPc, molecule, remake }: Pick<WayOut, 'toPc' | 'molecule' | 'remake'>,
  ): void {
    if (path.line !== ANY_LINE) this.noteLine(path.line);
    aliases.storeAll(path);
    this.leavePath(path, {
      kind: WAY.between,
      toPc,
      molecule,
      remake,
    });
  }

  /** The line of L1I that was fetched last. */
  noteLine(line: number): void {
    if (line === NO_LINE) return;
    const { code } = this;
    code.setWord(wordAt(this.cells, FETCHED_LINE), () => code.const32(line));
  }

  /** Cycles are about to be pending: where execution goes on after a rollback, unless that is known. */
  noteBeginning({ head }: PathState): void {
    const { code } = this;
    code.word(wordAt(this.cells, NOW));
    code.op(W.eqz);
    code.if();
    code.setWord(this.machine.tables.cell(CELL.resumePc), () => code.const32(head.hostPc));
    code.end();
  }
}

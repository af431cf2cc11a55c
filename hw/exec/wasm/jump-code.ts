/**
 * Indirect jumps. Where nothing is outstanding a path begins at the target: the unit returns the place,
 * with the cycles so far pending in the core's cells. Else the path is left, and cold code jumps.
 */
import { CPI } from '../../timing/cpi.js';
import { NOW } from '../../timing/cycle-account.js';
import type { StepMolecule } from '../step/step-molecule.js';
import { W } from './binary.js';
import type { ExitCode } from './exit-code.js';
import { type FunctionCode, wordAt } from './function-code.js';
import type { HitTiming } from './hit-timing.js';
import type { PathState } from './path-state.js';
import { WAY } from './unit.js';
import { RUNTIME_FUNCTIONS } from './unit-imports.js';
import type { UnitMachine } from './unit-machine.js';
import { CELL, LOG_PLACE_BYTES } from './unit-tables.js';

export class JumpCode {
  constructor(
    private readonly code: FunctionCode,
    private readonly timing: HitTiming,
    private readonly exits: ExitCode,
    private readonly machine: UnitMachine,
  ) {}

  /** A jump to the address in a local; `isPrepared`: what it costs does not depend on `brprep`. */
  write(m: StepMolecule, target: number, isPrepared: boolean, path: PathState): void {
    const cycles = this.cost(target, isPrepared);
    if (path.stores > 0 || path.hasProtectedLoads || !this.timing.idleIn(0))
      this.leave(m, target, cycles, path);
    else this.begin(m, target, cycles, path);
  }

  /** Local of what the jump costs. */
  private cost(target: number, isPrepared: boolean): number {
    const { code, timing, machine } = this;
    const cycles = code.temporary();
    if (isPrepared || machine.timing === 'functional') code.const32(machine.costs.preparedCycles);
    else {
      code.get(target);
      code.word(wordAt(machine.area.cells, NOW));
      code.const32(timing.cells[NOW] - 1);
      code.op(W.add);
      code.call(RUNTIME_FUNCTIONS.jump.number);
    }
    code.set(cycles);
    return cycles;
  }

  private leave(m: StepMolecule, target: number, cycles: number, path: PathState): void {
    const { code, exits } = this;
    const { tables } = this.machine;
    code.setWord(tables.cell(CELL.target), () => code.get(target));
    code.setWord(tables.cell(CELL.targetCycles), () => code.get(cycles));
    exits.noteLine(m.lastLine);
    exits.leavePath(path, { kind: WAY.jumped, toPc: 0, molecule: m });
  }

  private begin(m: StepMolecule, target: number, jumpCycles: number, path: PathState): void {
    const { code, timing, exits, machine } = this;
    const { cells } = machine.area;
    exits.noteLine(m.lastLine);
    exits.noteBeginning(path);
    for (let i = 0; i <= NOW; i++)
      if (timing.cells[i] !== 0) code.addToWord(wordAt(cells, i), timing.cells[i]);
    const stalled = machine.timing === 'full' ? [NOW, m.accountBase + CPI.branch] : [];
    for (const cell of stalled)
      code.setWord(wordAt(cells, cell), () => {
        code.word(wordAt(cells, cell));
        code.get(jumpCycles);
        code.op(W.add);
      });
    code.get(target);
    code.const32(machine.tables.memory.cmsOffset);
    code.op(W.sub);
    code.const32(LOG_PLACE_BYTES);
    code.op(W.shrU);
    code.return();
  }
}

/**
 * The lines of L1I that the molecules of a path are fetched from: a line is tested where the path
 * comes to it. Where nothing is outstanding a wait for code only moves what follows, so it
 * is waited for there; else the path is left.
 */
import { FETCHED_LINE, NO_LINE } from '../../timing/cycle-account.js';
import type { StepMolecule } from '../step/step-molecule.js';
import type { AtomCode } from './atom-code.js';
import { W } from './binary.js';
import type { ExitCode } from './exit-code.js';
import { type FunctionCode, wordAt } from './function-code.js';
import type { HitTiming } from './hit-timing.js';
import { ANY_LINE, type PathState } from './path-state.js';
import { MISS_FUNCTIONS, RUNTIME_FUNCTIONS } from './unit-imports.js';
import type { UnitMachine } from './unit-machine.js';

export class FetchCode {
  constructor(
    private readonly code: FunctionCode,
    private readonly atoms: AtomCode,
    private readonly timing: HitTiming,
    private readonly exits: ExitCode,
    private readonly machine: UnitMachine,
  ) {}

  /** Lines of a molecule beside the one that was fetched last; none in the functional model. */
  lines({ firstLine, lastLine }: StepMolecule, { line }: PathState): number[] {
    if (firstLine === NO_LINE) return [];
    const lines = firstLine === line ? [] : [firstLine];
    if (lastLine !== firstLine) lines.push(lastLine);
    return lines;
  }

  test(m: StepMolecule, path: PathState): void {
    const { tags } = this.atoms.accesses;
    const lines = this.lines(m, path);
    // Of two lines the second might take the first one's place, and the stepper would fetch that again.
    const mayWait = lines.length === 1 && !this.machine.l1i.isLru && this.timing.idleIn(0);
    for (const line of lines)
      tags.fetched(line, () => {
        if (mayWait) this.wait(m, line, path);
        else this.atoms.molecule.missIf();
      });
  }

  /** LRU: lines that are fetched are the latest of their sets. */
  use(m: StepMolecule, path: PathState): void {
    const { code, machine } = this;
    if (!machine.l1i.isLru) return;
    for (const line of this.lines(m, path)) {
      const isDoubtful = path.line === ANY_LINE && line === m.firstLine;
      if (isDoubtful) {
        code.word(wordAt(machine.area.cells, FETCHED_LINE));
        code.const32(line);
        code.op(W.ne);
        code.if();
      }
      code.const32(line);
      code.call(RUNTIME_FUNCTIONS.useLine.number);
      if (isDoubtful) code.end();
    }
  }

  /** A wait for code while nothing is outstanding only moves what follows. */
  private wait(m: StepMolecule, line: number, path: PathState): void {
    const { code } = this;
    code.if();
    this.exits.noteBeginning(path);
    code.const32(line);
    code.const32(m.accountBase);
    code.call(MISS_FUNCTIONS.fetchLine.number);
    code.end();
  }
}

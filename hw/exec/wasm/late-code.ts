/**
 * The rest of a path behind an access that missed: its time is no longer known when it is compiled, so it is
 * counted as it comes, in the core's cells and scoreboard, as the stepper does (step/stepper.ts). What is
 * known of the path otherwise (stores, alias registers, values in locals) is still known.
 */
import { ALIAS_USED } from '../../core/alias-registers.js';
import { UNDO_COUNT, UNDO_STORES } from '../../core/undo-log.js';
import { CPI } from '../../timing/cpi.js';
import { ATOMS, FETCHED_LINE, NOW } from '../../timing/cycle-account.js';
import { LAST, PENDING0, PENDING1 } from '../../timing/scoreboard.js';
import type { StepMolecule } from '../step/step-molecule.js';
import type { AtomCode } from './atom-code.js';
import { W } from './binary.js';
import { CoreWords } from './core-words.js';
import type { ExitCode } from './exit-code.js';
import { type FunctionCode, wordAt } from './function-code.js';
import type { PathTime } from './hit-timing.js';
import { ANY_LINE, type PathState } from './path-state.js';
import { WAY } from './unit.js';
import { MISS_FUNCTIONS, RUNTIME_FUNCTIONS } from './unit-imports.js';
import type { UnitMachine } from './unit-machine.js';

export class LateCode {
  private readonly origin: number;
  private readonly words: CoreWords;

  constructor(
    private readonly code: FunctionCode,
    private readonly atoms: AtomCode,
    private readonly exits: ExitCode,
    private readonly machine: UnitMachine,
  ) {
    this.origin = code.local();
    this.words = new CoreWords(code, machine.area);
  }

  /** What is pending since the path began goes to the core. */
  enter(path: PathState, { cells, outstanding }: PathTime): void {
    const { code, origin } = this;
    const { pending0, pending1, last, registers, ready } = outstanding;
    this.exits.noteBeginning(path);
    code.word(this.words.cell(NOW));
    code.const32(2);
    code.op(W.shl);
    code.set(origin);
    const setTime = (word: number, time: number): void =>
      code.setWord(this.words.ready(word), () => {
        code.get(origin);
        code.const32(time);
        code.op(W.add);
      });
    registers.forEach((r, i) => {
      setTime(r, ready[i]);
    });
    code.setWord(this.words.ready(PENDING0), () => code.const32(pending0));
    code.setWord(this.words.ready(PENDING1), () => code.const32(pending1));
    if (last === 0) code.setWord(this.words.ready(LAST), () => code.const32(0));
    else setTime(LAST, last);
    cells.forEach((value, i) => {
      if (value !== 0) code.addToWord(this.words.cell(i), value);
    });
  }

  /** The lines that a molecule lies in; one that is not in L1I is waited for. */
  fetch(m: StepMolecule, { line }: PathState): void {
    const { code } = this;
    if (line === ANY_LINE) {
      code.word(this.words.cell(FETCHED_LINE));
      code.const32(m.firstLine);
      code.op(W.ne);
      code.if();
      this.fetchLine(m, m.firstLine);
      code.end();
    } else if (line !== m.firstLine) this.fetchLine(m, m.firstLine);
    if (m.lastLine !== m.firstLine) this.fetchLine(m, m.lastLine);
  }

  private fetchLine(m: StepMolecule, line: number): void {
    const { code } = this;
    const fetch = (): void => {
      code.const32(line);
      code.const32(m.accountBase);
      code.call(MISS_FUNCTIONS.fetchLine.number);
    };
    if (this.machine.l1i.isLru) {
      fetch();
      return;
    }
    this.atoms.accesses.tags.fetched(line, () => {
      code.if();
      fetch();
      code.end();
    });
  }

  /** Operands are waited for. */
  await(m: StepMolecule): void {
    if ((m.wait0 | m.wait1) === 0) return;
    const { code } = this;
    const masks = [m.wait0, m.wait1];
    const words = [PENDING0, PENDING1].filter((_, i) => masks[i] !== 0);
    words.forEach((word, i) => {
      code.word(this.words.ready(word));
      code.const32(masks[word - PENDING0]);
      code.op(W.and);
      if (i > 0) code.op(W.or);
    });
    code.if();
    code.const32(m.wait0);
    code.const32(m.wait1);
    code.const32(m.accountBase);
    code.call(RUNTIME_FUNCTIONS.await.number);
    code.end();
  }

  /** The atoms have executed: the molecule has issued. */
  issue(m: StepMolecule): void {
    const { code } = this;
    if (m.latestCycles !== 0) this.noteResults(m);
    code.addToWord(this.words.cell(NOW), 1);
    code.addToWord(this.words.cell(m.accountBase + CPI.issue), 1);
    if (m.atoms > 0) code.addToWord(this.words.cell(m.accountBase + ATOMS), m.atoms);
    this.atoms.accesses.issued();
  }

  /** Scoreboard.note. */
  private noteResults(m: StepMolecule): void {
    const { code } = this;
    m.lateRegisters.forEach((r, i) => {
      code.setWord(this.words.ready(r), () =>
        this.words.pushTime(() => code.const32(m.lateCycles[i])),
      );
    });
    const masks = [m.late0, m.late1];
    [PENDING0, PENDING1].forEach((word, i) => {
      if (masks[i] === 0) return;
      code.setWord(this.words.ready(word), () => {
        code.word(this.words.ready(word));
        code.const32(masks[i]);
        code.op(W.or);
      });
    });
    const last = code.temporary();
    this.words.pushTime(() => code.const32(m.latestCycles));
    code.tee(last);
    code.word(this.words.ready(LAST));
    code.op(W.gtS);
    code.if();
    code.setWord(this.words.ready(LAST), () => code.get(last));
    code.end();
  }

  /** Cycles of a molecule's branch. */
  branch(m: StepMolecule, cycles: number): void {
    if (cycles !== 0) this.stall(m, CPI.branch, cycles);
  }

  /** What is outstanding is waited for. */
  drain(m: StepMolecule): void {
    const { code } = this;
    const { commitCycles } = this.machine.costs;
    code.const32(m.accountBase);
    code.call(RUNTIME_FUNCTIONS.drain.number);
    if (commitCycles !== 0) this.stall(m, CPI.commit, commitCycles);
  }

  /** Leaves in front of a molecule; the core has everything. `surprised`: the one whose branch had never gone there. */
  leave(path: PathState, toPc: number, surprised: StepMolecule | undefined): void {
    const { code, exits, atoms, machine } = this;
    const { undo, alias } = machine.area;
    if (path.line !== ANY_LINE) exits.noteLine(path.line);
    atoms.accesses.aliases.storeAll(path);
    for (const word of [UNDO_COUNT, UNDO_STORES])
      code.setWord(wordAt(undo, word), () => code.const32(path.stores));
    if (path.hasProtectedLoads) code.setWord(wordAt(alias, ALIAS_USED), () => code.const32(1));
    const remake = surprised && 'surprise';
    exits.leave({ kind: WAY.late, toPc, molecule: surprised, remake });
  }

  private stall({ accountBase }: StepMolecule, slot: number, cycles: number): void {
    for (const cell of [accountBase + slot, NOW])
      this.code.addToWord(this.words.cell(cell), cycles);
  }
}

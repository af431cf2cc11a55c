/**
 * Commits of a path. Cycles since the path began are known: a commit counts itself under the number of its
 * site (commit-sites.ts), publishes the registers that have changed, and lets the time pass. Where cycles
 * are pending from before the path all of them are settled together (cold/pending-commit.ts).
 */
import { R_SKIPPED, SHADOWED } from '../../atom/registers.js';
import { REMAINING } from '../../core/guest-words.js';
import { countedCycles, NOW, PORT_FREE, PREPARED_TARGET } from '../../timing/cycle-account.js';
import type { StepMolecule } from '../step/step-molecule.js';
import { W } from './binary.js';
import { type FunctionCode, wordAt } from './function-code.js';
import type { HitTiming } from './hit-timing.js';
import type { PathLocals } from './path-locals.js';
import type { CommitSite, Unit } from './unit.js';
import { COMMIT_PENDING, RUNTIME_FUNCTIONS } from './unit-imports.js';
import type { UnitCode, UnitMachine } from './unit-machine.js';
import { CELL } from './unit-tables.js';

const SHADOW_MASK = SHADOWED.reduce<number>((mask, r) => mask | (1 << r), 0);

export class CommitCode {
  constructor(
    private readonly code: FunctionCode,
    private readonly locals: PathLocals,
    private readonly timing: HitTiming,
    private readonly unit: Unit,
    private readonly around: UnitCode,
    private readonly machine: UnitMachine,
  ) {}

  /** The commit of a molecule that has issued and branched. */
  write(m: StepMolecule): void {
    const { code, machine, timing } = this;
    timing.commit(machine.costs.commitCycles);
    const site = this.site(m);
    if (machine.timing === 'full') this.settle(site);
    else this.settleSteps(site);
    code.setWord(machine.tables.cell(CELL.lastSite), () => code.const32(site.number));
  }

  /** The commit of a molecule whose cycles lie in the core's cells, all of them. */
  writeLate(m: StepMolecule): void {
    const { code, timing, machine } = this;
    timing.begin();
    const site = this.site(m);
    code.const32(site.number);
    code.call(COMMIT_PENDING.number);
    code.setWord(machine.tables.cell(CELL.lastSite), () => code.const32(site.number));
  }

  private settle(site: CommitSite): void {
    const { code, machine, timing } = this;
    code.word(wordAt(machine.area.cells, NOW));
    code.ifSeldom();
    code.const32(site.number);
    code.call(COMMIT_PENDING.number);
    code.else();
    this.count(site);
    this.pass(timing.cells[NOW]);
    code.end();
  }

  /**
   * The functional model: steps are the time. Molecules from before the path are TypeScript's only where
   * the guest's memory waits to be told of the commit.
   */
  private settleSteps(site: CommitSite): void {
    const { code, machine } = this;
    const pending = wordAt(machine.area.cells, NOW);
    code.word(pending);
    code.const32(0);
    code.word(machine.tables.cell(CELL.asked));
    code.op(W.select);
    code.ifSeldom();
    code.const32(site.number);
    code.call(COMMIT_PENDING.number);
    code.else();
    code.word(pending);
    code.ifSeldom();
    code.call(RUNTIME_FUNCTIONS.settleMolecules.number);
    code.end();
    this.count(site);
    const remaining = machine.state + 4 * REMAINING;
    code.addToWord(remaining, -site.steps);
    if (site.skipsNumber >= 0) this.addSkipped(remaining, W.add);
    code.end();
  }

  /** The registers that have changed are the guest's; what is completed counts. */
  private count(site: CommitSite): void {
    const { machine } = this;
    this.locals.publish(SHADOW_MASK, machine.state);
    this.code.addToWord(wordAt(machine.tables.counts, site.number), 1);
    this.retire(site);
  }

  /** Pushes 1 if the countdown has reached its limit. */
  pushEvent(): void {
    const { code, machine } = this;
    code.word(machine.state + 4 * REMAINING);
    code.word(machine.tables.cell(CELL.eventLimit));
    code.op(W.leS);
  }

  private site({ hostPc }: StepMolecule): CommitSite {
    const { timing, around, unit } = this;
    const { steps, instructions, skips } = around.completes(hostPc);
    const site: CommitSite = {
      number: around.takeSite(),
      skipsNumber: skips ? around.takeSite() : -1,
      hostPc,
      time: timing.save(),
      counted: countedCycles(timing.cells),
      steps,
      instructions,
    };
    unit.sites.push(site);
    return site;
  }

  /** Adds what the commit completes to the steps and instructions (two words, as one of 64 bits). */
  private retire(site: CommitSite): void {
    const { code } = this;
    const { tables } = this.machine;
    const at = tables.cell(CELL.steps);
    code.const32(0);
    code.const32(0);
    code.access(W.load64, at);
    code.const32(site.instructions);
    code.op(W.extendU);
    code.const64(32);
    code.op(W.shl64);
    code.const32(site.steps);
    code.op(W.extendU);
    code.op(W.or64);
    code.op(W.add64);
    code.access(W.store64, at);
    if (site.skipsNumber < 0) return;
    this.addSkipped(tables.cell(CELL.steps), W.sub);
    this.addSkipped(tables.cell(CELL.instructions), W.sub);
    this.addSkipped(wordAt(tables.counts, site.skipsNumber), W.add);
  }

  /** Adds to or subtracts from a word what the path has skipped. */
  private addSkipped(word: number, opcode: number): void {
    const { code } = this;
    code.setWord(word, () => {
      code.word(word);
      this.locals.push(R_SKIPPED);
      code.op(opcode);
    });
  }

  /** CycleAccount.pass. */
  private pass(elapsed: number): void {
    const { code, machine } = this;
    const { cells } = machine.area;
    code.addToWord(machine.state + 4 * REMAINING, -elapsed);
    code.word(wordAt(cells, PORT_FREE));
    code.word(wordAt(cells, PREPARED_TARGET));
    code.op(W.or);
    code.ifSeldom();
    code.const32(elapsed);
    code.call(RUNTIME_FUNCTIONS.pass.number);
    code.end();
  }
}

/**
 * Guest instructions of a region to its intermediate representation: follows the path that the
 * region takes, leaves it by side exits, ends it by one final exit.
 *
 * Every exit has a snapshot of the guest's registers and says how much was completed since the last
 * commit. Pages that the path enters are checked to be mapped where they were (the entry's own page
 * is the business of whoever enters).
 */
import { SimulatorBug } from '../../base/errors.js';
import type { Insn } from '../../guest-isa/decode/insn.js';
import { PAGE_MASK } from '../../guest-isa/mmu/tlb-entry.js';
import type { Context } from '../context.js';
import type { IrExitKind, IrRegion } from '../ir/ir.js';
import type { IrCondition } from '../ir/ir-builder.js';
import type { GuestRegion, RegionInstruction } from '../region.js';
import { ConvertedSide, mayIfConvert, sideFlags } from './if-convert.js';
import { liftRepeated } from './lift-repeat.js';
import { LiftRules, repeats, type Treatment } from './lift-rules.js';
import { StatementLifter, type Transfer } from './lift-statement.js';
import { RegionState } from './region-state.js';
import { checkSource } from './source-check.js';

/** Lifts for one machine: keeps the recorded templates. */
export class Lifter {
  readonly rules: LiftRules;

  /** `features`: of the guest processor's identity. */
  constructor(features: ReadonlySet<string>) {
    this.rules = new LiftRules(features);
  }

  /** Lifted, interpreted in the middle of a region, or left to the interpreter (the region ends before it). */
  canLift(insn: Insn, context: Context): Treatment {
    return this.rules.treatment(insn, context);
  }

  /** May a branch over `side` become selects, `behind` being the instruction where both paths meet? */
  mayIfConvert(side: readonly Insn[], behind: Insn | undefined, context: Context): boolean {
    return mayIfConvert(this.rules, side, behind, context);
  }

  liftRegion(region: GuestRegion): IrRegion {
    return new RegionLifter(region, this.rules).lift();
  }
}

class RegionLifter {
  private readonly state: RegionState;
  private readonly statements: StatementLifter;
  private readonly checkedPages = new Set<number>();
  /** The converted side under way, and the index of the first instruction behind it. */
  private side: ConvertedSide | undefined;
  private sideEnd = -1;

  constructor(
    private readonly region: GuestRegion,
    private readonly rules: LiftRules,
  ) {
    this.state = new RegionState(region);
    this.statements = new StatementLifter(this.state);
    this.checkedPages.add(this.state.linear(region.entryEip) & PAGE_MASK);
  }

  lift(): IrRegion {
    const { state, region } = this;
    if (region.instructions.length === 0) throw new SimulatorBug('a region without instructions');
    checkSource(state);
    const ended = region.instructions.some((instruction, index) => {
      state.b.guest = index;
      if (index === this.sideEnd) this.joinSide();
      return this.instruction(instruction, index === region.instructions.length - 1);
    });
    if (!ended) throw new SimulatorBug('the region has no end');
    return state.b.result;
  }

  /** Lifts one instruction; true if the final exit was made. */
  private instruction(instruction: RegionInstruction, last: boolean): boolean {
    const { state, rules } = this;
    const { insn, eip } = instruction;
    const treatment = rules.treatment(insn, state.context);
    if (treatment === 'interpret' || !insn.row) {
      state.b.exit(state.exitBefore('interpret', eip));
      return true;
    }
    this.checkPages(instruction);
    if (treatment === 'assist') return this.assist(instruction, last);
    const { template, holdsInterrupts } = rules.template(insn.row, insn);
    if (holdsInterrupts && !this.goesOnLifted()) return this.assist(instruction, last);
    if (repeats(insn)) {
      liftRepeated(state, instruction, () => this.statements.lift(instruction, template));
      return true;
    }
    const transfer = this.statements.lift(instruction, template);
    const ended = transfer
      ? this.transfer(instruction, transfer, last)
      : this.straight(instruction, last);
    state.completed++;
    return ended;
  }

  /** Between an instruction that holds interrupts and the next one there must be no commit; else it is assisted. */
  private goesOnLifted(): boolean {
    const { region, rules, state } = this;
    const next = region.instructions[state.b.guest + 1]?.insn;
    if (!next?.row || rules.treatment(next, state.context) !== 'lift') return false;
    return !rules.template(next.row, next).excepts;
  }

  private assist(instruction: RegionInstruction, last: boolean): boolean {
    const { state } = this;
    const next = nextOf(instruction);
    state.b.assist(state.exitBefore('assist', instruction.eip));
    state.barrier();
    if (last) state.b.exit(state.exitBefore(this.finalKind(), next));
    else {
      requirePath(instruction, [next]);
      // The interpreter may have changed the code.
      checkSource(state);
    }
    return last;
  }

  /** Behind an instruction that goes on to the next one. */
  private straight(instruction: RegionInstruction, last: boolean): boolean {
    const next = nextOf(instruction);
    if (last) this.finish(next);
    else requirePath(instruction, [next]);
    return last;
  }

  /** The final exit to a known address. */
  private finish(eip: number): void {
    this.state.b.exit(this.state.exitAfter({ kind: this.finalKind(), eip }));
  }

  /** What follows the region may be known to be the interpreter's. */
  private finalKind(): IrExitKind {
    const { end } = this.region;
    return end === 'interpretOnly' || end === 'policy' ? 'interpret' : 'jump';
  }

  private transfer(instruction: RegionInstruction, transfer: Transfer, last: boolean): boolean {
    if (transfer.condition) return this.branch(instruction, transfer, transfer.condition, last);
    if (transfer.eip === undefined) return this.computed(instruction, transfer, last);
    this.checkTarget(transfer, undefined);
    if (!last) {
      requirePath(instruction, [transfer.eip]);
      return false;
    }
    const { state } = this;
    if (transfer.kind === 'call') {
      const returnEip = nextOf(instruction);
      state.b.exit(state.exitAfter({ kind: 'jump', eip: transfer.eip, returnEip }));
    } else this.finish(transfer.eip);
    return true;
  }

  /** A conditional branch: the side that leaves the path becomes an exit. */
  private branch(
    instruction: RegionInstruction,
    transfer: Transfer,
    condition: IrCondition,
    last: boolean,
  ): boolean {
    const { state } = this;
    const taken = (transfer.eip as number) | 0;
    const next = nextOf(instruction);
    requirePath(instruction, [taken, next]);
    if (instruction.ifConverted > 0) {
      this.convert(instruction, condition, taken);
      return false;
    }
    const onPath = instruction.nextEip | 0;
    if (this.checkTarget(transfer, condition)) {
      if (last) this.finish(next);
      else requirePath(instruction, [next]);
      return last;
    }
    if (taken !== next) {
      const leaves = onPath === taken ? state.not(condition) : condition;
      const eip = onPath === taken ? next : taken;
      state.b.exitIf(leaves, state.exitAfter({ kind: 'jump', eip }));
    }
    if (last) this.finish(onPath);
    return last;
  }

  /** The instructions that the branch jumps over are lifted beside the path. */
  private convert(
    { ifConverted, eip }: RegionInstruction,
    condition: IrCondition,
    taken: number,
  ): void {
    const first = this.state.b.guest + 1;
    const end = first + ifConverted;
    const { instructions, context } = this.region;
    const side = instructions.slice(first, end).map((i) => i.insn);
    const behind = instructions[end];
    const flags = sideFlags(this.rules, side, behind?.insn, context);
    if (
      (behind?.eip ?? -1) >>> 0 !== taken >>> 0 ||
      flags === undefined ||
      !mayIfConvert(this.rules, side, behind?.insn, context)
    )
      throw new SimulatorBug(`the branch at ${(eip >>> 0).toString(16)} cannot be converted`);
    this.side = new ConvertedSide(this.state, condition, ifConverted, flags);
    this.sideEnd = end;
  }

  private joinSide(): void {
    this.side?.join();
    this.side = undefined;
  }

  /** A jump, call or return to a computed address. */
  private computed(instruction: RegionInstruction, transfer: Transfer, last: boolean): boolean {
    const { state } = this;
    this.checkTarget(transfer, undefined);
    const exit = state.exitAfter({
      kind: transfer.kind === 'return' ? 'return' : 'indirect',
      eip: -1,
      target: transfer.value,
      returnEip: transfer.kind === 'call' ? nextOf(instruction) : -1,
    });
    if (last) state.b.exit(exit);
    else {
      const expected = state.b.constant(instruction.nextEip);
      state.b.exitIf({ value: state.b.binary('ne', transfer.value, expected) }, exit);
    }
    return last;
  }

  /**
   * The code segment's limit: traps where a target lies beyond it. True if a known target does, so
   * that the condition never holds behind the trap.
   */
  private checkTarget(transfer: Transfer, condition: IrCondition | undefined): boolean {
    const { b, context } = this.state;
    const limit = context.csLimit >>> 0;
    if (transfer.eip !== undefined) {
      if (transfer.eip >>> 0 <= limit) return false;
      b.trap('target', condition ?? { value: b.constant(1) });
      return true;
    }
    if (limit !== 0xffffffff)
      b.trap('target', { value: b.binary('ltu', b.constant(limit), transfer.value) });
    return false;
  }

  /** Pages that the instruction lies in and that were not checked yet on this path. */
  private checkPages({ insn, eip, physical, tailPhysicalPage }: RegionInstruction): void {
    const { state } = this;
    const first = state.linear(eip);
    this.checkPage(first & PAGE_MASK, physical & PAGE_MASK);
    if (tailPhysicalPage !== -1)
      this.checkPage((first + insn.length - 1) & PAGE_MASK, tailPhysicalPage & PAGE_MASK);
  }

  private checkPage(linearPage: number, physicalPage: number): void {
    if (this.checkedPages.has(linearPage)) return;
    this.checkedPages.add(linearPage);
    this.state.b.checkPage(linearPage, physicalPage);
  }
}

const nextOf = ({ eip, insn }: RegionInstruction): number => (eip + insn.length) | 0;

function requirePath(instruction: RegionInstruction, possible: readonly number[]): void {
  if (!possible.some((eip) => (eip | 0) === (instruction.nextEip | 0)))
    throw new SimulatorBug(
      `no path from ${(instruction.eip >>> 0).toString(16)} to ${(instruction.nextEip >>> 0).toString(16)}`,
    );
}

/**
 * The ways out of a translation: what stands behind the main line and behind each side exit. Every
 * path brings the snapshot's values to their registers and commits in a molecule of its own, so that
 * what it retires is known; then it leaves by one branch atom that chaining patches.
 *
 *   jump, interpret   moves; commit and `exit`
 *   call              the same, with `rspush` before the commit, and a landing `exit` for the return
 *   indirect, return  moves, target to r9; commit; `rspop`; compare with the last target; `exit`
 *   assist            moves; commit and `assist`; goes on behind
 *   commit            moves; commit; goes on behind
 *
 * The inline compare is `ne r50,r9,##target; brnz r50,miss; br hit`, since the reach of `brnz` is
 * shorter than the tcache: chaining patches `br`, which leads to `miss` at first.
 */
import { R_EIP, R_SKIPPED } from '../../hw/atom/registers.js';
import type { IrExit } from '../ir/ir.js';
import type { CodeBuffer } from './code-buffer.js';
import type { Moves } from './moves.js';
import { ASSIST, BINARY, BR, BRNZ, EXIT, MOVI, RSPOP, RSPUSH } from './opcodes.js';
import { R_COMPARED, R_RETURN } from './stub-registers.js';
import { NOTHING, type ValueMap } from './values.js';

const SKIPPED_DESTINATION = 10;
/** No instruction has this address: nothing is predicted yet. */
const NO_TARGET = -1;
const NONE = -1;

/** Where the parts of an exit are: as atoms and molecules of the code buffer. */
export interface ExitPlaces {
  readonly exit: IrExit | undefined;
  leaving: number;
  leavingMolecule: number;
  inlineMolecule: number;
  inlineBranch: number;
  landing: number;
  push: number;
}

export interface CommitPlace {
  readonly molecule: number;
  readonly exit: IrExit;
  readonly skippedRegister: number;
}

/** A molecule that follows a commit, and the guest's eip there. */
export interface ResumePlace {
  readonly molecule: number;
  readonly eip: number;
}

export interface ExitOptions {
  readonly inlineTarget: boolean;
  readonly returnPrediction: boolean;
  readonly spillAddress: number;
}

const placesOf = (exit: IrExit | undefined): ExitPlaces => ({
  exit,
  leaving: NONE,
  leavingMolecule: NONE,
  inlineMolecule: NONE,
  inlineBranch: NONE,
  landing: NONE,
  push: NONE,
});

export class ExitEmitter {
  /** By exit of the region; the last one is that of the counter. */
  places: ExitPlaces[] = [];
  commits: CommitPlace[] = [];
  resumes: ResumePlace[] = [];
  private landings: { readonly label: number; readonly places: ExitPlaces }[] = [];
  private options!: ExitOptions;

  constructor(
    private readonly code: CodeBuffer,
    private readonly moves: Moves,
    private readonly values: ValueMap,
  ) {}

  begin(exits: readonly IrExit[], options: ExitOptions): void {
    this.places = exits.map(placesOf);
    this.places.push(placesOf(undefined));
    this.commits = [];
    this.resumes = [];
    this.landings = [];
    this.options = options;
  }

  /** Behind the main line: what the segment's end needs. `pushed`: rspush stands on the main line. */
  emitEnd(exit: IrExit, nextEip: number, pushed: boolean): void {
    if (!pushed) this.pushReturn(exit);
    this.moves.emit(this.code, this.options.spillAddress, exit.guest);
    switch (exit.kind) {
      case 'commit':
        this.noteCommit(exit, this.code.commit());
        this.resumeBehind(exit.eip);
        return;
      case 'assist':
        this.leave(exit, ASSIST, true);
        this.resumeBehind(nextEip);
        return;
      case 'indirect':
      case 'return':
        this.leaveIndirect(exit);
        return;
      default:
        this.leave(exit, EXIT, true);
        this.code.close();
    }
  }

  /** The stub of a side exit. */
  emitStub(exit: IrExit): void {
    this.code.bind(exit.index);
    this.moves.begin(exit.index);
    this.emitEnd(exit, exit.eip, false);
  }

  /** The stub of the entry counter: nothing has been executed, so there is nothing to commit. */
  emitHot(label: number): void {
    this.code.bind(label);
    const places = this.places[label];
    places.leaving = this.code.addLeaving(EXIT, false, NONE);
    places.leavingMolecule = this.code.current;
    this.code.close();
  }

  /** Where returns of calls come to. */
  emitLandings(): void {
    for (const { label, places } of this.landings) {
      this.code.bind(label);
      places.landing = this.code.addLeaving(EXIT, false, NONE);
      this.code.close();
    }
  }

  /** Label of the landing for an `rspush`, which stands at `push`. */
  landingLabel(exit: number, push: number): number {
    const label = this.code.newLabel();
    const places = this.places[exit];
    places.push = push;
    this.landings.push({ label, places });
    return label;
  }

  private pushReturn(exit: IrExit): void {
    if (!this.options.returnPrediction || exit.returnEip === -1) return;
    this.code.add(MOVI, R_RETURN, 0, 0, exit.returnEip | 0, exit.guest);
    const push = this.code.addBranch(RSPUSH, R_RETURN, NONE);
    this.code.atoms.exit[push] = this.landingLabel(exit.index, push);
  }

  private leave(exit: IrExit, opcode: number, commit: boolean): void {
    const places = this.places[exit.index];
    places.leaving = this.code.addLeaving(opcode, commit, exit.guest);
    places.leavingMolecule = this.code.current;
    if (commit) this.noteCommit(exit, places.leavingMolecule);
  }

  private leaveIndirect(exit: IrExit): void {
    const pops = exit.kind === 'return' && this.options.returnPrediction;
    if (!pops && !this.options.inlineTarget) {
      this.leave(exit, EXIT, true);
      this.code.close();
      return;
    }
    this.noteCommit(exit, this.code.commit());
    this.resumeBehind(-1);
    if (pops) this.code.addBranch(RSPOP, R_EIP, NONE);
    if (this.options.inlineTarget) this.compareInline(this.places[exit.index], exit.guest);
    this.leave(exit, EXIT, false);
    this.code.close();
  }

  private compareInline(places: ExitPlaces, guest: number): void {
    const { code } = this;
    const miss = code.newLabel();
    code.add(BINARY.ne.literal, R_COMPARED, R_EIP, 0, NO_TARGET, guest);
    places.inlineMolecule = code.current;
    code.addBranch(BRNZ, R_COMPARED, miss);
    places.inlineBranch = code.addBranch(BR, 0, miss);
    code.bind(miss);
  }

  private noteCommit(exit: IrExit, molecule: number): void {
    const skips = this.values.wanted(exit.index, SKIPPED_DESTINATION) !== NOTHING;
    this.commits.push({ molecule, exit, skippedRegister: skips ? R_SKIPPED : NONE });
  }

  private resumeBehind(eip: number): void {
    this.code.close();
    this.resumes.push({ molecule: this.code.current, eip });
  }
}

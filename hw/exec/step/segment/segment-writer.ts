/**
 * Writes the function of a segment. A path is followed from its head to its commits, straight through
 * direct branches and into the sides of conditional ones that were taken before; where it commits,
 * the function goes on with the path that begins there if it has one, or is left.
 *
 *   for (;;) switch (entry) {
 *     case 0: {
 *       ...tests: if (...) return 3;
 *       ...atoms of a molecule
 *       ...
 *       commit; entry = 1; continue;
 *     }
 *   }
 *
 * Cycles that are pending already when a path begins (behind an indirect jump; behind a commit there are
 * none) are in `cells`, which do not change until the path's commit adds to them.
 */
import { SHADOWED } from '../../../atom/registers.js';
import { ALIAS_WORDS } from '../../../core/core-area.js';
import { EXIT } from '../../../core/exits.js';
import { REMAINING } from '../../../core/guest-words.js';
import { countedCycles, FETCHED_LINE, NOW } from '../../../timing/cycle-account.js';
import { HINTS } from '../../../timing/tag-array.js';
import { OP, type StepMolecule } from '../step-molecule.js';
import { AtomText, type CacheShape, isLoad, type PathHistory } from './atom-text.js';
import { HitTiming, type PathTime } from './hit-timing.js';
import { PathRegisters } from './path-registers.js';
import { type CommitSite, LEFT, SAME_LINE, SegmentExit } from './segment.js';

/** What the writer asks of the code around it. */
export interface SegmentCode {
  at(hostPc: number): StepMolecule;
  /** The molecule of a path that is worth going on with in the same segment. */
  warmHead(hostPc: number): StepMolecule | undefined;
  varies(hostPc: number): boolean;
}

export interface SegmentCosts extends CacheShape {
  readonly takenCycles: number;
  readonly leaveCycles: number;
  readonly commitCycles: number;
  readonly storeBufferEntries: number;
}

const SHADOW: ReadonlySet<number> = new Set(SHADOWED);

/** Chosen, not measured: V8 takes long for long functions, and gives up on very long ones. */
const MOST_MOLECULES = 160;
/** Of a path beyond a side that is seldom taken. */
const MOST_IN_SIDE = 24;

interface PathState extends PathHistory {
  time: PathTime | undefined;
  line: number;
  /** Shadowed registers written. */
  dirty: Set<number>;
}

export class SegmentWriter {
  readonly exits: SegmentExit[] = [];
  readonly sites: CommitSite[] = [];
  readonly heads: StepMolecule[] = [];
  readonly members = new Set<StepMolecule>();
  /** Heads with which the function can do nothing. */
  readonly empty = new Set<StepMolecule>();
  private readonly timing = new HitTiming();
  private lines: string[] = [];
  private molecules = 0;
  private head: StepMolecule | undefined;

  constructor(
    private readonly code: SegmentCode,
    private readonly costs: SegmentCosts,
  ) {}

  /** The text of the function; undefined where not even the first molecule can be compiled. */
  write(head: StepMolecule): string | undefined {
    this.heads.push(head);
    const paths: string[] = [];
    for (let i = 0; i < this.heads.length; i++) {
      this.lines = [];
      const before = this.molecules;
      this.path(this.heads[i]);
      if (this.molecules === before) this.empty.add(this.heads[i]);
      if (this.molecules === 0) return undefined;
      paths.push(`case ${i}: {\n${this.lines.join('\n')}\n}`);
    }
    return this.whole(paths);
  }

  private whole(paths: readonly string[]): string {
    const name = `segment_${this.heads[0].hostPc.toString(16)}`;
    const names = new Set<string>();
    const body = paths
      .join('\n')
      .replaceAll('counts[@]', `counts[${this.sites.length}]`)
      .replaceAll(/\bconst (\w+) =/g, (_, variable: string) => {
        names.add(variable);
        return `${variable} =`;
      });
    const variables = `let ${['e', ...names].join(', ')};`;
    return `return (function ${name}(entry) {\n${variables}\nfor (;;) switch (entry) {\n${body}\n}\n})`;
  }

  private path(head: StepMolecule): void {
    this.head = head;
    this.follow(head, this.emptyPath(), MOST_MOLECULES);
  }

  /** From a molecule to commits; every way through it ends with a jump. */
  private follow(from: StepMolecule, state: PathState, most: number): void {
    let m: StepMolecule | undefined = from;
    for (let n = 0; m !== undefined; n++) {
      if (n === most || this.molecules >= MOST_MOLECULES || !this.supports(m, state)) {
        this.leave(this.between(m.hostPc, state), state);
        return;
      }
      m = this.molecule(m, state);
    }
  }

  private supports(m: StepMolecule, state: PathState): boolean {
    const { ops } = m;
    const jumps = ops.some((op) => op.kind === OP.jumpRegister || op.kind === OP.returnPop);
    if ((m.leave >= 0 && !m.commit) || (jumps && m.commit)) return false;
    if (ops.some((op) => op.kind === OP.trap)) return false;
    if (ops.filter((op) => op.kind === OP.divide).length > 1) return false;
    const stores = ops.filter((op) => op.kind === OP.store);
    if (state.stores + stores.length > this.costs.storeBufferEntries) return false;
    const recorded = ops.filter((op) => isLoad(op) && op.isProtected);
    return !recorded.some((load) => stores.some((store) => (store.imm >>> load.imm) & 1));
  }

  /** Writes a molecule; the one that follows on the path, if the path goes on. */
  private molecule(m: StepMolecule, state: PathState): StepMolecule | undefined {
    this.molecules++;
    this.members.add(m);
    const before = copy(state);
    const cycle = this.timing.start(state.time).begin(m);
    const text = new AtomText(this.costs, state, cycle);
    for (const op of m.ops) text.add(op);
    this.timing.issue(m);
    state.time = this.timing.save();
    for (const r of text.writes) if (SHADOW.has(r)) state.dirty.add(r);
    this.lines.push(...text.before);
    this.body(m, text, state, before);
    state.line = m.lastLine;
    return this.transfer(m, text, state);
  }

  private body(m: StepMolecule, text: AtomText, state: PathState, before: PathState): void {
    const fetches = this.fetches(m, state.line);
    const tests = [...fetches.tests, ...text.tests];
    if (tests.some((t) => !t.endsWith(';'))) {
      this.lines.push(...before.registers.store());
      state.registers.onlyUnstored(text.writes);
      const back = this.exit(this.between(m.hostPc, before));
      for (const t of tests) this.lines.push(t.endsWith(';') ? t : `if (${t}) ${back}`);
    }
    this.lines.push(...fetches.uses, ...text.after);
  }

  /** Tests for the lines that a molecule lies in, and what their use changes. */
  private fetches(m: StepMolecule, line: number): { tests: string[]; uses: string[] } {
    const tests: string[] = [];
    const uses: string[] = [];
    const fetch = (wanted: number, unless: string): void => {
      const slot = `lineHints[${wanted & (HINTS - 1)}]`;
      tests.push(`${unless}lineTags[${slot}] !== ${wanted} && !fetched(${wanted})`);
      if (this.costs.l1iIsLru)
        uses.push(`${unless ? `if (line !== ${wanted}) ` : ''}l1i.touch(${wanted});`);
    };
    if (line === SAME_LINE) {
      tests.push(`const line = cells[${FETCHED_LINE}];`);
      fetch(m.firstLine, `line !== ${m.firstLine} && `);
    } else if (m.firstLine !== line) fetch(m.firstLine, '');
    if (m.lastLine !== m.firstLine) fetch(m.lastLine, '');
    return { tests, uses };
  }

  /** Where a molecule leads; the molecule that follows in the same stretch of text, if any. */
  private transfer(m: StepMolecule, text: AtomText, state: PathState): StepMolecule | undefined {
    const branch = m.ops.find((op) => op.kind >= OP.branch && op.kind <= OP.branchZero);
    if (m.ops.some((op) => op.kind === OP.jumpRegister)) {
      this.leave(this.jumped(m, state), state);
      return undefined;
    }
    if (m.ops.some((op) => op.kind === OP.returnPop)) {
      this.lines.push(...state.registers.store());
      this.lines.push(`if (${text.taken}) ${this.exit(this.jumped(m, state))}`);
      return this.code.at(m.nextPc);
    }
    if (branch === undefined) return this.direction(m, state, m.nextPc, 0, m.following);
    if (branch.kind === OP.branch)
      return this.direction(m, state, branch.imm, this.costs.takenCycles, m.taken);
    this.lines.push(`if (${text.taken}) {`);
    this.side(m, branch.imm, copy(state));
    this.lines.push('}');
    return this.direction(m, state, m.nextPc, 0, m.following);
  }

  private side(m: StepMolecule, target: number, state: PathState): void {
    const next = this.direction(m, state, target, this.costs.takenCycles, m.taken);
    if (next !== undefined) this.follow(next, state, MOST_IN_SIDE);
  }

  /** One direction of a molecule's branch; `seen`: what was found there when it was executed. */
  private direction(
    m: StepMolecule,
    state: PathState,
    toPc: number,
    branchCycles: number,
    seen: StepMolecule | undefined,
  ): StepMolecule | undefined {
    const { costs } = this;
    const cycles = m.leave >= 0 ? costs.leaveCycles : branchCycles;
    this.timing.start(state.time).behind(m);
    if (cycles !== 0) this.timing.branch(cycles);
    if (m.commit) {
      this.timing.commit(costs.commitCycles);
      state.time = this.timing.save();
      this.commit(m, state, toPc, this.timing.pending);
      return undefined;
    }
    state.time = this.timing.save();
    if (seen !== undefined) return this.code.at(toPc);
    this.leave(this.between(toPc, state), state);
    return undefined;
  }

  private commit(m: StepMolecule, state: PathState, toPc: number, cycles: number): void {
    const { lines } = this;
    const { cells } = state.time as PathTime;
    const site = this.sites.length;
    const elapsed = cells[NOW];
    const varies = this.code.varies(m.hostPc);
    const counted = countedCycles(cells);
    this.sites.push({ hostPc: m.hostPc, time: state.time as PathTime, counted, cycles, varies });
    const none: string[] = [];
    lines.push(...state.registers.store(), `if (cells[${NOW}] === 0) {`);
    for (const r of state.dirty) lines.push(`s[${r}] = ${state.registers.read(r, none)};`);
    for (const a of state.aliases.keys())
      lines.push(`alias[${a * ALIAS_WORDS}] = 0;`, `alias[${a * ALIAS_WORDS + 1}] = 0;`);
    lines.push(`counts[${site}]++;`, `settle(${elapsed});`);
    if (varies) lines.push(`varying(${site});`);
    lines.push(`} else pending(${site});`, `counts[@] = ${site};`);
    const place = { toPc, fromPc: m.hostPc, line: m.lastLine };
    if (m.leave >= 0) {
      const host = { code: m.leave, index: m.leaveIndex };
      this.leave(new SegmentExit({ kind: LEFT.exit, ...place, ...host }), state);
      return;
    }
    const event = new SegmentExit({ kind: LEFT.event, ...place, code: EXIT.event });
    lines.push(`if (s[${REMAINING}] <= 0) ${this.exit(event)}`);
    this.goOn(toPc, m.lastLine, state);
  }

  /** Behind a commit. */
  private goOn(toPc: number, line: number, state: PathState): void {
    const path = this.pathAt(toPc);
    if (path < 0) {
      this.leave(new SegmentExit({ kind: LEFT.committed, toPc, fromPc: toPc, line }), state);
      return;
    }
    this.lines.push(`cells[${FETCHED_LINE}] = ${line}; entry = ${path}; continue;`);
  }

  private pathAt(toPc: number): number {
    const known = this.heads.findIndex((head) => head.hostPc === toPc);
    if (known >= 0 || this.molecules >= MOST_MOLECULES / 3) return known;
    const head = this.code.warmHead(toPc);
    if (head === undefined || !this.supports(head, this.emptyPath())) return -1;
    return this.heads.push(head) - 1;
  }

  private emptyPath(): PathState {
    const registers = new PathRegisters();
    const aliases = new Map();
    return { registers, time: undefined, line: SAME_LINE, stores: 0, aliases, dirty: new Set() };
  }

  private between(toPc: number, at: PathState): SegmentExit {
    const time = at.time ?? this.timing.start().save();
    return this.inside(LEFT.between, { toPc, line: at.line, time }, at);
  }

  private jumped(m: StepMolecule, at: PathState): SegmentExit {
    const time = at.time as PathTime;
    const parts = { toPc: 0, line: m.lastLine, time, code: m.accountBase };
    return this.inside(LEFT.jumped, parts, at);
  }

  private inside(
    kind: number,
    parts: { toPc: number; line: number; time: PathTime; code?: number },
    { stores, aliases }: PathState,
  ): SegmentExit {
    const { hostPc: fromPc } = this.head as StepMolecule;
    return new SegmentExit({ kind, fromPc, stores, protectedLoads: aliases.size > 0, ...parts });
  }

  private leave(exit: SegmentExit, state: PathState): void {
    this.lines.push(...state.registers.store(), this.exit(exit));
  }

  private exit(exit: SegmentExit): string {
    this.exits.push(exit);
    return `return ${this.exits.length - 1};`;
  }
}

function copy(state: PathState): PathState {
  const registers = state.registers.copy();
  return { ...state, registers, aliases: new Map(state.aliases), dirty: new Set(state.dirty) };
}

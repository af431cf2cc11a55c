/**
 * List scheduling of one segment into molecules: cycle by cycle, the ready atom with the longest chain
 * behind it first, as long as some format holds the set. Or, with `reorder` off, atoms in program order,
 * a new molecule whenever the next one does not fit.
 *
 * A load that is ready before the stores and exits ahead of it may pass them: then it takes the
 * protected form and an alias register, whose bit each store that it passed gets; or the speculative
 * form. Molecules stand apart by nothing: the scoreboard waits where the schedule has no work.
 *
 * ASSUMED: atoms come at most `windowAtoms` places early, which bounds both the time of scheduling and the
 * registers that early values hold.
 */
import type { AtomList } from './atom-list.js';
import { CannotCompile } from './compiled.js';
import type { Dependences } from './dependences.js';
import { OVERLAP } from './dependences.js';
import type { FormatTable } from './formats.js';
import { type AtomTraits, ORDER, USES_LITERAL } from './traits.js';

const NEVER = 0x7fffffff;

export class Scheduler {
  /** Atoms in order of molecules; molecule m has those from start[m] up to start[m + 1]. */
  order = new Int32Array(256);
  start = new Int32Array(256);
  /** The molecule's set (formats.ts), its literal, its cycle from the start of its segment, side exits in it. */
  set = new Int32Array(256);
  literal = new Int32Array(256);
  cycle = new Int32Array(256);
  sideExits = new Int32Array(256);
  molecules = 0;
  hoistedOverStores = 0;
  hoistedOverExits = 0;

  private placed = 0;
  private earliest = new Int32Array(256);
  private done = new Uint8Array(256);
  private ready = new Int32Array(256);
  private readyCount = 0;
  private now = 0;
  /** Stores and exits in closed molecules, and with those in the molecule that is being filled. */
  private storesDone = 0;
  private storesPlaced = 0;
  private exitsDone = 0;
  private exitsPlaced = 0;
  /** By alias register: it is free when so many stores are done. */
  private readonly aliasUntil = new Int32Array(8);
  /** Alias registers that loads in the molecule set. */
  private aliasSet = 0;
  private currentSet = 0;
  private currentLiteral = 0;

  constructor(
    private readonly atoms: AtomList,
    private readonly traits: AtomTraits,
    private readonly formats: FormatTable,
    private readonly graph: Dependences,
    private readonly aliasRegisters: number,
    private readonly windowAtoms: number,
  ) {}

  /** Before the first segment of a region. */
  begin(segments: number): void {
    const n = this.atoms.length + segments + 1;
    if (this.order.length < n) {
      const size = 2 * n;
      this.order = new Int32Array(size);
      this.start = new Int32Array(size);
      this.set = new Int32Array(size);
      this.literal = new Int32Array(size);
      this.cycle = new Int32Array(size);
      this.sideExits = new Int32Array(size);
      this.earliest = new Int32Array(size);
      this.done = new Uint8Array(size);
      this.ready = new Int32Array(size);
    }
    this.molecules = 0;
    this.placed = 0;
    this.start[0] = 0;
    this.hoistedOverStores = 0;
    this.hoistedOverExits = 0;
  }

  /** Appends the molecules of a segment, whose graph has been built: at least one, if empty. */
  schedule(from: number, to: number, reorder: boolean): void {
    this.now = 0;
    this.storesDone = this.storesPlaced = this.exitsDone = this.exitsPlaced = 0;
    this.aliasUntil.fill(0);
    this.open();
    for (let i = from; i < to; i++) {
      this.earliest[i] = 0;
      this.done[i] = 0;
    }
    if (reorder) this.byCriticalPath(from, to);
    else this.inOrder(from, to);
    if (from === to) this.append();
  }

  private inOrder(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if (this.earliest[i] > this.now || !this.place(i)) {
        this.close();
        if (!this.place(i)) throw new CannotCompile('noUnit');
      }
      this.release(i, false);
    }
    if (this.placed > this.start[this.molecules]) this.close();
  }

  private byCriticalPath(from: number, to: number): void {
    this.readyCount = 0;
    for (let i = from; i < to; i++) if (this.graph.waitsFor[i] === 0) this.insertReady(i);
    let oldest = from;
    while (this.readyCount > 0) {
      const next = this.fill(oldest);
      while (oldest < to && this.done[oldest] === 1) oldest++;
      if (this.placed > this.start[this.molecules]) this.close();
      else if (next === NEVER) throw new CannotCompile('noUnit');
      else this.now = next;
    }
  }

  /** Puts what fits into the open molecule; the first cycle at which something else becomes ready. */
  private fill(oldest: number): number {
    let next = NEVER;
    let k = 0;
    while (k < this.readyCount) {
      const i = this.ready[k];
      if (this.earliest[i] > this.now) {
        if (this.earliest[i] < next) next = this.earliest[i];
        k++;
      } else if (i > oldest + this.windowAtoms || !this.place(i)) {
        k++;
      } else {
        for (let j = k + 1; j < this.readyCount; j++) this.ready[j - 1] = this.ready[j];
        this.readyCount--;
        // Atoms that became ready may stand anywhere in the list.
        if (this.release(i, true)) k = 0;
      }
    }
    return next;
  }

  /** The atom is placed: its successors come nearer. True when one became ready. */
  private release(i: number, listed: boolean): boolean {
    const { graph } = this;
    this.done[i] = 1;
    let released = false;
    for (let e = graph.firstEdge[i]; e >= 0; e = graph.nextEdge[e]) {
      const to = graph.edgeTo[e];
      const delay = listed ? graph.edgeDelay[e] : Math.min(1, graph.edgeDelay[e]);
      const at = this.now + delay;
      if (at > this.earliest[to]) this.earliest[to] = at;
      if (--graph.waitsFor[to] > 0 || !listed) continue;
      this.insertReady(to);
      released = true;
    }
    return released;
  }

  private insertReady(i: number): void {
    const { ready } = this;
    const { height } = this.graph;
    const h = height[i];
    let k = this.readyCount++;
    while (
      k > 0 &&
      (height[ready[k - 1]] < h || (height[ready[k - 1]] === h && ready[k - 1] > i))
    ) {
      ready[k] = ready[k - 1];
      k--;
    }
    ready[k] = i;
  }

  /** Puts the atom into the open molecule if it may stand there. */
  private place(i: number): boolean {
    const { traits } = this;
    const opcode = this.atoms.opcode[i];
    let set = this.currentSet + this.formats.atomOf[traits.unitClass[opcode]];
    const literal = (traits.bits[opcode] & USES_LITERAL) !== 0;
    if (literal) {
      if ((set & this.formats.literal) === 0) set += this.formats.literal;
      else if (this.atoms.imm[i] !== this.currentLiteral) return false;
    }
    if (this.formats.formatOf(set) < 0) return false;
    const order = traits.order[opcode];
    if (order === ORDER.load && !this.passes(i)) return false;
    if (order === ORDER.store) {
      if ((this.atoms.imm[i] & this.aliasSet) !== 0) return false;
      this.storesPlaced++;
    }
    if (order === ORDER.sideExit) this.exitsPlaced++;
    if (literal) this.currentLiteral = this.atoms.imm[i];
    this.currentSet = set;
    this.order[this.placed++] = i;
    return true;
  }

  /** May the load stand here, ahead of what is not done yet? If so it gets the form for that. */
  private passes(i: number): boolean {
    const { graph, atoms, traits } = this;
    const before = graph.storesBefore[i];
    const speculative = this.exitsDone < graph.exitsBefore[i];
    let last = -1;
    for (let k = this.storesDone; k < before; k++) {
      if (graph.overlap(i, graph.stores[k]) === OVERLAP.never) continue;
      if (k < this.storesPlaced) return false;
      last = k;
    }
    const opcode = atoms.opcode[i];
    if (last >= 0) {
      const alias = this.freeAlias();
      if (alias < 0) return false;
      this.aliasUntil[alias] = last + 1;
      this.aliasSet |= 1 << alias;
      for (let k = this.storesDone; k <= last; k++) {
        const store = graph.stores[k];
        if (graph.overlap(i, store) !== OVERLAP.never) atoms.imm[store] |= 1 << alias;
      }
      atoms.imm[i] = alias;
      atoms.opcode[i] = speculative ? traits.bothForm[opcode] : traits.protectedForm[opcode];
      this.hoistedOverStores++;
    } else if (speculative) atoms.opcode[i] = traits.speculativeForm[opcode];
    if (speculative) this.hoistedOverExits++;
    return true;
  }

  private freeAlias(): number {
    for (let k = 0; k < this.aliasRegisters; k++)
      if (this.aliasUntil[k] <= this.storesDone && (this.aliasSet & (1 << k)) === 0) return k;
    return -1;
  }

  private open(): void {
    this.currentSet = 0;
    this.currentLiteral = 0;
    this.aliasSet = 0;
  }

  private append(): void {
    const m = this.molecules++;
    this.set[m] = this.currentSet;
    this.literal[m] = this.currentLiteral;
    this.sideExits[m] = this.exitsPlaced - this.exitsDone;
    this.cycle[m] = this.now;
    this.start[m + 1] = this.placed;
  }

  private close(): void {
    if (this.placed > this.start[this.molecules]) this.append();
    this.now++;
    this.storesDone = this.storesPlaced;
    this.exitsDone = this.exitsPlaced;
    this.open();
  }
}

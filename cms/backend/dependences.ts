/**
 * What has to come before what among the atoms of one segment, as a graph: an edge with a delay of n
 * cycles says "not before n cycles behind" (0: the same molecule will do, since a molecule reads
 * before it writes).
 *
 *   registers  each user behind the definition, by its latency; a tied definition behind the one before
 *   CC, MQ     one register each: writers and readers in program order; a side exit reads CC for the
 *              guest, so the next writer must be in a later molecule
 *   exits      in order; everything with an effect before an exit not behind it, nothing with an effect
 *              from behind an exit before it or beside it (what computes only may move up)
 *   memory     stores in order; a store not before an earlier load
 *
 * A load behind stores and exits has no edges from them where it may be hoisted; the scheduler then
 * asks `storesBefore`, `exitsBefore` and `overlap`. Nothing crosses a commit: a segment ends there.
 */
import { MAX_SLOTS } from '../../hw/atom/host-parts.js';
import type { AtomList } from './atom-list.js';
import { FIRST_VIRTUAL } from './atom-list.js';
import { BRZ } from './opcodes.js';
import {
  type AtomTraits,
  ORDER,
  READS_A,
  READS_B,
  READS_CC,
  READS_D,
  READS_MQ,
  TOUCHES_STATUS,
  WRITES_CC,
  WRITES_D,
  WRITES_MQ,
} from './traits.js';
import { DESTINATIONS, type ValueMap } from './values.js';

/** May two accesses touch the same byte? */
export const OVERLAP = { never: 0, perhaps: 1, surely: 2 } as const;

const NONE = -1;

export interface Freedom {
  /** Loads may move above stores, guarded by alias registers. */
  readonly overStores: boolean;
  /** Loads may move above side exits, as speculative loads. */
  readonly overExits: boolean;
}

export class Dependences {
  /** Edges of an atom: `firstEdge[atom]`, then `nextEdge[edge]`, until NONE. */
  firstEdge = new Int32Array(256);
  nextEdge = new Int32Array(1024);
  edgeTo = new Int32Array(1024);
  edgeDelay = new Int32Array(1024);
  /** Edges that lead to an atom. */
  waitsFor = new Int32Array(256);
  /** Cycles from the atom's issue to the end of the longest chain behind it. */
  height = new Int32Array(256);
  /** Stores and side exits of the segment in program order, and how many of them precede an atom. */
  stores = new Int32Array(256);
  storeCount = 0;
  exitCount = 0;
  storesBefore = new Int32Array(256);
  exitsBefore = new Int32Array(256);

  private edges = 0;
  /** By register: the atom that defined it last. */
  private definition = new Int32Array(512);
  /** Segment in which that was, so that nothing has to be cleared. */
  private definedIn = new Int32Array(512);
  private segment = 0;
  private ccWriter = NONE;
  private mqWriter = NONE;
  /** Readers since the last writer. */
  private readonly ccReaders: number[] = [];
  private readonly mqReaders: number[] = [];
  /** What has to be done before the next exit, store, store to the state block. */
  private readonly beforeExit: number[] = [];
  private readonly loads: number[] = [];
  private readonly stateLoads: number[] = [];
  private lastExit = NONE;
  /** The exit of the entry counter. It drops what has been done, so nothing guest-visible may be under way. */
  private countdown = NONE;
  private lastStateStore = NONE;

  constructor(
    private readonly traits: AtomTraits,
    private readonly atoms: AtomList,
    private readonly values: ValueMap,
  ) {}

  build(from: number, to: number, freedom: Freedom): void {
    this.reset(to);
    for (let i = from; i < to; i++) this.add(i, freedom);
    this.findHeights(from, to);
  }

  private reset(to: number): void {
    this.segment++;
    this.edges = 0;
    this.storeCount = 0;
    this.exitCount = 0;
    this.ccWriter = this.mqWriter = NONE;
    this.lastExit = this.countdown = this.lastStateStore = NONE;
    this.ccReaders.length = this.mqReaders.length = 0;
    this.beforeExit.length = this.loads.length = this.stateLoads.length = 0;
    if (this.firstEdge.length < to) {
      const size = 2 * to;
      this.firstEdge = new Int32Array(size);
      this.waitsFor = new Int32Array(size);
      this.height = new Int32Array(size);
      this.stores = new Int32Array(size);
      this.storesBefore = new Int32Array(size);
      this.exitsBefore = new Int32Array(size);
    }
    if (this.definition.length < this.values.registers) {
      this.definition = new Int32Array(2 * this.values.registers);
      this.definedIn = new Int32Array(2 * this.values.registers);
    }
  }

  private add(i: number, freedom: Freedom): void {
    const opcode = this.atoms.opcode[i];
    const bits = this.traits.bits[opcode];
    this.firstEdge[i] = NONE;
    this.waitsFor[i] = 0;
    this.storesBefore[i] = this.storeCount;
    this.exitsBefore[i] = this.exitCount;
    if ((bits & READS_A) !== 0) this.addUse(i, this.atoms.a[i]);
    if ((bits & READS_B) !== 0) this.addUse(i, this.atoms.b[i]);
    if ((bits & READS_D) !== 0) this.addUse(i, this.atoms.d[i]);
    if ((bits & TOUCHES_STATUS) !== 0) this.addStatus(i, bits);
    this.addOrder(i, this.traits.order[opcode], freedom);
    if ((bits & WRITES_D) !== 0) this.addDefinition(i, this.atoms.d[i]);
  }

  private addUse(i: number, register: number): void {
    if (register < FIRST_VIRTUAL || this.definedIn[register] !== this.segment) return;
    const definition = this.definition[register];
    this.edge(definition, i, this.traits.latency[this.atoms.opcode[definition]]);
  }

  private addDefinition(i: number, register: number): void {
    if (register < FIRST_VIRTUAL) return;
    this.definition[register] = i;
    this.definedIn[register] = this.segment;
  }

  private addStatus(i: number, bits: number): void {
    const latency = this.traits.latency;
    if ((bits & READS_CC) !== 0) {
      if (this.ccWriter >= 0)
        this.edge(this.ccWriter, i, latency[this.atoms.opcode[this.ccWriter]]);
      if ((bits & WRITES_CC) === 0) this.ccReaders.push(i);
    }
    if ((bits & READS_MQ) !== 0) {
      if (this.mqWriter >= 0)
        this.edge(this.mqWriter, i, latency[this.atoms.opcode[this.mqWriter]]);
      if ((bits & WRITES_MQ) === 0) this.mqReaders.push(i);
    }
    if ((bits & WRITES_CC) !== 0) {
      this.overwrite(i, this.ccWriter, this.ccReaders);
      this.ccWriter = i;
    }
    if ((bits & WRITES_MQ) !== 0) {
      this.overwrite(i, this.mqWriter, this.mqReaders);
      this.mqWriter = i;
    }
  }

  private overwrite(i: number, writer: number, readers: number[]): void {
    if (writer >= 0) this.edge(writer, i, 1);
    for (let k = 0; k < readers.length; k++) {
      const reader = readers[k];
      const isExit = this.traits.order[this.atoms.opcode[reader]] === ORDER.sideExit;
      this.edge(reader, i, isExit ? 1 : 0);
    }
    readers.length = 0;
  }

  private addOrder(i: number, order: number, freedom: Freedom): void {
    switch (order) {
      case ORDER.load:
        this.addLoad(i, freedom);
        return;
      case ORDER.store:
        this.addStore(i);
        return;
      case ORDER.sideExit:
        this.addExit(i);
        return;
      case ORDER.guard:
        if (this.lastExit >= 0) this.edge(this.lastExit, i, 1);
        this.beforeExit.push(i);
        return;
      case ORDER.stateLoad:
        if (this.lastStateStore >= 0) this.edge(this.lastStateStore, i, 1);
        this.stateLoads.push(i);
        return;
      case ORDER.stateStore:
        this.addStateStore(i);
        return;
      default:
        return;
    }
  }

  private addLoad(i: number, freedom: Freedom): void {
    const exit = freedom.overExits ? this.countdown : this.lastExit;
    if (exit >= 0) this.edge(exit, i, 1);
    for (let k = this.storeCount - 1; k >= 0; k--) {
      const overlap = this.overlap(i, this.stores[k]);
      if (overlap === OVERLAP.never || (overlap === OVERLAP.perhaps && freedom.overStores))
        continue;
      // Earlier stores are not behind this one.
      this.edge(this.stores[k], i, 1);
      break;
    }
    this.loads.push(i);
    this.beforeExit.push(i);
  }

  private addStore(i: number): void {
    if (this.lastExit >= 0) this.edge(this.lastExit, i, 1);
    this.followStores(i);
    // Later stores follow this one, so loads need an edge to the next store only.
    for (let k = 0; k < this.loads.length; k++) this.edge(this.loads[k], i, 1);
    this.loads.length = 0;
    this.stores[this.storeCount++] = i;
    this.beforeExit.push(i);
  }

  /** Stores keep their order; those of one molecule have none, so it must not matter there. */
  private followStores(i: number): void {
    const last = this.storeCount - 1;
    for (let k = last; k >= 0 && k > last - MAX_SLOTS; k--) {
      const apart = this.overlap(i, this.stores[k]) === OVERLAP.never;
      if (k === last || !apart) this.edge(this.stores[k], i, apart ? 0 : 1);
      if (!apart) return;
    }
  }

  private addExit(i: number): void {
    if (this.lastExit >= 0) this.edge(this.lastExit, i, 1);
    for (let k = 0; k < this.beforeExit.length; k++) {
      const before = this.beforeExit[k];
      const guard = this.traits.order[this.atoms.opcode[before]] === ORDER.guard;
      this.edge(before, i, guard ? 1 : 0);
    }
    this.beforeExit.length = 0;
    this.addSnapshotUses(i);
    this.addFlagsAtExit(i);
    this.lastExit = i;
    if (this.atoms.opcode[i] === BRZ) this.countdown = i;
    this.exitCount++;
  }

  /** The stub reads them, at the earliest in the next molecule. */
  private addSnapshotUses(i: number): void {
    const exit = this.atoms.exit[i];
    for (let k = 0; k < DESTINATIONS.length; k++) {
      const register = this.values.wanted(exit, k);
      if (register < FIRST_VIRTUAL || this.definedIn[register] !== this.segment) continue;
      this.edge(this.definition[register], i, 0);
    }
  }

  /** The guest sees the condition codes as they are here. */
  private addFlagsAtExit(i: number): void {
    if (this.ccWriter >= 0) this.edge(this.ccWriter, i, 0);
    if (this.ccReaders[this.ccReaders.length - 1] !== i) this.ccReaders.push(i);
  }

  private addStateStore(i: number): void {
    if (this.lastExit >= 0) this.edge(this.lastExit, i, 1);
    if (this.lastStateStore >= 0) this.edge(this.lastStateStore, i, 1);
    for (const load of this.stateLoads) this.edge(load, i, 1);
    this.stateLoads.length = 0;
    this.lastStateStore = i;
    this.beforeExit.push(i);
  }

  /**
   * Accesses from one base are compared by their offsets, modulo the page size, since two linear pages
   * may be one physical page.
   */
  overlap(x: number, y: number): number {
    const { atoms, traits } = this;
    if (atoms.root[x] !== atoms.root[y]) return OVERLAP.perhaps;
    const apart = atoms.offset[y] - atoms.offset[x];
    const widthX = traits.width[atoms.opcode[x]];
    const widthY = traits.width[atoms.opcode[y]];
    if (apart < widthX && -apart < widthY) return OVERLAP.surely;
    const inPage = apart & 0xfff;
    return inPage < widthX || 0x1000 - inPage < widthY ? OVERLAP.perhaps : OVERLAP.never;
  }

  private edge(from: number, to: number, delay: number): void {
    const e = this.edges++;
    if (e === this.edgeTo.length) this.growEdges();
    this.edgeTo[e] = to;
    this.edgeDelay[e] = delay;
    this.nextEdge[e] = this.firstEdge[from];
    this.firstEdge[from] = e;
    this.waitsFor[to]++;
  }

  private growEdges(): void {
    const size = 2 * this.edgeTo.length;
    const next = new Int32Array(size);
    const to = new Int32Array(size);
    const delay = new Int32Array(size);
    next.set(this.nextEdge);
    to.set(this.edgeTo);
    delay.set(this.edgeDelay);
    this.nextEdge = next;
    this.edgeTo = to;
    this.edgeDelay = delay;
  }

  private findHeights(from: number, to: number): void {
    for (let i = to - 1; i >= from; i--) {
      let height = this.traits.latency[this.atoms.opcode[i]];
      for (let e = this.firstEdge[i]; e >= 0; e = this.nextEdge[e]) {
        const h = this.edgeDelay[e] + this.height[this.edgeTo[e]];
        if (h > height) height = h;
      }
      this.height[i] = height;
    }
  }
}

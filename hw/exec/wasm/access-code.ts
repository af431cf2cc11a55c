/**
 * Accesses to memory. The tests find the host address and see to it that the access is an ordinary one:
 * the guest's translation table lets it pass, it stays in one line, no alias register forbids it. On
 * paths whose time is static it has to hit, too. In the
 * functional model there is nothing to miss, and an access has to stay in its page only.
 */
import { PAGE_MASK } from '../../core/guest-words.js';
import { RAM_OFFSET } from '../../memory/layout.js';
import { isLoad, OP, type Op } from '../step/step-molecule.js';
import { AliasCode } from './alias-code.js';
import { W } from './binary.js';
import type { MoleculeCode } from './molecule-code.js';
import type { PathHistory } from './path-state.js';
import { StoreCode } from './store-code.js';
import { PAGE_SHIFT, TagTests } from './tag-tests.js';
import { MISS_FUNCTIONS, RUNTIME_FUNCTIONS } from './unit-imports.js';
import type { Misses, Surroundings } from './unit-machine.js';
import { loadOf } from './widths.js';

const PAGE_OFFSET = (1 << PAGE_SHIFT) - 1;

export class AccessCode {
  readonly tags: TagTests;
  readonly aliases: AliasCode;
  /** The molecule is the first of its path: a page walk only moves what follows. */
  walks = false;
  /** Writes what has to be done before cycles are counted in the middle of a path. */
  beforeWait: () => void = () => {};
  private readonly stores: StoreCode;
  /** By operation of the molecule: locals of its host and linear addresses, if it has them. */
  private readonly hosts: number[] = [];
  private readonly linears: number[] = [];
  /** Local: a load of the molecule has missed. */
  private missed = -1;

  constructor(
    private readonly molecule: MoleculeCode,
    private readonly around: Surroundings,
    /** How a miss is met. */
    public misses: Misses,
  ) {
    this.tags = new TagTests(molecule.code, around);
    this.aliases = new AliasCode(molecule, around.area.alias);
    this.stores = new StoreCode(molecule, around);
  }

  begin(): void {
    this.hosts.length = 0;
    this.missed = -1;
  }

  /** The molecule has issued: what its loads wait for is noted. */
  issued(): void {
    if (this.missed < 0) return;
    const { code } = this.molecule;
    code.get(this.missed);
    code.ifSeldom();
    code.call(MISS_FUNCTIONS.noteMisses.number);
    code.end();
  }

  // --- tests

  testGuest(op: Op, index: number, history: PathHistory): void {
    const { code } = this.molecule;
    const linear = code.temporary();
    const entry = code.temporary();
    this.pushBarred(op, linear, entry);
    this.molecule.failIf();
    // Before its page is walked for: one that crosses into a page that is not there is charged nothing.
    this.testCrossing(op, linear);
    this.linears[index] = linear;
    this.translated(linear);
    this.pushPage(entry);
    code.get(linear);
    code.const32(PAGE_OFFSET);
    code.op(W.and);
    code.op(W.or);
    code.const32(RAM_OFFSET);
    code.op(W.add);
    this.testLine(index);
    if (op.kind === OP.store && op.imm !== 0) this.aliases.test(op, this.hosts[index], history);
  }

  testPhysical(op: Op, index: number): void {
    const { code } = this.molecule;
    const host = code.temporary();
    this.molecule.push(op.a);
    code.tee(host);
    this.testLine(index);
    if (this.misses !== 'none') this.testCrossing(op, host);
  }

  /** `chkpage`: the page is mapped where it was when the code was translated. */
  testPage(op: Op, index: number): void {
    const { code } = this.molecule;
    const linear = code.temporary();
    const entry = code.temporary();
    this.pushBarred(op, linear, entry);
    this.pushPage(entry);
    code.const32(op.imm & PAGE_MASK);
    code.op(W.ne);
    code.op(W.or);
    this.molecule.failIf();
    this.linears[index] = linear;
    this.translated(linear);
  }

  // --- actions

  /** Misses are counted as they come: those of the molecule's loads are noted when it has issued. */
  beginActions(ops: readonly Op[]): void {
    if (this.misses !== 'count' || !ops.some(isLoad)) return;
    const { code } = this.molecule;
    this.missed = code.temporary();
    code.const32(0);
    code.set(this.missed);
  }

  load(op: Op, index: number, history: PathHistory): void {
    this.use(index);
    if (op.isProtected) this.aliases.protect(op, this.hosts[index], history);
    if (this.misses === 'count') this.countLoad(op, index);
    const { molecule } = this;
    molecule.code.get(this.hosts[index]);
    molecule.code.access(loadOf(op.bytes, op.signed), 0);
    molecule.pop(op.d);
  }

  store(op: Op, index: number, history: PathHistory): void {
    this.use(index);
    this.stores.log(op, this.hosts[index], history.stores++);
    if (this.misses === 'count') this.countStore(op, index);
    this.stores.put(op, this.hosts[index]);
  }

  storePhysical(op: Op, index: number): void {
    this.use(index);
    if (this.misses === 'count') this.countStore(op, index);
    this.stores.put(op, this.hosts[index]);
  }

  checkPage(index: number): void {
    if (this.misses === 'count') this.countWalk(index);
  }

  // --- addresses

  /** Pushes 1 if the guest's translation table bars the access; its linear address and entry go to locals. */
  private pushBarred(op: Op, linear: number, entry: number): void {
    const { code } = this.molecule;
    this.molecule.push(op.a);
    code.tee(linear);
    code.const32(PAGE_SHIFT);
    code.op(W.shrU);
    code.element(this.around.tlbOffset);
    code.tee(entry);
    code.const32(op.fastBits);
    code.op(W.and);
    code.op(W.eqz);
  }

  /** Pushes the physical page of an entry. */
  private pushPage(entry: number): void {
    const { code } = this.molecule;
    code.get(entry);
    code.const32(PAGE_MASK);
    code.op(W.and);
  }

  private translated(linear: number): void {
    if (this.misses !== 'leave') return;
    this.tags.walked(linear, () => {
      if (this.walks) this.walk(linear);
      else this.molecule.missIf();
    });
  }

  /** The line of the host address on the stack is present. */
  private testLine(index: number): void {
    const { code } = this.molecule;
    const host = code.temporary();
    code.set(host);
    if (this.misses === 'leave') this.tags.inData(host, () => this.molecule.missIf());
    this.hosts[index] = host;
  }

  /** All bytes of an access at an address (linear or host) lie in one line; without caches: in one page. */
  private testCrossing({ bytes }: Op, address: number): void {
    if (bytes === 1) return;
    const { code } = this.molecule;
    const lineBytes = 1 << (this.misses === 'none' ? PAGE_SHIFT : this.around.dataShift);
    code.get(address);
    code.const32(lineBytes - 1);
    code.op(W.and);
    code.const32(lineBytes - bytes);
    code.op(W.gtU);
    this.molecule.failIf();
  }

  // --- time

  /** An access to L1D: where hits are noted it is the latest of its set. */
  private use(index: number): void {
    const { code } = this.molecule;
    const { l1d, dataShift } = this.around;
    if (this.misses !== 'leave' || !l1d.isLru) return;
    code.get(this.hosts[index]);
    code.const32(dataShift);
    code.op(W.shrU);
    code.call(RUNTIME_FUNCTIONS.useData.number);
  }

  private countLoad(op: Op, index: number): void {
    const { code, base } = this.molecule;
    if (op.kind === OP.load) this.countWalk(index);
    this.inData(index, () => {
      code.get(this.hosts[index]);
      code.const32(op.d);
      code.const32(base);
      code.call(MISS_FUNCTIONS.load.number);
      code.const32(1);
      code.set(this.missed);
    });
  }

  private countStore(op: Op, index: number): void {
    const { code, base } = this.molecule;
    if (op.kind === OP.store) this.countWalk(index);
    this.inData(index, () => {
      code.get(this.hosts[index]);
      code.const32(base);
      code.call(MISS_FUNCTIONS.store.number);
    });
  }

  private countWalk(index: number): void {
    const { code, base } = this.molecule;
    const linear = this.linears[index];
    this.tags.walked(linear, () => {
      code.if();
      code.get(linear);
      code.const32(base);
      code.call(MISS_FUNCTIONS.walk.number);
      code.end();
    });
  }

  /** `miss` where the line is not in L1D, or wherever its use is to be noted. */
  private inData(index: number, miss: () => void): void {
    const { code } = this.molecule;
    if (this.around.l1d.isLru) {
      miss();
      return;
    }
    this.tags.inData(this.hosts[index], () => {
      code.if();
      miss();
      code.end();
    });
  }

  private walk(linear: number): void {
    const { code, base } = this.molecule;
    code.if();
    this.beforeWait();
    code.get(linear);
    code.const32(base);
    code.call(MISS_FUNCTIONS.walk.number);
    code.end();
  }
}

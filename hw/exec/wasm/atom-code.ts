/**
 * What the atoms of a molecule do, as WebAssembly. Whatever must hold so that nothing unusual happens
 * (hits everywhere, no trap, no alias) is tested before the molecule changes anything: its sources are all
 * read before it writes, so addresses and conditions are known then. A test that fails leaves the unit
 * in front of the molecule, and the stepper does what is unusual.
 */
import { secondIsImmediate } from '../../atom/forms.js';
import type { AtomMeaning, MeaningSource } from '../../atom/meaning.js';
import { CC_CARRY, CC_RESULT, MQ } from '../../atom/registers.js';
import { ALIAS_USED } from '../../core/alias-registers.js';
import { ALIAS_WORDS, type CoreArea, LATCH_FIRST } from '../../core/core-area.js';
import { PAGE_MASK } from '../../core/guest-words.js';
import { UNDO_COUNT, UNDO_STORES } from '../../core/undo-log.js';
import { RAM_OFFSET } from '../../memory/layout.js';
import { NOW, PREPARED_AT, PREPARED_TARGET } from '../../timing/cycle-account.js';
import { RECENT, type TagArray } from '../../timing/tag-array.js';
import { isLoad, OP, type Op } from '../step/step-molecule.js';
import { W } from './binary.js';
import { type FunctionCode, WIDE } from './function-code.js';
import { CONDITION_MEANINGS, MeaningCode } from './meaning-code.js';
import type { PathLocals } from './path-locals.js';
import { RUNTIME_FUNCTIONS, SLOW_FUNCTIONS } from './runtime.js';

/** What the code depends on: where things lie, shapes of the caches. */
export interface Surroundings {
  readonly area: CoreArea;
  readonly tlbOffset: number;
  readonly l1i: TagArray;
  readonly l1d: TagArray;
  /** FIFO, so that hits leave it as it is. */
  readonly hostTlb: TagArray;
  readonly dataShift: number;
}

/** What a path has done since it began. */
export interface PathHistory {
  stores: number;
  /** By alias register: width of the protected load that it holds, 0: none. */
  readonly aliases: Uint8Array;
}

const STORES: Readonly<Record<number, number>> = { 1: W.store8, 2: W.store16, 4: W.store32 };
const PAGE_OFFSET = 0xfff;

/** How an access that does not hit is met. */
export type Misses =
  /** The test fails: the path's time is static. */
  | 'leave'
  /** The cycles are counted as they come. */
  | 'time';

export class AtomCode {
  /** Locals of the alias registers: guest physical addresses. */
  private readonly aliasLocals = new Int32Array(8).fill(-1);
  /** By operation of the molecule: local of its host address, quotient or branch condition. */
  private readonly found: number[] = [];
  /** Same, of its linear address. */
  private readonly linear: number[] = [];
  private base = 0;
  /** The molecule is the first of its path. */
  walks = false;
  /** Writes what has to be done before cycles are counted in the middle of a path. */
  beforeWait: () => void = () => {};
  /** Local that is 1 once a load of the molecule has missed; -1: none can. */
  missed = -1;
  private readonly latches = new Map<number, number>();
  private readonly remainders = new Map<number, number>();
  private readonly meanings: MeaningCode;
  /** Depth of the block behind whose end a failed test goes on. */
  fail = 0;

  constructor(
    private readonly code: FunctionCode,
    private readonly locals: PathLocals,
    private readonly around: Surroundings,
    private readonly misses: Misses,
  ) {
    this.meanings = new MeaningCode(code);
  }

  /** `base`: cells that the molecule is charged to. */
  begin(base: number): void {
    this.base = base;
    this.missed = -1;
    this.found.length = 0;
    this.linear.length = 0;
    this.latches.clear();
    this.code.releaseScratch();
  }

  /** Copies for molecules whose atoms exchange registers. */
  latch(op: Op): void {
    const local = this.code.temporary();
    this.push(op.a);
    this.code.set(local);
    this.latches.set(op.d, local);
  }

  /** Writes the tests of an operation; each failure branches to the label `fail`. Nothing changes but locals of its own. */
  test(op: Op, index: number, history: PathHistory): void {
    switch (op.kind) {
      case OP.load:
      case OP.store:
        this.guestAddress(op, index);
        if (op.kind === OP.store && op.imm !== 0) this.aliasTests(op, index, history);
        break;
      case OP.loadPhysical:
      case OP.storePhysical:
        this.push(op.a);
        this.lineTest(op.bytes, index);
        break;
      case OP.checkPage:
        this.pageTest(op, index);
        break;
      case OP.divide:
        this.divide(op, index);
        break;
      case OP.trap:
        this.code.branch(W.br, this.fail);
        break;
      case OP.trapCondition:
      case OP.trapNonZero:
      case OP.trapZero:
        this.condition(op);
        this.failIf();
        break;
    }
  }

  /** Writes what it does once every test has passed. `cycle`: in which it does so, since the path began. */
  execute(op: Op, index: number, history: PathHistory, cycle: number): void {
    const { code } = this;
    switch (op.kind) {
      case OP.compute:
        this.compute(op);
        break;
      case OP.load:
      case OP.loadPhysical:
        this.time(op, index);
        if (op.isProtected) this.protect(op, index, history);
        code.get(this.found[index]);
        code.access(loadOf(op), 0);
        this.locals.pop(op.d);
        break;
      case OP.store:
        this.time(op, index);
        this.log(op, index, history.stores++);
        this.put(op, index);
        break;
      case OP.storePhysical:
        this.time(op, index);
        this.put(op, index);
        break;
      case OP.divide:
        this.quotient(op, index);
        break;
      case OP.checkPage:
        this.time(op, index);
        break;
      case OP.prepare:
        this.prepare(op, cycle);
        break;
      case OP.returnPush:
        this.push(op.a);
        code.const32(op.imm);
        code.call(RUNTIME_FUNCTIONS.pushReturn.number);
        break;
      case OP.branchCondition:
      case OP.branchNonZero:
      case OP.branchZero:
        this.found[index] = code.temporary();
        this.condition(op);
        code.set(this.found[index]);
        break;
      case OP.jumpRegister:
      case OP.returnPop:
        this.found[index] = code.temporary();
        this.push(op.a);
        code.set(this.found[index]);
        break;
    }
  }

  /** Local of a branch's condition, a jump's target, a return's guest address. */
  result(index: number): number {
    return this.found[index];
  }

  /** Writes the alias registers of a path to the core's. */
  storeAliases({ aliases }: PathHistory): void {
    const { code, around } = this;
    aliases.forEach((bytes, register) => {
      if (bytes === 0) return;
      const at = around.area.alias.byteOffset + 16 * register;
      code.setWord(at, () => code.get(this.aliasLocals[register]));
      code.setWord(at + 4, () => {
        code.get(this.aliasLocals[register]);
        code.const32(bytes);
        code.op(W.add);
      });
      for (const word of [8, 12]) code.setWord(at + word, () => code.const32(0));
    });
  }

  // --- tests

  /** The condition on the stack holds: fails. */
  failIf(): void {
    this.code.branch(W.brIf, this.fail);
  }

  /** The line of L1I is present; else `absent`, with 1 on the stack. */
  fetched(line: number, absent: () => void): void {
    const { code, around } = this;
    code.word(around.l1i.recent.byteOffset + 4 * (line & (RECENT - 1)));
    code.const32(line);
    code.op(W.ne);
    code.if();
    code.const32(line);
    code.call(RUNTIME_FUNCTIONS.findLine.number);
    code.op(W.eqz);
    absent();
    code.end();
  }

  private guestAddress(op: Op, index: number): void {
    const { code } = this;
    const linear = code.temporary();
    const entry = code.temporary();
    this.push(op.a);
    code.tee(linear);
    this.entryOf();
    code.tee(entry);
    code.const32(op.fastBits);
    code.op(W.and);
    code.op(W.eqz);
    this.failIf();
    this.linear[index] = linear;
    if (this.misses === 'leave') this.walked(linear, () => this.unwalked(linear));
    code.get(entry);
    code.const32(PAGE_MASK);
    code.op(W.and);
    code.get(linear);
    code.const32(PAGE_OFFSET);
    code.op(W.and);
    code.op(W.or);
    code.const32(RAM_OFFSET);
    code.op(W.add);
    this.lineTest(op.bytes, index);
  }

  /** Of the linear address on the stack: the entry of the guest's translation table. */
  private entryOf(): void {
    const { code } = this;
    code.const32(12);
    code.op(W.shrU);
    code.const32(2);
    code.op(W.shl);
    code.access(W.load32, this.around.tlbOffset);
  }

  /** The host TLB holds the page of a linear address; else `absent`, with 1 on the stack. */
  private walked(linear: number, absent: () => void): void {
    const { code, around } = this;
    const page = code.temporary();
    code.get(linear);
    code.const32(12);
    code.op(W.shrU);
    code.tee(page);
    this.present(around.hostTlb, page, RUNTIME_FUNCTIONS.findPage.number, absent);
  }

  /** The host address on the stack is in L1D, with all bytes in one line; it goes to `found`. */
  private lineTest(bytes: number, index: number): void {
    const { code } = this;
    const { dataShift } = this.around;
    const host = code.temporary();
    code.set(host);
    if (this.misses === 'leave') this.inData(host, () => this.failIf());
    if (bytes > 1) {
      code.get(host);
      code.const32((1 << dataShift) - 1);
      code.op(W.and);
      code.const32((1 << dataShift) - bytes);
      code.op(W.gtU);
      this.failIf();
    }
    this.found[index] = host;
  }

  /** L1D has the line of a host address; else `absent`, with 1 on the stack. */
  private inData(host: number, absent: () => void): void {
    const { code, around } = this;
    const line = code.temporary();
    code.get(host);
    code.const32(around.dataShift);
    code.op(W.shrU);
    code.tee(line);
    this.present(around.l1d, line, RUNTIME_FUNCTIONS.findData.number, absent);
  }

  /** The line or page in a local (and on the stack) is among the tags; else `absent`, with 1 on the stack. */
  private present({ recent }: TagArray, line: number, find: number, absent: () => void): void {
    const { code } = this;
    code.const32(RECENT - 1);
    code.op(W.and);
    code.const32(2);
    code.op(W.shl);
    code.access(W.load32, recent.byteOffset);
    code.get(line);
    code.op(W.ne);
    code.if();
    code.get(line);
    code.call(find);
    code.op(W.eqz);
    absent();
    code.end();
  }

  private aliasTests(op: Op, index: number, { aliases }: PathHistory): void {
    const { code } = this;
    if (this.misses === 'time') {
      code.const32(op.imm);
      this.physical(index);
      code.const32(op.bytes);
      code.call(RUNTIME_FUNCTIONS.aliased.number);
      this.failIf();
      return;
    }
    for (let register = 0; register < aliases.length; register++) {
      const bytes = aliases[register];
      if (bytes === 0 || ((op.imm >>> register) & 1) === 0) continue;
      // |store - load| overlaps where store - load + (op.bytes - 1) < bytes + op.bytes - 1, unsigned.
      code.get(this.found[index]);
      code.const32(RAM_OFFSET - (op.bytes - 1));
      code.op(W.sub);
      code.get(this.aliasLocals[register]);
      code.op(W.sub);
      code.const32(bytes + op.bytes - 1);
      code.op(W.ltU);
      this.failIf();
    }
  }

  private pageTest(op: Op, index: number): void {
    const { code } = this;
    const linear = code.temporary();
    const entry = code.temporary();
    this.push(op.a);
    code.tee(linear);
    this.entryOf();
    code.tee(entry);
    code.const32(op.fastBits);
    code.op(W.and);
    code.op(W.eqz);
    code.get(entry);
    code.const32(PAGE_MASK);
    code.op(W.and);
    code.const32(op.imm & PAGE_MASK);
    code.op(W.ne);
    code.op(W.or);
    this.failIf();
    this.linear[index] = linear;
    if (this.misses === 'leave') this.walked(linear, () => this.unwalked(linear));
  }

  // --- actions

  /** What an access changes in TLB and L1D; what it waits for, where that is counted as it comes. */
  private time(op: Op, index: number): void {
    const { code, around } = this;
    const linear = this.linear[index];
    const host = this.found[index];
    if (this.misses === 'time') {
      if (linear !== undefined) this.walked(linear, () => this.walk(linear));
      if (op.kind === OP.checkPage) return;
      if (around.l1d.isLru) {
        code.const32(1);
        this.miss(op, host);
      } else this.inData(host, () => this.miss(op, host));
      return;
    }
    if (!around.l1d.isLru || op.kind === OP.checkPage) return;
    code.get(host);
    code.const32(around.dataShift);
    code.op(W.shrU);
    code.call(RUNTIME_FUNCTIONS.useData.number);
  }

  /** In the first molecule of a path a page walk only moves what follows. */
  private unwalked(linear: number): void {
    if (this.walks) this.walk(linear);
    else this.failIf();
  }

  private walk(linear: number): void {
    const { code } = this;
    code.if();
    this.beforeWait();
    code.get(linear);
    code.const32(this.base);
    code.call(SLOW_FUNCTIONS.walk.number);
    code.end();
  }

  private miss(op: Op, host: number): void {
    const { code } = this;
    code.if();
    code.get(host);
    if (isLoad(op)) {
      code.const32(op.d);
      code.const32(this.base);
      code.call(SLOW_FUNCTIONS.load.number);
      code.const32(1);
      code.set(this.missed);
    } else {
      code.const32(this.base);
      code.call(SLOW_FUNCTIONS.store.number);
    }
    code.end();
  }

  /** Guest physical address of an access. */
  private physical(index: number): void {
    this.code.get(this.found[index]);
    this.code.const32(RAM_OFFSET);
    this.code.op(W.sub);
  }

  private protect(op: Op, index: number, { aliases }: PathHistory): void {
    const { code } = this;
    if (this.misses === 'time') {
      const { alias } = this.around.area;
      const at = alias.byteOffset + 4 * ALIAS_WORDS * op.imm;
      code.setWord(at, () => this.physical(index));
      code.setWord(at + 4, () => {
        this.physical(index);
        code.const32(op.bytes);
        code.op(W.add);
      });
      for (const word of [8, 12]) code.setWord(at + word, () => code.const32(0));
      code.setWord(alias.byteOffset + 4 * ALIAS_USED, () => code.const32(1));
      return;
    }
    if (this.aliasLocals[op.imm] < 0) this.aliasLocals[op.imm] = code.local();
    this.physical(index);
    code.set(this.aliasLocals[op.imm]);
    aliases[op.imm] = op.bytes;
  }

  /** The undo log's entry: address, old value, width. `entry`: its number, where that is static. */
  private log(op: Op, index: number, entry: number): void {
    const { code, around } = this;
    const { undo, undoAddresses, undoValues, undoWidths } = around.area;
    const host = this.found[index];
    const isStatic = this.misses === 'leave';
    const number = isStatic ? -1 : code.temporary();
    if (!isStatic) {
      code.word(undo.byteOffset + 4 * UNDO_COUNT);
      code.set(number);
      for (const word of [UNDO_COUNT, UNDO_STORES]) code.addToWord(undo.byteOffset + 4 * word, 1);
    }
    const at = (scale: number): void => {
      if (isStatic) code.const32(scale * entry);
      else {
        code.get(number);
        code.const32(scale);
        code.op(W.mul);
      }
    };
    at(4);
    this.physical(index);
    code.access(W.store32, undoAddresses.byteOffset);
    at(4);
    code.get(host);
    code.access(op.bytes === 4 ? W.load32 : op.bytes === 2 ? W.load16u : W.load8u, 0);
    code.access(W.store32, undoValues.byteOffset);
    at(1);
    code.const32(op.bytes);
    code.access(W.store8, undoWidths.byteOffset);
  }

  private put(op: Op, index: number): void {
    const { code } = this;
    code.get(this.found[index]);
    this.push(op.b);
    code.access(STORES[op.bytes], 0);
  }

  private prepare(op: Op, cycle: number): void {
    const { code, around } = this;
    const at = around.area.cells.byteOffset;
    code.setWord(at + 4 * PREPARED_TARGET, () => this.push(op.a));
    code.setWord(at + 4 * PREPARED_AT, () => {
      code.word(at + 4 * NOW);
      code.const32(cycle);
      code.op(W.add);
    });
  }

  private compute({ row, d, a, b, imm }: Op): void {
    const meaning = row?.meaning;
    if (row === undefined || meaning === undefined) return;
    const immediate = secondIsImmediate(row);
    this.meanings.push(meaning, (source) => {
      if (source === 'b' && immediate) this.code.const32(imm);
      else this.push(placeOf(source, d, a, b));
    });
    this.popWrites(meaning, d);
  }

  private popWrites({ writes }: AtomMeaning, d: number): void {
    for (let i = writes.length - 1; i >= 0; i--)
      this.locals.pop(placeOf(writes[i].target, d, 0, 0));
  }

  /** Pushes 0 or not 0. */
  private condition(op: Op): void {
    switch (op.kind) {
      case OP.branchCondition:
      case OP.trapCondition:
        this.meanings.push(CONDITION_MEANINGS[op.code], (s) => this.push(placeOf(s, 0, 0, 0)));
        break;
      case OP.branchZero:
      case OP.trapZero:
        this.push(op.a);
        this.code.op(W.eqz);
        break;
      default:
        this.push(op.a);
    }
  }

  /** divide.ts by 64-bit arithmetic; a division error leaves. Quotient and remainder go to two locals. */
  private divide(op: Op, index: number): void {
    const { code } = this;
    const [dividend, divisor] = [WIDE_FIRST, WIDE_SECOND];
    this.pushDividend(op);
    code.set(dividend);
    this.push(op.b);
    this.narrow(op);
    code.tee(divisor);
    code.op(W.eqz64);
    this.failIf();
    if (op.signed && op.bytes === 4) this.leaveIfOverflow(dividend, divisor);
    const quotient = code.temporary();
    this.found[index] = quotient;
    const remainder = code.temporary();
    this.remainders.set(index, remainder);
    code.get(dividend);
    code.get(dividend);
    code.get(divisor);
    code.op(op.signed ? W.divS64 : W.divU64);
    this.quotientFits(op);
    code.get(divisor);
    code.op(W.mul64);
    code.op(W.sub64);
    code.op(W.wrap);
    code.set(remainder);
    code.get(dividend);
    code.get(divisor);
    code.op(op.signed ? W.divS64 : W.divU64);
    code.op(W.wrap);
    code.set(quotient);
  }

  /** The dividend of an operation as 64 bits. */
  private pushDividend({ bytes, signed, a }: Op): void {
    const { code } = this;
    const extend = signed ? W.extendS : W.extendU;
    if (bytes === 1) {
      this.push(a);
      if (signed) code.op(W.extend16);
      else {
        code.const32(0xffff);
        code.op(W.and);
      }
      code.op(extend);
    } else if (bytes === 2) {
      this.push(MQ);
      code.const32(16);
      code.op(W.shl);
      this.push(a);
      code.const32(0xffff);
      code.op(W.and);
      code.op(W.or);
      code.op(extend);
    } else {
      this.push(MQ);
      code.op(W.extendU);
      code.const64(32);
      code.op(W.shl64);
      this.push(a);
      code.op(W.extendU);
      code.op(W.or64);
    }
  }

  /** The divisor on the stack as 64 bits. */
  private narrow({ bytes, signed }: Op): void {
    const { code } = this;
    if (bytes < 4 && signed) code.op(bytes === 1 ? W.extend8 : W.extend16);
    else if (bytes < 4) {
      code.const32(bytes === 1 ? 0xff : 0xffff);
      code.op(W.and);
    }
    code.op(signed ? W.extendS : W.extendU);
  }

  /** -2^63 / -1, which WebAssembly itself refuses. */
  private leaveIfOverflow(dividend: number, divisor: number): void {
    const { code } = this;
    code.get(divisor);
    code.const64(-1);
    code.op(W.eq64);
    code.get(dividend);
    code.const64(1);
    code.const64(63);
    code.op(W.shl64);
    code.op(W.eq64);
    code.op(W.and);
    this.failIf();
  }

  /** The quotient on the stack has the width of the operation; it stays there. */
  private quotientFits({ bytes, signed }: Op): void {
    const { code } = this;
    const bits = 8 * bytes;
    const quotient = WIDE_THIRD;
    code.set(quotient);
    code.get(quotient);
    if (signed) {
      code.const64(1);
      code.const64(bits - 1);
      code.op(W.shl64);
      code.op(W.add64);
    }
    code.const64(bits);
    code.op(W.shrU64);
    code.op(W.eqz64);
    code.op(W.eqz);
    this.failIf();
    code.get(quotient);
  }

  private quotient(op: Op, index: number): void {
    this.code.get(this.found[index]);
    this.locals.pop(op.d);
    this.code.get(this.remainders.get(index) as number);
    this.locals.pop(MQ);
  }

  private push(r: number): void {
    const latched = r >= LATCH_FIRST ? this.latches.get(r) : undefined;
    if (latched !== undefined) this.code.get(latched);
    else this.locals.push(r);
  }
}

const WIDE_FIRST = WIDE;
const WIDE_SECOND = WIDE + 1;
const WIDE_THIRD = WIDE + 2;

function placeOf(name: MeaningSource, d: number, a: number, b: number): number {
  switch (name) {
    case 'a':
      return a;
    case 'b':
      return b;
    case 'd':
      return d;
    case 'result':
      return CC_RESULT;
    case 'carry':
      return CC_CARRY;
    case 'mq':
      return MQ;
  }
}

function loadOf({ bytes, signed }: Op): number {
  if (bytes === 4) return W.load32;
  if (bytes === 2) return signed ? W.load16s : W.load16u;
  return signed ? W.load8s : W.load8u;
}

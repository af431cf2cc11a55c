/**
 * Lowering: each operation of the intermediate representation becomes atoms over virtual registers,
 * one rule per operation (arithmetic in lower-alu.ts), in program order. The region falls into
 * segments, which end with what commits: an inner commit, an assist, the final exit.
 *
 * Addresses are whole values here, since the host has no register+offset addressing. Traps carry the
 * index of their reason in TRAPS.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import { atoms } from '../../hw/atom/index.js';
import { R_SINK, R_ZERO } from '../../hw/atom/registers.js';
import { type IrExit, type IrOp, type IrRegion, TRAPS } from '../ir/ir.js';
import { flagsKilled, flagsRead, isBinary, isUnary } from '../ir/ir-ops.js';
import { AtomList, FIRST_VIRTUAL } from './atom-list.js';
import { lowerAlu, lowerFlag } from './lower-alu.js';
import {
  BINARY,
  BRANCH,
  BRNZ,
  BRZ,
  GETMQ,
  type GuestAccess,
  KERNEL,
  LOAD_STATE,
  MOVI,
  RSPUSH,
  SELECT,
  SELNZ,
  SETCC,
  STORE_STATE,
  TRAP,
  TRAPNZ,
  type TwoSource,
  UNARY,
  USER,
} from './opcodes.js';
import { ValueMap } from './values.js';

export interface Segment {
  /** Atoms from `from` up to `to`. */
  readonly from: number;
  readonly to: number;
  readonly end: 'commit' | 'assist' | 'exit';
  readonly exit: IrExit;
}

const ALL_FLAGS = 0x8d5;

export class Lowering {
  readonly atoms = new AtomList();
  readonly values = new ValueMap();
  readonly segments: Segment[] = [];
  ir!: IrRegion;
  /** Operation that is being lowered: its index, the guest instruction that it works for. */
  at = 0;
  guest = 0;
  private access: GuestAccess = USER;
  private returnPrediction = false;
  private segmentStart = 0;
  /** By value of a product or quotient: 1 + the value that its `mq` operation defines; 0: none. */
  private mqOf = new Int32Array(256);
  /** By operation, once somebody has asked: the flags that live behind it. */
  private flagsBehind = new Uint16Array(256);
  private flagsFollowed = false;
  /** By opcode of a literal form: 1 where the machine has a format for it. */
  private readonly hasFormat: Uint8Array;

  constructor(isa: HostIsa) {
    this.hasFormat = Uint8Array.from(atoms, ({ unitClass }) => Number(isa.takesLiteral(unitClass)));
  }

  /** `counterAddress`: of the execution countdown at the entry, or -1. */
  lower(ir: IrRegion, counterAddress: number, returnPrediction: boolean): void {
    this.ir = ir;
    this.returnPrediction = returnPrediction;
    this.access = ir.region.context.user ? USER : KERNEL;
    this.atoms.clear();
    this.segments.length = 0;
    this.segmentStart = 0;
    this.flagsFollowed = false;
    this.values.begin(ir);
    this.findSecondResults();
    this.guest = 0;
    this.beginBlock(0);
    if (counterAddress >= 0) this.countDown(counterAddress);
    for (this.at = 0; this.at < ir.ops.length; this.at++) {
      const op = ir.ops[this.at];
      this.guest = op.guest;
      this.lowerOp(op);
    }
  }

  /** The countdown of the block's executions; at zero it leaves before anything has happened. */
  private countDown(counterAddress: number): void {
    const { atoms, values } = this;
    const address = this.literal(counterAddress);
    const count = values.fresh();
    const left = values.fresh();
    atoms.push(LOAD_STATE, count, address, 0, 0, 0);
    atoms.push(BINARY.sub.imm8, left, count, 0, 1, 0);
    atoms.push(STORE_STATE, 0, address, left, 0, 0);
    atoms.pushLeading(BRZ, left, 0, this.ir.exits.length);
  }

  private findSecondResults(): void {
    if (this.mqOf.length < this.ir.nextId) this.mqOf = new Int32Array(2 * this.ir.nextId);
    this.mqOf.fill(0, 0, this.ir.nextId);
    for (const op of this.ir.ops)
      if (op.op === 'mq' && this.mqOf[op.args[0]] === 0) this.mqOf[op.args[0]] = op.id + 1;
  }

  private lowerOp(op: IrOp): void {
    switch (op.op) {
      case 'const':
        this.values.defineConstant(op.id, op.value);
        return;
      case 'reg':
        this.values.define(op.id, this.values.entryRegister(op.register));
        // All reads of one guest register are the same base address.
        this.values.root[op.id] = -2 - op.register;
        return;
      case 'select':
        this.lowerSelect(op);
        return;
      case 'selcc':
        this.emit(SELECT[op.code], op.id, this.read(op.args[0]), this.read(op.args[1]), 0);
        return;
      case 'cond':
        this.emit(SETCC, op.id, 0, 0, op.code);
        return;
      case 'alu':
        lowerAlu(this, op);
        return;
      case 'flag':
        lowerFlag(this, op);
        return;
      case 'mq':
        this.lowerSecondResult(op);
        return;
      case 'load':
      case 'store':
      case 'loadState':
      case 'chkpage':
        this.lowerMemory(op);
        return;
      case 'trap':
        this.lowerTrap(op.args, op.code, TRAPS.indexOf(op.why));
        return;
      case 'exitIf':
        this.lowerSideExit(op.args, op.code, op.exit);
        return;
      case 'exit':
      case 'commit':
      case 'assist':
        this.endSegment(op.op, this.ir.exits[op.exit]);
        return;
      default:
        this.lowerPure(op);
    }
  }

  /** The first such operation of a product got its register with the product. */
  private lowerSecondResult(op: IrOp): void {
    const first = this.mqOf[op.args[0]] - 1;
    if (first !== op.id) this.move(this.resultOf(op.id), this.values.registerOf(first));
  }

  private lowerPure(op: IrOp): void {
    const { op: name, args } = op;
    if (isUnary(name)) this.emit(UNARY[name], op.id, this.read(args[0]), 0, 0);
    else if (isBinary(name)) this.binary(BINARY[name], this.resultOf(op.id), args[0], args[1]);
    else throw new SimulatorBug(`no atoms are known for the operation ${name}`);
    if (name === 'add' || name === 'sub') this.noteSum(op.id, args[0], args[1], name === 'sub');
  }

  /** Remembers base and offset of a sum, so that accesses can be told apart. */
  private noteSum(id: number, x: number, y: number, negative: boolean): void {
    const { values } = this;
    const base = values.known(y) ? x : negative || !values.known(x) ? -1 : y;
    if (base < 0 || values.known(base)) return;
    const constant = values.constantOf(base === x ? y : x);
    values.root[id] = values.root[base];
    values.offset[id] = (values.offset[base] + (negative ? -constant : constant)) | 0;
  }

  /** selnz has its condition in its destination: a copy, unless the condition is used only here. */
  private lowerSelect(op: IrOp): void {
    const [condition, then, otherwise] = op.args;
    const a = this.read(then);
    const b = this.read(otherwise);
    const d = this.tied(condition);
    this.atoms.push(SELNZ, d, a, b, 0, this.guest);
    this.values.define(op.id, d);
  }

  private lowerMemory(op: IrOp): void {
    const { atoms } = this;
    switch (op.op) {
      case 'load': {
        const forms = op.signed ? this.access.loadSigned : this.access.load;
        const address = this.read(op.args[0]);
        this.emit(forms[op.bytes >> 1], op.id, address, 0, 0);
        this.noteAddress(op.args[0]);
        return;
      }
      case 'store': {
        const value = this.read(op.args[1]);
        const address = this.read(op.args[0]);
        atoms.push(this.access.store[op.bytes >> 1], 0, address, value, 0, this.guest);
        this.noteAddress(op.args[0]);
        return;
      }
      case 'loadState':
        this.emit(LOAD_STATE, op.id, this.literal(4 * op.word), 0, 0);
        return;
      case 'chkpage': {
        const page = this.literal(op.linear);
        atoms.push(this.access.checkPage, 0, page, 0, op.physicalPage | 0, this.guest);
        return;
      }
    }
  }

  private noteAddress(address: number): void {
    const i = this.atoms.length - 1;
    this.atoms.root[i] = this.values.root[address];
    this.atoms.offset[i] = this.values.offset[address];
  }

  private lowerTrap(args: readonly number[], code: number, why: number): void {
    if (code >= 0) this.atoms.push(TRAP[code], 0, 0, 0, why, this.guest);
    else this.atoms.push(TRAPNZ, 0, this.read(args[0]), 0, why, this.guest);
  }

  private lowerSideExit(args: readonly number[], code: number, exit: number): void {
    const condition = code >= 0 ? 0 : this.read(args[0]);
    this.values.takeSnapshot(this.ir.exits[exit]);
    const opcode = code >= 0 ? BRANCH[code] : BRNZ;
    this.atoms.pushLeading(opcode, condition, this.guest, exit);
  }

  private endSegment(end: Segment['end'], exit: IrExit): void {
    this.values.takeSnapshot(exit);
    if (end === 'exit') this.pushReturn(exit);
    this.segments.push({ from: this.segmentStart, to: this.atoms.length, end, exit });
    this.segmentStart = this.atoms.length;
    if (end !== 'assist') return;
    this.values.barrier();
    this.beginBlock(this.at + 1);
  }

  /** A call tells the return stack where its return will come to. */
  private pushReturn(exit: IrExit): void {
    if (!this.returnPrediction || exit.returnEip === -1) return;
    const eip = this.pushedConstant(exit.returnEip) ?? this.literal(exit.returnEip);
    this.atoms.pushLeading(RSPUSH, eip, this.guest, exit.index);
  }

  /** The call has just stored its return address: the register that holds it. */
  private pushedConstant(constant: number): number | undefined {
    const { ops } = this.ir;
    const last = ops[this.at - 1];
    if (last?.op !== 'store' || !this.values.known(last.args[1])) return undefined;
    if (this.values.constantOf(last.args[1]) !== (constant | 0)) return undefined;
    return this.read(last.args[1]);
  }

  /** A commit puts new values into r0-r7; what they held before, and may be read still, moves away first. */
  private beginBlock(from: number): void {
    for (const r of this.values.changedAtCommits(from)) {
      const copy = this.values.fresh();
      this.move(copy, r);
      this.values.moveEntry(r, copy);
    }
  }

  // What the rules are written with.

  read(value: number): number {
    return this.values.read(value, this.atoms, this.guest);
  }

  /** Register for the result of an operation: the sink where nobody uses it. */
  resultOf(id: number): number {
    const d = this.values.uses[id] === 0 ? R_SINK : this.values.fresh();
    this.values.define(id, d);
    return d;
  }

  /** An atom whose register result is the value `id`. */
  emit(opcode: number, id: number, a: number, b: number, imm: number): void {
    this.atoms.push(opcode, this.resultOf(id), a, b, imm, this.guest);
  }

  move(d: number, a: number): void {
    this.atoms.push(BINARY.or.register, d, a, R_ZERO, 0, this.guest);
  }

  /** A register with a constant that is no value of the region. */
  literal(constant: number): number {
    const d = this.values.fresh();
    this.atoms.push(MOVI, d, 0, 0, constant | 0, this.guest);
    return d;
  }

  /** A register that holds the value and may be overwritten by a tied atom. */
  tied(value: number): number {
    if (!this.values.known(value) && this.values.uses[value] === 1) {
      const own = this.values.registerOf(value);
      if (own >= FIRST_VIRTUAL && !this.values.isEntry(own)) return own;
    }
    const d = this.values.fresh();
    if (this.values.known(value))
      this.atoms.push(MOVI, d, 0, 0, this.values.constantOf(value), this.guest);
    else this.move(d, this.values.registerOf(value));
    return d;
  }

  /** A two-source atom in the form that its second source wants. */
  binary(op: TwoSource, d: number, x: number, y: number): void {
    const swap = op.commutes && this.values.known(x) && !this.values.known(y);
    const first = swap ? y : x;
    const second = swap ? x : y;
    const a = this.read(first);
    if (!this.values.known(second) || op.imm8 === 0) {
      this.atoms.push(op.register, d, a, this.read(second), 0, this.guest);
      return;
    }
    const constant = this.values.constantOf(second);
    const short = constant >= -128 && constant <= 127;
    if (!short && this.hasFormat[op.literal] === 0)
      this.atoms.push(op.register, d, a, this.literal(constant), 0, this.guest);
    else this.atoms.push(short ? op.imm8 : op.literal, d, a, 0, constant, this.guest);
  }

  /** The second result, right behind its product or quotient. */
  takeSecondResult(id: number): void {
    const mq = this.mqOf[id] - 1;
    if (mq >= 0) this.emit(GETMQ, mq, 0, 0, 0);
  }

  wantsSecondResult(id: number): boolean {
    return this.mqOf[id] !== 0;
  }

  /** Will all flags be overwritten before anything behind this operation reads them? */
  flagsDead(): boolean {
    if (!this.flagsFollowed) this.followFlags();
    return this.flagsBehind[this.at] === 0;
  }

  /** Which flags live behind each operation; most regions have no operation that asks. */
  private followFlags(): void {
    const { ops } = this.ir;
    this.flagsFollowed = true;
    if (this.flagsBehind.length < ops.length) this.flagsBehind = new Uint16Array(2 * ops.length);
    let live = ALL_FLAGS;
    for (let i = ops.length - 1; i >= 0; i--) {
      this.flagsBehind[i] = live;
      live = (live & ~flagsKilled(ops[i])) | flagsRead(ops[i]);
    }
  }
}

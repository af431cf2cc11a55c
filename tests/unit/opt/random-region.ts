/**
 * Random regions for the semantic tests of the passes: well formed by the rules of cms/ir/ir.ts, and
 * leaning towards what optimizers get wrong: few registers, addresses with common bases, constants
 * on the edges, parts of registers, guards and exits between stores.
 */
import type { Rng } from '../../../base/rng.js';
import {
  type FlagOp,
  type IrBinary,
  type IrExitKind,
  type IrOp,
  type IrRegion,
  type IrUnary,
  SNAPSHOT_SIZE,
  STATE_REGISTERS,
  type ValueId,
} from '../../../cms/ir/ir.js';
import { aluWritesFlags, IR_OPS, isUnary, writesMq } from '../../../cms/ir/ir-ops.js';
import type { GuestRegion } from '../../../cms/region.js';
import type { AluOp } from '../../../guest-isa/sem/template.js';
import { STATE_WORDS } from '../../../guest-isa/state/layout.js';
import { type GuestState, RAM_BYTES } from './evaluate.js';

const BINARY: readonly IrBinary[] =
  'add add add sub sub and or xor andn shl shr sar rol ror mul eq ne ltu lts ins8 ins8 ins8h ins16'.split(
    ' ',
  ) as IrBinary[];
const UNARY: readonly IrUnary[] = ['sx8', 'sx16', 'zx8', 'zx16', 'ext8h', 'bswap'];
const ALU: readonly AluOp[] =
  'add add adc sub sub sbb and or xor inc dec neg shl shr sar rol ror shld shrd mul imul div idiv bt bsf bsr'.split(
    ' ',
  ) as AluOp[];
const ONE_SOURCE = new Set<AluOp>(['inc', 'dec', 'neg']);
const THREE_SOURCES = new Set<AluOp>(['shld', 'shrd', 'div', 'idiv']);
const FLAGS: readonly FlagOp[] = ['cmc', 'stc', 'clc', 'sahf', 'lahf', 'keepzero'];
const CONSTANTS = [0, 1, 2, 4, 8, 16, 24, 31, 32, 0xff, 0xffff, 0x80, 0x7f, -1, -4, 0x80000000 | 0];
const REGION = { instructions: [], end: 'branch' } as unknown as GuestRegion;

export function randomRegion(rng: Rng, length: number): IrRegion {
  return new Generator(rng).region(length);
}

/** Memory that holds small numbers and addresses, pages of every kind. */
export function randomState(rng: Rng): GuestState {
  const words = new Int32Array(STATE_WORDS);
  for (let i = 0; i < words.length; i++)
    words[i] = rng.chance(0.4) ? rng.u32() : rng.below(rng.chance(0.3) ? 2 : 0x6000);
  const ram = new Uint8Array(RAM_BYTES);
  for (let i = 0; i < ram.length; i++) ram[i] = rng.chance(0.3) ? 0 : rng.u32();
  const pages = new Uint8Array(17).map(() => (rng.chance(0.97) ? 2 : rng.below(2)));
  return { words, ram, pages };
}

class Generator {
  private readonly ir: IrRegion = { region: REGION, ops: [], exits: [], nextId: 0 };
  /** Values whose 32 bits are all defined. */
  private pool: ValueId[] = [];
  /** What registers hold; -1: as at the start. */
  private written = new Int32Array(SNAPSHOT_SIZE).fill(-1);
  private guest = 0;
  private firstUsable = 0;

  constructor(private readonly rng: Rng) {}

  region(length: number): IrRegion {
    for (let i = 0; i < 4; i++) this.start();
    while (this.ir.ops.length < length) {
      if (this.rng.chance(0.3)) this.guest++;
      this.step();
    }
    this.add({ op: 'exit', args: [], exit: this.exit(this.rng.chance(0.2) ? 'indirect' : 'jump') });
    return this.ir;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.rng.below(from.length)] as T;
  }

  private value(): ValueId {
    // Young values more often.
    const back = Math.min(this.rng.below(this.pool.length), this.rng.below(this.pool.length));
    return this.pool[this.pool.length - 1 - back] as ValueId;
  }

  private add<T extends { op: string; args: ValueId[] }>(body: T): ValueId {
    const op = { ...body, id: this.ir.nextId++, guest: this.guest } as unknown as IrOp;
    this.ir.ops.push(op);
    return op.id;
  }

  private offer(value: ValueId): ValueId {
    this.pool.push(value);
    if (this.rng.chance(0.5)) this.written[this.pick(STATE_REGISTERS)] = value;
    return value;
  }

  private start(): void {
    this.offer(this.add({ op: 'reg', args: [], register: this.pick(STATE_REGISTERS) }));
  }

  private constant(): ValueId {
    const value = this.rng.chance(0.8) ? this.pick(CONSTANTS) : this.rng.u32() | 0;
    return this.add({ op: 'const', args: [], value });
  }

  private source(): ValueId {
    return this.rng.chance(0.3) ? this.constant() : this.value();
  }

  private step(): void {
    const kind = this.rng.below(100);
    if (kind < 18) this.binary();
    else if (kind < 26) this.idiom();
    else if (kind < 32) this.again();
    else if (kind < 38) this.offer(this.add({ op: this.pick(UNARY), args: [this.value()] }));
    else if (kind < 54) this.alu();
    else if (kind < 75) this.access();
    else if (kind < 81) this.conditional();
    else if (kind < 88) this.guard();
    else this.rare();
  }

  private binary(): void {
    this.offer(this.add({ op: this.pick(BINARY), args: [this.source(), this.source()] }));
  }

  /** What rules look for: one operation on the result of another, with constants or the same source. */
  private idiom(): void {
    const x = this.value();
    const once = this.rng.chance(0.3) ? this.pick(UNARY) : this.pick(BINARY);
    const twice = this.rng.chance(0.3)
      ? once
      : this.rng.chance(0.5)
        ? this.pick(UNARY)
        : this.pick(BINARY);
    const c = this.constant();
    const second = this.rng.chance(0.3) ? c : this.constant();
    const inner = this.add({ op: once, args: isUnary(once) ? [x] : [x, c] });
    const other = this.rng.chance(0.2) ? x : second;
    const outer = this.add({ op: twice, args: isUnary(twice) ? [inner] : [inner, other] });
    this.offer(outer);
    if (this.rng.chance(0.3))
      this.offer(this.add({ op: 'select', args: [outer, x, this.value()] }));
  }

  /** An operation that was there before, once more. */
  private again(): void {
    const { ops } = this.ir;
    const old = ops[Math.max(0, ops.length - 1 - this.rng.below(20))] as IrOp;
    const isRepeatable =
      !('exit' in old) && old.op !== 'mq' && old.args.every((arg) => this.isUsable(arg));
    if (!isRepeatable) return;
    const id = this.add({ ...old, args: [...old.args] });
    const { hasResult } = IR_OPS[old.op];
    if (hasResult && (old.op !== 'alu' || old.bits === 32)) this.offer(id);
  }

  /** Defined since the last barrier? */
  private isUsable(value: ValueId): boolean {
    return value >= this.firstUsable;
  }

  private alu(): void {
    const alu = this.pick(ALU);
    const bits =
      alu === 'shld' || alu === 'shrd' || alu === 'bsf' || alu === 'bsr'
        ? 32
        : this.pick([8, 16, 32] as const);
    const isBitTest = alu === 'bt';
    const count = ONE_SOURCE.has(alu) ? 1 : THREE_SOURCES.has(alu) ? 3 : 2;
    const args = Array.from({ length: count }, () => this.source());
    const id = this.add({
      op: 'alu',
      args,
      alu,
      bits: isBitTest && bits === 8 ? 32 : bits,
      setsFlags: aluWritesFlags(alu) && this.rng.chance(0.9),
    });
    const op = this.ir.ops[this.ir.ops.length - 1] as IrOp;
    if (writesMq(op) && this.rng.chance(0.7)) {
      const second = this.add({ op: 'mq', args: [id] });
      if (bits === 32) this.offer(second);
      else this.offer(this.add({ op: bits === 16 ? 'zx16' : 'zx8', args: [second] }));
    }
    this.truncate(id, isBitTest ? 8 : bits);
  }

  /** Results of narrow operations are garbage above: into the pool goes what is cut or put into a register. */
  private truncate(id: ValueId, bits: 8 | 16 | 32): void {
    if (bits === 32) this.offer(id);
    else if (this.rng.chance(0.5)) {
      const extension = bits === 8 ? this.pick(['zx8', 'sx8']) : this.pick(['zx16', 'sx16']);
      this.offer(this.add({ op: extension, args: [id] }));
    } else {
      const part = bits === 8 ? this.pick(['ins8', 'ins8h']) : 'ins16';
      this.offer(this.add({ op: part, args: [this.value(), id] }));
    }
  }

  /** Few bases and small offsets, so that accesses meet; sometimes a page apart, sometimes constant. */
  private address(): ValueId {
    const base = this.pool[this.rng.below(Math.min(2, this.pool.length))] as ValueId;
    if (this.rng.chance(0.2)) return base;
    const near = this.rng.below(8) - 3;
    const isFixed = this.rng.chance(0.15);
    const value = (isFixed ? 0x2000 : 0) + near + (this.rng.chance(0.15) ? 0x1000 : 0);
    const offset = this.add({ op: 'const', args: [], value });
    if (isFixed) return offset;
    if (this.rng.chance(0.2))
      return this.add({ op: 'alu', args: [base, offset], alu: 'add', bits: 32, setsFlags: true });
    return this.add({ op: this.pick(['add', 'add', 'sub']), args: [base, offset] });
  }

  private access(): void {
    const bytes = this.pick([1, 2, 4, 4, 4] as const);
    const address = this.address();
    if (this.rng.chance(0.5)) this.add({ op: 'store', args: [address, this.source()], bytes });
    else {
      const signed = bytes < 4 && this.rng.chance(0.3);
      const loaded = this.add({ op: 'load', args: [address], bytes, signed });
      if (this.rng.chance(0.8)) this.offer(loaded);
    }
  }

  private conditional(): void {
    const code = this.rng.below(16);
    const kind = this.rng.below(3);
    if (kind === 0) this.offer(this.add({ op: 'cond', args: [], code }));
    else if (kind === 1)
      this.offer(this.add({ op: 'selcc', args: [this.value(), this.source()], code }));
    else this.offer(this.add({ op: 'select', args: [this.source(), this.value(), this.source()] }));
  }

  /** Conditions that seldom hold, so that runs get far. */
  private guard(): void {
    const byFlags = this.rng.chance(0.5);
    const tested = byFlags
      ? []
      : [
          this.add({
            op: this.pick(['eq', 'ltu', 'ne'] as const),
            args: [this.source(), this.constant()],
          }),
        ];
    const code = byFlags ? this.pick([0, 2, 4, 10]) : -1;
    if (this.rng.chance(0.6))
      this.add({ op: 'exitIf', args: tested, code, exit: this.exit('jump') });
    else this.add({ op: 'trap', args: tested, code, why: 'target' });
  }

  private rare(): void {
    const kind = this.rng.below(13);
    if (kind === 12) this.add({ op: 'commit', args: [], exit: this.exit('commit') });
    else if (kind < 3) this.flag();
    else if (kind < 5)
      this.offer(this.add({ op: 'loadState', args: [], word: 20 + this.rng.below(3) }));
    else if (kind < 8) this.start();
    else if (kind === 8)
      this.add({
        op: 'chkpage',
        args: [],
        linear: 0x1000 * this.rng.below(2),
        physicalPage: this.rng.below(8) === 0 ? 1 : 0,
      });
    else if (kind === 9) this.add({ op: 'commit', args: [], exit: this.exit('commit') });
    else if (kind === 10) this.assist();
    else this.offer(this.constant());
  }

  private flag(): void {
    const flag = this.pick(FLAGS);
    const args = flag === 'sahf' || flag === 'keepzero' ? [this.value()] : [];
    const id = this.add({ op: 'flag', args, flag, setsFlags: flag !== 'lahf' });
    if (flag === 'lahf') this.offer(id);
  }

  private assist(): void {
    this.add({ op: 'assist', args: [], exit: this.exit('assist') });
    this.pool = [];
    this.firstUsable = this.ir.nextId;
    this.written.fill(-1);
    for (let i = 0; i < 3; i++) this.start();
  }

  private exit(kind: IrExitKind): number {
    const index = this.ir.exits.length;
    const computed = kind === 'indirect';
    this.ir.exits.push({
      index,
      kind,
      eip: computed ? -1 : 0x1000 + index,
      target: computed ? this.value() : -1,
      registers: this.written.slice(),
      steps: index,
      instructions: index,
      guest: this.guest,
      returnEip: -1,
      midRepeat: false,
      skipped: this.rng.chance(0.05) ? this.value() : -1,
    });
    return index;
  }
}

/**
 * Evaluates a region of the intermediate representation by its definition (cms/ir/ir.ts), over a small
 * machine: sixteen state registers, lazy flags, one physical page behind every linear one, pages that
 * are not there or read only. What is observable goes into a trace: each commit, each assist and the
 * end, with registers, flags, memory. At commits a device writes to RAM; an assist changes everything
 * that an interpreted instruction may.
 *
 * ALU operations are the interpreter's own functions; the plain ones are written down here a second
 * time, so that the optimizer's evaluation is not its own judge.
 */

import type { IrExit, IrOp, IrRegion } from '../../../cms/ir/ir.js';
import * as alu from '../../../guest-isa/sem/alu.js';
import * as bits from '../../../guest-isa/sem/alu-bits.js';
import * as multiply from '../../../guest-isa/sem/alu-multiply.js';
import * as shift from '../../../guest-isa/sem/alu-shift.js';
import { arithmeticFlags, condition, setArithmeticFlags } from '../../../guest-isa/state/flags.js';
import { AUX, STATE_WORDS } from '../../../guest-isa/state/layout.js';

export const RAM_BYTES = 0x1000;

export interface GuestState {
  /** State block; words 0-7 and 13 are what `reg` reads. */
  readonly words: Int32Array;
  readonly ram: Uint8Array;
  /** 0 absent, 1 read only, 2 writable; by a hash of the linear page. */
  readonly pages: Uint8Array;
}

type AluFunction = (s: Int32Array, ...args: number[]) => number;
const ALU = { ...alu, ...shift, ...multiply, ...bits } as unknown as Record<string, AluFunction>;

class RollBack extends Error {}

/** What can be seen of a run, as text lines. */
export function evaluate(ir: IrRegion, start: GuestState): string[] {
  return new Evaluation(ir, start).run();
}

class Evaluation {
  private readonly s: Int32Array;
  private readonly ram: Uint8Array;
  private readonly values = new Map<number, number>();
  /** Registers as `reg` reads them. */
  private registers: Int32Array;
  private readonly auxiliary = new Map<number, number>();
  private readonly trace: string[] = [];

  constructor(
    private readonly ir: IrRegion,
    private readonly start: GuestState,
  ) {
    this.s = start.words.slice();
    this.ram = start.ram.slice();
    this.registers = this.s.slice(0, 16);
  }

  run(): string[] {
    try {
      for (const op of this.ir.ops) if (this.execute(op)) return this.trace;
      throw new Error('the region has no end');
    } catch (e) {
      if (!(e instanceof RollBack)) throw e;
      this.trace.push('rolled back');
      return this.trace;
    }
  }

  private value(id: number): number {
    const value = this.values.get(id);
    if (value === undefined) throw new Error(`v${id} is used but not defined`);
    return value;
  }

  /** True when the region is left. */
  private execute(op: IrOp): boolean {
    const args = op.args.map((id) => this.value(id));
    switch (op.op) {
      case 'store':
        this.write(args[0], op.bytes, args[1]);
        return false;
      case 'chkpage':
        if (((op.linear >>> 12) ^ op.physicalPage) & 1) throw new RollBack();
        return false;
      case 'trap':
        if (this.holds(op.code, args)) throw new RollBack();
        return false;
      case 'exitIf':
        if (!this.holds(op.code, args)) return false;
        this.observe(this.ir.exits[op.exit]);
        return true;
      case 'exit':
        this.observe(this.ir.exits[op.exit]);
        return true;
      case 'commit':
        this.observe(this.ir.exits[op.exit]);
        deviceWrites(this.ram);
        return false;
      case 'assist':
        this.assist(this.ir.exits[op.exit]);
        return false;
      default:
        this.values.set(op.id, this.compute(op, args) | 0);
        return false;
    }
  }

  private holds(code: number, args: readonly number[]): boolean {
    return args.length > 0 ? args[0] !== 0 : condition(this.s, code) !== 0;
  }

  private compute(op: IrOp, args: readonly number[]): number {
    switch (op.op) {
      case 'const':
        return op.value;
      case 'reg':
        return this.registers[op.register];
      case 'alu':
        return this.alu(op, args);
      case 'flag':
        return this.flag(op, args);
      case 'mq':
        return this.auxiliary.get(op.args[0]) as number;
      case 'cond':
        return condition(this.s, op.code);
      case 'selcc':
        return condition(this.s, op.code) ? args[0] : args[1];
      case 'select':
        return args[0] !== 0 ? args[1] : args[2];
      case 'load':
        return this.read(args[0], op.bytes, op.signed);
      case 'loadState':
        return this.s[op.word];
      default:
        return plain(op.op, args[0], args[1]);
    }
  }

  private alu(op: IrOp & { readonly op: 'alu' }, args: readonly number[]): number {
    const before = arithmeticFlags(this.s);
    const f = ALU[`${op.alu}${op.bits}`];
    if (!f) throw new Error(`no ${op.alu}${op.bits}`);
    const result = f(this.s, ...args);
    if (result === multiply.DIVIDE_ERROR) throw new RollBack();
    this.auxiliary.set(op.id, this.s[AUX]);
    if (!op.setsFlags) setArithmeticFlags(this.s, before);
    // Garbage above the width: whoever looks at it finds something else each time.
    const isByteProduct = op.bits === 8 && (op.alu === 'mul' || op.alu === 'imul');
    const width = isByteProduct ? 16 : op.bits;
    return width >= 32 ? result : (result & ((1 << width) - 1)) | (0x5a5a5a5a << width);
  }

  private flag(op: IrOp & { readonly op: 'flag' }, args: readonly number[]): number {
    const name = op.flag === 'keepzero' ? 'keepZero' : op.flag;
    if (op.flag === 'lahf') return bits.lahf(this.s);
    if (op.setsFlags) ALU[name](this.s, ...args);
    return 0;
  }

  private physical(linear: number, write: boolean): number {
    const page = linear >>> 12;
    const rights = this.start.pages[(page ^ (page >>> 7)) % this.start.pages.length];
    if (rights === 0 || (write && rights === 1)) throw new RollBack();
    return linear & (RAM_BYTES - 1);
  }

  private read(linear: number, bytes: number, signed: boolean): number {
    let value = 0;
    for (let i = 0; i < bytes; i++)
      value |= this.ram[this.physical((linear + i) | 0, false)] << (8 * i);
    return signed ? (value << (32 - 8 * bytes)) >> (32 - 8 * bytes) : value;
  }

  private write(linear: number, bytes: number, value: number): void {
    const places = Array.from({ length: bytes }, (_, i) => this.physical((linear + i) | 0, true));
    places.forEach((place, i) => {
      this.ram[place] = value >>> (8 * i);
    });
  }

  private observe(exit: IrExit): void {
    const registers = [0, 1, 2, 3, 4, 5, 6, 7, 13].map((r) => {
      const id = exit.registers[r];
      return (id >= 0 ? this.value(id) : this.registers[r]) >>> 0;
    });
    const eip = exit.target >= 0 ? this.value(exit.target) : exit.eip;
    const skipped = exit.skipped >= 0 ? this.value(exit.skipped) : 0;
    this.trace.push(traceLine(exit, { eip, skipped, registers, words: this.s, ram: this.ram }));
  }

  /** Commits, then does what an interpreted instruction might. */
  private assist(exit: IrExit): void {
    this.observe(exit);
    for (let r = 0; r < 16; r++)
      if (exit.registers[r] >= 0) this.s[r] = this.value(exit.registers[r]);
    interpretedInstruction(this.s, this.ram);
    this.registers = this.s.slice(0, 16);
    // Nothing lives on.
    this.values.clear();
  }
}

/** What can be seen at a commit. */
export interface Seen {
  readonly eip: number;
  readonly skipped: number;
  readonly registers: readonly number[];
  /** State block: flags, and what is no register. */
  readonly words: Int32Array;
  readonly ram: Uint8Array;
}

export function traceLine(exit: IrExit, { eip, skipped, registers, words, ram }: Seen): string {
  return [
    exit.kind,
    exit.guest,
    eip,
    exit.steps - skipped,
    registers.map((r) => r.toString(16)).join(' '),
    arithmeticFlags(words).toString(16),
    checksum(ram),
    checksum(new Uint8Array(words.buffer, words.byteOffset + 64, 4 * STATE_WORDS - 64)),
  ].join(' | ');
}

/** What a device does to RAM at a commit. */
export function deviceWrites(ram: Uint8Array): void {
  for (let i = 0; i < RAM_BYTES; i += 3) ram[i] ^= 0x55;
}

/** What the instruction behind an assist does. */
export function interpretedInstruction(s: Int32Array, ram: Uint8Array): void {
  for (let r = 0; r < 8; r++) s[r] = (Math.imul(s[r], 5) + r) | 0;
  s[20] ^= 0x777;
  setArithmeticFlags(s, arithmeticFlags(s) ^ 0x891);
  ram.reverse();
}

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const word of new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2))
    sum = (Math.imul(sum, 31) + word) | 0;
  return sum;
}

/** The operations without flags, from their description in ir.ts. */
export function plain(name: string, a: number, b: number): number {
  const f = PLAIN[name];
  if (!f) throw new Error(`no operation ${name}`);
  return Number(
    BigInt.asIntN(32, f(BigInt.asUintN(32, BigInt(a)), BigInt.asUintN(32, BigInt(b ?? 0)))),
  );
}

const signed = (x: bigint, width = 32): bigint => BigInt.asIntN(width, x);
const low = (x: bigint, width: number): bigint => BigInt.asUintN(width, x);
const turn = (a: bigint, n: bigint): bigint => (a << n) | (a >> (32n - n));
const truth = (x: boolean): bigint => (x ? 1n : 0n);

const PLAIN: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  andn: (a, b) => a & ~b,
  shl: (a, b) => a << (b % 32n),
  shr: (a, b) => a >> (b % 32n),
  sar: (a, b) => signed(a) >> (b % 32n),
  rol: (a, b) => turn(a, b % 32n),
  ror: (a, b) => turn(a, (32n - (b % 32n)) % 32n),
  mul: (a, b) => a * b,
  eq: (a, b) => truth(a === b),
  ne: (a, b) => truth(a !== b),
  ltu: (a, b) => truth(a < b),
  lts: (a, b) => truth(signed(a) < signed(b)),
  ins8: (a, b) => a - low(a, 8) + low(b, 8),
  ins8h: (a, b) => a - (low(a, 16) - low(a, 8)) + (low(b, 8) << 8n),
  ins16: (a, b) => a - low(a, 16) + low(b, 16),
  sx8: (a) => signed(a, 8),
  sx16: (a) => signed(a, 16),
  zx8: (a) => low(a, 8),
  zx16: (a) => low(a, 16),
  ext8h: (a) => low(a >> 8n, 8),
  bswap: (a) =>
    (low(a, 8) << 24n) | (low(a >> 8n, 8) << 16n) | (low(a >> 16n, 8) << 8n) | (a >> 24n),
};

/**
 * ALU statements of a template as operations. What the host has no atom for is put together from
 * what it has: bt and a mask for bts, btr, btc; 32-bit scans for 16-bit ones.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { AluOp, FixedAluOp } from '../../guest-isa/sem/template.js';
import type { ValueId } from '../ir/ir.js';
import type { IrBuilder } from '../ir/ir-builder.js';
import { aluWritesFlags } from '../ir/ir-ops.js';
import {
  constantValue,
  plainValue,
  type TemplateValue,
  type ValueMaker,
} from './template-value.js';

type Bits = 8 | 16 | 32;
const bytesOf = (bits: Bits): 1 | 2 | 4 => (bits >> 3) as 1 | 2 | 4;

export class AluLifter {
  /** The last multiplication or division: where `aux` comes from. */
  private auxOf: ValueId = -1;

  constructor(
    private readonly b: IrBuilder,
    private readonly values: ValueMaker,
  ) {}

  aux(): TemplateValue {
    return plainValue(this.b.mq(this.auxOf));
  }

  /** An operation with its result. */
  lift(op: AluOp, bits: Bits, args: readonly TemplateValue[]): TemplateValue {
    switch (op) {
      case 'neg':
        return this.make('sub', bits, [this.b.constant(0), this.low(args[0], bits)]);
      case 'bt':
      case 'bts':
      case 'btr':
      case 'btc':
        return this.bitTest(op, bits, args);
      case 'bsf':
      case 'bsr':
        return this.scan(op, bits, args);
      case 'bswap':
        // With 16 bits silicon gives zero.
        return bits === 32
          ? plainValue(this.b.unary('bswap', this.values.whole(args[0])))
          : constantValue(0);
      case 'shl':
      case 'shr':
      case 'sar':
      case 'rol':
      case 'ror':
      case 'shld':
      case 'shrd':
        return this.shift(op, bits, args);
      case 'div':
      case 'idiv':
        // With 8 bits the dividend is the low 16 bits of the second argument.
        return this.make(op, bits, [
          this.low(args[0], bits),
          bits === 8 ? this.values.low(args[1], 2) : this.low(args[1], bits),
          this.low(args[2], bits),
        ]);
      case 'rcl':
      case 'rcr':
        throw new SimulatorBug(`${op} is not lifted`);
      default:
        return this.make(
          op,
          bits,
          args.map((arg) => this.low(arg, bits)),
        );
    }
  }

  private low(v: TemplateValue, bits: Bits): ValueId {
    return this.values.low(v, bytesOf(bits));
  }

  private make(op: AluOp, bits: Bits, args: ValueId[]): TemplateValue {
    const id = this.b.alu(op, bits, args);
    if (aluWritesFlags(op)) this.values.flagWrites++;
    this.auxOf = id;
    return plainValue(id);
  }

  /** A count of zero changes nothing; its low five bits count. */
  private shift(op: AluOp, bits: Bits, args: readonly TemplateValue[]): TemplateValue {
    const count = args[args.length - 1];
    if (count.kind === 'constant' && (count.value & 31) === 0) return args[0];
    const operands = args.slice(0, -1).map((arg) => this.low(arg, bits));
    return this.make(op, bits, [...operands, this.values.low(count, 1)]);
  }

  private bitTest(
    op: 'bt' | 'bts' | 'btr' | 'btc',
    bits: Bits,
    args: readonly TemplateValue[],
  ): TemplateValue {
    const { b } = this;
    const operand = this.low(args[0], bits);
    const number = this.values.low(args[1], 1);
    const tested = this.make('bt', bits, [operand, number]);
    if (op === 'bt') return tested;
    const place =
      args[1].kind === 'constant'
        ? b.constant(1 << (args[1].value & (bits - 1)))
        : b.binary('shl', b.constant(1), bits === 32 ? number : b.binaryConst('and', number, 15));
    const combine = op === 'bts' ? 'or' : op === 'btr' ? 'andn' : 'xor';
    return plainValue(b.binary(combine, operand, place));
  }

  private scan(op: 'bsf' | 'bsr', bits: Bits, args: readonly TemplateValue[]): TemplateValue {
    const source = this.values.whole(args[0]);
    return this.make(op, 32, [source, this.low(args[1], bits)]);
  }

  /** Operations of one width. cld and std are the registers' (they change no arithmetic flag). */
  fixed(op: FixedAluOp, args: readonly TemplateValue[]): TemplateValue {
    switch (op) {
      case 'cmc':
      case 'stc':
      case 'clc':
      case 'sahf': {
        const id = this.b.flag(
          op,
          args.map((arg) => this.values.low(arg, 1)),
        );
        this.values.flagWrites++;
        return plainValue(id);
      }
      case 'keepZero':
        this.values.flagWrites++;
        return plainValue(this.b.flag('keepzero', [this.values.whole(args[0])]));
      case 'lahf':
        return plainValue(this.b.flag('lahf', []));
      default:
        throw new SimulatorBug(`${op} is not lifted`);
    }
  }
}

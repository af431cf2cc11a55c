/**
 * Makes random programs (program.ts) from the rows. They always end, touch only data and stack,
 * and never read a flag while it is undefined: where one is, a compare is put in front.
 */
import type { Rng } from '../../base/rng.js';
import { Disassembler } from '../../guest-isa/disasm/disassemble.js';
import {
  type EncodingForm,
  encode,
  type MemoryChoice,
  type OperandChoice,
} from '../../guest-isa/disasm/encode.js';
import { rows } from '../../guest-isa/insn/index.js';
import { memoryOnly, operandBytes, operandClass } from '../../guest-isa/insn/operand-codes.js';
import type { FlagUse, InsnRow } from '../../guest-isa/insn/row.js';
import { AF, CF, OF, PF, SF, ZF } from '../../guest-isa/state/flags.js';
import { edgeOrRandom } from '../insn/case.js';
import type { Item } from './program.js';
import { INTEGER_ROWS, MMX_ROWS, TEMPLATE_ROWS, X87_ROWS } from './row-pool.js';

const ECX = 1;
const EBX = 3;
const ESI = 6;
const EDI = 7;
/** Registers that programs may change; as byte registers: all but bl and bh. */
const FREE = [0, 1, 2, ESI, EDI];
const FREE_BYTES = [0, 1, 2, 4, 5, 6];
const ARITHMETIC = CF | PF | AF | ZF | SF | OF;
/** Bytes on both sides of ebx that operands reach. */
const REACH = 0x700;

export type Flavour = 'integer' | 'x87' | 'mmx';

const NO_FLAGS: FlagUse = { reads: 0, writes: 0, undefined: 0 };
const SETS_ALL: FlagUse = { reads: 0, writes: ARITHMETIC, undefined: 0 };
const READS_ALL: FlagUse = { reads: ARITHMETIC, writes: 0, undefined: 0 };
const LOSES_ALL: FlagUse = { reads: 0, writes: ARITHMETIC, undefined: ARITHMETIC };

/** The row's flags; of shifts by a count that may be 0, 1 or more, nothing is certain. */
function flagUse(row: InsnRow): FlagUse {
  const counted = /^(rol|ror|rcl|rcr|shl|shr|sar|shld|shrd)$/.test(row.mnemonic);
  return counted ? { reads: row.flags.reads, writes: 0, undefined: AF | OF | CF } : row.flags;
}

const disassembler = new Disassembler(rows);

export class ProgramMaker {
  /** Flags that are undefined at this point. */
  private undefined = 0;

  constructor(
    private readonly rng: Rng,
    private readonly flavour: Flavour,
  ) {}

  /** Between about 10 and 100 instructions. */
  program(): Item[] {
    return this.items(10 + this.rng.below(70), 2);
  }

  private items(count: number, depth: number): Item[] {
    const list: Item[] = [];
    while (list.length < count) list.push(...this.next(count, depth));
    return list;
  }

  private next(count: number, depth: number): Item[] {
    const { rng } = this;
    const kind = rng.below(100);
    if (depth > 0 && kind < 12)
      return this.nested(1 + rng.below(Math.max(2, count >> 2)), depth - 1);
    if (kind < 20) return this.stackPair();
    if (kind < 27) return this.string();
    if (kind < 31) return this.divide();
    const pool =
      this.flavour === 'integer' || kind < 50
        ? INTEGER_ROWS
        : this.flavour === 'x87'
          ? X87_ROWS
          : MMX_ROWS;
    return this.instruction(rng.pick(pool));
  }

  /** Flags are made defined where paths meet. */
  private nested(count: number, depth: number): Item[] {
    const { rng } = this;
    const kind = rng.below(3);
    const before = this.compare();
    const body = [...this.items(count, depth), this.compare()];
    if (kind === 0) return [before, { kind: 'loop', count: 1 + rng.below(12), body }];
    if (kind === 1) return [before, { kind: 'unless', condition: rng.below(16), body }];
    return [before, { kind: 'call', indirect: rng.chance(0.3), body }];
  }

  /** cmp of a register with a number: defines every flag. */
  private compare(): Item {
    this.undefined = 0;
    return plain([0x83, 0xf8 | this.rng.pick(FREE), this.rng.below(256)], SETS_ALL);
  }

  private instruction(row: InsnRow): Item[] {
    const { rng } = this;
    const memory = this.takesMemory(row);
    const opSize: 2 | 4 =
      row.feature !== 'mmx' && !/^sh[lr]d$/.test(row.mnemonic) && rng.chance(0.25) ? 2 : 4;
    const form: EncodingForm = {
      code32: true,
      opSize,
      addrSize: 4,
      ...(memory && rng.chance(0.1) ? { segment: rng.pick([0, 2, 3, 4, 5]) } : {}),
      ...(memory && row.lockable && rng.chance(0.1) ? { lock: true } : {}),
    };
    const setup: number[] = [];
    const choice: OperandChoice = {
      ...(row.opcode.fixedModrm < 0 && row.operands.some((o) => operandClass(o) === 'modrm-rm')
        ? { rm: memory ? this.memory(setup) : this.register(row, 'modrm-rm', opSize) }
        : {}),
      reg: this.register(row, 'modrm-reg', opSize),
      low: this.register(row, 'opcode', opSize),
      immediates: row.operands
        .filter((o) => operandClass(o) === 'immediate')
        .map((o) => this.immediate(row, o)),
    };
    const flags = flagUse(row);
    const first = (flags.reads & this.undefined) !== 0 ? [this.compare()] : [];
    this.undefined = (this.undefined & ~flags.writes) | flags.undefined;
    return [...first, plain([...setup, ...encode(row, choice, form)], flags)];
  }

  private takesMemory(row: InsnRow): boolean {
    if (row.opcode.fixedModrm >= 0 || !row.operands.some((o) => operandClass(o) === 'modrm-rm'))
      return false;
    if (row.operands.some(memoryOnly)) return true;
    // Bit numbers in registers reach anywhere.
    if (/^bt/.test(row.mnemonic) && row.operands[1] === 'Gv') return false;
    return !row.operands.some((o) => o[0] === 'N' || o[0] === 'R') && this.rng.chance(0.45);
  }

  private register(row: InsnRow, place: string, opSize: 2 | 4): number {
    const { rng } = this;
    const code = row.operands.find((o) => operandClass(o) === place) ?? '';
    if ('PQNS'.includes(code[0] ?? ' ')) return rng.below(8);
    return rng.pick(operandBytes(code, opSize) === 1 ? FREE_BYTES : FREE);
  }

  /** [ebx+disp], or [ebx+index*scale+disp] with the index cut to a byte before. */
  private memory(setup: number[]): MemoryChoice {
    const { rng } = this;
    const disp = rng.below(2 * REACH) - REACH;
    if (rng.chance(0.65)) return { base: EBX, index: -1, scale: 0, disp };
    const index = rng.pick(FREE);
    // movzx index, byte [ebx+disp8]
    setup.push(0x0f, 0xb6, 0x43 | (index << 3), rng.below(128));
    return { base: EBX, index, scale: rng.below(3), disp: disp >> 1 };
  }

  private immediate(row: InsnRow, code: string): number {
    if (row.mnemonic === 'aam') return 1 + this.rng.below(255);
    return code === 'Ib' && /^sh[lr]d$/.test(row.mnemonic)
      ? this.rng.below(32)
      : edgeOrRandom(this.rng);
  }

  /** push ... pop, or pushf, pusha, enter with their counterparts. */
  private stackPair(): Item[] {
    const { rng } = this;
    const kind = rng.below(4);
    if (kind === 2) return [plain([0x60]), plain([0x61])];
    const inner = this.instruction(
      rng.pick(INTEGER_ROWS.filter((r) => r.operands.every((o) => o !== 'M'))),
    );
    const popped = rng.pick(FREE);
    if (kind === 0) return [plain([0x50 | rng.below(8)]), ...inner, plain([0x58 | popped])];
    // enter with more levels would read what ebp points to: nothing.
    if (kind === 3) return [plain([0xc8, rng.below(64), 0, rng.below(2)]), ...inner, plain([0xc9])];
    const saved = [this.compare(), plain([0x9c], READS_ALL)];
    const rest = this.instruction(rng.pick(INTEGER_ROWS));
    this.undefined = 0;
    return [...inner, ...saved, ...rest, plain([0x9d], SETS_ALL)];
  }

  /** Pointers and count are set in front; with and without repeat prefix, both directions. */
  private string(): Item[] {
    const { rng } = this;
    const row = rng.pick(TEMPLATE_ROWS.strings);
    const opSize: 2 | 4 = rng.chance(0.25) ? 2 : 4;
    const down = rng.chance(0.3);
    const repeat = rng.chance(0.7) ? (rng.chance(0.5) ? 3 : 2) : 0;
    const lea = (register: number): number[] => [
      0x8d,
      0x83 | (register << 3),
      ...little(rng.below(REACH) - REACH / 2),
    ];
    const bytes = [
      ...lea(ESI),
      ...lea(EDI),
      0xb8 | ECX,
      ...little(rng.below(40)),
      down ? 0xfd : 0xfc,
      ...encode(row, {}, { code32: true, opSize, addrSize: 4, repeat }),
      0xfc,
    ];
    // A count of zero leaves the flags as they are.
    if (repeat === 0 && row.flags.writes !== 0) this.undefined = 0;
    return [plain(bytes, { reads: 0, writes: repeat === 0 ? row.flags.writes : 0, undefined: 0 })];
  }

  /** Divisor made odd, upper half of the dividend cleared or sign-extended: seldom overflows. */
  private divide(): Item[] {
    const { rng } = this;
    const row = rng.pick(TEMPLATE_ROWS.divide);
    const divisor = rng.pick([ECX, ESI, EDI]);
    const bytes = row.operands[0] === 'Eb';
    const rm = bytes ? ECX : divisor;
    const extend = bytes ? [0x0f, 0xb6, 0xc0] : row.mnemonic === 'idiv' ? [0x99] : [0x31, 0xd2];
    const setup = [0x83, 0xc8 | rm, 1, ...extend];
    this.undefined = ARITHMETIC;
    return [
      plain(
        [...setup, ...encode(row, { rm }, { code32: true, opSize: 4, addrSize: 4 })],
        LOSES_ALL,
      ),
    ];
  }
}

const little = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

/** A chunk, with its text. */
function plain(bytes: readonly number[], flags: FlagUse = NO_FLAGS): Item {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { text, length } = disassembler.at(bytes.slice(at), at, true);
    texts.push(text);
    at += Math.max(1, length);
  }
  return { kind: 'plain', bytes, text: texts.join('; '), flags };
}

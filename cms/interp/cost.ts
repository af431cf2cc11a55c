/**
 * What the interpreter gear costs on the host: fetch, decode and dispatch (dispatch-routine.ts), the
 * instruction's own molecules (handler-body.ts), and what its code and tables wait in the caches.
 * Worked out once for each variant of a row; charged before the instruction is executed.
 *
 * Accesses of the guest instruction itself are charged by whoever executes it, as they are made. Rows
 * without recorded meaning (x87, system instructions) cost what the configuration says.
 * ASSUMED: handlers lie in the order of the rows, each in a place of its own of 192 bytes.
 */
import type { Insn } from '../../guest-isa/decode/insn.js';
import { operandClass } from '../../guest-isa/insn/operand-codes.js';
import type { InsnRow } from '../../guest-isa/insn/row.js';
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import { PageKind } from '../../guest-isa/mmu/ports.js';
import { PAGE_MASK } from '../../guest-isa/mmu/tlb-entry.js';
import { CS, SEG_ATTR, SEG_BASE } from '../../guest-isa/state/layout.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import type { HostCore } from '../../hw/core/host-core.js';
import { CPI } from '../../hw/timing/cpi.js';
import type { Backend } from '../backend/compile-region.js';
import type { Lifter } from '../lift/lift-region.js';
import type { CmsOptions } from '../options.js';
import type { ExecutionProfile } from '../profile/profile.js';
import type { StepCost } from '../runtime/parts.js';
import {
  dispatchPieces,
  type InterpreterPlaces,
  type Piece,
  type PieceCode,
} from './dispatch-routine.js';
import { type HandlerBody, handlerBody } from './handler-body.js';

/** Bytes between the first bytes of two handlers: no power of two, so that they spread over the cache's sets. */
const HANDLER_BYTES = 192;
/** Room for the shared pieces in front of the handlers. */
const SHARED_BYTES = 4096;
const VARIANTS = 4;
const OPCODE_ENTRY_BYTES = 8;
const ONE_BYTE_MAP = 256;

export interface InsnCost {
  /** Cycles when everything hits the caches, prefixes not counted. */
  readonly cycles: number;
  /** Molecules of the instruction's own work; 0: it costs what is configured. */
  readonly molecules: number;
  /** Host address and size of its handler. */
  readonly handlerPc: number;
  readonly handlerBytes: number;
  /** Host address of its entry in the opcode table. */
  readonly tableAddress: number;
  /** A transfer: the profile is looked at behind it. */
  readonly profiled: boolean;
}

export interface InterpreterCostParts {
  readonly isa: HostIsa;
  readonly core: HostCore;
  readonly cpu: Cpu;
  readonly rows: readonly InsnRow[];
  readonly lifter: Lifter;
  readonly backend: Pick<Backend, 'costOf'>;
  readonly profile: ExecutionProfile;
  readonly options: CmsOptions['cost'];
  readonly places: InterpreterPlaces;
  /** Host address of guest RAM. */
  readonly ramOffset: number;
}

/** Bytes of host code of the interpreter, for a number of rows. */
export const interpreterCodeBytes = (rows: number): number =>
  SHARED_BYTES + rows * VARIANTS * HANDLER_BYTES;

interface RowCosts {
  readonly index: number;
  readonly variants: (InsnCost | undefined)[];
}

export class InterpreterCost implements StepCost {
  /** Cycles of one more iteration of a repeated string instruction: those of a move of four bytes. */
  readonly cyclesPerIteration: number;
  /** ASSUMED: the attempt to fetch it takes no more than the delivery of the fault. */
  readonly unfetchedCycles = 0;
  readonly pieces: Readonly<Record<Piece, PieceCode>>;
  private readonly known = new Map<InsnRow, RowCosts>();
  private readonly unknown: InsnCost;
  /** Host addresses of the lines that hold what all instructions share. */
  private readonly sharedEnd: number;

  constructor(private readonly parts: InterpreterCostParts) {
    const { isa, places, rows, options } = parts;
    this.pieces = dispatchPieces(isa, places);
    this.sharedEnd = places.code + this.pieces.dispatch.bytes + this.pieces.finish.bytes;
    for (const [index, row] of rows.entries())
      this.known.set(row, { index, variants: new Array(VARIANTS).fill(undefined) });
    this.unknown = {
      cycles: this.frame() + options.directInstruction,
      molecules: 0,
      handlerPc: this.handlerPc(rows.length, 0),
      handlerBytes: HANDLER_BYTES,
      tableAddress: places.tables,
      profiled: false,
    };
    this.cyclesPerIteration = this.iterationCycles();
  }

  /** Cost of an instruction's variant. */
  of(insn: Insn): InsnCost {
    const { row } = insn;
    const costs = row && this.known.get(row);
    if (!costs) return this.unknown;
    const variant = (insn.opSize >> 2) + (insn.isMem ? 2 : 0);
    costs.variants[variant] ??= this.workOut(row, costs.index, variant);
    return costs.variants[variant];
  }

  /** Charges an instruction at an eip that the interpreter is about to execute. */
  step(insn: Insn, eip: number): void {
    const { core, profile, places } = this.parts;
    const cost = this.of(insn);
    let cycles = cost.cycles + this.prefixes(insn) * this.pieces.prefix.cycles;
    cycles += core.codeFetch(places.code, this.sharedEnd);
    cycles += core.codeFetch(cost.handlerPc, cost.handlerPc + cost.handlerBytes);
    cycles += core.dataAccess(cost.tableAddress, false);
    cycles += this.readCode(eip);
    if (cost.profiled) cycles += core.dataAccess(places.profile + profile.lastOffset, true);
    core.charge(CPI.interpret, cycles);
  }

  /** The guest's code is data for the interpreter. */
  private readCode(eip: number): number {
    const { cpu, core, ramOffset } = this.parts;
    const linear = (eip + cpu.s[SEG_BASE + CS]) | 0;
    const entry = cpu.tlb[linear >>> 12];
    if (entry === 0 || cpu.memory.pageKinds[entry >>> 12] === PageKind.slow) return 0;
    const physical = (entry & PAGE_MASK) | (linear & 0xfff);
    return core.guestAccess(linear, physical + ramOffset, false);
  }

  private prefixes(insn: Insn): number {
    const code32 = (this.parts.cpu.s[SEG_ATTR + CS] & 0x4000) !== 0;
    return (
      (insn.override ? 1 : 0) +
      (insn.lock ? 1 : 0) +
      (insn.repeat !== 0 ? 1 : 0) +
      ((insn.opSize === 4) === code32 ? 0 : 1) +
      ((insn.addrMask === -1) === code32 ? 0 : 1)
    );
  }

  private workOut(row: InsnRow, index: number, variant: number): InsnCost {
    const { lifter, backend, places } = this.parts;
    const isMem = variant >= 2;
    const body = handlerBody(lifter, backend, row, variant & 1 ? 4 : 2, isMem);
    const map = row.opcode.bytes.length === 2 ? ONE_BYTE_MAP : 0;
    const opcode = row.opcode.bytes[row.opcode.bytes.length - 1];
    const own = body ? this.bodyCycles(body) : this.configured(row);
    const profiled = row.flow !== 'next' && row.flow !== 'halt';
    // One literal, since objects that spreads have made each have a shape of their own.
    return {
      cycles:
        this.frame() +
        this.decoding(row, isMem) +
        own +
        (profiled ? this.pieces.profile.cycles : 0),
      molecules: body?.molecules ?? 0,
      handlerPc: this.handlerPc(index, variant),
      handlerBytes: body?.bytes ?? HANDLER_BYTES,
      tableAddress: places.tables + (map + opcode) * OPCODE_ENTRY_BYTES,
      profiled,
    };
  }

  private handlerPc(index: number, variant: number): number {
    return this.parts.places.code + SHARED_BYTES + (index * VARIANTS + variant) * HANDLER_BYTES;
  }

  /** What every instruction costs. */
  private frame(): number {
    return this.pieces.dispatch.cycles + this.pieces.finish.cycles;
  }

  /** Decoding behind the opcode's first byte. */
  private decoding({ opcode, operands }: InsnRow, isMem: boolean): number {
    const { twoByte, modrm, addressForm, addressReturn, immediate } = this.pieces;
    const immediates = operands.filter((code) => operandClass(code) === 'immediate').length;
    return (
      (opcode.bytes.length === 2 ? twoByte.cycles : 0) +
      (opcode.hasModrm ? modrm.cycles : 0) +
      (opcode.hasModrm && isMem
        ? addressForm.cycles + immediate.cycles + addressReturn.cycles
        : 0) +
      immediates * immediate.cycles
    );
  }

  private bodyCycles(body: HandlerBody): number {
    const { readRegister, writeRegister, readFlags, writeFlags } = this.pieces;
    return (
      body.cycles +
      body.registersRead * readRegister.cycles +
      body.registersWritten * writeRegister.cycles +
      (body.readsFlags ? readFlags.cycles : 0) +
      (body.writesFlags ? writeFlags.cycles : 0)
    );
  }

  private configured(row: InsnRow): number {
    const { x87Instruction, directInstruction } = this.parts.options;
    const first = row.opcode.bytes[0];
    const isX87 = first >= 0xd8 && first <= 0xdf;
    return isX87 || row.feature === 'mmx' ? x87Instruction : directInstruction;
  }

  private iterationCycles(): number {
    const { lifter, backend, rows, options } = this.parts;
    const movs = rows.find((row) => row.mnemonic === 'movs' && row.operands[0] === 'Yv');
    const body = movs && handlerBody(lifter, backend, movs, 4, false);
    const own = body ? this.bodyCycles(body) : options.directInstruction;
    return own + this.pieces.iteration.cycles;
  }
}

/**
 * The interpreter's own host code: fetch, decode and dispatch of one guest instruction, in pieces,
 * each packed for the configured machine and with its static cycle count. It works on the guest's
 * registers where commits publish them, in the state block; r48-r55 are its own, r9 is the guest's
 * eip, r54 the address behind the bytes read so far, r50 the next four bytes of code.
 *
 * The structure is that of any table-driven interpreter (threaded code, Bell 1973; CMS's is not
 * published). ASSUMED: everything in here but that there is an interpreter in host code. What a
 * handler does between `dispatch` and `finish` is added up from pieces by cost.ts.
 */

import { CS, ECX, FLAG_RESULT, REMAINING, SEG_BASE } from '../../guest-isa/state/layout.js';
import { assemble } from '../../hw/atom/assemble.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import { packRoutine } from '../backend/pack-routine.js';
import { straightCycles } from './straight-cycles.js';

/** Pieces that a handler is made of, in host assembly before packing. */
const PIECES = {
  /** First byte of the instruction, its table entry, the jump to the handler. */
  dispatch: `
    movi r48,##CS_BASE
    ld32.p r54,[r48]
    add r54,r54,r9
    ld32.k r50,[r54]
    zx8 r51,r50
    shl r51,r51,#3
    add r51,r51,##OPCODES
    ld32.p r52,[r51]
    brprep r52
    add r51,r51,#4
    ld32.p r53,[r51]      // bytes to go on by, operand form
    and r55,r53,#15
    add r54,r54,r55
    add r9,r9,r55
    shr r50,r50,#8
    jr r52`,
  /** A prefix: notes it and dispatches the byte behind it. */
  prefix: `
    or r49,r49,#1
    zx8 r51,r50
    shl r51,r51,#3
    add r51,r51,##OPCODES
    ld32.p r52,[r51]
    brprep r52
    add r54,r54,#1
    add r9,r9,#1
    shr r50,r50,#8
    jr r52`,
  /** Opcode byte behind 0f. */
  twoByte: `
    zx8 r51,r50
    shl r51,r51,#3
    add r51,r51,##OPCODES+2048
    ld32.p r52,[r51]
    brprep r52
    add r54,r54,#1
    add r9,r9,#1
    shr r50,r50,#8
    jr r52`,
  /** The modrm byte: both register numbers as offsets in the state block. */
  modrm: `
    shr r51,r50,#1
    and r51,r51,#28
    zx8 r52,r50
    shl r53,r50,#2
    and r53,r53,#28
    shr r50,r50,#8
    add r54,r54,#1
    add r9,r9,#1`,
  /** A memory operand: the routine of its address form, by the modrm byte, and back. */
  addressForm: `
    shl r52,r52,#3
    add r52,r52,##OPCODES+4096
    ld32.p r55,[r52]
    brprep r55
    jr r55`,
  addressReturn: `
    br 0`,
  /** Displacement or immediate: read from the code, which may lie at any alignment. */
  immediate: `
    ld32.k r50,[r54]
    add r54,r54,#4
    add r9,r9,#4`,
  /** A guest register from, or to, the state block. */
  readRegister: `
    ld32.p r48,[r51]`,
  writeRegister: `
    st32.p [r51],r48`,
  /** Flags: result and carry vector. */
  readFlags: `
    movi r48,##FLAGS
    ld32.p r49,[r48]
    add r48,r48,#4
    ld32.p r48,[r48]`,
  writeFlags: `
    movi r48,##FLAGS
    st32.p [r48],r49
    add r48,r48,#4
    st32.p [r48],r50`,
  /** Behind a transfer: the counter of the address, by hash, and its comparison with the threshold. */
  profile: `
    xor r50,r9,r56
    movi r51,##0x85ebca6b
    mul r50,r50,r51
    shr r51,r50,#15
    xor r50,r50,r51
    and r50,r50,##0x3ffc
    shl r50,r50,#4
    add r50,r50,##PROFILE
    ld32.p r51,[r50]
    eq r51,r51,r9
    add r50,r50,#8
    ld32.p r52,[r50]
    add r52,r52,#1
    st32.p [r50],r52
    ltu r52,r52,##THRESHOLD
    brz r52,0`,
  /** Behind an iteration of a repeated string instruction: the count, and around again. */
  iteration: `
    movi r48,##COUNT
    ld32.p r49,[r48]
    sub r49,r49,#1
    st32.p [r48],r49
    brz r49,0
    br 0`,
  /** Countdown of the slice, the instruction's commit, and around again. */
  finish: `
    movi r48,##REMAINING
    ld32.p r49,[r48]
    sub r49,r49,#1
    st32.p [r48],r49
    lts r49,r63,r49
    brz r49,0
    br 0`,
} as const;

export type Piece = keyof typeof PIECES;
const NAMES = Object.keys(PIECES) as Piece[];

/** Where the interpreter's tables and code lie in the memory of the code morphing software. */
export interface InterpreterPlaces {
  /** Opcode maps and address forms: 6 KB. */
  readonly tables: number;
  /** Counters of the profile. */
  readonly profile: number;
  /** Host code: the pieces that are shared, then the handlers. */
  readonly code: number;
  /** Executions that make an address hot. */
  readonly threshold: number;
}

export interface PieceCode {
  readonly cycles: number;
  readonly bytes: number;
  readonly text: string;
}

/** Bytes that the opcode maps and address forms take. */
export const TABLE_BYTES = 0x1800;

/** All pieces for a machine. */
export function dispatchPieces(
  isa: HostIsa,
  places: InterpreterPlaces,
): Readonly<Record<Piece, PieceCode>> {
  const symbols = {
    CS_BASE: 4 * (SEG_BASE + CS),
    REMAINING: 4 * REMAINING,
    COUNT: 4 * ECX,
    FLAGS: 4 * FLAG_RESULT,
    OPCODES: places.tables,
    PROFILE: places.profile,
    THRESHOLD: places.threshold,
  };
  const pieces = NAMES.map((name): [Piece, PieceCode] => {
    const text = packRoutine(isa, PIECES[name]);
    const { molecules, words } = assemble(isa, text, { symbols });
    return [name, { cycles: straightCycles(isa, molecules), bytes: 4 * words.length, text }];
  });
  return Object.fromEntries(pieces) as Record<Piece, PieceCode>;
}

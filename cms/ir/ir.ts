/**
 * The intermediate representation of one region: a straight line of operations over numbered
 * values with side exits. Each value is defined once, by the operation of that number; there are no
 * joins (an if-converted branch is a select), so definition order is dominance.
 *
 * Guest registers are read by `reg` operations and never written: what a register holds at an exit
 * stands in the exit's snapshot. Flags are one implicit chain: an operation with `setsFlags` defines
 * all readers behind it up to the next one, in list order. Memory operations are in program order;
 * passes may remove them, only the scheduler moves them.
 */
import type { AluOp } from '../../guest-isa/sem/template.js';
import type { GuestRegion } from '../region.js';

/** Number of a value: its operation's `id`, which stays when operations are removed or moved. */
export type ValueId = number;

/** Operations without flags: two sources. */
export type IrBinary =
  | 'add'
  | 'sub'
  | 'and'
  | 'or'
  | 'xor'
  | 'andn'
  | 'shl'
  | 'shr'
  | 'sar'
  | 'rol'
  | 'ror'
  | 'mul'
  | 'eq'
  | 'ne'
  | 'ltu'
  | 'lts'
  /** First source with its low byte, second byte or low half replaced by the second's low bits. */
  | 'ins8'
  | 'ins8h'
  | 'ins16';
export type IrUnary = 'sx8' | 'sx16' | 'zx8' | 'zx16' | 'ext8h' | 'bswap';

/** Flag operations that are no ALU operation. */
export type FlagOp = 'cmc' | 'stc' | 'clc' | 'sahf' | 'lahf' | 'keepzero';

/** What happens to a guest instruction's access, for the ladder: why a guard is there. */
export const TRAPS = [
  'segmentLimit',
  'sourceChanged',
  'direction',
  'divide',
  'returnAddress',
  'target',
] as const;
export type Trap = (typeof TRAPS)[number];

interface IrBase {
  /** Value that it defines, also where it has none to offer (stores): its identity. */
  readonly id: ValueId;
  /** Index of the guest instruction in the region. */
  readonly guest: number;
  args: ValueId[];
}

export type IrOp =
  /** State register at the start of the region or behind the last barrier: 0-7 eax..edi, 13 system flags. */
  | (IrBase & { readonly op: 'reg'; readonly register: number })
  | (IrBase & { readonly op: 'const'; readonly value: number })
  | (IrBase & { readonly op: IrBinary | IrUnary })
  /** args: condition value, then, else */
  | (IrBase & { readonly op: 'select' })
  /** args: then, else; x86 condition code, reads flags */
  | (IrBase & { readonly op: 'selcc'; readonly code: number })
  /** 0 or 1 from flags */
  | (IrBase & { readonly op: 'cond'; readonly code: number })
  /** x86 arithmetic, named as in guest-isa/sem/template.ts; result is garbage above `bits`. Divisions: args high, low, divisor. */
  | (IrBase & {
      readonly op: 'alu';
      readonly alu: AluOp;
      readonly bits: 8 | 16 | 32;
      setsFlags: boolean;
    })
  | (IrBase & { readonly op: 'flag'; readonly flag: FlagOp; setsFlags: boolean })
  /** Second result of the multiplication or division args[0]. */
  | (IrBase & { readonly op: 'mq' })
  /** args: linear address. Zero-extended, or sign-extended where `signed`. */
  | (IrBase & { readonly op: 'load'; readonly bytes: 1 | 2 | 4; signed: boolean })
  /** args: linear address, value */
  | (IrBase & { readonly op: 'store'; readonly bytes: 1 | 2 | 4 })
  /** Word of the processor's state block (segment bases and limits). */
  | (IrBase & { readonly op: 'loadState'; readonly word: number })
  /** The page of linear address `linear` must be mapped to physical page `physicalPage` for a fetch, else host exit `mapping`. */
  | (IrBase & { readonly op: 'chkpage'; readonly linear: number; readonly physicalPage: number })
  /** Rolls back when args[0] is not zero, or (no args) when the condition code holds. */
  | (IrBase & { readonly op: 'trap'; readonly why: Trap; readonly code: number })
  /** Side exit when args[0] is not zero, or (no args) when the condition code holds. */
  | (IrBase & { readonly op: 'exitIf'; readonly code: number; readonly exit: number })
  /** The end: unconditional exit. Always the last operation. */
  | (IrBase & { readonly op: 'exit'; readonly exit: number })
  /** A commit in the middle (exit of kind commit holds the snapshot). Values live on. */
  | (IrBase & { readonly op: 'commit'; readonly exit: number })
  /** Commit, then one guest instruction by the interpreter (exit of kind assist). A barrier: no value lives on. */
  | (IrBase & { readonly op: 'assist'; readonly exit: number });

export type IrOpName = IrOp['op'];

export type IrExitKind =
  /** To a guest address known now. */
  | 'jump'
  /** To the address in a value. */
  | 'indirect'
  | 'return'
  /** The instruction at `eip` is for the interpreter. */
  | 'interpret'
  | 'commit'
  | 'assist';

export interface IrExit {
  readonly index: number;
  readonly kind: IrExitKind;
  /** Guest address (unsigned) where the guest goes on (assist: of the instruction to interpret); -1 when `target` holds it. */
  readonly eip: number;
  target: ValueId;
  /** Value of each state register at this point, by number (0-7, 13); -1: as at the start or last barrier. */
  readonly registers: Int32Array;
  /** Interpreter steps and guest instructions completed here since the last commit or assist op (or the entry). */
  readonly steps: number;
  readonly instructions: number;
  readonly guest: number;
  /** Of a call: eip (unsigned) of the instruction behind it, where a return will go; else -1. */
  readonly returnEip: number;
  /** The guest stands between two iterations of a repeated string instruction. */
  readonly midRepeat: boolean;
  /**
   * Value that counts the instructions of if-converted sides that this path skipped: so many fewer
   * steps and instructions are completed than `steps` and `instructions` say. -1: none.
   */
  skipped: ValueId;
}

export const SNAPSHOT_SIZE = 16;
/** State registers that snapshots hold. */
export const STATE_REGISTERS = [0, 1, 2, 3, 4, 5, 6, 7, 13] as const;

export interface IrRegion {
  readonly region: GuestRegion;
  ops: IrOp[];
  readonly exits: IrExit[];
  /** Number of the next value. */
  nextId: number;
}

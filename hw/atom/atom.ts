/**
 * An atom of the host instruction set: one row holds its name, unit class, latency, operands,
 * encoding and meaning (style of the x86 rows in guest-isa/insn). Rows by group stand beside this file,
 * `index.ts` collects them.
 *
 * Registers (registers.ts): r0-r7 the guest's eax..edi, r9 the guest's eip, r13 its system flags;
 * these are shadowed: a commit copies them to the guest state block, a rollback back. r62 sink, r63 zero.
 * The condition codes (exactly x86's six arithmetic flags, kept lazily as result and carry vector
 * like guest-isa/state/flags.ts) and MQ (second result of multiply and divide) are registers of their own.
 *
 * Names: `op` writes a register; `op.c` also writes the condition codes as its x86 namesake does.
 * Each two-source row exists in three forms: `op d,a,b`, `op d,a,#imm8` (sign-extended) and
 * `op d,a,##imm32` (the molecule's literal). The rows are named `op`, `op#` and `op##` (`add`, `add#`,
 * `sub8.c##`); rows that exist in one form only have no suffix (`movi`, `setcc`, `st32.u`).
 */
import type { AtomClass, LatencyClass } from '../options.js';
import type { AtomMeaning } from './meaning.js';

/** What the fields of an atom hold, in the order of its text. */
export type OperandForm =
  /** d,a,b registers */
  | 'd,a,b'
  | 'd,a,imm8'
  | 'd,a,imm32'
  | 'd,a'
  | 'd,imm32'
  /** d and an 8-bit number: condition code of setcc */
  | 'd,imm8'
  /** sources only */
  | 'a,b'
  | 'a,imm8'
  | 'a,imm32'
  | 'a'
  | 'd'
  /** load: d,[a]; the 8-bit field names the alias register of a protected load */
  | 'd,[a]'
  | 'd,[a],imm8'
  /** store: [a],b,mask of alias registers to check */
  | '[a],b,mask'
  /** direct branch: displacement in molecules of 64 bits (22 bits, signed) */
  | 'disp22'
  /** register test and branch; displacement of 14 bits */
  | 'a,disp14'
  /** number of an exit, assist, guard: 22 bits, unsigned */
  | 'n22'
  | 'a,n14'
  | '';

export interface AtomRow {
  readonly name: string;
  /** Number in the 9-bit opcode field; its place in the table. */
  readonly opcode: number;
  readonly form: OperandForm;
  readonly unitClass: AtomClass;
  readonly latency: LatencyClass;
  /** d is read as well (tied operand). */
  readonly readsD: boolean;
  readonly readsFlags: boolean;
  readonly writesFlags: boolean;
  readonly readsMq: boolean;
  readonly writesMq: boolean;
  /** Loads, stores, branches and the like are done by the core; everything else has a meaning. */
  readonly effect: AtomEffect | undefined;
  readonly meaning: AtomMeaning | undefined;
}

export type MemoryAccess = 'user' | 'kernel' | 'physical';

/** Effects that only the core can carry out: a closed list. */
export type AtomEffect =
  | {
      readonly kind: 'load';
      readonly access: MemoryAccess;
      readonly bytes: 1 | 2 | 4;
      readonly signed: boolean;
      /** Records its address in an alias register. */
      readonly isProtected: boolean;
      /** Moved above a branch: must not walk the page tables. */
      readonly speculative: boolean;
    }
  | { readonly kind: 'store'; readonly access: MemoryAccess; readonly bytes: 1 | 2 | 4 }
  /** Checks that the page of linear address a is mapped (for a fetch) to the physical page imm32. */
  | { readonly kind: 'chkpage'; readonly access: 'user' | 'kernel' }
  /** condition: 0-15 as in jcc, 'always', or a register test. */
  | { readonly kind: 'branch'; readonly condition: number | 'always' | 'nonZero' | 'zero' }
  | { readonly kind: 'jumpRegister' }
  | { readonly kind: 'prepare' }
  | { readonly kind: 'returnPush' }
  | { readonly kind: 'returnPop' }
  | { readonly kind: 'exit' }
  | { readonly kind: 'assist' }
  /** Rolls back and exits when the condition holds. */
  | { readonly kind: 'trap'; readonly condition: number | 'always' | 'nonZero' | 'zero' }
  /** Divides; a division error traps. */
  | { readonly kind: 'divide'; readonly bits: 8 | 16 | 32; readonly signed: boolean }
  | { readonly kind: 'nop' };

/**
 * Rows, by name (I stands for the three forms .../b, /imm8, /imm32 of a two-source row):
 *
 *   alu      add sub and or xor andn eq ne ltu lts (I, no flags; comparisons give 0 or 1)
 *            add8.c add16.c add32.c, same for adc sub sbb and or xor (I)
 *            inc8.c .. dec32.c (d,a; CF kept)
 *            movi (d,imm32)  sx8 sx16 zx8 zx16 ext8h (d,a)  ins8 ins8h ins16 (d,a,b: a with part replaced by b's low bits)
 *            setcc (d,imm8)  sel.o sel.no ... sel.nle (d,a,b: condition ? a : b)  selnz (d,a,b, d tied: d != 0 ? a : b)
 *            cmc.c stc.c clc.c ()  lahf (d)  sahf.c (a)  keepzero.c (a: ZF from a != 0, others kept)  bswap (d,a)
 *            getmq (d)  setmq (a)
 *   shift    shl shr sar rol ror (I, 32 bits, no flags; count mod 32)
 *            shl8.c .. ror32.c (I; flags as x86: a count of zero keeps them)
 *            shld32.c shrd32.c (d,a,b and d,a,imm8; d tied: x86 destination)
 *            bt16.c bt32.c (a,b and a,imm8: CF only)  bsf32.c bsr32.c (d,a; d tied: kept when a is zero)
 *   multiply mul (I, low half, no flags)  mul8.c mul16.c mul32.c imul8.c imul16.c imul32.c (d,a,b; MQ)
 *   divide   div8 div16 div32 idiv8 idiv16 idiv32 (d,a,b: a low half, MQ high half, b divisor; d quotient, MQ remainder)
 *   memory   ld8u ld8s ld16u ld16s ld32, each .u .k .p; protected ldp8u.. .u .k (imm8: alias register);
 *            speculative lds8u.. and both ldps8u.. .u .k;  st8 st16 st32 .u .k .p;  chkpage.u .k (a,imm32)
 *   branch   br, br.o .. br.nle (disp22)  brnz brz (a,disp14)  jr (a)  brprep (a)  rspush (a,disp14)  rspop (a)
 *            exit assist (n22)  trap, trap.o .. trap.nle (n22)  trapnz trapz (a,n14)
 *   control  nop
 *
 * Results wider than an operation's width are garbage above it, exactly as guest-isa/sem/alu*.ts gives them
 * to readers that truncate: an 8- or 16-bit row reads only the low bits of its sources.
 */

/**
 * The recorded meaning of one variant of an instruction row (operand size, register or memory
 * form): a short list of statements over numbered values. It is what a meaning becomes when it is
 * run once on the recorder (sem.ts); the interpreter turns it into a handler, the translator
 * instantiates it with an instruction's registers and constants.
 *
 * Values are 32 bits wide. A load or register read of 8 or 16 bits gives a zero-extended value;
 * writes truncate. Statements are in execution order; everything that can fault precedes the first
 * register write.
 */

/** A value: number of the statement result that defines it. */
export type Value = number & { readonly value: unique symbol };

export type Bytes = 1 | 2 | 4;

/** A general register: fixed by the row, or named by a field of the instruction. */
export type RegisterPlace =
  | { readonly at: 'fixed'; readonly index: number }
  | { readonly at: 'field'; readonly field: 'reg' | 'rm' };

/** Operations without flags or side effects. Comparisons give 0 or 1. */
export type PureOp =
  | 'add'
  | 'sub'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr'
  | 'sar'
  | 'mul'
  | 'eq'
  | 'ne'
  | 'ltu'
  | 'lts'
  | 'not'
  | 'select'
  | 'sx8'
  | 'sx16'
  | 'zx8'
  | 'zx16';

/** Operations of the ALU with x86 flags; exact meaning in alu*.ts under name + bits. */
export type AluOp =
  | 'add'
  | 'adc'
  | 'sub'
  | 'sbb'
  | 'and'
  | 'or'
  | 'xor'
  | 'inc'
  | 'dec'
  | 'neg'
  | 'shl'
  | 'shr'
  | 'sar'
  | 'rol'
  | 'ror'
  | 'rcl'
  | 'rcr'
  | 'shld'
  | 'shrd'
  | 'mul'
  | 'imul'
  | 'div'
  | 'idiv'
  | 'bt'
  | 'bts'
  | 'btr'
  | 'btc'
  | 'bsf'
  | 'bsr'
  | 'bswap';

/** ALU operations of one width only. */
export type FixedAluOp =
  | 'daa'
  | 'das'
  | 'aaa'
  | 'aas'
  | 'aam'
  | 'aad'
  | 'sahf'
  | 'lahf'
  | 'cmc'
  | 'stc'
  | 'clc'
  | 'cld'
  | 'std'
  | 'keepZero';

/** Segment of an access: the instruction's own (default or override), or a fixed one. */
export type SegmentPlace = 'operand' | number;

export type Statement =
  | { readonly kind: 'constant'; readonly result: Value; readonly value: number }
  | { readonly kind: 'immediate'; readonly result: Value; readonly which: 'imm' | 'imm2' }
  | {
      readonly kind: 'pure';
      readonly result: Value;
      readonly op: PureOp;
      readonly args: readonly Value[];
    }
  | {
      readonly kind: 'alu';
      readonly result: Value;
      readonly op: AluOp;
      readonly bits: 8 | 16 | 32;
      readonly args: readonly Value[];
    }
  | {
      readonly kind: 'fixedAlu';
      readonly result: Value;
      readonly op: FixedAluOp;
      readonly args: readonly Value[];
    }
  /** Second result of the ALU operation just before (high half, remainder). */
  | { readonly kind: 'aux'; readonly result: Value }
  | { readonly kind: 'condition'; readonly result: Value; readonly code: number }
  | {
      readonly kind: 'getRegister';
      readonly result: Value;
      readonly place: RegisterPlace;
      readonly bytes: Bytes;
    }
  | {
      readonly kind: 'setRegister';
      readonly place: RegisterPlace;
      readonly bytes: Bytes;
      readonly value: Value;
    }
  /** esi, edi, ecx ... as wide as the instruction's address size; setting leaves the upper half alone. */
  | { readonly kind: 'getIndex'; readonly result: Value; readonly register: number }
  | { readonly kind: 'setIndex'; readonly register: number; readonly value: Value }
  /** Moves an index register by an element, in the direction of DF. */
  | { readonly kind: 'advance'; readonly register: number; readonly bytes: Bytes }
  /** released: bytes that the stack pointer is taken to be further on, where it is the base. */
  | { readonly kind: 'effectiveAddress'; readonly result: Value; readonly released: number }
  /** A word of the state block that no general register is. */
  | { readonly kind: 'stateWord'; readonly result: Value; readonly word: number }
  /** Of a meaning for level 0: where the condition holds the interpreter executes the instruction, from its start. */
  | { readonly kind: 'exceptWhen'; readonly condition: Value }
  /** Interrupts wait until the instruction behind this one is done. */
  | { readonly kind: 'holdInterrupts' }
  /** modify: the same place is written afterwards, so the write's rights are checked now. */
  | {
      kind: 'load';
      readonly result: Value;
      readonly bytes: Bytes;
      readonly segment: SegmentPlace;
      readonly address: Value;
      modify: boolean;
    }
  | {
      readonly kind: 'store';
      readonly bytes: Bytes;
      readonly segment: SegmentPlace;
      readonly address: Value;
      readonly value: Value;
      readonly modify: boolean;
    }
  | {
      readonly kind: 'probeWrite';
      readonly sizeBytes: number;
      readonly segment: SegmentPlace;
      readonly address: Value;
    }
  | { readonly kind: 'maskAddress'; readonly result: Value; readonly address: Value }
  | { readonly kind: 'push'; readonly bytes: 2 | 4; readonly value: Value }
  | { readonly kind: 'pop'; readonly result: Value; readonly bytes: 2 | 4 }
  /** Stack accesses that leave the stack pointer alone; the address wraps at the stack's width. */
  | {
      readonly kind: 'stackLoad';
      readonly result: Value;
      readonly bytes: 2 | 4;
      readonly address: Value;
    }
  | {
      readonly kind: 'stackStore';
      readonly bytes: 2 | 4;
      readonly address: Value;
      readonly value: Value;
    }
  | { readonly kind: 'setStackPointer'; readonly value: Value }
  | { readonly kind: 'nextEip'; readonly result: Value }
  /** Near transfers, with the code segment's limit check before anything is changed. */
  | { readonly kind: 'jump'; readonly target: Value }
  | { readonly kind: 'call'; readonly target: Value; readonly bytes: 2 | 4 }
  | { readonly kind: 'return'; readonly bytes: 2 | 4; readonly release: Value }
  | { readonly kind: 'raise'; readonly vector: number; readonly errorCode: number }
  | {
      readonly kind: 'if';
      readonly condition: Value;
      readonly consequent: Template;
      readonly alternative: Template;
    };

export type Template = readonly Statement[];

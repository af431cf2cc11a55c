/**
 * What an atom computes, recorded once as a small graph of 32-bit integer operations: reads of its
 * sources, of the condition codes (lazy result and carry vector) and of MQ; then what it writes.
 * emit-js.ts compiles a record for the stepper, the WebAssembly engine emits the same record.
 *
 * Every operation is one of WebAssembly's i32 (mulHigh*: two i64 ones) on signed 32-bit values, shift
 * counts taken modulo 32, comparisons giving 0 or 1. Nothing has an effect but the writes, which all
 * happen after all reads; so a node may be evaluated anywhere, or not at all where nobody needs it.
 */

/** What a meaning can read. b is the second source: a register, or the immediate of immediate forms. */
export type MeaningSource = 'a' | 'b' | 'd' | MeaningStatus;
/** Condition codes as two words (as in guest-isa/state/flags.ts), and the second result register. */
export type MeaningStatus = 'result' | 'carry' | 'mq';
export type MeaningTarget = 'd' | MeaningStatus;

/** sx: sign extension of the low bits. clz and ctz of zero are 32. */
export type UnaryOp = 'eqz' | 'clz' | 'ctz' | 'sx8' | 'sx16';
/** shr is logical, sar arithmetic; ltu compares unsigned, lts signed. */
export type BinaryOp =
  | 'add'
  | 'sub'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr'
  | 'sar'
  | 'rotl'
  | 'mul'
  | 'mulHighSigned'
  | 'mulHighUnsigned'
  | 'eq'
  | 'ne'
  | 'ltu'
  | 'lts';

/** A node; `id` is its place in the record, behind its operands. */
export type MeaningNode =
  | { readonly id: number; readonly kind: 'constant'; readonly value: number }
  | { readonly id: number; readonly kind: 'read'; readonly source: MeaningSource }
  | { readonly id: number; readonly kind: 'unary'; readonly op: UnaryOp; readonly x: MeaningNode }
  | {
      readonly id: number;
      readonly kind: 'binary';
      readonly op: BinaryOp;
      readonly x: MeaningNode;
      readonly y: MeaningNode;
    }
  /** consequent where the condition is not zero */
  | {
      readonly id: number;
      readonly kind: 'select';
      readonly condition: MeaningNode;
      readonly consequent: MeaningNode;
      readonly alternative: MeaningNode;
    };

export interface MeaningWrite {
  readonly target: MeaningTarget;
  readonly value: MeaningNode;
}

export interface AtomMeaning {
  /** In order of definition: operands precede their users. */
  readonly nodes: readonly MeaningNode[];
  readonly writes: readonly MeaningWrite[];
}

/** An operand as meanings write it: a node, or a number for a constant. */
export type Operand = MeaningNode | number;

/** Operations that a second source of zero makes the first source. */
const ZERO_KEEPS: ReadonlySet<BinaryOp> = new Set(['add', 'sub', 'or', 'xor', 'shl', 'shr', 'sar']);

type Draft = MeaningNode extends infer N ? (N extends MeaningNode ? Omit<N, 'id'> : never) : never;

/** The abstract machine that a meaning runs on, once, while the table is built. */
export class MeaningRecorder {
  private readonly nodes: MeaningNode[] = [];
  private readonly writes: MeaningWrite[] = [];
  private readonly known = new Map<string, MeaningNode>();

  get a(): MeaningNode {
    return this.read('a');
  }
  get b(): MeaningNode {
    return this.read('b');
  }
  /** Old value of the destination. */
  get d(): MeaningNode {
    return this.read('d');
  }
  get result(): MeaningNode {
    return this.read('result');
  }
  get carry(): MeaningNode {
    return this.read('carry');
  }
  get mq(): MeaningNode {
    return this.read('mq');
  }

  add = (x: Operand, y: Operand): MeaningNode => this.binary('add', x, y);
  sub = (x: Operand, y: Operand): MeaningNode => this.binary('sub', x, y);
  and = (x: Operand, y: Operand): MeaningNode => this.binary('and', x, y);
  or = (x: Operand, y: Operand): MeaningNode => this.binary('or', x, y);
  xor = (x: Operand, y: Operand): MeaningNode => this.binary('xor', x, y);
  shl = (x: Operand, y: Operand): MeaningNode => this.binary('shl', x, y);
  shr = (x: Operand, y: Operand): MeaningNode => this.binary('shr', x, y);
  sar = (x: Operand, y: Operand): MeaningNode => this.binary('sar', x, y);
  mul = (x: Operand, y: Operand): MeaningNode => this.binary('mul', x, y);
  eq = (x: Operand, y: Operand): MeaningNode => this.binary('eq', x, y);
  ne = (x: Operand, y: Operand): MeaningNode => this.binary('ne', x, y);
  not = (x: Operand): MeaningNode => this.binary('xor', x, -1);
  eqz = (x: Operand): MeaningNode => this.unary('eqz', x);

  unary(op: UnaryOp, x: Operand): MeaningNode {
    const node = this.node(x);
    return this.keep(`${op} ${node.id}`, { kind: 'unary', op, x: node });
  }

  binary(op: BinaryOp, x: Operand, y: Operand): MeaningNode {
    const left = this.node(x);
    const right = this.node(y);
    if (right.kind === 'constant' && right.value === 0 && ZERO_KEEPS.has(op)) return left;
    return this.keep(`${op} ${left.id} ${right.id}`, { kind: 'binary', op, x: left, y: right });
  }

  select(condition: MeaningNode, consequent: Operand, alternative: Operand): MeaningNode {
    const yes = this.node(consequent);
    const no = this.node(alternative);
    return this.keep(`select ${condition.id} ${yes.id} ${no.id}`, {
      kind: 'select',
      condition,
      consequent: yes,
      alternative: no,
    });
  }

  constant(value: number): MeaningNode {
    return this.keep(`constant ${value | 0}`, { kind: 'constant', value: value | 0 });
  }

  /** Zero extension of the low bits. */
  zx(bits: number, x: Operand): MeaningNode {
    return bits === 32 ? this.node(x) : this.and(x, (1 << bits) - 1);
  }

  /** Sign extension of the low bits. */
  sx(bits: number, x: Operand): MeaningNode {
    return bits === 32 ? this.node(x) : this.unary(bits === 8 ? 'sx8' : 'sx16', x);
  }

  set(target: MeaningTarget, value: Operand): void {
    this.writes.push({ target, value: this.node(value) });
  }

  finish(): AtomMeaning {
    return { nodes: this.nodes, writes: this.writes };
  }

  private read(source: MeaningSource): MeaningNode {
    return this.keep(`read ${source}`, { kind: 'read', source });
  }

  private node(operand: Operand): MeaningNode {
    return typeof operand === 'number' ? this.constant(operand) : operand;
  }

  /** Equal nodes are one node, so that a reader sees what is shared. */
  private keep(key: string, draft: Draft): MeaningNode {
    const old = this.known.get(key);
    if (old) return old;
    const node = { id: this.nodes.length, ...draft } as MeaningNode;
    this.nodes.push(node);
    this.known.set(key, node);
    return node;
  }
}

export function record(meaning: (m: MeaningRecorder) => void): AtomMeaning {
  const recorder = new MeaningRecorder();
  meaning(recorder);
  return recorder.finish();
}

export function reads(meaning: AtomMeaning, source: MeaningSource): boolean {
  return meaning.nodes.some((n) => n.kind === 'read' && n.source === source);
}

export function writes(meaning: AtomMeaning, target: MeaningTarget): boolean {
  return meaning.writes.some((w) => w.target === target);
}

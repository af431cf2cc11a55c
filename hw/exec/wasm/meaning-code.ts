/**
 * Atoms' recorded meanings (hw/atom/meaning.ts) as WebAssembly: the same record that the stepper's functions
 * are compiled from. A value that is used more than once is kept in a local.
 */
import { conditionNode } from '../../atom/condition.js';
import {
  type AtomMeaning,
  type BinaryOp,
  type MeaningNode,
  type MeaningSource,
  record,
  type UnaryOp,
} from '../../atom/meaning.js';
import { W } from './binary.js';
import type { FunctionCode } from './function-code.js';

const BINARY: Readonly<Record<Exclude<BinaryOp, 'mulHighSigned' | 'mulHighUnsigned'>, number>> = {
  add: W.add,
  sub: W.sub,
  and: W.and,
  or: W.or,
  xor: W.xor,
  shl: W.shl,
  shr: W.shrU,
  sar: W.shrS,
  rotl: W.rotl,
  mul: W.mul,
  eq: W.eq,
  ne: W.ne,
  ltu: W.ltU,
  lts: W.ltS,
};
const UNARY: Readonly<Record<UnaryOp, number>> = {
  eqz: W.eqz,
  clz: W.clz,
  ctz: W.ctz,
  sx8: W.extend8,
  sx16: W.extend16,
};

/** More than any row's meaning has; tests/unit/wasm compiles them all. */
const MOST_NODES = 256;

/** Pushes a source. */
export type PushSource = (source: MeaningSource) => void;

export class MeaningCode {
  /** By node: how often it is used, and the local that keeps its value (-1: none yet). */
  private readonly uses = new Uint32Array(MOST_NODES);
  private readonly locals = new Int32Array(MOST_NODES);

  constructor(private readonly code: FunctionCode) {}

  /** Pushes the values of all writes, in their order. */
  push(meaning: AtomMeaning, source: PushSource): void {
    this.uses.fill(0, 0, meaning.nodes.length);
    this.locals.fill(-1, 0, meaning.nodes.length);
    for (const { value } of meaning.writes) this.count(value);
    for (const { value } of meaning.writes) this.node(value, source);
  }

  private count(node: MeaningNode): void {
    if (this.uses[node.id]++ > 0) return;
    if (node.kind === 'unary') this.count(node.x);
    else if (node.kind === 'binary') {
      this.count(node.x);
      this.count(node.y);
    } else if (node.kind === 'select') {
      this.count(node.condition);
      this.count(node.consequent);
      this.count(node.alternative);
    }
  }

  private node(node: MeaningNode, source: PushSource): void {
    const { code } = this;
    if (node.kind === 'constant') {
      code.const32(node.value);
      return;
    }
    if (node.kind === 'read') {
      source(node.source);
      return;
    }
    const known = this.locals[node.id];
    if (known >= 0) {
      code.get(known);
      return;
    }
    this.compute(node, source);
    if (this.uses[node.id] === 1) return;
    const local = code.temporary();
    this.locals[node.id] = local;
    code.tee(local);
  }

  private compute(
    node: Exclude<MeaningNode, { kind: 'constant' | 'read' }>,
    source: PushSource,
  ): void {
    const { code } = this;
    if (node.kind === 'unary') {
      this.node(node.x, source);
      code.op(UNARY[node.op]);
    } else if (node.kind === 'select') {
      this.node(node.consequent, source);
      this.node(node.alternative, source);
      this.node(node.condition, source);
      code.op(W.select);
    } else if (node.op === 'mulHighSigned' || node.op === 'mulHighUnsigned')
      this.mulHigh(node.x, node.y, node.op === 'mulHighSigned' ? W.extendS : W.extendU, source);
    else {
      this.node(node.x, source);
      this.node(node.y, source);
      code.op(BINARY[node.op]);
    }
  }

  private mulHigh(x: MeaningNode, y: MeaningNode, extend: number, source: PushSource): void {
    const { code } = this;
    this.node(x, source);
    code.op(extend);
    this.node(y, source);
    code.op(extend);
    code.op(W.mul64);
    code.const64(32);
    code.op(W.shrU64);
    code.op(W.wrap);
  }
}

/** The meaning of each condition code, as a write of 0 or 1. */
export const CONDITION_MEANINGS: readonly AtomMeaning[] = Array.from({ length: 16 }, (_, code) =>
  record((m) => m.set('d', conditionNode(m, code))),
);

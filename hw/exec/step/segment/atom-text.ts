/**
 * The text of what the atoms of a molecule do in a segment (path-registers.ts: how registers read).
 * What must hold so that nothing unusual happens (hits everywhere, no trap, no alias)
 * is tested before anything is done: the sources of a molecule are all read before it writes anything,
 * so addresses and conditions are known then.
 */

import { conditionJs, emitMeaning } from '../../../atom/emit-js.js';
import { secondIsImmediate } from '../../../atom/forms.js';
import type { AtomMeaning } from '../../../atom/meaning.js';
import { CC_CARRY, CC_RESULT, MQ } from '../../../atom/registers.js';
import { ALIAS_WORDS, LATCH_FIRST } from '../../../core/core-area.js';
import { PAGE_MASK } from '../../../core/guest-words.js';
import { RAM_OFFSET } from '../../../memory/layout.js';
import { NOW, PREPARED_AT, PREPARED_TARGET } from '../../../timing/cycle-account.js';
import { OP, type Op } from '../step-molecule.js';
import type { PathRegisters } from './path-registers.js';

/** What the text depends on: shape of the caches. */
export interface CacheShape {
  readonly dataShift: number;
  readonly l1iIsLru: boolean;
  readonly l1dIsLru: boolean;
  readonly tlbIsLru: boolean;
}

export const isLoad = (op: Op): boolean => op.kind === OP.load || op.kind === OP.loadPhysical;

const TRAPS: readonly number[] = [OP.trap, OP.trapCondition, OP.trapNonZero, OP.trapZero];

/** What a path has done with registers and memory since it began. */
export interface PathHistory {
  stores: number;
  /** The protected load that each alias register holds: its address in the text, and its width. */
  readonly aliases: Map<number, { readonly physical: string; readonly bytes: number }>;
  readonly registers: PathRegisters;
}

export class AtomText {
  readonly before: string[] = [];
  readonly tests: string[] = [];
  readonly after: string[] = [];
  /** Whether the branch is taken; undefined: no conditional one. */
  taken: string | undefined;
  /** Registers that it writes. */
  readonly writes = new Set<number>();
  private number = 0;
  private readonly latches = new Map<number, string>();

  constructor(
    private readonly shape: CacheShape,
    private readonly history: PathHistory,
    /** Cycle in which the molecule executes, counted from the beginning of the path. */
    private readonly cycle: number,
  ) {}

  add(op: Op): void {
    const n = this.number++;
    switch (op.kind) {
      case OP.latch:
        this.before.push(`const t${n} = ${this.source(op.a)};`);
        this.latches.set(op.d, `t${n}`);
        return;
      case OP.compute:
        this.compute(op, n);
        return;
      case OP.load:
      case OP.loadPhysical:
        this.load(op, n);
        return;
      case OP.store:
      case OP.storePhysical:
        this.store(op, n);
        return;
      case OP.checkPage:
        this.checkPage(op);
        return;
      case OP.divide:
        this.divide(op);
        return;
      case OP.branch:
        return;
      case OP.branchCondition:
      case OP.branchNonZero:
      case OP.branchZero:
        this.after.push(`const taken = ${this.condition(op)};`);
        this.taken = 'taken';
        return;
      case OP.prepare:
        this.after.push(`cells[${PREPARED_TARGET}] = ${this.source(op.a)};`);
        this.after.push(`cells[${PREPARED_AT}] = cells[${NOW}] + ${this.cycle};`);
        return;
      case OP.jumpRegister:
        this.after.push(`branches.jump(${this.source(op.a)}, cells[${NOW}] + ${this.cycle});`);
        return;
      case OP.returnPop:
        this.after.push('branches.target = 0;', `branches.return(${this.source(op.a)});`);
        this.taken = 'branches.target !== 0';
        return;
      case OP.returnPush:
        this.after.push(`returns.push(${this.source(op.a)}, ${op.imm});`);
        return;
      default:
        if (TRAPS.includes(op.kind)) this.tests.push(this.condition(op));
    }
  }

  private write(r: number, expression: string): void {
    this.writes.add(r);
    this.after.push(this.history.registers.write(r, expression));
  }

  private source(r: number): string {
    return r >= LATCH_FIRST ? (this.latches.get(r) as string) : this.read(r);
  }

  private read(r: number): string {
    return this.history.registers.read(r, this.before);
  }

  private condition(op: Op): string {
    switch (op.kind) {
      case OP.branchCondition:
      case OP.trapCondition:
        return `${conditionJs(op.code, this.status())} !== 0`;
      case OP.branchNonZero:
      case OP.trapNonZero:
        return `${this.source(op.a)} !== 0`;
      case OP.branchZero:
      case OP.trapZero:
        return `${this.source(op.a)} === 0`;
      default:
        return 'true';
    }
  }

  private status() {
    return { result: this.read(CC_RESULT), carry: this.read(CC_CARRY), mq: '' };
  }

  private compute(op: Op, n: number): void {
    const { row } = op;
    const meaning = row?.meaning;
    if (row === undefined || meaning === undefined) return;
    const b = secondIsImmediate(row) ? (op.imm < 0 ? `(${op.imm})` : `${op.imm}`) : undefined;
    const reads = (name: string): boolean => readsSource(meaning, name);
    const text = emitMeaning(
      meaning,
      {
        a: reads('a') ? this.source(op.a) : '',
        b: b ?? (reads('b') ? this.source(op.b) : ''),
        d: reads('d') ? this.source(op.d) : '',
        result: reads('result') ? this.source(CC_RESULT) : '',
        carry: reads('carry') ? this.source(CC_CARRY) : '',
        mq: reads('mq') ? this.source(MQ) : '',
      },
      `v${n}_`,
    );
    const place = { d: op.d, result: CC_RESULT, carry: CC_CARRY, mq: MQ };
    const { writes } = text;
    this.after.push(...text.statements);
    if (writes.length === 1) this.write(place[writes[0].target], writes[0].expression);
    else {
      for (const { target, expression } of writes)
        this.after.push(`const to${n}_${target} = ${expression};`);
      for (const { target } of writes) this.write(place[target], `to${n}_${target}`);
    }
  }

  /** Translates and tests the access; ends with `h<n>`. */
  private address(op: Op, n: number): void {
    const address = this.source(op.a);
    const isGuest = op.kind === OP.load || op.kind === OP.store;
    const call = isGuest
      ? `guest(${address}, ${op.fastBits}, ${op.bytes})`
      : `physical(${address} >>> 0, ${op.bytes})`;
    this.tests.push(`const h${n} = ${call};`, `h${n} < 0`);
    if (this.shape.tlbIsLru && isGuest) this.after.push(usesPage(address));
    if (this.shape.l1dIsLru) this.after.push(`l1d.touch(h${n} >>> ${this.shape.dataShift});`);
  }

  private load(op: Op, n: number): void {
    this.address(op, n);
    if (op.isProtected) {
      const at = op.imm * ALIAS_WORDS;
      this.after.push(`const x${op.imm} = h${n} - ${RAM_OFFSET};`);
      this.after.push(`alias[${at}] = x${op.imm};`, `alias[${at + 1}] = x${op.imm} + ${op.bytes};`);
      this.history.aliases.set(op.imm, { physical: `x${op.imm}`, bytes: op.bytes });
    }
    this.write(op.d, loaded(op, `h${n}`));
  }

  private store(op: Op, n: number): void {
    this.address(op, n);
    if (op.kind === OP.store) {
      for (const [register, { physical, bytes }] of this.history.aliases) {
        if (((op.imm >>> register) & 1) === 0) continue;
        const p = `h${n} - ${RAM_OFFSET}`;
        this.tests.push(`${p} < ${physical} + ${bytes} && ${physical} < ${p} + ${op.bytes}`);
      }
      this.after.push(
        `store${8 * op.bytes}(${this.history.stores++}, h${n}, ${this.source(op.b)});`,
      );
    } else this.after.push(stored(op, `h${n}`, this.source(op.b)));
  }

  private checkPage(op: Op): void {
    const address = this.source(op.a);
    this.tests.push(`!mapped(${address}, ${op.fastBits}, ${op.imm & PAGE_MASK})`);
    if (this.shape.tlbIsLru) this.after.push(usesPage(address));
  }

  private divide(op: Op): void {
    const sources = [this.read(MQ), this.source(op.a), this.source(op.b)].join(', ');
    this.tests.push(`!divide(${8 * op.bytes}, ${op.signed}, ${sources}, quotient)`);
    this.write(op.d, 'quotient[0]');
    this.write(MQ, 'quotient[1]');
  }
}

function readsSource(meaning: AtomMeaning, name: string): boolean {
  return meaning.nodes.some((node) => node.kind === 'read' && node.source === name);
}

const usesPage = (address: string): string => `hostTlb.touch(${address} >>> 12);`;

function loaded(op: Op, host: string): string {
  if (op.bytes === 4) return `view.getInt32(${host}, true)`;
  if (op.bytes === 2) return `view.get${op.signed ? 'Int' : 'Uint'}16(${host}, true)`;
  return op.signed ? `bytes[${host}] << 24 >> 24` : `bytes[${host}]`;
}

function stored(op: Op, host: string, value: string): string {
  if (op.bytes === 4) return `view.setInt32(${host}, ${value}, true);`;
  if (op.bytes === 2) return `view.setUint16(${host}, ${value}, true);`;
  return `bytes[${host}] = ${value};`;
}

/**
 * Values of a template while it is lifted. Operations are made when a value is first used, so that
 * branch targets stay numbers, a condition melts into the select or exit that it decides, and a
 * part of a register is not extracted for those who only look at low bits anyway.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { ValueId } from '../ir/ir.js';
import type { IrBuilder, IrCondition } from '../ir/ir-builder.js';

export type TemplateValue =
  | { readonly kind: 'constant'; readonly value: number; id: ValueId }
  | { readonly kind: 'value'; readonly id: ValueId }
  /** Low half or lowest byte of `whole`. */
  | { readonly kind: 'part'; readonly whole: ValueId; readonly bytes: 1 | 2; id: ValueId }
  /** An x86 condition; `flags` says which writer of the flags it belongs to. */
  | { readonly kind: 'condition'; readonly code: number; readonly flags: number; id: ValueId };

export const constantValue = (value: number): TemplateValue => ({
  kind: 'constant',
  value: value | 0,
  id: -1,
});
export const plainValue = (id: ValueId): TemplateValue => ({ kind: 'value', id });

export class ValueMaker {
  /** Counts what writes flags, so that a condition is not read too late. */
  flagWrites = 0;

  constructor(private readonly b: IrBuilder) {}

  condition(code: number): TemplateValue {
    return { kind: 'condition', code, flags: this.flagWrites, id: -1 };
  }

  /** All 32 bits. */
  whole(v: TemplateValue): ValueId {
    if (v.kind === 'value') return v.id;
    if (v.id < 0) v.id = this.make(v);
    return v.id;
  }

  private make(v: Exclude<TemplateValue, { kind: 'value' }>): ValueId {
    switch (v.kind) {
      case 'constant':
        return this.b.constant(v.value);
      case 'part':
        return this.b.unary(v.bytes === 1 ? 'zx8' : 'zx16', v.whole);
      case 'condition':
        this.requireFlags(v);
        return this.b.condition(v.code);
    }
  }

  /** For those who look at the low `bytes` only. */
  low(v: TemplateValue, bytes: 1 | 2 | 4): ValueId {
    return v.kind === 'part' && v.bytes >= bytes ? v.whole : this.whole(v);
  }

  /** As a condition that decides something at once. */
  asCondition(v: TemplateValue): IrCondition {
    if (v.kind !== 'condition' || v.id >= 0) return { value: this.whole(v) };
    this.requireFlags(v);
    return { code: v.code };
  }

  private requireFlags(v: { readonly flags: number }): void {
    if (v.flags !== this.flagWrites)
      throw new SimulatorBug('a condition is used behind the next flags');
  }
}

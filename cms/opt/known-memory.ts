/**
 * What is known of memory at a point of the region: values that were stored to or loaded from an
 * address (base value and offset), as long as no later store may have changed them.
 *
 * Disambiguation: two accesses with the same base are disjoint when their offsets keep them apart
 * *modulo the page size*: two linear pages may be one physical page, but an offset inside the page is
 * the same in both address spaces. Accesses with different bases may always meet.
 */
import type { IrOp, ValueId } from '../ir/ir.js';
import { binaryFor, type Rewrite, unaryFor } from './rewrite.js';
import type { Values } from './values.js';

type Load = IrOp & { readonly op: 'load' };
type Access = IrOp & { readonly op: 'load' | 'store' };

const PAGE_MASK = 0xfff;
/** More are not remembered; the oldest goes. */
const CAPACITY = 32;

/** Can the two ranges never share a byte, whatever the page tables say? */
export function areDisjoint(
  offsetA: number,
  bytesA: number,
  offsetB: number,
  bytesB: number,
): boolean {
  return ((offsetB - offsetA) & PAGE_MASK) >= bytesA && ((offsetA - offsetB) & PAGE_MASK) >= bytesB;
}

export function mayOverlap(a: Access, b: Access, values: Values): boolean {
  const x = a.args[0];
  const y = b.args[0];
  if (values.base(x) !== values.base(y)) return true;
  return !areDisjoint(values.offset(x), a.bytes, values.offset(y), b.bytes);
}

/** Does access `outer` touch every byte that `inner` does? */
export function covers(outer: Access, inner: Access, values: Values): boolean {
  const x = outer.args[0];
  const y = inner.args[0];
  if (values.base(x) !== values.base(y)) return false;
  const skip = (values.offset(y) - values.offset(x)) >>> 0;
  return skip + inner.bytes <= outer.bytes;
}

export class KnownMemory {
  private readonly accesses: Access[] = [];

  constructor(private readonly values: Values) {}

  /** Devices may write to RAM at a commit; an interpreted instruction may do anything. */
  clear(): void {
    this.accesses.length = 0;
  }

  remember(access: Access): void {
    if (this.accesses.length === CAPACITY) this.accesses.shift();
    this.accesses.push(access);
  }

  /** A store makes all that it may overlap unknown. */
  invalidate(store: Access): void {
    const kept = this.accesses;
    let count = 0;
    for (let i = 0; i < kept.length; i++)
      if (!mayOverlap(kept[i], store, this.values)) kept[count++] = kept[i];
    kept.length = count;
  }

  /** Is what a store would write there already, by an equal store? (A load says nothing of the right to write.) */
  holds(store: Access): boolean {
    const { values } = this;
    for (const known of this.accesses)
      if (
        known.op === 'store' &&
        known.bytes === store.bytes &&
        values.isEqual(known.args[0], store.args[0]) &&
        values.isEqual(known.args[1] as ValueId, store.args[1] as ValueId)
      )
        return true;
    return false;
  }

  /** The youngest access that tells what a load will find. */
  find(load: Load): Access | undefined {
    for (let i = this.accesses.length - 1; i >= 0; i--)
      if (covers(this.accesses[i], load, this.values)) return this.accesses[i];
    return undefined;
  }
}

/** Replaces a load by the value that a known access stored or loaded. */
export function takeFrom(known: Access, load: Load, r: Rewrite): void {
  const source = known.op === 'store' ? known.args[1] : known.id;
  const skip = (r.values.offset(load.args[0]) - r.values.offset(known.args[0])) >>> 0;
  if (known.bytes === 4 && load.bytes === 4) {
    r.drop(load, source);
    return;
  }
  const isSameLoad = known.op === 'load' && known.bytes === load.bytes;
  if (isSameLoad && known.signed === load.signed) r.drop(load, source);
  else r.become(extract(load, source, skip, r));
}

/** The bytes of `source` from `skip` up, extended as the load would. */
function extract(load: Load, source: ValueId, skip: number, r: Rewrite): IrOp {
  if (skip === 1 && load.bytes === 1 && !load.signed) return unaryFor(load, 'ext8h', source);
  const isTop = skip + load.bytes === 4;
  if (isTop) return binaryFor(load, load.signed ? 'sar' : 'shr', source, r.constant(8 * skip));
  const low = skip === 0 ? source : r.insertBinary('shr', source, r.constant(8 * skip));
  return unaryFor(load, extensionOf(load), low);
}

function extensionOf(load: Load): 'sx8' | 'zx8' | 'sx16' | 'zx16' {
  if (load.bytes === 1) return load.signed ? 'sx8' : 'zx8';
  return load.signed ? 'sx16' : 'zx16';
}

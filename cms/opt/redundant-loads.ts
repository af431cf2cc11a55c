/**
 * Redundant-load elimination: a load that reads only bytes of an earlier load takes them from its
 * value.
 *
 * Legality: as for store forwarding (store-forwarding.ts): same base value, bytes contained, no store
 * between that may overlap, no commit or barrier between; the second access cannot fault where the
 * first did not, and completes in RAM or not at all, so it has no effect of its own.
 */
import { KnownMemory, takeFrom } from './known-memory.js';
import { type PassCount, Rewrite, type Workspace } from './rewrite.js';

export function redundantLoads(work: Workspace): PassCount {
  const r = new Rewrite(work);
  const loaded = new KnownMemory(r.values);
  for (const op of work.ir.ops) {
    r.next(op);
    if (op.op === 'load') {
      const known = loaded.find(op);
      if (known) {
        takeFrom(known, op, r);
        continue;
      }
      loaded.remember(op);
    } else if (op.op === 'store') loaded.invalidate(op);
    else if (op.op === 'commit' || op.op === 'assist') loaded.clear();
    r.keep(op);
  }
  return r.finish();
}

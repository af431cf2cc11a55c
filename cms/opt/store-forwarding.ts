/**
 * Store-to-load forwarding (Muchnick ch. 12.4 for memory; "memory renaming"): a load that reads only
 * bytes of one earlier store takes the stored value, cut and extended as the load would. And silent
 * stores (Lepak and Lipasti): a store of what an earlier store has put there already goes.
 *
 * Legality: same base value, bytes contained, no store between that may overlap (known-memory.ts),
 * no commit or barrier between. The load cannot fault where the store did not: write access to a
 * page includes read access, and both are made in one mode. Neither was to a device: an access that
 * is not to RAM rolls the translation back (stores to ROM do too), so behind it there is RAM.
 */
import { KnownMemory, takeFrom } from './known-memory.js';
import { type PassCount, Rewrite, type Workspace } from './rewrite.js';

export function storeForwarding(work: Workspace): PassCount {
  const r = new Rewrite(work);
  const stored = new KnownMemory(r.values);
  for (const op of work.ir.ops) {
    r.next(op);
    if (op.op === 'load') {
      const known = stored.find(op);
      if (known) {
        takeFrom(known, op, r);
        continue;
      }
    } else if (op.op === 'store') {
      if (stored.holds(op)) {
        r.drop(op);
        continue;
      }
      stored.invalidate(op);
      stored.remember(op);
    } else if (op.op === 'commit' || op.op === 'assist') stored.clear();
    r.keep(op);
  }
  return r.finish();
}

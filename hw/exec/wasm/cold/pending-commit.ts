/**
 * Commits of units that settle cycles from before their path, too: commitPending(site). What the path itself has
 * taken is added from the site's record, then the commit is that of cold code.
 */
import { W } from '../binary.js';
import { FunctionCode } from '../function-code.js';
import { COMMIT_PENDING } from '../unit-imports.js';
import type { UnitMachine } from '../unit-machine.js';
import { ColdCommit } from './cold-commit.js';
import type { LazyRecords } from './lazy-records.js';
import { PAIR_BYTES, SITE, SITE_BYTES } from './pending-records.js';
import { addPair, eachPair } from './way-code.js';

const SITE_NUMBER = 0;

/** `recordOf`: host address of the molecules' records by place. */
export function pendingCommit(
  machine: UnitMachine,
  recordOf: number,
  sites: LazyRecords,
): FunctionCode {
  const code = new FunctionCode(1);
  const site = code.local();
  const record = code.local();
  const at = code.local();
  const end = code.local();
  const commit = new ColdCommit(code, record, machine);
  code.block();
  const unusual = code.depth;
  code.get(SITE_NUMBER);
  code.element(sites.table.byteOffset);
  code.tee(site);
  code.op(W.eqz);
  code.branch(W.brIf, unusual);
  code.get(site);
  code.access(W.load32, SITE.place);
  code.element(recordOf);
  code.tee(record);
  code.op(W.eqz);
  code.branch(W.brIf, unusual);
  commit.pushUnusual();
  code.branch(W.brIf, unusual);
  code.get(site);
  code.const32(SITE_BYTES);
  code.op(W.add);
  code.tee(at);
  code.get(site);
  code.access(W.load32, SITE.cells);
  code.const32(Math.log2(PAIR_BYTES));
  code.op(W.shl);
  code.op(W.add);
  code.set(end);
  eachPair(code, at, end, () => addPair(code, at, machine.area.cells));
  commit.writeDrained();
  code.return();
  code.end();
  code.get(SITE_NUMBER);
  code.call(COMMIT_PENDING.number);
  return code;
}

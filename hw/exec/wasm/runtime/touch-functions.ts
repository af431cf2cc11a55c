/**
 * Accesses to a tag array (timing/tag-array.ts) that take in what is absent, on the array's own words.
 */
import { RECENT, type TagArray } from '../../../timing/tag-array.js';
import { W } from '../binary.js';
import { FunctionCode } from '../function-code.js';
import { stamp } from './tag-functions.js';

const EMPTY = -1;
const LINE = 0;

/** Functions of the module by number: `find`, `renumber`; `which`: the array's number for the latter. */
export interface TouchCalls {
  readonly find: number;
  readonly renumber: number;
  readonly which: number;
}

/** TagArray.touch: 1 if the line is present. */
export function touch(array: TagArray, calls: TouchCalls): FunctionCode {
  const code = new FunctionCode(1);
  const slot = code.local();
  code.get(LINE);
  code.call(calls.find);
  code.tee(slot);
  code.if();
  if (array.isLru) {
    code.get(slot);
    code.const32(1);
    code.op(W.sub);
    code.set(slot);
    stamp(code, array, slot, calls.renumber, calls.which);
  }
  code.const32(1);
  code.return();
  code.end();
  victim(code, array, slot);
  drop(code, array, slot);
  code.setElement(
    array.tags.byteOffset,
    () => code.get(slot),
    () => code.get(LINE),
  );
  code.setElement(
    array.recent.byteOffset,
    () => place(code, LINE),
    () => code.get(LINE),
  );
  countMiss(code, array);
  if (array.isLru) stamp(code, array, slot, calls.renumber, calls.which);
  code.const32(0);
  return code;
}

/** The slot of the line's set that gives way. */
function victim(code: FunctionCode, { sets, ways, recency, isLru }: TagArray, slot: number): void {
  const set = code.local();
  code.get(LINE);
  code.const32(sets);
  code.op(W.remU);
  code.set(set);
  if (isLru) {
    oldest(code, recency, set, ways, slot);
    return;
  }
  const way = code.local();
  code.get(set);
  code.element(recency.byteOffset);
  code.set(way);
  code.setElement(
    recency.byteOffset,
    () => code.get(set),
    () => {
      code.const32(0);
      code.get(way);
      code.const32(1);
      code.op(W.add);
      code.get(way);
      code.const32(ways - 1);
      code.op(W.eq);
      code.op(W.select);
    },
  );
  code.get(set);
  code.const32(ways);
  code.op(W.mul);
  code.get(way);
  code.op(W.add);
  code.set(slot);
}

/** The slot of a set with the lowest stamp, of several the first. */
function oldest(
  code: FunctionCode,
  recency: Int32Array,
  set: number,
  ways: number,
  slot: number,
): void {
  const at = code.local();
  const end = code.local();
  code.get(set);
  code.const32(ways);
  code.op(W.mul);
  code.tee(slot);
  code.tee(at);
  code.const32(ways);
  code.op(W.add);
  code.set(end);
  code.loop();
  const again = code.depth;
  code.get(at);
  code.element(recency.byteOffset);
  code.get(slot);
  code.element(recency.byteOffset);
  code.op(W.ltS);
  code.if();
  code.get(at);
  code.set(slot);
  code.end();
  code.get(at);
  code.const32(1);
  code.op(W.add);
  code.tee(at);
  code.get(end);
  code.op(W.ltU);
  code.branch(W.brIf, again);
  code.end();
}

/** TagArray.drop: what the slot holds is not among the recent lines any more. */
function drop(code: FunctionCode, { tags, recent }: TagArray, slot: number): void {
  const old = code.local();
  code.get(slot);
  code.element(tags.byteOffset);
  code.set(old);
  place(code, old);
  code.element(recent.byteOffset);
  code.get(old);
  code.op(W.eq);
  code.if();
  code.setElement(
    recent.byteOffset,
    () => place(code, old),
    () => code.const32(EMPTY),
  );
  code.end();
}

/** Pushes the place of the line in a local among the recent ones. */
function place(code: FunctionCode, line: number): void {
  code.get(line);
  code.const32(RECENT - 1);
  code.op(W.and);
}

function countMiss(code: FunctionCode, { missCount }: TagArray): void {
  code.const32(0);
  code.const32(0);
  code.access(W.load64, missCount.byteOffset);
  code.const64(1);
  code.op(W.add64);
  code.access(W.store64, missCount.byteOffset);
}

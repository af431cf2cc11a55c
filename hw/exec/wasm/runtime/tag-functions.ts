/**
 * Look-ups of a tag array (timing/tag-array.ts) beyond its recent lines, which compiled code compares
 * itself. How lines that are absent come in: touch-functions.ts.
 */
import { RECENT, STAMP_LIMIT, type TagArray } from '../../../timing/tag-array.js';
import { W } from '../binary.js';
import { FunctionCode, wordAt } from '../function-code.js';

/** One more than the slot where a line is present, which is among the recent ones from then on; 0: absent. */
export function find({ sets, ways, tags, recent }: TagArray): FunctionCode {
  const code = new FunctionCode(1);
  const slot = code.local();
  const last = code.local();
  code.get(0);
  code.const32(sets);
  code.op(W.remU);
  code.const32(ways);
  code.op(W.mul);
  code.tee(slot);
  code.const32(ways);
  code.op(W.add);
  code.set(last);
  code.loop();
  const again = code.depth;
  code.get(slot);
  code.element(tags.byteOffset);
  code.get(0);
  code.op(W.eq);
  code.if();
  code.setElement(
    recent.byteOffset,
    () => recentPlace(code),
    () => code.get(0),
  );
  code.get(slot);
  code.const32(1);
  code.op(W.add);
  code.return();
  code.end();
  code.get(slot);
  code.const32(1);
  code.op(W.add);
  code.tee(slot);
  code.get(last);
  code.op(W.ltU);
  code.branch(W.brIf, again);
  code.end();
  code.const32(0);
  return code;
}

function recentPlace(code: FunctionCode): void {
  code.get(0);
  code.const32(RECENT - 1);
  code.op(W.and);
}

/**
 * TagArray.touch of a line that is present: it is the latest of its set. `find` and `renumber`: functions;
 * `which`: the array's number for the latter.
 */
export function use(
  { clock, recency }: TagArray,
  find: number,
  renumber: number,
  which: number,
): FunctionCode {
  const code = new FunctionCode(1);
  const slot = code.local();
  code.get(0);
  code.call(find);
  code.const32(1);
  code.op(W.sub);
  code.set(slot);
  stamp(code, { clock, recency }, slot, renumber, which);
  return code;
}

/** TagArray.stamp: the line of the slot in a local is the latest of its set. */
export function stamp(
  code: FunctionCode,
  { clock, recency }: Pick<TagArray, 'clock' | 'recency'>,
  slot: number,
  renumber: number,
  which: number,
): void {
  const now = wordAt(clock, 0);
  code.word(now);
  code.const32(STAMP_LIMIT);
  code.op(W.eq);
  code.if();
  code.const32(which);
  code.call(renumber);
  code.end();
  code.addToWord(now, 1);
  code.setElement(
    recency.byteOffset,
    () => code.get(slot),
    () => code.word(now),
  );
}

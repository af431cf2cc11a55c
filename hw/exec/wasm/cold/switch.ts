/**
 * A loop over entries of a record that switches on their numbers.
 */
import { W } from '../binary.js';
import type { FunctionCode } from '../function-code.js';

/**
 * For each entry from the address in local `at` to that in local `end`, `bytes` apart, which begins with
 * its number, a half word: `body` writes what the entry of a number does.
 */
export function switchOn(
  code: FunctionCode,
  { at, end }: { readonly at: number; readonly end: number },
  bytes: number,
  count: number,
  body: (number: number) => void,
): void {
  code.block();
  const done = code.depth;
  code.loop();
  const again = code.depth;
  code.get(at);
  code.get(end);
  code.op(W.geU);
  code.branch(W.brIf, done);
  const depths: number[] = [];
  for (let i = 0; i < count; i++) {
    code.block();
    depths.unshift(code.depth);
  }
  code.get(at);
  code.access(W.load16u, 0);
  code.branchTable(depths);
  for (let i = 0; i < count; i++) {
    code.end();
    body(i);
    code.get(at);
    code.const32(bytes);
    code.op(W.add);
    code.set(at);
    code.branch(W.br, again);
  }
  code.end();
  code.end();
}

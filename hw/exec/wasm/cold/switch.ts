/**
 * A loop over entries of a record that switches on their numbers.
 */
import { W } from '../binary.js';
import type { FunctionCode } from '../function-code.js';

/**
 * The entry at the address in local `at` begins with its number, a half word. `body` writes what the entry
 * of a number does; it returns false for the one that ends the loop. The next entry lies `bytes` behind.
 */
export function switchOn(
  code: FunctionCode,
  at: number,
  bytes: number,
  count: number,
  body: (number: number) => boolean,
): void {
  code.block();
  const done = code.depth;
  code.loop();
  const again = code.depth;
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
    if (body(i)) {
      code.get(at);
      code.const32(bytes);
      code.op(W.add);
      code.set(at);
      code.branch(W.br, again);
    } else code.branch(W.br, done);
  }
  code.end();
  code.end();
}

/**
 * Alias registers as cold code tests them (core/alias-registers.ts).
 */
import { ALIAS_WORDS } from '../../../core/core-area.js';
import { W } from '../binary.js';
import { FunctionCode, wordAt } from '../function-code.js';

/** AliasRegisters.overlapping: mask, physical address, width; 1 where a store hits one. */
export function aliased(alias: Int32Array): FunctionCode {
  const code = new FunctionCode(3);
  const [mask, physical, bytes] = [0, 1, 2];
  const at = code.local();
  code.eachBit(mask, () => {
    code.const32(Math.log2(4 * ALIAS_WORDS));
    code.op(W.shl);
    code.set(at);
    for (const range of [0, 2]) {
      code.get(physical);
      code.get(at);
      code.access(W.load32, wordAt(alias, range + 1));
      code.op(W.ltS);
      code.get(at);
      code.access(W.load32, wordAt(alias, range));
      code.get(physical);
      code.get(bytes);
      code.op(W.add);
      code.op(W.ltS);
      code.op(W.and);
    }
    code.op(W.or);
    code.if();
    code.const32(1);
    code.return();
    code.end();
  });
  code.const32(0);
  return code;
}

/**
 * The return-target stack (core/return-stack.ts) on the core's own words.
 */
import { MAX_RETURN_STACK } from '../../../core/core-area.js';
import { RETURN_DEPTH, RETURN_TOP } from '../../../core/return-stack.js';
import { W } from '../binary.js';
import { FunctionCode, wordAt } from '../function-code.js';

/** ReturnStack.push: guest address, host address. */
export function pushReturn(stack: Int32Array, entries: number): FunctionCode {
  const code = new FunctionCode(2);
  if (entries === 0) return code;
  const top = code.local();
  const topAt = wordAt(stack, RETURN_TOP);
  const depthAt = wordAt(stack, RETURN_DEPTH);
  const pushTop = (): void => {
    code.word(topAt);
    code.tee(top);
  };
  code.setElement(wordAt(stack, 0), pushTop, () => code.get(0));
  code.setElement(
    wordAt(stack, MAX_RETURN_STACK),
    () => code.get(top),
    () => code.get(1),
  );
  code.setWord(topAt, () => {
    code.const32(0);
    code.get(top);
    code.const32(1);
    code.op(W.add);
    code.get(top);
    code.const32(entries - 1);
    code.op(W.eq);
    code.op(W.select);
  });
  code.word(depthAt);
  code.const32(entries);
  code.op(W.ltS);
  code.if();
  code.addToWord(depthAt, 1);
  code.end();
  return code;
}

/** ReturnStack.pop: guest address; host address or 0. */
export function popReturn(stack: Int32Array, entries: number): FunctionCode {
  const code = new FunctionCode(1);
  const top = code.local();
  const topAt = wordAt(stack, RETURN_TOP);
  const depthAt = wordAt(stack, RETURN_DEPTH);
  code.word(depthAt);
  code.op(W.eqz);
  code.if();
  code.const32(0);
  code.return();
  code.end();
  code.addToWord(depthAt, -1);
  code.const32(entries - 1);
  code.word(topAt);
  code.const32(1);
  code.op(W.sub);
  code.word(topAt);
  code.op(W.eqz);
  code.op(W.select);
  code.set(top);
  code.setWord(topAt, () => code.get(top));
  code.get(top);
  code.element(wordAt(stack, MAX_RETURN_STACK));
  code.const32(0);
  code.get(top);
  code.element(wordAt(stack, 0));
  code.get(0);
  code.op(W.eq);
  code.op(W.select);
  return code;
}

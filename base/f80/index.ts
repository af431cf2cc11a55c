/**
 * The 80-bit floating-point arithmetic of the x87 unit (Intel SDM vol. 1, chapter 8): exact
 * results, flags and rounding on pairs of int32, without allocation. Start at unit.ts for
 * the contract. Stack, tags, pending exceptions and C0-C3 belong to the caller.
 */
export { add, sub } from './add.js';
export { arctangent } from './arctangent.js';
export {
  fitsNumber,
  fromNumber,
  loadF32,
  loadF64,
  toF32,
  toF64,
  toNumber,
  widenF32,
  widenF64,
} from './binary.js';
export { classify, compare, compareQuiet, EQUAL, GREATER, LESS, UNORDERED } from './compare.js';
export { div, sqrt } from './divide.js';
export { exp2m1 } from './exponential.js';
export * from './format.js';
export {
  fromBcd,
  fromInt32,
  fromInt64,
  roundToInteger,
  toBcd,
  toInt16,
  toInt32,
  toInt64,
} from './integer.js';
export { yLog2x, yLog2xp1 } from './logarithm.js';
export { mul } from './multiply.js';
export { remainderNearest, remainderTruncated } from './remainder.js';
export {
  extract,
  LN_2,
  LOG2_10,
  LOG2_E,
  LOG10_2,
  loadConstant,
  loadOne,
  loadZero,
  PI,
  scale,
} from './scale.js';
export { cosine, sine, sineCosine, tangent } from './trigonometry.js';
export { F80Unit } from './unit.js';

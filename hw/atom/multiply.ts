/**
 * Rows of the multiplier: the low half without flags, and x86's MUL and IMUL with theirs
 * (guest-isa/sem/alu-multiply.ts): d the low half (of 8 and 16 bits the whole product), MQ the high
 * half; CF and OF tell that the high half matters, SF ZF PF are those of the low half, as on P6.
 */
import { type AtomDraft, row, threeForms } from './define.js';
import { carryWord, WIDTHS, type Width } from './flags.js';
import type { MeaningNode, MeaningRecorder } from './meaning.js';

function setProduct(
  m: MeaningRecorder,
  width: Width,
  product: MeaningNode,
  overflow: MeaningNode,
): void {
  m.set('d', product);
  m.set('result', m.sx(width, product));
  m.set('carry', carryWord(m, overflow, overflow));
}

function unsigned(m: MeaningRecorder, width: Width): void {
  if (width === 32) {
    const high = m.binary('mulHighUnsigned', m.a, m.b);
    setProduct(m, 32, m.mul(m.a, m.b), m.ne(high, 0));
    m.set('mq', high);
    return;
  }
  const product = m.mul(m.zx(width, m.a), m.zx(width, m.b));
  const high = m.shr(product, width);
  setProduct(m, width, product, m.ne(high, 0));
  if (width === 16) m.set('mq', high);
}

function signed(m: MeaningRecorder, width: Width): void {
  if (width === 32) {
    const high = m.binary('mulHighSigned', m.a, m.b);
    const product = m.mul(m.a, m.b);
    setProduct(m, 32, product, m.ne(high, m.sar(product, 31)));
    m.set('mq', high);
    return;
  }
  const product = m.mul(m.sx(width, m.a), m.sx(width, m.b));
  setProduct(m, width, product, m.ne(product, m.sx(width, product)));
  if (width === 16) m.set('mq', m.sar(product, 16));
}

export const MULTIPLY_ROWS: readonly AtomDraft[] = [
  ...threeForms('mul', 'multiply', (m) => m.set('d', m.mul(m.a, m.b))),
  ...WIDTHS.map((width) => row(`mul${width}.c`, 'd,a,b', 'multiply', (m) => unsigned(m, width))),
  ...WIDTHS.map((width) => row(`imul${width}.c`, 'd,a,b', 'multiply', (m) => signed(m, width))),
];

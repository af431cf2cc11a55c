/**
 * Multiplication, division, decimal adjustment, sign extension (SDM vol. 2). Products and
 * dividends of 16 and 32 bits lie in the pair dx:ax or edx:eax, of 8 bits in ax.
 */

import type { FixedAluOp } from '../sem/template.js';
import { EAX, EDX } from '../state/layout.js';
import { type InsnRow, type Meaning, row } from './row.js';

const multiply =
  (op: 'mul' | 'imul'): Meaning =>
  (m, s) => {
    const product = m.alu(op, s.bits, m.register(EAX, s.bytes), s.read());
    if (s.bytes === 1) {
      m.writeRegister(EAX, 2, product);
      return;
    }
    const high = m.aux();
    m.writeRegister(EAX, s.bytes, product);
    m.writeRegister(EDX, s.bytes, high);
  };

const divide =
  (op: 'div' | 'idiv'): Meaning =>
  (m, s) => {
    const divisor = s.read();
    if (s.bytes === 1) {
      const dividend = m.register(EAX, 2);
      const quotient = m.alu(op, 8, dividend, dividend, divisor);
      const remainder = m.aux();
      const low = m.pure('zx8', quotient);
      m.writeRegister(EAX, 2, m.pure('or', low, m.pure('shl', remainder, m.constant(8))));
      return;
    }
    const quotient = m.alu(op, s.bits, m.register(EDX, s.bytes), m.register(EAX, s.bytes), divisor);
    const remainder = m.aux();
    m.writeRegister(EAX, s.bytes, quotient);
    m.writeRegister(EDX, s.bytes, remainder);
  };

const imul2: Meaning = (m, d, s) => d.write(m.alu('imul', d.bits, d.read(), s.read()));
const imul3: Meaning = (m, d, s, i) => d.write(m.alu('imul', d.bits, s.read(), i.read()));

const adjust =
  (op: FixedAluOp): Meaning =>
  (m) =>
    m.writeRegister(EAX, 2, m.fixedAlu(op, m.register(EAX, 2)));

const PRODUCT = 'w:oc u:szap';
const QUOTIENT = 'u:oszapc';

export const multiplyRows: readonly InsnRow[] = [
  row('mul', 'f6 /4', 'Eb', multiply('mul'), { flags: PRODUCT }),
  row('mul', 'f7 /4', 'Ev', multiply('mul'), { flags: PRODUCT }),
  row('imul', 'f6 /5', 'Eb', multiply('imul'), { flags: PRODUCT }),
  row('imul', 'f7 /5', 'Ev', multiply('imul'), { flags: PRODUCT }),
  row('imul', '0f af /r', 'Gv,Ev', imul2, { flags: PRODUCT }),
  row('imul', '69 /r', 'Gv,Ev,Iz', imul3, { flags: PRODUCT }),
  row('imul', '6b /r', 'Gv,Ev,Ibs', imul3, { flags: PRODUCT }),
  row('div', 'f6 /6', 'Eb', divide('div'), { flags: QUOTIENT, faults: '#DE' }),
  row('div', 'f7 /6', 'Ev', divide('div'), { flags: QUOTIENT, faults: '#DE' }),
  row('idiv', 'f6 /7', 'Eb', divide('idiv'), { flags: QUOTIENT, faults: '#DE' }),
  row('idiv', 'f7 /7', 'Ev', divide('idiv'), { flags: QUOTIENT, faults: '#DE' }),

  row('daa', '27', '', adjust('daa'), { flags: 'r:ac w:szapc u:o' }),
  row('das', '2f', '', adjust('das'), { flags: 'r:ac w:szapc u:o' }),
  row('aaa', '37', '', adjust('aaa'), { flags: 'r:a w:ac u:oszp' }),
  row('aas', '3f', '', adjust('aas'), { flags: 'r:a w:ac u:oszp' }),
  row(
    'aam',
    'd4',
    'Ib',
    (m, i) => m.writeRegister(EAX, 2, m.fixedAlu('aam', m.register(EAX, 2), i.read())),
    {
      flags: 'w:szp u:oac',
      faults: '#DE',
    },
  ),
  row(
    'aad',
    'd5',
    'Ib',
    (m, i) => m.writeRegister(EAX, 2, m.fixedAlu('aad', m.register(EAX, 2), i.read())),
    {
      flags: 'w:szp u:oac',
    },
  ),

  // cbw / cwde and cwd / cdq: one opcode each, named by the operand size.
  row('cbw', '98', 'eAX', (m, a) => {
    const half = m.register(EAX, m.operandBytes === 4 ? 2 : 1);
    a.write(m.pure(m.operandBytes === 4 ? 'sx16' : 'sx8', half));
  }),
  row('cwd', '99', '', (m) => {
    const a = m.register(EAX, m.operandBytes);
    const wide = m.operandBytes === 2 ? m.pure('sx16', a) : a;
    m.writeRegister(EDX, m.operandBytes, m.pure('sar', wide, m.constant(31)));
  }),
];

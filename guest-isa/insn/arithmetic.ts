/**
 * Integer arithmetic and logic of the two-operand form, inc/dec/neg/not, cmp/test, xadd, cmpxchg
 * (SDM vol. 2). Eight operations share one meaning and the encodings 00-3f and group 1.
 */

import type { AluOp } from '../sem/template.js';
import { EAX, EBX, ECX, EDX } from '../state/layout.js';
import { type InsnRow, type Meaning, type RowOptions, row } from './row.js';

const binary =
  (op: AluOp): Meaning =>
  (m, d, s) => {
    const a = d.read();
    d.write(m.alu(op, d.bits, a, s.read()));
  };

/** As binary, with the result thrown away. */
const compare =
  (op: AluOp): Meaning =>
  (m, d, s) => {
    const a = d.read();
    m.alu(op, d.bits, a, s.read());
  };

const unary =
  (op: AluOp): Meaning =>
  (m, d) =>
    d.write(m.alu(op, d.bits, d.read()));

const hex = (n: number): string => n.toString(16).padStart(2, '0');

/** Encodings that the eight operations share: number n of the operation is in bits 3-5. */
function groupOne(
  mnemonic: string,
  n: number,
  meaning: Meaning,
  flags: string,
  writes: boolean,
): InsnRow[] {
  const base = n << 3;
  const plain: RowOptions = { flags };
  const locked: RowOptions = { flags, lock: writes };
  return [
    row(mnemonic, `${hex(base)} /r`, 'Eb,Gb', meaning, locked),
    row(mnemonic, `${hex(base + 1)} /r`, 'Ev,Gv', meaning, locked),
    row(mnemonic, `${hex(base + 2)} /r`, 'Gb,Eb', meaning, plain),
    row(mnemonic, `${hex(base + 3)} /r`, 'Gv,Ev', meaning, plain),
    row(mnemonic, hex(base + 4), 'AL,Ib', meaning, plain),
    row(mnemonic, hex(base + 5), 'eAX,Iz', meaning, plain),
    row(mnemonic, `80 /${n}`, 'Eb,Ib', meaning, locked),
    row(mnemonic, `81 /${n}`, 'Ev,Iz', meaning, locked),
    row(mnemonic, `82 /${n}`, 'Eb,Ib', meaning, locked),
    row(mnemonic, `83 /${n}`, 'Ev,Ibs', meaning, locked),
  ];
}

const ALL = 'w:oszapc';
const LOGIC = 'w:oszpc u:a';

const xadd: Meaning = (m, d, s) => {
  const old = d.read();
  const sum = m.alu('add', d.bits, old, s.read());
  // The sum is written last, so that it wins when both operands are one register.
  s.write(old);
  d.write(sum);
};

const cmpxchg: Meaning = (m, d, s) => {
  const accumulator = m.register(EAX, d.bytes);
  const old = d.read();
  m.alu('sub', d.bits, accumulator, old);
  const equal = m.condition(4);
  d.write(m.pure('select', equal, s.read(), old));
  m.if(
    equal,
    () => {},
    () => m.writeRegister(EAX, d.bytes, old),
  );
};

const cmpxchg8b: Meaning = (m, d) => {
  const low = d.address();
  // One operand of eight bytes: it does not wrap at the address size.
  const high = m.pure('add', low, m.constant(4));
  m.probeWrite(8, 'operand', low);
  const oldLow = m.load(4, 'operand', low);
  const oldHigh = m.load(4, 'operand', high);
  const same = m.pure(
    'and',
    m.pure('eq', oldLow, m.register(EAX, 4)),
    m.pure('eq', oldHigh, m.register(EDX, 4)),
  );
  m.store(4, 'operand', low, m.pure('select', same, m.register(EBX, 4), oldLow));
  m.store(4, 'operand', high, m.pure('select', same, m.register(ECX, 4), oldHigh));
  m.fixedAlu('keepZero', same);
  m.if(
    same,
    () => {},
    () => {
      m.writeRegister(EAX, 4, oldLow);
      m.writeRegister(EDX, 4, oldHigh);
    },
  );
};

export const arithmeticRows: readonly InsnRow[] = [
  ...groupOne('add', 0, binary('add'), ALL, true),
  ...groupOne('or', 1, binary('or'), LOGIC, true),
  ...groupOne('adc', 2, binary('adc'), `${ALL} r:c`, true),
  ...groupOne('sbb', 3, binary('sbb'), `${ALL} r:c`, true),
  ...groupOne('and', 4, binary('and'), LOGIC, true),
  ...groupOne('sub', 5, binary('sub'), ALL, true),
  ...groupOne('xor', 6, binary('xor'), LOGIC, true),
  ...groupOne('cmp', 7, compare('sub'), ALL, false),

  row('test', '84 /r', 'Eb,Gb', compare('and'), { flags: LOGIC }),
  row('test', '85 /r', 'Ev,Gv', compare('and'), { flags: LOGIC }),
  row('test', 'a8', 'AL,Ib', compare('and'), { flags: LOGIC }),
  row('test', 'a9', 'eAX,Iz', compare('and'), { flags: LOGIC }),
  row('test', 'f6 /0', 'Eb,Ib', compare('and'), { flags: LOGIC }),
  row('test', 'f6 /1', 'Eb,Ib', compare('and'), { flags: LOGIC }),
  row('test', 'f7 /0', 'Ev,Iz', compare('and'), { flags: LOGIC }),
  row('test', 'f7 /1', 'Ev,Iz', compare('and'), { flags: LOGIC }),

  row('inc', '40+r', 'Zv', unary('inc'), { flags: 'w:oszap' }),
  row('inc', 'fe /0', 'Eb', unary('inc'), { flags: 'w:oszap', lock: true }),
  row('inc', 'ff /0', 'Ev', unary('inc'), { flags: 'w:oszap', lock: true }),
  row('dec', '48+r', 'Zv', unary('dec'), { flags: 'w:oszap' }),
  row('dec', 'fe /1', 'Eb', unary('dec'), { flags: 'w:oszap', lock: true }),
  row('dec', 'ff /1', 'Ev', unary('dec'), { flags: 'w:oszap', lock: true }),
  row('not', 'f6 /2', 'Eb', (m, d) => d.write(m.pure('not', d.read())), { lock: true }),
  row('not', 'f7 /2', 'Ev', (m, d) => d.write(m.pure('not', d.read())), { lock: true }),
  row('neg', 'f6 /3', 'Eb', unary('neg'), { flags: ALL, lock: true }),
  row('neg', 'f7 /3', 'Ev', unary('neg'), { flags: ALL, lock: true }),

  row('xadd', '0f c0 /r', 'Eb,Gb', xadd, { flags: ALL, lock: true }),
  row('xadd', '0f c1 /r', 'Ev,Gv', xadd, { flags: ALL, lock: true }),
  row('cmpxchg', '0f b0 /r', 'Eb,Gb', cmpxchg, { flags: ALL, lock: true }),
  row('cmpxchg', '0f b1 /r', 'Ev,Gv', cmpxchg, { flags: ALL, lock: true }),
  row('cmpxchg8b', '0f c7 /1', 'Mq', cmpxchg8b, { flags: 'w:z', lock: true, feature: 'cx8' }),
];

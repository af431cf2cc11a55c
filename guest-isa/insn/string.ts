/**
 * String instructions on memory (SDM vol. 2: MOVS, CMPS, STOS, LODS, SCAS). A meaning is one
 * iteration; the repeat prefix is common code of whoever executes it. ins and outs are in
 * system-*.ts.
 */
import { EAX } from '../state/layout.js';
import { type InsnRow, type Meaning, row } from './row.js';

const movs: Meaning = (_m, d, s) => {
  d.write(s.read());
  s.advance();
  d.advance();
};

const cmps: Meaning = (m, a, b) => {
  const left = a.read();
  m.alu('sub', a.bits, left, b.read());
  a.advance();
  b.advance();
};

const stos: Meaning = (_m, d, a) => {
  d.write(a.read());
  d.advance();
};

const lods: Meaning = (_m, a, s) => {
  a.write(s.read());
  s.advance();
};

const scas: Meaning = (m, a, b) => {
  const left = m.register(EAX, a.bytes);
  m.alu('sub', a.bits, left, b.read());
  b.advance();
};

const COMPARE = 'r:d w:oszapc';

export const stringRows: readonly InsnRow[] = [
  row('movs', 'a4', 'Yb,Xb', movs, { repeat: 'rep', flags: 'r:d' }),
  row('movs', 'a5', 'Yv,Xv', movs, { repeat: 'rep', flags: 'r:d' }),
  row('cmps', 'a6', 'Xb,Yb', cmps, { repeat: 'repz', flags: COMPARE }),
  row('cmps', 'a7', 'Xv,Yv', cmps, { repeat: 'repz', flags: COMPARE }),
  row('stos', 'aa', 'Yb,AL', stos, { repeat: 'rep', flags: 'r:d' }),
  row('stos', 'ab', 'Yv,eAX', stos, { repeat: 'rep', flags: 'r:d' }),
  row('lods', 'ac', 'AL,Xb', lods, { repeat: 'rep', flags: 'r:d' }),
  row('lods', 'ad', 'eAX,Xv', lods, { repeat: 'rep', flags: 'r:d' }),
  row('scas', 'ae', 'AL,Yb', scas, { repeat: 'repz', flags: COMPARE }),
  row('scas', 'af', 'eAX,Yv', scas, { repeat: 'repz', flags: COMPARE }),
];

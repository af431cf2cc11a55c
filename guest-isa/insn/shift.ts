/**
 * Shifts and rotates (group 2), double shifts, bit tests and scans, bswap (SDM vol. 2).
 */
import type { AluOp } from '../sem/template.js';
import { type InsnRow, type Meaning, row } from './row.js';

const shift =
  (op: AluOp): Meaning =>
  (m, d, n) => {
    const count = n.read();
    d.write(m.alu(op, d.bits, d.read(), count));
  };

const doubleShift =
  (op: 'shld' | 'shrd'): Meaning =>
  (m, d, s, n) => {
    const count = n.read();
    d.write(m.alu(op, d.bits, d.read(), s.read(), count));
  };

const SHIFT = 'w:oszpc u:a';
const ROTATE = 'w:oc';

function groupTwo(mnemonic: string, n: number, op: AluOp, flags: string): InsnRow[] {
  const meaning = shift(op);
  return [
    row(mnemonic, `c0 /${n}`, 'Eb,Ib', meaning, { flags }),
    row(mnemonic, `c1 /${n}`, 'Ev,Ib', meaning, { flags }),
    row(mnemonic, `d0 /${n}`, 'Eb,1', meaning, { flags }),
    row(mnemonic, `d1 /${n}`, 'Ev,1', meaning, { flags }),
    row(mnemonic, `d2 /${n}`, 'Eb,CL', meaning, { flags }),
    row(mnemonic, `d3 /${n}`, 'Ev,CL', meaning, { flags }),
  ];
}

/** Bit number in the instruction: only its low bits count. */
const bitByNumber =
  (op: AluOp): Meaning =>
  (m, d, n) => {
    const old = d.read();
    const value = m.alu(op, d.bits, old, n.read());
    if (op !== 'bt') d.write(value);
  };

/** Bit number in a register: in memory it reaches beyond the operand, by whole operands, signed. */
const bitByRegister =
  (op: AluOp): Meaning =>
  (m, d, n) => {
    if (!d.isMemory) {
      bitByNumber(op)(m, d, n);
      return;
    }
    const wide = n.read();
    const bit = n.bytes === 2 ? m.pure('sx16', wide) : wide;
    const unit = m.pure('sar', bit, m.constant(n.bytes === 2 ? 4 : 5));
    const element = d.displaced(m.pure('shl', unit, m.constant(n.bytes === 2 ? 1 : 2)));
    bitByNumber(op)(m, element, n);
  };

const BIT = 'w:c u:osap';

function bitTest(mnemonic: 'bt' | 'bts' | 'btr' | 'btc', opcode: string, n: number): InsnRow[] {
  const lock = mnemonic !== 'bt';
  return [
    row(mnemonic, `${opcode} /r`, 'Ev,Gv', bitByRegister(mnemonic), { flags: BIT, lock }),
    row(mnemonic, `0f ba /${n}`, 'Ev,Ib', bitByNumber(mnemonic), { flags: BIT, lock }),
  ];
}

const scan =
  (op: 'bsf' | 'bsr'): Meaning =>
  (m, d, s) => {
    const source = s.read();
    d.write(m.alu(op, d.bits, source, d.read()));
  };

export const shiftRows: readonly InsnRow[] = [
  ...groupTwo('rol', 0, 'rol', ROTATE),
  ...groupTwo('ror', 1, 'ror', ROTATE),
  ...groupTwo('rcl', 2, 'rcl', `${ROTATE} r:c`),
  ...groupTwo('rcr', 3, 'rcr', `${ROTATE} r:c`),
  ...groupTwo('shl', 4, 'shl', SHIFT),
  ...groupTwo('shr', 5, 'shr', SHIFT),
  // /6 is an undocumented alias of /4 on every known processor.
  ...groupTwo('shl', 6, 'shl', SHIFT),
  ...groupTwo('sar', 7, 'sar', SHIFT),

  row('shld', '0f a4 /r', 'Ev,Gv,Ib', doubleShift('shld'), { flags: SHIFT }),
  row('shld', '0f a5 /r', 'Ev,Gv,CL', doubleShift('shld'), { flags: SHIFT }),
  row('shrd', '0f ac /r', 'Ev,Gv,Ib', doubleShift('shrd'), { flags: SHIFT }),
  row('shrd', '0f ad /r', 'Ev,Gv,CL', doubleShift('shrd'), { flags: SHIFT }),

  ...bitTest('bt', '0f a3', 4),
  ...bitTest('bts', '0f ab', 5),
  ...bitTest('btr', '0f b3', 6),
  ...bitTest('btc', '0f bb', 7),
  row('bsf', '0f bc /r', 'Gv,Ev', scan('bsf'), { flags: 'w:z u:osapc' }),
  row('bsr', '0f bd /r', 'Gv,Ev', scan('bsr'), { flags: 'w:z u:osapc' }),
  row('bswap', '0f c8+r', 'Zv', (m, d) => d.write(m.alu('bswap', d.bits, d.read()))),
];

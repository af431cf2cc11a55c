/** x87 moves between registers: FXCH, and FCMOVcc on the conditions of EFLAGS (Intel SDM vol. 2). */
import { condition } from '../state/flags.js';
import { FPU_HI, FPU_LO, FPU_SE } from '../state/layout.js';
import { type Direct, direct, type InsnRow } from './row.js';

const fxch: Direct = (cpu, op) => {
  const fpu = cpu.fpu;
  if (fpu.blocked(cpu)) return;
  fpu.note(cpu, op);
  const noTop = fpu.isEmpty(0);
  const noOther = fpu.isEmpty(op.rm);
  if (noTop || noOther) {
    if (!fpu.underflow()) return;
    if (noTop) fpu.setIndefinite(0);
    if (noOther) fpu.setIndefinite(op.rm);
  } else fpu.clearC1();
  const s = cpu.s;
  const p = fpu.index(op.rm);
  const se = s[FPU_SE + p];
  const hi = s[FPU_HI + p];
  const lo = s[FPU_LO + p];
  const top = fpu.index(0);
  fpu.set(op.rm, s[FPU_SE + top], s[FPU_HI + top], s[FPU_LO + top]);
  fpu.set(0, se, hi, lo);
};

/** `code`: condition code in the encoding of jcc. Leaves C1 alone unless the stack underflows. */
const fcmov =
  (code: number): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    if (fpu.isEmpty(0) || fpu.isEmpty(op.rm)) {
      if (fpu.underflow()) fpu.setIndefinite(0);
      return;
    }
    if (condition(cpu.s, code) === 0) return;
    const s = cpu.s;
    const p = fpu.index(op.rm);
    fpu.set(0, s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p]);
  };

const options = { feature: 'fpu', faults: '#NM #MF' };
const conditional = (flags: string) => ({ feature: 'cmov', faults: '#NM #MF', flags });

export const x87ExchangeRows: readonly InsnRow[] = [
  direct('fxch', 'd9 c8+r', 'STi', fxch, options),
  direct('fcmovb', 'da c0+r', 'ST0,STi', fcmov(2), conditional('r:c')),
  direct('fcmove', 'da c8+r', 'ST0,STi', fcmov(4), conditional('r:z')),
  direct('fcmovbe', 'da d0+r', 'ST0,STi', fcmov(6), conditional('r:cz')),
  direct('fcmovu', 'da d8+r', 'ST0,STi', fcmov(10), conditional('r:p')),
  direct('fcmovnb', 'db c0+r', 'ST0,STi', fcmov(3), conditional('r:c')),
  direct('fcmovne', 'db c8+r', 'ST0,STi', fcmov(5), conditional('r:z')),
  direct('fcmovnbe', 'db d0+r', 'ST0,STi', fcmov(7), conditional('r:cz')),
  direct('fcmovnu', 'db d8+r', 'ST0,STi', fcmov(11), conditional('r:p')),

  // Encodings that the manual reserves and that processors since the 287 execute so.
  direct('fxch4', 'dd c8+r', 'STi', fxch, options),
  direct('fxch7', 'df c8+r', 'STi', fxch, options),
];

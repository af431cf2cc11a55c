/**
 * Near control transfer: jcc, jmp, call, ret, loop, jecxz (SDM vol. 2). Far transfers and
 * interrupts are in system-*.ts.
 */
import { ECX } from '../state/layout.js';
import { CONDITION_FLAGS, CONDITIONS } from './move.js';
import { type InsnRow, type Meaning, row } from './row.js';

const branchIf =
  (code: number): Meaning =>
  (m, target) =>
    m.if(m.condition(code), () => m.jump(m.relativeTarget(target.read())));

const jumpTo: Meaning = (m, target) => m.jump(target.read());
const jumpRelative: Meaning = (m, target) => m.jump(m.relativeTarget(target.read()));
const callTo: Meaning = (m, target) => m.call(target.read());
const callRelative: Meaning = (m, target) => m.call(m.relativeTarget(target.read()));

/** loop, loope, loopne: the count lives in cx or ecx, as wide as addresses are. */
const loop =
  (code: number | undefined): Meaning =>
  (m, target) => {
    const count = m.maskAddress(m.pure('sub', m.index(ECX), m.constant(1)));
    const nonZero = m.pure('ne', count, m.constant(0));
    const taken = code === undefined ? nonZero : m.pure('and', nonZero, m.condition(code));
    // A target beyond the code segment faults before the count changes.
    m.if(taken, () => m.jump(m.relativeTarget(target.read())));
    m.setIndex(ECX, count);
  };

const jecxz: Meaning = (m, target) =>
  m.if(m.pure('eq', m.index(ECX), m.constant(0)), () => m.jump(m.relativeTarget(target.read())));

const branch = { flow: 'branch' as const };

export const controlRows: readonly InsnRow[] = [
  ...CONDITIONS.flatMap((name, code) => {
    const options = { flow: 'branch' as const, flags: CONDITION_FLAGS[code >> 1] };
    return [
      row(`j${name}`, `7${code.toString(16)}`, 'Jb', branchIf(code), options),
      row(`j${name}`, `0f 8${code.toString(16)}`, 'Jz', branchIf(code), options),
    ];
  }),
  row('loopne', 'e0', 'Jb', loop(5), { ...branch, flags: 'r:z' }),
  row('loope', 'e1', 'Jb', loop(4), { ...branch, flags: 'r:z' }),
  row('loop', 'e2', 'Jb', loop(undefined), branch),
  row('jecxz', 'e3', 'Jb', jecxz, branch),

  row('jmp', 'e9', 'Jz', jumpRelative, { flow: 'jump' }),
  row('jmp', 'eb', 'Jb', jumpRelative, { flow: 'jump' }),
  row('jmp', 'ff /4', 'Ev', jumpTo, { flow: 'jump' }),
  row('call', 'e8', 'Jz', callRelative, { flow: 'call' }),
  row('call', 'ff /2', 'Ev', callTo, { flow: 'call' }),
  row('ret', 'c2', 'Iw', (m, bytes) => m.return(bytes.read()), { flow: 'return' }),
  row('ret', 'c3', '', (m) => m.return(m.constant(0)), { flow: 'return' }),
];

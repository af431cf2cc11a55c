/**
 * Data movement: mov, movzx/movsx, xchg, lea, cmovcc, setcc, xlat, flag transfers, nop
 * (SDM vol. 2). Moves to and from segment, control and debug registers are in system-*.ts.
 */

import type { FixedAluOp } from '../sem/template.js';
import { EAX, EBX } from '../state/layout.js';
import { type InsnRow, type Meaning, row } from './row.js';

/** Condition names in encoding order. */
export const CONDITIONS = [
  'o',
  'no',
  'b',
  'nb',
  'z',
  'nz',
  'be',
  'nbe',
  's',
  'ns',
  'p',
  'np',
  'l',
  'nl',
  'le',
  'nle',
];
/** Flags that each pair of conditions reads. */
export const CONDITION_FLAGS = ['r:o', 'r:c', 'r:z', 'r:cz', 'r:s', 'r:p', 'r:so', 'r:zso'];

const mov: Meaning = (_m, d, s) => d.write(s.read());

const xchg: Meaning = (_m, d, s) => {
  const a = d.read();
  const b = s.read();
  d.write(b);
  s.write(a);
};

const extend =
  (op: 'sx8' | 'sx16' | undefined): Meaning =>
  (m, d, s) => {
    const value = s.read();
    d.write(op ? m.pure(op, value) : value);
  };

const cmov =
  (code: number): Meaning =>
  (m, d, s) => {
    // The source is read, and may fault, whatever the condition.
    const source = s.read();
    d.write(m.pure('select', m.condition(code), source, d.read()));
  };

const flagOp =
  (op: FixedAluOp): Meaning =>
  (m) =>
    m.fixedAlu(op);

const conditional = (make: (name: string, code: number, flags: string) => InsnRow): InsnRow[] =>
  CONDITIONS.map((name, code) => make(name, code, CONDITION_FLAGS[code >> 1]));

const hex = (n: number): string => n.toString(16);

export const moveRows: readonly InsnRow[] = [
  row('mov', '88 /r', 'Eb,Gb', mov),
  row('mov', '89 /r', 'Ev,Gv', mov),
  row('mov', '8a /r', 'Gb,Eb', mov),
  row('mov', '8b /r', 'Gv,Ev', mov),
  row('mov', 'a0', 'AL,Ob', mov),
  row('mov', 'a1', 'eAX,Ov', mov),
  row('mov', 'a2', 'Ob,AL', mov),
  row('mov', 'a3', 'Ov,eAX', mov),
  row('mov', 'b0+r', 'Zb,Ib', mov),
  row('mov', 'b8+r', 'Zv,Iv', mov),
  row('mov', 'c6 /0', 'Eb,Ib', mov),
  row('mov', 'c7 /0', 'Ev,Iz', mov),
  row('lea', '8d /r', 'Gv,M', (_m, d, s) => d.write(s.address())),
  row('movzx', '0f b6 /r', 'Gv,Eb', extend(undefined)),
  row('movzx', '0f b7 /r', 'Gv,Ew', extend(undefined)),
  row('movsx', '0f be /r', 'Gv,Eb', extend('sx8')),
  row('movsx', '0f bf /r', 'Gv,Ew', extend('sx16')),
  row('xchg', '86 /r', 'Eb,Gb', xchg, { lock: true }),
  row('xchg', '87 /r', 'Ev,Gv', xchg, { lock: true }),
  row('xchg', '90+r', 'Zv,eAX', xchg),
  row('xlat', 'd7', '', (m) => {
    const address = m.maskAddress(m.pure('add', m.register(EBX, 4), m.register(EAX, 1)));
    m.writeRegister(EAX, 1, m.load(1, 'operand', address));
  }),

  ...conditional((name, code, flags) =>
    row(`cmov${name}`, `0f 4${hex(code)} /r`, 'Gv,Ev', cmov(code), { flags, feature: 'cmov' }),
  ),
  ...conditional((name, code, flags) =>
    row(`set${name}`, `0f 9${hex(code)} /r`, 'Eb', (m, d) => d.write(m.condition(code)), { flags }),
  ),

  row(
    'sahf',
    '9e',
    '',
    (m) => m.fixedAlu('sahf', m.pure('shr', m.register(EAX, 2), m.constant(8))),
    {
      flags: 'w:szapc',
    },
  ),
  row(
    'lahf',
    '9f',
    '',
    (m) => {
      const flags = m.pure('shl', m.fixedAlu('lahf'), m.constant(8));
      m.writeRegister(EAX, 2, m.pure('or', flags, m.register(EAX, 1)));
    },
    { flags: 'r:szapc' },
  ),
  row('cmc', 'f5', '', flagOp('cmc'), { flags: 'r:c w:c' }),
  row('clc', 'f8', '', flagOp('clc'), { flags: 'w:c' }),
  row('stc', 'f9', '', flagOp('stc'), { flags: 'w:c' }),
  row('cld', 'fc', '', flagOp('cld'), { flags: 'w:d' }),
  row('std', 'fd', '', flagOp('std'), { flags: 'w:d' }),

  // The long no-op and the hints 0f 18-1e, which P6 and later execute as no-ops.
  ...['18', '19', '1a', '1b', '1c', '1d', '1e', '1f'].map((byte) =>
    row('nop', `0f ${byte} /r`, 'Ev', () => {}),
  ),
];

/**
 * Texts of the host instruction set as accepted: the table, an assembled routine with its encoding,
 * compiled meanings. `npx vitest run tests/golden/atom -u` accepts changes; they are read in review.
 */
import { expect, it } from 'vitest';
import { assemble } from '../../../hw/atom/assemble.js';
import type { AtomRow } from '../../../hw/atom/atom.js';
import { moleculeText } from '../../../hw/atom/disassemble.js';
import { atomSource, conditionJs } from '../../../hw/atom/emit-js.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import { atomNamed, atoms } from '../../../hw/atom/index.js';
import { decodeMolecule } from '../../../hw/atom/molecule.js';
import { efficeonHost, tm5800Host } from '../../unit/atom/machines.js';

function status(row: AtomRow): string {
  const marks = [
    row.readsD && 'd tied',
    row.readsFlags && 'reads cc',
    row.writesFlags && 'writes cc',
    row.readsMq && 'reads mq',
    row.writesMq && 'writes mq',
  ];
  return marks.filter((mark) => mark).join(', ');
}

it('the table', async () => {
  const lines = atoms.map((row) =>
    [
      row.opcode.toString(16).padStart(3, '0'),
      row.name.padEnd(13),
      row.form.padEnd(12),
      row.unitClass.padEnd(9),
      row.latency.padEnd(9),
      status(row),
    ]
      .join(' ')
      .trimEnd(),
  );
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('text/table.txt');
});

/** Sum of a table's words, then a division, leaving by an exit; every text form once. */
const ROUTINE = `
start: { movi r16,##table ; zx8 r17,r1 }
loop:  { ld32.p r18,[r16] ; add r16,r16,#4 }
       { sub32.c r17,r17,#1 ; add r19,r19,r18 }
       { br.nz loop } commit
       { setmq r63 ; setcc r20,nle }
       { div32 r21,r19,r3 }
       { st32.k [r16],r21,#5 ; getmq r22 ; sel.b r23,r21,r22 ; trapnz r20,9 }
       { alu1: add r24,r1,r2 } commit
       { nop ; shl8.c r25,r26,#1 ; nop } format 0
       { exit 4660 } commit
`;

it.each([
  ['tm5800', tm5800Host],
  ['efficeon', efficeonHost],
] as const)('a routine on the %s', async (name, options) => {
  const isa = new HostIsa(options);
  const text =
    name === 'tm5800' ? ROUTINE : ROUTINE.replace('alu1:', 'ex1:').replace(/.*format 0\n/, '');
  const origin = 0x2000_0000;
  const { words } = assemble(isa, text, { origin, symbols: { table: 0x1234_5678 } });
  const lines: string[] = [];
  for (let at = 0; at < words.length; ) {
    const molecule = decodeMolecule(isa, words, at);
    const pc = origin + 4 * at;
    const count = molecule.lengthBytes / 4;
    const hex = [...words.subarray(at, at + count)].map((w) => w.toString(16).padStart(8, '0'));
    lines.push(
      `${pc.toString(16)}  ${hex.join(' ').padEnd(36)}  ${moleculeText(isa, molecule, pc)}`,
    );
    at += count;
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`text/routine-${name}.txt`);
});

it('compiled meanings', async () => {
  const names = [
    'add',
    'add#',
    'add32.c',
    'adc8.c',
    'inc16.c',
    'shl32.c',
    'rol8.c#',
    'imul32.c',
    'bsf32.c',
    'sel.be',
    'setcc',
    'cmc.c',
  ];
  const sources = names.map((name) => {
    const row = atomNamed(name);
    return row.meaning ? atomSource(row, row.meaning) : '';
  });
  const conditions = Array.from({ length: 16 }, (_, code) => `// ${code}: ${conditionJs(code)}`);
  await expect(`${[...sources, ...conditions].join('\n')}\n`).toMatchFileSnapshot(
    'text/meanings.txt',
  );
});

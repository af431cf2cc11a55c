/** The host assembler: labels, units, formats, constants, and its messages. */
import { describe, expect, it } from 'vitest';
import { type AssembleOptions, AssemblyError, assemble } from '../../../hw/atom/assemble.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import { tm5800Host } from './machines.js';

const isa = new HostIsa(tm5800Host);
const build = (text: string, options?: AssembleOptions) => assemble(isa, text, options);

describe('assembling', () => {
  it('takes the shortest format and the earliest slots', () => {
    const { molecules } = build(`
      { add r16,r1,r2 }
      { add r16,r1,r2 ; add r17,r1,r2 }
      { ld32.u r16,[r1] ; add r17,r1,r2 ; br 0 }
      { shl r16,r1,#3 ; movi r17,##0x12345678 }`);
    expect(molecules.map((m) => m.format)).toEqual([2, 4, 1, 0]);
    expect(molecules[1].slots.map((a) => a?.d)).toEqual([16, 17]);
    expect(molecules[3].slots.map((a) => a?.row.name)).toEqual([
      undefined,
      'shl#',
      'movi',
      undefined,
    ]);
  });

  it('commits only in formats that can', () => {
    const { molecules } = build('{ add r16,r1,r2 } commit');
    expect([molecules[0].format, molecules[0].commit]).toEqual([2, true]);
  });

  it('honours units and formats', () => {
    const { molecules } = build('{ alu1: add r16,r1,r2 }\n{ nop ; add r16,r1,r2 } format 4');
    expect(molecules[0].slots.findIndex((a) => a)).toBe(1);
    expect(molecules[1].slots.findIndex((a) => a)).toBe(1);
  });

  it('counts branches from their molecule, in units of 8 bytes', () => {
    const { molecules, labels } = build(
      `start: { nop }
       { ld32.u r16,[r1] ; add r1,r1,#4 ; br.nz start } // back over 8 bytes
       { br end }
       { brz r16,end }
       end: { exit 7 }`,
      { origin: 0x1000 },
    );
    expect(molecules.map((m) => m.slots.at(-1)?.imm)).toEqual([undefined, -1, 2, 1, 7]);
    expect(labels.get('end')).toBe(0x1000 + 8 + 16 + 8 + 8);
  });

  it('knows constants, labels and sums in literals and numbers', () => {
    const { molecules } = build('here: { movi r16,##table+here+8 } { add r16,r1,#count-1 }', {
      symbols: { table: 0xc0000000, count: 5 },
    });
    expect(molecules[0].literal).toBe(0xc0000008 | 0);
    expect(molecules[1].slots.find((a) => a)?.imm).toBe(4);
  });

  it('reads every kind of operand', () => {
    const { molecules } = build(`
      { ldps16s.k r16,[r17],#3 ; setcc r18,nle }
      { st8.p [r17],r18,#0xff } { st8.p [r17],r18 }
      { chkpage.u r17,##0x5000 } { trapnz r3,12 } { lahf r20 } { imm ##9 ; add r1,r2,r3 }`);
    const first = (i: number) => molecules[i].slots.find((a) => a);
    expect(first(0)).toMatchObject({ d: 16, a: 17, imm: 3 });
    expect(molecules[0].slots[1]).toMatchObject({ d: 18, imm: 15 });
    expect([first(1)?.imm, first(2)?.imm]).toEqual([255, 0]);
    expect(first(3)).toMatchObject({ a: 17, imm: 0x5000 });
    expect(first(4)).toMatchObject({ a: 3, imm: 12 });
    expect(molecules[6].literal).toBe(9);
  });
});

describe('mistakes name their line', () => {
  it.each([
    ['{ nop }\n\n{ frob r1,r2 }', 'line 3: no atom is called frob'],
    ['{ add r1,r2 }', 'line 1: add takes d,a,b'],
    ['{ add r1,r2,r3,r4 }', 'line 1: add takes d,a,b'],
    ['{ add r1,r2,r64 }', 'line 1: r64 is no register'],
    ['{ ld32.u r1,r2 }', 'line 1: r2 is no register in brackets'],
    ['{ add r1,r2,#200 }', 'line 1: add#: #200 is not in -128 to 127'],
    ['{ br there }', 'line 1: there is not defined'],
    ['{ br 4 }', 'line 1: br: 4 is no multiple of 8 bytes away'],
    ['{ brz r1,0x1000000 }', 'line 1: brz: 0x1000000 is too far'],
    ['a: { nop }\na: { nop }', 'line 2: the label a is there twice'],
    [
      '{ shl r16,r1,#1 ; shl r17,r1,#1 }',
      'line 1: no format has slots for shl r16,r1,#1 ; shl r17,r1,#1',
    ],
    ['{ alu2: add r1,r2,r3 }', 'line 1: no unit is called alu2; there are lsu, alu0, alu1, bru'],
    ['{ nop } comit', 'line 1: comit after a molecule: only commit and format N'],
    ['\nadd r1,r2,r3', 'line 2: neither a label nor a molecule in braces: add r1,r2,r3'],
    ['{ movi r1,##1 ; add r2,r3,##2 }', 'line 1: slot 2: add##: the molecule has another literal'],
    ['{ movi r1,5 }', 'line 1: movi: 5 should be written ##number'],
    ['{ add r1,r2,r3 ; add r1,r4,r5 }', 'line 1: two atoms write r1'],
    ['{ nop } format 9', 'line 1: there is no format 9'],
  ])('%s', (text, message) => {
    expect(() => build(text)).toThrow(AssemblyError);
    expect(() => build(text)).toThrow(message);
  });
});

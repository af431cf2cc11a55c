/** Encoding, decoding and text of molecules: round trips on several machines, and what is refused. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { assemble } from '../../../hw/atom/assemble.js';
import { moleculeText } from '../../../hw/atom/disassemble.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import { atomNamed } from '../../../hw/atom/index.js';
import {
  type AtomInstance,
  decodeMolecule,
  encodeAtomWord,
  encodeMolecule,
  HostDecodeError,
  type Molecule,
  replaceAtomWord,
} from '../../../hw/atom/molecule.js';
import { efficeonHost, eightSlotHost, tm5800Host, twoSlotHost } from './machines.js';
import { randomMolecule } from './random-molecule.js';

const machines = { tm5800Host, efficeonHost, twoSlotHost, eightSlotHost };
const tm5800 = new HostIsa(tm5800Host);

describe.each(Object.entries(machines))('%s', (_name, options) => {
  const isa = new HostIsa(options);

  it('decodes what it encodes', () => {
    const rng = new Rng(1);
    const words = new Uint32Array(16);
    for (let i = 0; i < 2000; i++) {
      const molecule = randomMolecule(isa, rng);
      const count = encodeMolecule(isa, molecule, words, 3);
      expect(count * 4).toBe(molecule.lengthBytes);
      expect(decodeMolecule(isa, words, 3)).toEqual(molecule);
    }
  });

  it('assembles what it disassembles, to the same words', () => {
    const rng = new Rng(2);
    const words = new Uint32Array(8);
    for (let i = 0; i < 1500; i++) {
      const molecule = randomMolecule(isa, rng);
      const count = encodeMolecule(isa, molecule, words, 0);
      const origin = 8 * rng.below(1 << 28);
      const text = moleculeText(isa, molecule, origin);
      const again = assemble(isa, text, { origin });
      if (again.words.some((word, k) => word !== words[k]) || again.words.length !== count)
        expect({ text, words: again.words }).toEqual({ text, words: words.slice(0, count) });
    }
  });
});

const atom = (name: string, operands: Partial<Omit<AtomInstance, 'row'>> = {}): AtomInstance => ({
  row: atomNamed(name),
  d: 0,
  a: 0,
  b: 0,
  imm: 0,
  ...operands,
});
/** A molecule of the TM5800 in the format of that number. */
function molecule(
  format: number,
  slots: (AtomInstance | undefined)[],
  rest: Partial<Molecule> = {},
): Molecule {
  const { lengthBytes } = tm5800.formats[format];
  return { format, slots, literal: 0, commit: false, lengthBytes, ...rest };
}
const encode = (m: Molecule): Uint32Array => {
  const words = new Uint32Array(m.slots.length);
  encodeMolecule(tm5800, m, words, 0);
  return words;
};

describe('the fields of a word', () => {
  it('lie where the header says', () => {
    const add = atomNamed('add');
    expect(encodeAtomWord(add, 1, 2, 3, 0, 0)).toBe(add.opcode | (1 << 9) | (2 << 15) | (3 << 21));
    const addi = atomNamed('add#');
    expect(encodeAtomWord(addi, 1, 2, 0, -1, 0)).toBe(
      addi.opcode | (1 << 9) | (2 << 15) | (0xff << 21),
    );
    const store = atomNamed('st32.u');
    expect(encodeAtomWord(store, 0, 2, 3, 0x81, 0)).toBe(
      store.opcode | (1 << 9) | (2 << 15) | (3 << 21) | (2 << 27),
    );
    const br = atomNamed('br');
    expect(encodeAtomWord(br, 0, 0, 0, -1, 1) >>> 0).toBe((br.opcode | 0xdffffe00) >>> 0);
    const brnz = atomNamed('brnz');
    expect(encodeAtomWord(brnz, 0, 5, 0, 0x41, 1)).toBe(
      brnz.opcode | (1 << 9) | (5 << 15) | (1 << 21),
    );
  });

  it('hold the format in slot 0 and the commit in slot 1', () => {
    const words = encode(
      molecule(5, [undefined, atom('exit', { imm: 0x3fffff })], { commit: true }),
    );
    expect(words[0] >>> 29).toBe(5);
    expect((words[1] >>> 29) & 1).toBe(1);
    expect(decodeMolecule(tm5800, words, 0).slots[1]?.imm).toBe(0x3fffff);
  });

  it('of a branch are replaced without touching commit', () => {
    const words = encode(molecule(5, [undefined, atom('exit', { imm: 77 })], { commit: true }));
    words[1] = replaceAtomWord(words[1], atomNamed('br'), { d: 0, a: 0, b: 0, imm: -2048 }, 1);
    const patched = decodeMolecule(tm5800, words, 0);
    expect(patched.commit).toBe(true);
    expect(patched.slots[1]).toEqual(atom('br', { imm: -2048 }));
  });

  it('of a literal reach every atom that uses it', () => {
    const m = molecule(
      0,
      [
        undefined,
        atom('add##', { d: 16, a: 1, imm: -5 }),
        atom('movi', { d: 17, imm: -5 }),
        undefined,
      ],
      { literal: -5 },
    );
    expect(decodeMolecule(tm5800, encode(m), 0)).toEqual(m);
  });

  it('send writes of the zero register to the sink', () => {
    const words = encode(molecule(4, [atom('sub32.c', { d: 63, a: 1, b: 2 }), undefined]));
    expect(decodeMolecule(tm5800, words, 0).slots[0]?.d).toBe(62);
  });
});

describe('what cannot be encoded', () => {
  const add = (d: number): AtomInstance => atom('add', { d, a: 1, b: 2 });
  it.each<[string, Molecule, RegExp]>([
    [
      'the wrong unit',
      molecule(4, [atom('shl', { d: 16 }), undefined]),
      /alu0 does not execute shift/,
    ],
    ['two writers', molecule(4, [add(16), add(16)]), /two atoms write r16/],
    ['two flag writers', molecule(4, [atom('stc.c'), atom('clc.c')]), /write the condition codes/],
    ['no literal', molecule(4, [atom('movi', { d: 16 }), undefined]), /no literal/],
    [
      'another literal',
      molecule(3, [atom('movi', { d: 16, imm: 1 }), undefined], { literal: 2 }),
      /another literal/,
    ],
    ['commit in slot 1', molecule(3, [add(16), undefined], { commit: true }), /cannot commit/],
    [
      'reading the sink',
      molecule(4, [atom('add', { d: 16, a: 62 }), undefined]),
      /r62 cannot be read/,
    ],
    ['no general register', molecule(4, [add(11), undefined]), /r11 cannot be written/],
    ['a tied sink', molecule(4, [atom('selnz', { d: 63 }), undefined]), /both read and written/],
    ['no such format', molecule(0, [undefined, undefined]), /4 slots/],
  ])('%s', (_what, m, message) => {
    expect(() => encode(m)).toThrow(message);
  });

  it('numbers out of range, a branch in slot 0', () => {
    expect(() => encodeAtomWord(atomNamed('add#'), 0, 0, 0, 128, 0)).toThrow(RangeError);
    expect(() => encodeAtomWord(atomNamed('exit'), 0, 0, 0, 1, 0)).toThrow(/slot 0/);
  });

  it('two writes of the sink are none', () => {
    expect(() => encode(molecule(4, [add(62), add(63)]))).not.toThrow();
  });
});

describe('what cannot be decoded', () => {
  const refused = (words: number[], message: RegExp): void => {
    expect(() => decodeMolecule(tm5800, Uint32Array.from(words), 0)).toThrow(HostDecodeError);
    expect(() => decodeMolecule(tm5800, Uint32Array.from(words), 0)).toThrow(message);
  };
  const nop = atomNamed('nop').opcode;

  it('zeros, an unknown opcode or format, the end of the code, stray bits', () => {
    refused([0, 0, 0, 0], /slot 0: exit is a branch/);
    refused([(4 << 29) | 511, nop], /no atom has opcode 511/);
    refused([(7 << 29) | nop, nop], /no molecule format 7/);
    refused([(1 << 29) | nop, nop], /beyond the end/);
    refused([(4 << 29) | nop, nop | (1 << 30)], /bits that nop does not have/);
    refused([(4 << 29) | atomNamed('sx8').opcode | (1 << 21), nop], /bits that sx8 does not have/);
  });
});

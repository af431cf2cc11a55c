/**
 * Self-checking and stylized translations on code that is overwritten: changed bytes are noticed
 * before anything happens, changed immediates and displacements are taken from the code.
 */
import { describe, expect, it } from 'vitest';
import { BOLDEST, type TranslationPolicy } from '../../../cms/policy.js';
import { EAX, EBX, EIP } from '../../../guest-isa/state/layout.js';
import { seededCase } from '../../insn/case.js';
import { ARENA, CODE } from '../../insn/stage-layout.js';
import type { Ending } from './evaluate.js';
import { assembler, LiftStage, straightOn } from './lift-stage.js';

const AT = CODE + 0x100;
/** Where the code lies in the stage's RAM. */
const CODE_IN_RAM = 0xc000;

const stage = new LiftStage();

interface Played {
  readonly ending: Ending;
  readonly found: readonly string[];
  readonly eax: number;
  readonly eip: number;
}

/** Lifts the code, overwrites a byte of it, then executes both. */
function play(
  texts: readonly string[],
  policy: Partial<TranslationPolicy>,
  patch: { readonly at: number; readonly byte: number } | undefined,
  ebx = ARENA + 0x100,
): Played {
  const c = seededCase(3);
  c.eip = AT;
  c.eflags = 2;
  c.registers[EBX] = ebx;
  c.code = texts.flatMap((text) => assembler.assemble(text, 0, true));
  const undo = stage.prepare(c);
  const context = stage.context();
  if (!context || !stage.touch()) throw new Error('no context');
  const region = stage.region(context, texts.length, straightOn, { ...BOLDEST, ...policy });
  if (!region) throw new Error('no region');
  const ir = stage.lift(region);
  if (patch) {
    for (const each of [stage.reference, stage.lifted]) {
      const at = CODE_IN_RAM + 0x100 + patch.at;
      each.cpu.memory.onRamWritten(at, 1);
      each.cpu.code.written(at, 1);
      each.ram[at] = patch.byte;
    }
  }
  const found: string[] = [];
  const ending = stage.run(ir, found);
  const { s } = stage.lifted.cpu;
  const played = { ending, found, eax: s[EAX], eip: s[EIP] };
  undo();
  return played;
}

const CODE_TEXT = ['mov eax, 0x11223344', 'add eax, 0x1', 'inc ecx'];

describe('self-checking', () => {
  it('goes on while nothing changed', () => {
    const { ending, found } = play(CODE_TEXT, { selfCheck: true }, undefined);
    expect(ending.kind).toBe('exit');
    expect(found).toEqual([]);
  });

  it('notices every byte that changes', () => {
    const length = CODE_TEXT.flatMap((text) => assembler.assemble(text, 0, true)).length;
    for (let at = 0; at < length; at++) {
      const { ending, eip } = play(CODE_TEXT, { selfCheck: true }, { at, byte: 0x90 ^ at });
      expect(ending).toEqual({ kind: 'rolledBack', why: 'sourceChanged' });
      expect(eip).toBe(AT);
    }
  });

  it('notices stores of its own to code behind them, and only these', () => {
    const texts = ['mov byte ptr [ebx], 0x41', 'inc ecx'];
    const length = texts.flatMap((text) => assembler.assemble(text, 0, true)).length;
    for (let offset = -2; offset < length + 2; offset++) {
      const { ending } = play(texts, { selfCheck: true }, undefined, AT + offset);
      const inside = offset >= 0 && offset < length;
      expect(ending.kind).toBe(inside ? 'rolledBack' : 'exit');
    }
  });
});

describe('stylized instructions', () => {
  const policy = { selfCheck: true, stylizedAt: new Set([AT]) };

  it('take a changed immediate from the code', () => {
    const { ending, found, eax } = play(CODE_TEXT, policy, { at: 3, byte: 0x99 });
    expect(ending.kind).toBe('exit');
    expect(found).toEqual([]);
    expect(eax).toBe(0x11993345);
  });

  it('take a changed displacement from the code', () => {
    const texts = ['lea eax, [ebx+0x12345678]'];
    const { found, eax } = play(texts, policy, { at: 2, byte: 0x70 }, 0x1000);
    expect(found).toEqual([]);
    expect(eax).toBe(0x12346670);
  });

  it('still notice their other bytes', () => {
    const { ending } = play(CODE_TEXT, policy, { at: 0, byte: 0xb9 });
    expect(ending).toEqual({ kind: 'rolledBack', why: 'sourceChanged' });
  });
});

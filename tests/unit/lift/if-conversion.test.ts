/**
 * If-converted branches: registers, flags and the number of completed instructions come out as if
 * the branch had been taken or not; sides that compute in more than registers are refused.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { irText } from '../../../cms/ir/ir-text.js';
import type { GuestRegion, RegionInstruction } from '../../../cms/region.js';
import { seededCase } from '../../insn/case.js';
import { assembler, LiftStage, lifter, straightOn } from './lift-stage.js';

const PROGRAMS = 400;
const CODE_AT = 0x10000100;

const stage = new LiftStage();

const COMPUTES = [
  'mov eax, ecx',
  'mov dl, ah',
  'mov bx, si',
  'lea edi, [eax+ecx*4+0x10]',
  'movzx ecx, dl',
  'setz al',
  'cmovb esi, edi',
  'bswap edx',
];
const SETS_FLAGS = [
  'inc ecx',
  'add eax, ebx',
  'xor edx, edi',
  'shl edx, cl',
  'imul esi, edi',
  'btc eax, 0x3',
];
/** All flags but the carry. */
const KEEPS_CARRY = ['inc ebx', 'dec cl'];
const OVERWRITES = ['cmp eax, ecx', 'test dl, dl', 'xor ebx, esi', 'neg edi'];
const OTHERS = ['mov ecx, 0x12345678', 'adc eax, ebx', 'sahf', 'cmovnz eax, ecx'];

interface Made {
  readonly bytes: number[];
  /** Instructions of the side, by offset of the branch. */
  readonly sides: ReadonlyMap<number, number>;
}

const bytesOf = (text: string): number[] => assembler.assemble(text, 0, true);

/** Some branches over one to three instructions, with code between them. */
function makeProgram(rng: Rng): Made {
  const bytes: number[] = bytesOf(rng.pick(OVERWRITES));
  const sides = new Map<number, number>();
  for (let i = 0; i < 3; i++) {
    const changes = rng.chance(0.5);
    const side = Array.from({ length: 1 + rng.below(3) }, () =>
      bytesOf(rng.pick(changes ? [...COMPUTES, ...SETS_FLAGS] : COMPUTES)),
    );
    const length = side.flat().length;
    sides.set(bytes.length, side.length);
    // jnc often: behind `xor` it has the carry of its side.
    bytes.push(0x70 | (rng.chance(0.3) ? 3 : rng.below(16)), length, ...side.flat());
    bytes.push(...bytesOf(rng.pick([...OVERWRITES, ...(changes ? KEEPS_CARRY : OTHERS)])));
    if (rng.chance(0.2)) bytes.push(...bytesOf('pushf'));
    // A side exit that is taken now and then.
    if (rng.chance(0.3)) bytes.push(0x70 | rng.below(16), 1, 0x90);
  }
  bytes.push(...bytesOf('mov ebp, 0x0'));
  return { bytes, sides };
}

function convert(region: GuestRegion, made: Made): GuestRegion {
  const instructions: RegionInstruction[] = region.instructions.map((instruction) => ({
    ...instruction,
    ifConverted: made.sides.get(instruction.eip - CODE_AT) ?? 0,
  }));
  return { ...region, instructions };
}

function play(seed: number): string[] {
  const rng = new Rng(seed);
  const c = seededCase(seed);
  c.eip = CODE_AT;
  c.registers[4] = 0x20001000;
  c.eflags &= ~0x40000;
  const made = makeProgram(rng);
  c.code = made.bytes;
  c.run = true;
  const undo = stage.prepare(c);
  const context = stage.context();
  if (!context || !stage.touch()) throw new Error('no context');
  const straight = stage.region(context, 100, straightOn);
  const ir = stage.lift(convert(straight as GuestRegion, made));
  const found: string[] = [];
  const ending = stage.run(ir, found);
  if (ending.kind !== 'exit') found.push(`ended by ${ending.kind}`);
  if (ir.exits.every((exit) => exit.skipped < 0)) found.push('nothing was converted');
  undo();
  return found.length > 0 ? [...found, irText(ir)] : [];
}

describe('if-conversion', () => {
  it('does what the branches do', () => {
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const found = play(seed);
      expect(found.length, `seed ${seed}:\n${found.join('\n')}`).toBe(0);
    }
  });

  it('refuses sides that touch memory, go elsewhere, or leave flags that are seen', () => {
    const c = seededCase(1);
    c.eip = CODE_AT;
    const may = (side: string[], behind: string | undefined): boolean => {
      c.code = [...side, ...(behind === undefined ? [] : [behind])].flatMap(bytesOf);
      const undo = stage.prepare(c);
      stage.touch();
      const insns = [];
      for (let at = CODE_AT; insns.length < side.length + 1; at += insns[insns.length - 1].length) {
        const seen = stage.peek(at);
        if (!seen) throw new Error('nothing to peek at');
        insns.push(seen.insn);
      }
      const behindInsn = behind === undefined ? undefined : insns[side.length];
      const context = stage.context();
      undo();
      if (!context) throw new Error('no context');
      return lifter.mayIfConvert(insns.slice(0, side.length), behindInsn, context);
    };
    expect(may(['mov eax, ecx', 'lea edx, [eax+0x4]'], undefined)).toBe(true);
    expect(may(['inc eax'], 'cmp eax, ecx')).toBe(true);
    expect(may(['inc eax'], 'dec ecx')).toBe(true);
    expect(may(['xor eax, ecx'], 'inc byte ptr [ebx]')).toBe(true);
    expect(may(['inc eax'], 'mov eax, ecx')).toBe(false);
    expect(may(['inc eax'], 'adc eax, ecx')).toBe(false);
    expect(may(['inc eax'], 'shl eax, cl')).toBe(false);
    expect(may(['inc eax'], undefined)).toBe(false);
    expect(may(['mov eax, dword ptr [ebx]'], 'cmp eax, ecx')).toBe(false);
    expect(may(['push eax'], 'cmp eax, ecx')).toBe(false);
    expect(may(['div ecx'], 'cmp eax, ecx')).toBe(false);
    expect(may(['cpuid'], 'cmp eax, ecx')).toBe(false);
    expect(may(['std'], 'cmp eax, ecx')).toBe(false);
    expect(may(['cmc'], 'cmp eax, ecx')).toBe(false);
    expect(may(['rep stosd es:[edi], eax'], 'cmp eax, ecx')).toBe(false);
    expect(may([], 'cmp eax, ecx')).toBe(false);
  });
});

/** Accesses around small limits, where limit and width of the access come close to wrapping. */
import { describe, expect, it } from 'vitest';
import { EBX, FS } from '../../../guest-isa/state/layout.js';
import { seededCase } from '../../insn/case.js';
import { ARENA, CODE } from '../../insn/stage-layout.js';
import { assembler, LiftStage, straightOn } from './lift-stage.js';

/** Present, ring 3, writable data, accessed; 32-bit. */
const ATTRIBUTES = 0x40f3;
const stage = new LiftStage();

/** True if the access was made; checks that the interpreter makes it too, or not. */
function access(text: string, limit: number, offset: number): boolean {
  const c = seededCase(4);
  c.eip = CODE + 0x100;
  c.eflags = 2;
  c.registers[EBX] = offset;
  c.code = assembler.assemble(text, 0, true);
  const undo = stage.prepare(c);
  for (const { cpu } of [stage.reference, stage.lifted])
    cpu.setSegment(FS, 0x17, ARENA, limit, ATTRIBUTES);
  const context = stage.context();
  if (!context || !stage.touch()) throw new Error('no context');
  const region = stage.region(context, 1, straightOn);
  if (!region) throw new Error('no region');
  const found: string[] = [];
  const ending = stage.run(stage.lift(region), found);
  if (ending.kind === 'rolledBack') stage.reference.step();
  const made = stage.running;
  undo();
  expect(found).toEqual([]);
  expect(ending.kind, `${text}, limit ${limit}, offset ${offset}`).toBe(
    made ? 'exit' : 'rolledBack',
  );
  return made;
}

describe('limit checks', () => {
  const texts: readonly (readonly [string, number])[] = [
    ['mov al, byte ptr fs:[ebx]', 1],
    ['mov ax, word ptr fs:[ebx]', 2],
    ['mov eax, dword ptr fs:[ebx]', 4],
    ['add dword ptr fs:[ebx], ecx', 4],
  ];
  for (const [text, bytes] of texts) {
    it(text, () => {
      for (let limit = 0; limit < 6; limit++) {
        for (let offset = -5; offset < 8; offset++) {
          const inside = offset >= 0 && offset + bytes - 1 <= limit;
          expect(access(text, limit, offset)).toBe(inside);
        }
      }
    });
  }
});

/**
 * Lifting, text in and text out: small regions and what they become. The stored texts are accepted
 * with `npx vitest run tests/golden/lift -u` and read in review.
 */
import { describe, expect, it } from 'vitest';
import { checkIr } from '../../../cms/ir/ir-check.js';
import { irText } from '../../../cms/ir/ir-text.js';
import { Lifter } from '../../../cms/lift/lift-region.js';
import type { Insn } from '../../../guest-isa/decode/insn.js';
import { rows } from '../../../guest-isa/insn/index.js';
import { FEATURE_BITS } from '../../../guest-isa/state/identity.js';
import { rowKey } from '../../insn/row-key.js';
import {
  decodeBytes,
  FLAT_CONTEXT,
  KERNEL_CONTEXT,
  REAL_MODE,
  type RegionOptions,
  regionOf,
} from './regions.js';

const lifter = new Lifter(new Set(Object.keys(FEATURE_BITS)));

const CASES: Readonly<Record<string, readonly [readonly string[], RegionOptions?]>> = {
  'arithmetic in registers': [
    ['add eax, ebx', 'inc cl', 'sub ah, 0x3', 'neg dx', 'lea esi, [eax+edi*4-0x8]'],
  ],
  'read, modify, write': [['add dword ptr [ebx+0x10], ecx', 'bts dword ptr [ebx], 0x5']],
  'moves of parts': [['movsx eax, byte ptr [esi]', 'movzx ecx, dh', 'mov bl, al', 'xchg ax, di']],
  'segment with a base, segment with a limit': [
    ['mov eax, dword ptr gs:[0x14]', 'mov cx, word ptr fs:[ebx]', 'mov byte ptr fs:[ebx], dl'],
  ],
  stack: [['push ebp', 'mov ebp, esp', 'pop ecx', 'leave', 'ret 0x8'], { end: 'indirect' }],
  'conditions and branches': [
    ['cmp eax, ecx', 'setl dl', 'cmovb esi, edi', 'jz 0x1020', 'test eax, eax', 'jns 0x1000'],
    { onward: { 3: 0x1020, 5: 0x1000 }, end: 'loop' },
  ],
  'call and return in a trace': [
    ['call 0x2000', 'ret', 'nop'],
    { onward: { 0: 0x2000, 1: 0x1005 } },
  ],
  'computed jump': [['jmp dword ptr [eax*4+0x8000]'], { end: 'indirect' }],
  'multiply and divide': [['mul ecx', 'idiv byte ptr [ebx]', 'imul eax, esi, 0x64']],
  'interpreter in the middle': [['inc eax', 'cpuid', 'dec eax'], { end: 'interpretOnly' }],
  'repeated move': [['cld', 'rep movsd es:[edi], ds:[esi]']],
  'repeated compare': [['repne scasb al, es:[edi]']],
  'real mode': [
    ['mov ax, word ptr [bx+si]', 'push ax', 'call ax'],
    { context: REAL_MODE, end: 'indirect' },
  ],
  'loop in real mode': [
    ['loop 0xfff0', 'jmp 0x10'],
    { context: REAL_MODE, entry: 0xfffa, onward: { 1: 0x10 }, end: 'jump' },
  ],
  'if-conversion': [
    ['cmp eax, 0x0', 'jnz 0x100c', 'mov ecx, 0x1', 'mov dl, al', 'ret'],
    { ifConverted: { 1: 2 }, end: 'indirect' },
  ],
  'pop to memory': [['pop dword ptr [esp+0x4]', 'pop dword ptr [ebx]']],
  'flags at level 0': [
    ['pushf', 'cli', 'inc eax', 'popf', 'sti', 'inc ecx'],
    { context: KERNEL_CONTEXT },
  ],
  'sti in front of an assist, and at the end': [
    ['sti', 'cpuid', 'sti'],
    { context: KERNEL_CONTEXT },
  ],
  'sti in front of an exit': [['sti', 'sti', 'nop'], { context: KERNEL_CONTEXT }],
  'exchange of eight bytes': [['cmpxchg8b qword ptr [ebx]'], { context: KERNEL_CONTEXT }],
  'into another page': [['add eax, 0x12345678', 'inc ecx'], { entry: 0x1ffe }],
  'self-checking, with a store and a stylized immediate': [
    ['add eax, 0x12345678', 'mov dword ptr [ebx], eax'],
    { policy: { selfCheck: true, stylizedAt: new Set([0x1000]) } },
  ],
  'stylized displacement': [
    ['mov eax, dword ptr [ecx+0x12345678]'],
    { policy: { stylizedAt: new Set([0x1000]) } },
  ],
};

describe('lifted regions', () => {
  for (const [name, [texts, options]] of Object.entries(CASES)) {
    it(name, async () => {
      const ir = lifter.liftRegion(regionOf(texts, options));
      checkIr(ir, 'lifting');
      await expect(irText(ir)).toMatchFileSnapshot(`${name.replace(/\W+/g, '-')}.txt`);
    });
  }
});

/** At level 3, and at level 0 where that is another. */
function treatments(insn: Insn): string {
  const [user, kernel] = [FLAT_CONTEXT, KERNEL_CONTEXT].map((mode) => lifter.canLift(insn, mode));
  return user === kernel ? (user as string) : `${user} (level 0: ${kernel})`;
}

describe('what becomes of each row', () => {
  it('is as stored', async () => {
    const lines = rows.flatMap((row) => {
      const { bytes, extension, fixedModrm, hasModrm } = row.opcode;
      const reg = Math.max(extension, 0) << 3;
      const forms = !hasModrm || fixedModrm >= 0 ? [0] : [0x00 | reg, 0xc0 | reg];
      return forms.map((modrm) => {
        const tail = fixedModrm >= 0 ? [fixedModrm] : hasModrm ? [modrm] : [];
        const code = [...bytes, ...tail, 0, 0, 0, 0, 0, 0, 0, 0];
        const insn = decodeBytes(code, true);
        const form = forms.length === 1 ? '' : modrm >= 0xc0 ? ', register' : ', memory';
        return insn.row === row ? `${treatments(insn)}  ${rowKey(row)}${form}` : '';
      });
    });
    await expect(`${lines.filter((l) => l !== '').join('\n')}\n`).toMatchFileSnapshot(
      'treatments.txt',
    );
  });
});

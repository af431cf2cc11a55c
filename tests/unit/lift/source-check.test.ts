/** How much the check of a translation's source takes: words that lie in the source, and short steps between them. */
import { describe, expect, it } from 'vitest';
import { irText } from '../../../cms/ir/ir-text.js';
import { BOLDEST } from '../../../cms/policy.js';
import { BlockFormer } from '../../../cms/profile/block-former.js';
import { FLAT, lifter, rig } from '../profile/rig.js';

/** Loads of the check, as `bytes@address`, and how many masks there are. */
function check(lines: readonly string[], entryEip = 0x1000, stylizedAt: readonly number[] = []) {
  const { parts } = rig(lines);
  const policy = { ...BOLDEST, selfCheck: true, stylizedAt: new Set(stylizedAt) };
  const region = new BlockFormer(parts).form(entryEip, FLAT, policy);
  if (region === undefined) throw new Error('no region');
  const { ops } = lifter.liftRegion(region);
  const end = ops.findIndex(({ op }) => op === 'trap');
  const inCheck = ops.slice(0, end);
  const constants = new Map(ops.flatMap((op) => (op.op === 'const' ? [[op.id, op.value]] : [])));
  const loads = inCheck.flatMap((op) =>
    op.op === 'load' ? [`${op.bytes}@${(constants.get(op.args[0] ?? -1) ?? 0).toString(16)}`] : [],
  );
  expect(
    inCheck.some(({ op }) => op === 'and'),
    irText(lifter.liftRegion(region)),
  ).toBe(false);
  return loads;
}

describe('the check of the source', () => {
  it('loads no bytes but those of the source: the last word overlaps', () => {
    expect(check(['inc eax', 'inc ebx', 'inc ecx', 'jmp 0x1000'])).toEqual(['4@1000', '4@1001']);
    expect(check(['@ 0x1003', 'mov eax, 0x12345678', 'jmp 0x1003'], 0x1003)).toEqual([
      '4@1003',
      '4@1006',
    ]);
    expect(check(['ret'])).toEqual(['1@1000']);
    expect(check(['inc eax', 'jmp 0x1000'])).toEqual(['2@1000', '1@1002']);
  });

  it('leaves out a field that is loaded, and does not cross a page', () => {
    expect(check(['mov eax, 0x12345678', 'jmp 0x1000'], 0x1000, [0x1000])).toEqual([
      '1@1000',
      '2@1005',
    ]);
    expect(check(['@ 0x1ffe', 'mov eax, 0x12345678', 'ret'], 0x1ffe)).toEqual(['2@1ffe', '4@2000']);
  });
});

import { describe, expect, it } from 'vitest';
import { Predictor } from '../../../cms/profile/predictor.js';
import { BranchProfile } from '../../../cms/profile/profile.js';
import { FLAT, type Rig, regionText, rig } from './rig.js';

const predicted = (on: Rig, branches = new BranchProfile(), entries: number[] = []): string =>
  regionText(
    new Predictor(on.parts, branches, (eip) => entries.includes(eip)).predict(0x1000, FLAT),
  );

describe('the predicted path', () => {
  const diamond = ['test eax, eax', 'jz .other', 'inc ebx', 'hlt', 'other:', 'dec ecx', 'hlt'];

  it('follows the way that a branch goes more often', () => {
    const branches = new BranchProfile();
    for (let n = 0; n < 5; n++) branches.note(0x1002, FLAT.id, n !== 0);
    expect(predicted(rig(diamond), branches)).toBe('interpretOnly: test jz dec > 1007');
  });

  it('takes backward branches and passes forward ones where nothing is known', () => {
    expect(predicted(rig(diamond))).toBe('interpretOnly: test jz inc > 1005');
    const loop = rig(['inc eax', 'jz 0x2000', 'dec ecx', 'jnz 0x1000'], { unroll: 2 });
    expect(predicted(loop)).toBe(`loop x2: ${'inc jz dec jnz '.repeat(2)}> 1000`);
  });

  it('goes with a call into the function and back, as a trace; not through other indirect jumps', () => {
    const lines = ['call .f', 'jmp eax', 'f:', 'inc ecx', 'ret'];
    const on = rig(lines);
    expect(predicted(on)).toBe(`call: call > ${on.labels.get('f')?.toString(16)}`);
    expect(predicted({ ...on, parts: { ...on.parts, shape: 'trace' } })).toBe(
      'indirect: call inc ret jmp > 1007',
    );
  });

  it('ends where another superblock begins, and at a page that is not mapped', () => {
    const on = rig(['inc eax', 'jmp 0x2000', '@ 0x2000', 'inc ebx', 'hlt']);
    expect(predicted(on)).toBe('interpretOnly: inc jmp inc > 2001');
    expect(predicted(on, undefined, [0x2000])).toBe('translated: inc jmp > 2000');
    on.board.cpu.flushPage(0x2000);
    expect(predicted(on)).toBe('page: inc jmp > 2000');
  });
});

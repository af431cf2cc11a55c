/** Where the recording of a path ends, on a whole machine: what of it has translations already. */
import { describe, expect, it } from 'vitest';
import { assembleGuest, CODE, Rig, testCms } from './rig.js';

/** Superblocks as `eip of the entry: instructions, end`, of a program in two phases that share `shared`. */
function superblocks(shared: string): { end: string; instructions: number }[] {
  const program = `
    mov ecx, 40
    first:
    mov ebp, @one
    jmp @shared
    one:
    dec ecx
    jnz @first
    mov ecx, 40
    jmp @second
    shared:
    ${shared}
    jmp ebp
    nop
    second:
    mov ebp, @two
    add ebx, 3
    xor ebx, ecx
    jmp @shared
    two:
    dec ecx
    jnz @second
    hlt`;
  const rig = new Rig({ cms: testCms });
  const bytes = assembleGuest(program);
  rig.load(bytes);
  rig.run();
  const golden = new Rig({});
  golden.load(bytes);
  golden.run();
  expect(rig.outcome()).toEqual(golden.outcome());
  // Behind the only `nop`.
  const second = CODE + bytes.lastIndexOf(0x90) + 1;
  return [...(rig.cms?.tcache.translations() ?? [])]
    .filter(({ gear, entryEip }) => gear === 'superblock' && entryEip === second)
    .map(({ region }) => ({ end: region.end, instructions: region.instructions.length }));
}

describe('a path that comes to code that was hot before it', () => {
  it('goes through a superblock, which is copied', () => {
    const straight = superblocks('add eax, ebx\n rol eax, 3\n xor edx, eax');
    expect(straight).toEqual([{ end: 'indirect', instructions: 8 }]);
  });

  it('ends at a loop, which is chained to', () => {
    const loop = superblocks('mov eax, 5\n inner:\n add edx, eax\n dec eax\n jnz @inner');
    expect(loop).toEqual([{ end: 'translated', instructions: 5 }]);
  });
});

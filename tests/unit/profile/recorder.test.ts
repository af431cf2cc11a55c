import { describe, expect, it } from 'vitest';
import { BOLDEST } from '../../../cms/policy.js';
import { BlockFormer } from '../../../cms/profile/block-former.js';
import { Recorder } from '../../../cms/profile/recorder.js';
import { CS, EAX, ECX, EIP } from '../../../guest-isa/state/layout.js';
import { FLAT, interpret, type Rig, record, regionText, rig } from './rig.js';

const nowhere = (): boolean => false;
const recorded = (on: Rig): string => regionText(record(on, new Recorder(on.parts, nowhere)));
const shaped = (on: Rig, shape: Rig['parts']['shape']): Rig => ({
  ...on,
  parts: { ...on.parts, shape },
});

/** Calls a function, adds, goes on through a jump. */
const CALLS = [
  'inc eax',
  'test eax, eax',
  'jz .never',
  'call .f',
  'inc ebx',
  'jmp .on',
  'never:',
  'hlt',
  'f:',
  'inc ecx',
  'ret',
  'on:',
  'inc edx',
  'hlt',
];

describe('the shape', () => {
  it('block ends at the first transfer', () => {
    expect(recorded(shaped(rig(CALLS), 'block'))).toBe('branch: inc test jz > 1005');
  });

  it('superblock follows branches and ends at calls', () => {
    const on = rig(CALLS);
    const f = on.labels.get('f')?.toString(16);
    expect(recorded(on)).toBe(`call: inc test jz call > ${f}`);
    // ... and at returns, and follows jumps.
    expect(recorded(on)).toBe('indirect: inc ret > 100a');
    expect(recorded(on)).toBe(
      `interpretOnly: inc jmp inc > ${((on.labels.get('on') ?? 0) + 1).toString(16)}`,
    );
  });

  it('trace follows calls, returns and indirect jumps', () => {
    const on = shaped(rig(CALLS), 'trace');
    expect(recorded(on)).toMatch(/^interpretOnly: inc test jz call inc ret inc jmp inc > /);
    const jumps = shaped(
      rig(['mov eax, 0x1010', 'jmp eax', '@ 0x1010', 'inc ebx', 'hlt']),
      'trace',
    );
    expect(recorded(jumps)).toBe('interpretOnly: mov jmp inc > 1011');
  });
});

describe('the path', () => {
  it('is the one that was executed', () => {
    const lines = ['test eax, eax', 'jz .other', 'inc ebx', 'hlt', 'other:', 'inc ecx', 'hlt'];
    const on = rig(lines);
    const region = record(on, new Recorder(on.parts, nowhere));
    expect(regionText(region)).toBe('interpretOnly: test jz inc > 1007');
    if (typeof region !== 'object') throw new Error('no region');
    expect(region.instructions[1].nextEip).toBe(on.labels.get('other'));
    expect(region).toMatchObject({ gear: 'superblock', entryEip: 0x1000, policy: BOLDEST });
    const straight = rig(lines);
    straight.board.cpu.s[EAX] = 1;
    expect(recorded(straight)).toBe('interpretOnly: test jz inc > 1005');
  });

  it('ends when it comes back to its start, unrolled as the limits let', () => {
    const loop = ['inc eax', 'push eax', 'jnz 0x1000'];
    expect(recorded(rig(loop))).toBe('loop: inc push jnz > 1000');
    const twice = `${'inc push jnz '.repeat(2)}> 1000`;
    expect(recorded(rig(loop, { unroll: 2 }))).toBe(`loop x2: ${twice}`);
    expect(recorded(rig(loop, { unroll: 4, maxInstructions: 8 }))).toBe(`loop x2: ${twice}`);
    expect(recorded(rig(loop, { unroll: 4, maxBranches: 2 }))).toBe(`loop x2: ${twice}`);
    expect(recorded(rig(loop, { unroll: 4, maxStores: 2 }))).toBe(`loop x2: ${twice}`);
    const once = { unroll: 4, maxInstructions: 3 };
    expect(recorded(rig(loop, once))).toBe('loop: inc push jnz > 1000');
  });

  it('does not go round a loop inside it, nor unroll one that calls the interpreter', () => {
    const inner = ['inc eax', 'inner:', 'inc ebx', 'jnz .inner', 'hlt'];
    expect(recorded(rig(inner, { unroll: 4 }))).toBe('loop: inc inc jnz > 1001');
    const assists = rig(['inc eax', 'fld1', 'jmp 0x1000'], { unroll: 4 });
    expect(recorded(assists)).toBe('loop: inc fld1 jmp > 1000');
  });

  it('counts the branches that it may follow', () => {
    const lines = Array.from({ length: 6 }, () => ['inc eax', 'jz 0x2000']).flat();
    expect(recorded(rig(lines, { maxBranches: 2 }))).toBe(
      'branchLimit: inc jz inc jz inc jz > 1015',
    );
    expect(recorded(rig(lines, { maxBranches: 0 }))).toBe('branchLimit: inc jz > 1007');
  });

  it("ends where a loop's superblock begins, but not where it began itself", () => {
    const on = rig(['inc eax', 'inc ebx', 'inc ecx', 'hlt']);
    const recorder = new Recorder(on.parts, (eip) => eip === 0x1002 || eip === 0x1000);
    expect(regionText(record(on, recorder))).toBe('translated: inc inc > 1002');
  });

  it('ends behind a repeated string instruction, even when that is not through', () => {
    for (const slice of [1, 100]) {
      const on = rig(['inc eax', 'rep stosb es:[edi], al', 'inc ebx']);
      on.board.cpu.s[ECX] = 3;
      const recorder = new Recorder(on.parts, nowhere);
      recorder.begin(0x1000, FLAT);
      interpret(on, recorder);
      expect(regionText(interpret(on, recorder, slice))).toBe('loop: inc stos > 1003');
      expect(on.board.cpu.s[EIP]).toBe(slice === 1 ? 0x1001 : 0x1003);
    }
  });

  it('ends at stores, limits and trouble as a block does', () => {
    const pushes = rig(Array(6).fill('push eax'), { maxStores: 3 });
    expect(recorded(pushes)).toBe('storeLimit: push push push > 1003');
    const many = rig(Array(6).fill('inc eax'), { maxInstructions: 5 });
    expect(recorded(many)).toBe('instructionLimit: inc inc inc inc inc > 1005');
    const recorder = new Recorder(many.parts, nowhere);
    many.board.cpu.s[EIP] = 0x1000;
    recorder.begin(0x1000, FLAT, { ...BOLDEST, interpretAt: new Set([0x1001]) });
    expect(interpret(many, recorder)).toBe('more');
    expect(regionText(interpret(many, recorder))).toBe('policy: inc > 1001');
  });
});

describe('addresses in the upper half', () => {
  it('are unsigned in a region, and met as the processor has them', () => {
    const on = rig(['inc eax', 'jmp 0x1000']);
    on.board.cpu.setSegment(CS, 8, 0x80000000 | 0, -1, 0xc09b);
    on.board.cpu.s[EIP] = 0x80001000 | 0;
    const region = record(on, new Recorder(on.parts, nowhere));
    if (typeof region !== 'object') throw new Error('no region');
    expect(regionText(region)).toBe('loop: inc jmp > 80001000');
    expect(region.entryEip).toBe(0x80001000);
    expect(region.instructions.map((i) => i.eip)).toEqual([0x80001000, 0x80001001]);
    expect(region.instructions.map((i) => i.physical)).toEqual([0x1000, 0x1001]);
    const careful = { ...BOLDEST, interpretAt: new Set([0x80001001 | 0]) };
    const block = new BlockFormer(on.parts).form(0x80001000 | 0, FLAT, careful);
    expect(regionText(block)).toBe('policy: inc > 80001001');
    expect(block?.entryEip).toBe(0x80001000);
  });
});

describe('recording', () => {
  it('gives nothing when the first instruction is not for translations', () => {
    const on = rig(['hlt']);
    const recorder = new Recorder(on.parts, nowhere);
    expect(record(on, recorder)).toBe('nothing');
    expect(recorder.recording).toBe(false);
  });

  it('gives nothing when something came between', () => {
    const on = rig(['inc eax', 'inc ebx', 'inc ecx', 'inc edx']);
    const recorder = new Recorder(on.parts, nowhere);
    recorder.begin(0x1000, FLAT);
    expect(interpret(on, recorder)).toBe('more');
    on.board.cpu.s[EIP] = 0x1002;
    expect(interpret(on, recorder)).toBe('nothing');
    recorder.begin(0x1003, FLAT);
    expect(recorder.recording).toBe(true);
    recorder.abandon();
    expect(interpret(on, recorder)).toBe('nothing');
  });

  it('does not take an instruction that overwrote itself', () => {
    const on = rig(['inc eax', 'mov byte ptr [0x1001], 0x90', 'ret']);
    expect(recorded(on)).toBe('page: inc > 1001');
  });
});

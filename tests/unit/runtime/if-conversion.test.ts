/** Branches that become selects on a whole machine: where their bias comes from, and what it is worth. */
import { describe, expect, it } from 'vitest';
import { codeMorphing, pupa, TestRun, type Values } from '../../system/support/run.js';
import { assembleGuest, Rig, testCms } from './rig.js';

/** A branch that goes either way, over a side whose flags nobody sees but for the carry. */
const hammock = (branch: string, side: string): string => `
    mov ecx, 3000
    mov eax, 0x12345678
    top:
    imul eax, eax, 1103515245
    add eax, 12345
    mov ebx, eax
    shr ebx, 17
    ${branch} @over
    ${side}
    over:
    dec ecx
    setb dl
    add esi, edx
    test ecx, ecx
    jnz @top
    hlt`;

function played(program: string, ifConversion: number): Rig {
  const rig = new Rig({ cms: { ...testCms, region: { ...testCms.region, ifConversion } } });
  rig.load(assembleGuest(program));
  rig.run();
  return rig;
}

const selects = ({ cms }: Rig): number =>
  [...(cms?.tcache.translations() ?? [])].flatMap(({ region }) =>
    region.instructions.filter(({ ifConverted }) => ifConverted > 0),
  ).length;

describe('a branch that goes both ways', () => {
  it.each([
    ['jnb', 'xor esi, 0x55'],
    ['jb', 'xor esi, 0x55'],
    ['jb', 'add esi, eax'],
    ['jnb', 'inc esi'],
  ])('is converted by what its blocks counted: %s over %s', (branch, side) => {
    const program = hammock(branch, side);
    const golden = new Rig({});
    golden.load(assembleGuest(program));
    golden.run();
    const [converted, not] = [played(program, 3), played(program, 0)];
    expect(converted.outcome()).toEqual(golden.outcome());
    expect(not.outcome()).toEqual(golden.outcome());
    expect([selects(converted) > 0, selects(not)]).toEqual([true, 0]);
    expect(converted.clock.now).toBeLessThan(not.clock.now);
  });
});

describe('by default', () => {
  const crc = (more: Values) => {
    const run = new TestRun(pupa('quiet script="crc 5000; exit 0"', { ...codeMorphing, ...more }));
    run.run();
    const answer = run.machine.explain({ top: 1 });
    if (answer.kind !== 'explained') throw new Error('nothing was translated');
    return { cycles: run.machine.cycles, hottest: answer.translations[0] };
  };

  it('the loop of the embedded `crc` is converted, and needs fewer cycles for it', () => {
    const [converted, not] = [crc({}), crc({ 'cms.region.ifConversion': 0 })];
    expect(converted.hottest?.speculation.ifConversions).toBe(4);
    expect(not.hottest?.speculation.ifConversions).toBe(0);
    expect(converted.cycles).toBeLessThan(0.97 * not.cycles);
  });
});

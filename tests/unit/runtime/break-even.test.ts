/**
 * Why blocks are translated at their second execution by default: interpreting an instruction costs
 * about what translating it in the block gear costs.
 */
import { describe, expect, it } from 'vitest';
import { CPI } from '../../../hw/timing/cpi.js';
import { machineSchema } from '../../../sim/config/schema.js';
import { assembleGuest, Rig, testCms } from './rig.js';

const body = Array.from(
  { length: 12 },
  (_, i) => `
    add eax, ${i + 3}
    mov dword ptr [esi+${4 * i}], eax
    xor ebx, eax
    mov edx, dword ptr [esi+${4 * (i >> 1)}]`,
).join('\n');

/** Cycles of a body that is executed so many times, at a threshold of the block gear. */
function cycles(executions: number, blockThreshold: number | null): number {
  const rig = new Rig({ cms: { ...testCms, gears: { ...testCms.gears, blockThreshold } } });
  rig.load(
    assembleGuest(`
    mov esi, 0x40000
    mov ecx, ${executions}
    jmp @top
    top:
    ${body}
    dec ecx
    jnz @top
    hlt`),
  );
  rig.run();
  return rig.clock.now;
}

describe('translating a block', () => {
  it('costs about what interpreting it once costs', () => {
    const ratio = cycles(1, 1) / cycles(1, null);
    expect(ratio).toBeGreaterThan(0.75);
    expect(ratio).toBeLessThan(1.33);
  });

  it('is cheaper than interpreting it a second time, so that waiting longer costs more', () => {
    const [twice, ...later] = [2, 4, 8].map((threshold) => cycles(10, threshold));
    expect(later.every((cost) => cost > twice)).toBe(true);
    expect(machineSchema.parse({}).cms.gears.blockThreshold).toBe(2);
  });

  it('writes its code beside the work on it: hardly any waits are added', () => {
    const only = { ...testCms.gears, blockThreshold: 1, superblockThreshold: null };
    const rig = new Rig({ cms: { ...testCms, gears: only } });
    rig.load(assembleGuest(`mov esi, 0x40000\njmp @top\ntop:\n${body}\nhlt`));
    rig.run();
    const instructions = 12 * 4;
    const { blockPerInstruction, atomsPerMolecule } = testCms.cost;
    const work = (instructions * blockPerInstruction) / atomsPerMolecule;
    const spent = rig.stepper?.cpi[CPI.translateBlock] ?? 0;
    expect(spent).toBeGreaterThan(work);
    expect(spent).toBeLessThan(1.05 * work);
  });
});

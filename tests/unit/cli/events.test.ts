/** `run --events`: what watches a run from another process is told. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../cli/run-events.js';
import { folderWith } from '../config/support.js';
import { chrysalis, powerOff } from './fake.js';

async function events(clockStepMs: number): Promise<RunEvent[]> {
  const rom = join(folderWith({ 'rom.bin': new Uint8Array(16) }), 'rom.bin');
  const steps = [{ at: 1_000_000, end: powerOff }];
  const { stdout } = await chrysalis(['run', '--rom', rom, '--events'], { steps, clockStepMs });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
}

describe('events of a run', () => {
  it('say what is counted, how far it is, and how it ended', async () => {
    const all = await events(1);
    expect(all[0]).toMatchObject({
      event: 'start',
      schema: 'chrysalis/events/1',
      counters: [{ name: 'guest.faults', unit: 'faults', text: 'Faults.' }],
    });
    expect(all.at(-1)).toEqual({
      event: 'end',
      exitCode: 0,
      sentence: 'the guest powered off (ACPI S5)',
    });
    expect(all.at(-2)).toMatchObject({ event: 'progress', instructions: 1_000_000 });
  });

  it('come at the same guest instructions, however fast the computer is', async () => {
    const points = async (clockStepMs: number): Promise<number[]> =>
      (await events(clockStepMs)).flatMap((one) =>
        one.event === 'progress' ? [one.instructions] : [],
      );
    const slow = await points(400);
    expect(slow.slice(0, 2)).toEqual([1000, 1101]);
    for (const point of [10_000, 100_000, 1_000_000]) expect(slow).toContain(point);
    // 24 a decade, and the end.
    expect(await points(0)).toHaveLength(3 * 24 + 2);
    for (const point of await points(0)) expect(slow).toContain(point);
  });
});

/** What is wrong with the points of a sweep is told where the file says it, all of it at once. */
import { describe, expect, it } from 'vitest';
import { chrysalis } from '../cli/fake.js';
import { folderWith } from '../config/support.js';

async function mistakes(text: string, ...options: string[]): Promise<string[]> {
  const folder = folderWith({ 'sweep.yaml': `name: p\n${text}\n` });
  const { stderr, exitCode } = await chrysalis([
    'sweep',
    `${folder}/sweep.yaml`,
    '--dry-run',
    ...options,
  ]);
  expect(exitCode).toBe(3);
  const lines = stderr.trimEnd().split('\n');
  return lines.map((line) => line.replace('chrysalis: ', '').replace(`${folder}/`, ''));
}

const nearNothing = 'must be true or false, found "maybe"';

describe('a mistake of a sweep', () => {
  it.each<[name: string, text: string, said: string[]]>([
    [
      'in values of axes, each once however many points there are',
      'axes:\n  cms.chaining: [true, maybe]\n  host.clockMHz: [fast, 800]',
      [
        expect.stringMatching(/^sweep\.yaml:4:19: axes\.host\.clockMHz\[0\]: must be .*"fast"/),
        `sweep.yaml:3:24: axes.cms.chaining[1]: ${nearNothing}`,
      ],
    ],
    [
      'in the name of a key',
      'axes: {host.clokMHz: [700]}',
      ['sweep.yaml:2:23: axes.host.clokMHz[0]: no such key; did you mean clockMHz?'],
    ],
    [
      'in a range',
      'axes: {host.aliasRegisters: {from: 8, to: 9, step: 1}}',
      ['sweep.yaml:2:8: axes.host.aliasRegisters: must be a whole number from 0 to 8, found 9'],
    ],
    [
      'in a set of changes by name',
      'axes:\n  which:\n    one: {}\n    two: {set: {cms.chaining: maybe}}',
      [`sweep.yaml:5:17: axes.which.two.set.cms.chaining: ${nearNothing}`],
    ],
    [
      'in a workload',
      'workloads: [{name: a, set: {cms.chaining: maybe}}]\naxes: {host.clockMHz: [700, 800]}',
      [`sweep.yaml:2:29: workloads[0].set.cms.chaining: ${nearNothing}`],
    ],
    [
      'in what all points share',
      'set: {cms.chaining: maybe}\naxes: {host.clockMHz: [700, 800]}',
      [`sweep.yaml:2:7: set.cms.chaining: ${nearNothing}`],
    ],
    [
      'inside a section that is a value',
      'set: {cms: {chaining: maybe}}\naxes: {host.clockMHz: [700]}',
      [`sweep.yaml:2:7: set.cms: cms.chaining: ${nearNothing}`],
    ],
    [
      'in a preset, which a point names',
      'base: debain\naxes: {host.clockMHz: [700]}',
      [expect.stringMatching(/^point clockMHz=700: debain: is neither .*did you mean debian\?$/)],
    ],
  ])('%s', async (_, text, said) => {
    expect(await mistakes(text)).toEqual(said);
  });

  it('of the command line is not laid at the door of the file', async () => {
    expect(await mistakes('axes: {cms.chaining: [true]}', '--set', 'cms.chaining=maybe')).toEqual([
      `point chaining=true: --set: cms.chaining: ${nearNothing}`,
    ]);
  });

  it('is one of twenty at most', async () => {
    const values = Array.from({ length: 30 }, (_, i) => 100 + i).join(', ');
    const said = await mistakes(`axes: {host.aliasRegisters: [${values}]}`);
    expect(said).toHaveLength(21);
    expect(said.at(-1)).toBe('and 10 more mistakes');
  });
});

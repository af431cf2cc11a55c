/** The machines and variants that come with the simulator, and machines that cannot work. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { presetNames, presetPath } from '../../../cli/presets.js';
import { resolveConfig } from '../../../sim/config/resolve.js';
import { folderWith, messageOf } from './support.js';

function mistake(yaml: string): string {
  const folder = folderWith({ 'm.yaml': yaml });
  const guest = presetPath('default');
  return messageOf(() => resolveConfig({ file: join(folder, 'm.yaml'), guest }), folder);
}

describe('presets', () => {
  it.each(presetNames())('%s is a machine that can work', (name) => {
    const { config } = resolveConfig({ file: presetPath(name), guest: presetPath('default') });
    expect(config.name).toBe(name);
  });

  it('say what to boot only where nothing else does', () => {
    const over = [presetPath('no-alias')];
    const { config } = resolveConfig({ file: presetPath('debian'), over });
    expect([config.boot.method, config.host.aliasRegisters]).toEqual(['linux', 0]);
  });
});

describe('a machine that cannot work is refused with its place', () => {
  it.each([
    ['no load unit', 'host:\n  units: [{name: a, classes: [alu]}]\n', 'm.yaml:2:3: host.units: '],
    ['few registers', 'host:\n  integerRegisters: 9\n', 'm.yaml:2:3: host.integerRegisters: '],
    ['a line of 48 bytes', 'host:\n  l1d: {lineBytes: 48}\n', 'm.yaml:2:9: host.l1d.lineBytes: '],
    [
      'no store buffer',
      'host:\n  storeBufferEntries: 0\n',
      'm.yaml:2:3: host.storeBufferEntries: ',
    ],
    ['a unit nobody has', 'host:\n  formats: [alu0 fpu]\n', 'm.yaml:2:13: host.formats[0]: '],
    [
      'a return stack that is not there',
      'cms:\n  indirect: {returnPrediction: true}\n',
      'm.yaml:2:14: cms.indirect.returnPrediction: needs a return-target stack: set host.branch.returnStackEntries above 0, or this to false',
    ],
    [
      'a size with its unit',
      'cms:\n  tcache: {sizeKB: 64 KB}\n',
      'm.yaml:2:12: cms.tcache.sizeKB: must be a whole number from 16 to 65536 (KB), found "64 KB"; write the number alone, without unit or quotes',
    ],
  ])('%s', (_name, yaml, message) => {
    expect(mistake(yaml)).toContain(message);
  });
});

/** The configuration of a results folder: runs as it is, and says where its values came from. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { presetNames, presetPath } from '../../../cli/presets.js';
import { resolveConfig } from '../../../sim/config/resolve.js';
import { configText, statedOrigins } from '../../../sim/results/config-text.js';
import { folderWith } from '../config/support.js';

const awkward = 'quiet "x: y" # no comment\n  - \'list\'\ttab \\n é';
const resolved = resolveConfig({
  file: presetPath('default'),
  environment: { CHRYSALIS_host_clockMHz: '700' },
  overrides: [
    { key: 'boot.append', value: awkward, origin: { kind: 'flag', flag: '--append' } },
    {
      key: 'run.input',
      value: [{ text: ' lead\r\n', after: '[#$] ' }],
      origin: { kind: 'flag', flag: '--input' },
    },
    { key: 'cms.gears.superblockThreshold', text: 'null', origin: { kind: 'flag', flag: '--set' } },
  ],
});

function readAgain(text: string): unknown {
  const folder = folderWith({ 'config.yaml': text });
  return resolveConfig({ file: join(folder, 'config.yaml') }).config;
}

describe('the configuration as text', () => {
  it('is read back to the same values, awkward ones too', () => {
    expect(readAgain(configText(resolved))).toEqual(resolved.config);
  });

  it.each(presetNames())('is that of the preset %s', (name) => {
    const preset = resolveConfig({ file: presetPath(name), guest: presetPath('default') });
    expect(readAgain(configText(preset))).toEqual(preset.config);
  });

  it('has the origin of each value behind it', () => {
    const text = configText(resolved);
    expect(text).toMatch(/^ {2}clockMHz: 700 # environment CHRYSALIS_host_clockMHz$/m);
    expect(text).toMatch(/^ {4}superblockThreshold: null # --set$/m);
    expect(text).toMatch(/^ {2}aliasRegisters: 8 # default$/m);
  });

  it('names what was stated', () => {
    const origins = statedOrigins(resolved);
    expect(origins).toMatchObject({
      'host.clockMHz': 'environment CHRYSALIS_host_clockMHz',
      'boot.append': '--append',
      'run.input.0.text': '--input',
    });
    expect(origins).not.toHaveProperty('host.aliasRegisters');
    expect(origins['boot.kernel']).toMatch(/default\.yaml:\d+:\d+$/);
  });
});

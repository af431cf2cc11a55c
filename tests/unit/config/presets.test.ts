/** The presets in configs/ are without mistakes and hold only what differs. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { presetNames, presetPath } from '../../../cli/presets.js';
import { nodeAt } from '../../../sim/config/layer.js';
import { layerOf, resolveConfig } from '../../../sim/config/resolve.js';
import { allKeys } from '../../../sim/config/schema-tree.js';
import { parseConfigText } from '../../../sim/config/yaml-file.js';

const bootsNothing = [
  { key: 'boot.method', text: 'rom', origin: { kind: 'default' } },
  { key: 'boot.rom.image', text: 'x', origin: { kind: 'default' } },
] as const;

describe.each(presetNames())('preset %s', (name) => {
  it('is without mistakes', () => {
    const stated = nodeAt(layerOf({ file: presetPath(name) }), ['boot', 'method']) !== undefined;
    const { config } = resolveConfig({
      file: presetPath(name),
      overrides: stated ? [] : bootsNothing,
    });
    expect(config.name).toBe(name);
  });

  it('states nothing that already is so', () => {
    const file = presetPath(name);
    const own = parseConfigText(readFileSync(file, 'utf8'), file);
    const base = nodeAt(own, ['extends'])?.value;
    const under = layerOf(
      typeof base === 'string' ? { file: presetPath(base.replace('.yaml', '')) } : {},
    );
    const repeated = allKeys().filter(({ key, node }) => {
      const path = key.split('.');
      const stated = nodeAt(own, path)?.value;
      if (stated === undefined || typeof stated === 'object') return false;
      return stated === (nodeAt(under, path)?.value ?? node.default);
    });
    expect(repeated.map(({ key }) => key)).toEqual([]);
  });
});

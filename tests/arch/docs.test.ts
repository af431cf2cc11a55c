/** Generated pages are what their sources say now; `npm run docs` writes them anew. */
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../cli/package-info.js';
import { assumptionsIn, assumptionsPage } from '../../scripts/assumptions.js';
import { configDocs } from '../../sim/config/config-docs.js';
import { allKeys, editorSchema } from '../../sim/config/schema-tree.js';

describe('generated pages', () => {
  it('docs/config.md is current', async () => {
    await expect(configDocs()).toMatchFileSnapshot('../../docs/config.md');
  });

  it('docs/config.schema.json is current', async () => {
    const text = `${JSON.stringify(editorSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../docs/config.schema.json');
  });

  it('docs/assumptions.md is current', async () => {
    await expect(assumptionsPage(packageRoot())).toMatchFileSnapshot('../../docs/assumptions.md');
  });
});

describe('the schema', () => {
  it('has a sentence for every key', () => {
    const silent = allKeys().filter(({ node }) => !/^[^\s].*\.$/.test(node.description ?? ''));
    expect(silent.map(({ key }) => key)).toEqual([]);
  });

  it('has a source mark for every default of the hardware', () => {
    const hardware = allKeys().filter(
      ({ key, node }) => /^(host|cpu)\./.test(key) && node.source === undefined,
    );
    expect(hardware.map(({ key }) => key)).toEqual([]);
  });
});

describe('gathering assumptions', () => {
  it('joins the lines of a comment up to its full stop', () => {
    const source = [
      '/**',
      ' * ASSUMED: the latch holds',
      ' * for a tick. More words.',
      ' */',
      'const a = 1; // ASSUMED: one',
    ].join('\n');
    const texts = assumptionsIn('a.ts', source).map((a) => a.text);
    expect(texts).toEqual(['the latch holds for a tick. More words.', 'one']);
  });

  it('takes no text that is not a comment', () => {
    expect(assumptionsIn('a.ts', "const mark = 'ASSUMED:';")).toEqual([]);
  });
});

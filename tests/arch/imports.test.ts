/** The import table of docs/architecture.md: who may import whom, and no circles. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../cli/package-info.js';
import { sourceFiles } from '../../scripts/assumptions.js';
import { findCycle, importsOf, projectImports } from '../../scripts/import-graph.js';

/** Folder to the path prefixes that its files may import beside their own folder. */
const allowed: Record<string, readonly string[]> = {
  base: [],
  'guest-isa': ['base/'],
  hw: ['base/'],
  // Of the host: its instruction set, its options, and the lists of exits and of CPI slots.
  cms: ['base/', 'guest-isa/', 'hw/atom/', 'hw/options.ts', 'hw/core/exits.ts', 'hw/timing/cpi.ts'],
  sim: ['base/', 'guest-isa/', 'hw/', 'cms/'],
  cli: ['base/', 'sim/'],
};
/** cms may use types of these ports, and nothing that exists at run time. */
const typesOnly: Record<string, readonly string[]> = { cms: ['hw/core/', 'hw/memory/'] };
/** Packages and Node's own modules; everything else runs wherever JavaScript does. */
const packages: Record<string, readonly RegExp[]> = {
  base: [/^zod$/],
  sim: [/^node:/, /^zod$/, /^yaml$/, /^@msgpack\/msgpack$/, /^hyparquet-writer$/],
  cli: [/^node:/, /^commander$/, /^blessed$/],
};

const root = packageRoot();
const files = sourceFiles(root);
const imports = projectImports(root, files);

describe('imports', () => {
  it('sees the project', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(
      imports.some((i) => i.from === 'sim/config/schema.ts' && i.to === 'base/config-schema.ts'),
    ).toBe(true);
  });

  it('follow the table', () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => {
      const folder = from.split('/')[0] as string;
      if (to.startsWith(`${folder}/`)) return false;
      if (!files.includes(to)) return !(packages[folder] ?? []).some((pattern) => pattern.test(to));
      if ((allowed[folder] ?? []).some((prefix) => to.startsWith(prefix))) return false;
      return !(typeOnly && (typesOnly[folder] ?? []).some((prefix) => to.startsWith(prefix)));
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('name files that exist', () => {
    const lost = imports.filter(({ to }) => to.endsWith('.ts') && !files.includes(to));
    expect(lost.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('form no circle', () => {
    expect(findCycle(imports)).toBeUndefined();
  });
});

describe('reading imports', () => {
  it('understands every form', () => {
    const source = [
      "import { a } from './a.js';",
      "import type { B } from '../b/b.js';",
      'import {',
      '  c,',
      "} from './c.js';",
      "export { d } from './d.js';",
      "import 'side-effect';",
      "const e = await import('./e.js');",
    ].join('\n');
    const found = importsOf('x/y.ts', source).map(({ to, typeOnly }) => [to, typeOnly]);
    expect(found).toEqual([
      ['x/a.ts', false],
      ['b/b.ts', true],
      ['x/c.ts', false],
      ['x/d.ts', false],
      ['side-effect', false],
      ['x/e.ts', false],
    ]);
  });

  it('finds a circle, and none where only types go round', () => {
    const edge = (from: string, to: string, typeOnly = false) => ({ from, to, typeOnly });
    expect(findCycle([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')])).toEqual(['b', 'c', 'b']);
    expect(findCycle([edge('a', 'b'), edge('b', 'a', true)])).toBeUndefined();
  });
});

describe('determinism', () => {
  it('no host time and no randomness outside the command line', () => {
    const forbidden =
      /\bMath\.random\b|\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\)|\bprocess\.hrtime\b/;
    const guilty = files.filter((file) => {
      if (file.startsWith('cli/')) return false;
      const code = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      return forbidden.test(code);
    });
    expect(guilty).toEqual([]);
  });
});

/**
 * Text in, text out: for each pass the regions of tests/golden/opt/<pass>/*.in.txt and what the pass
 * makes of them beside it (*.out.txt), as for the whole pipeline. `npx vitest run tests/unit/opt -u` accepts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { IrRegion } from '../../../cms/ir/ir.js';
import { checkIr } from '../../../cms/ir/ir-check.js';
import { irText } from '../../../cms/ir/ir-text.js';
import { optimize } from '../../../cms/opt/pipeline.js';
import { PASS_NAMES, type PassName } from '../../../cms/options.js';
import { parseIr } from './parse-ir.js';

const FOLDER = resolve(import.meta.dirname, '..', '..', 'golden', 'opt');
const only = (names: readonly PassName[]): Record<PassName, boolean> =>
  Object.fromEntries(PASS_NAMES.map((name) => [name, names.includes(name)])) as Record<
    PassName,
    boolean
  >;
const textOf = (ir: IrRegion): string => irText(ir).replace(/ *;.*$/gm, '');

describe.each(['pipeline', ...PASS_NAMES] as const)('%s', (folder) => {
  const passes = only(folder === 'pipeline' ? PASS_NAMES : [folder]);
  const cases = readdirSync(join(FOLDER, folder)).filter((file) => file.endsWith('.in.txt'));

  it.each(cases)('%s', async (file) => {
    const ir = parseIr(readFileSync(join(FOLDER, folder, file), 'utf8'));
    checkIr(ir, 'reading');
    optimize(ir, passes);
    checkIr(ir, folder);
    const out = join(FOLDER, folder, file.replace('.in.txt', '.out.txt'));
    await expect(textOf(ir)).toMatchFileSnapshot(out);
  });
});

it('reads what it prints', () => {
  const text = readFileSync(join(FOLDER, 'pipeline', 'every-operation.in.txt'), 'utf8');
  const printed = textOf(parseIr(text));
  expect(textOf(parseIr(printed))).toBe(printed);
  expect(printed.replace(/\s+/g, ' ').trim()).toBe(
    text.replace(/;.*$/gm, '').replace(/\s+/g, ' ').trim(),
  );
});

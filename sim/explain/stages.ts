/**
 * The intermediate representation of a translation, made once more from the region that is kept: as
 * it was lifted, and behind each pass of the optimizer that changed something. Lifting and the passes
 * depend on nothing but the region and the configuration, so this is what the translation was made from.
 */
import type { IrRegion } from '../../cms/ir/ir.js';
import { irText, opText } from '../../cms/ir/ir-text.js';
import type { Lifter } from '../../cms/lift/lift-region.js';
import { optimize } from '../../cms/opt/pipeline.js';
import type { CmsOptions } from '../../cms/options.js';
import type { GuestRegion } from '../../cms/region.js';
import type { Stage } from './explanation.js';

export interface Stages {
  readonly stages: readonly Stage[];
  /** As the backend got it. */
  readonly ir: IrRegion;
}

/** Text of each operation by its value, and of each exit by its number. */
type Lines = ReadonlyMap<string, string>;

export function stagesOf(
  region: GuestRegion,
  lifter: Lifter,
  passes: CmsOptions['passes'],
): Stages {
  const ir = lifter.liftRegion(region);
  let before = linesOf(ir);
  const stages = [stage('lifted', ir, [])];
  if (region.gear === 'superblock')
    optimize(ir, passes, (pass) => {
      const lines = linesOf(ir);
      const changes = changesBetween(before, lines);
      before = lines;
      if (changes.length > 0) stages.push(stage(pass, ir, changes));
    });
  return { stages, ir };
}

function stage(pass: string, ir: IrRegion, changes: readonly string[]): Stage {
  return { pass, operations: ir.ops.length, ir: irText(ir), changes };
}

function linesOf(ir: IrRegion): Lines {
  const lines = new Map<string, string>();
  for (const op of ir.ops) lines.set(`v${op.id}`, opText(op));
  const texts = irText(ir).trimEnd().split('\n');
  ir.exits.forEach((exit, i) => {
    lines.set(`#${exit.index}`, texts[texts.length - ir.exits.length + i].trim());
  });
  return lines;
}

/** In the order of what was; what is new comes where it stands now, behind. */
function changesBetween(before: Lines, after: Lines): string[] {
  const changes: string[] = [];
  for (const [key, text] of before) {
    const now = after.get(key);
    if (now === text) continue;
    changes.push(`- ${text}`);
    if (now !== undefined) changes.push(`+ ${now}`);
  }
  for (const [key, text] of after) if (!before.has(key)) changes.push(`+ ${text}`);
  return changes;
}

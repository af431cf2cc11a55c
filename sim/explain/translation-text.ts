/** A translation as plain text, for reports of differences: guest code, intermediate representation, molecules. */
import { listing } from '../../cms/backend/listing.js';
import type { CmsOptions } from '../../cms/options.js';
import type { Host } from '../processor.js';
import { stagesOf } from './stages.js';

/** Undefined where no translation lies at the host address. */
export function translationText(
  { isa, software }: Host,
  options: CmsOptions,
  hostPc: number,
): string | undefined {
  const translation = software.tcache.translationAt(hostPc);
  if (translation === undefined) return undefined;
  const { id, gear, region, compiled, startPc } = translation;
  const { stages } = stagesOf(region, software.lifter, options.passes);
  return [
    `#${id}, ${gear}, at host address 0x${startPc.toString(16)}, committed at 0x${hostPc.toString(16)}`,
    `as the backend got it:\n${stages.at(-1)?.ir ?? ''}`,
    `molecules:\n${listing(isa, compiled, startPc)}`,
  ].join('\n');
}

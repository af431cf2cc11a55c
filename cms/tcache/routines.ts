/**
 * The software's routines in host assembly that translated code runs into: the look-up of indirect
 * targets. An indirect exit commits with the guest's target in r9 and branches here; a hit goes to the
 * target's checked entry, a miss leaves with a reserved exit number. Uses r48-r52 only, so that
 * nothing of the guest is touched, condition codes included.
 *
 * The hash of indirect-table.ts, already scaled to lines of 16 bytes, is
 * ((eip << 4) ^ (eip >> HASH_FOLD - 4)) & mask: what the second shift leaves in the low bits is masked out.
 * The host pc is loaded first, so that `brprep` can work while the compares are made.
 */
import { assemble } from '../../hw/atom/assemble.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import { packRoutine } from '../backend/pack-routine.js';
import type { CmsMemoryLayout } from './cms-memory.js';
import { EXIT_INDIRECT_MISS } from './exit-numbers.js';
import { HASH_FOLD, LINE_CONTEXT, LINE_HOST_PC, LINE_SHIFT } from './indirect-table.js';

export interface Routines {
  /** Entry of the look-up; -1 where there is no table. */
  readonly lookupPc: number;
  readonly startPc: number;
  readonly endPc: number;
}

/** Assembles the routines and writes them to the memory of the code morphing software. */
export function installRoutines(
  isa: HostIsa,
  words: Uint32Array,
  layout: Pick<CmsMemoryLayout, 'indirectTable' | 'routines'>,
): Routines {
  const { indirectTable, routines } = layout;
  const tableBytes = indirectTable.end - indirectTable.start;
  const startPc = routines.start;
  if (tableBytes === 0) return { lookupPc: -1, startPc, endPc: startPc };
  const text = packRoutine(isa, lookupLines(indirectTable.start, tableBytes).join('\n'));
  const { words: code } = assemble(isa, text, { origin: startPc });
  words.set(code, startPc >>> 2);
  return { lookupPc: startPc, startPc, endPc: startPc + code.length * 4 };
}

function lookupLines(tableStart: number, tableBytes: number): readonly string[] {
  const mask = tableBytes - (1 << LINE_SHIFT);
  return [
    `shl r48,r9,#${LINE_SHIFT}`,
    `shr r49,r9,#${HASH_FOLD - LINE_SHIFT}`,
    'xor r48,r48,r49',
    `and r48,r48,##${mask}`,
    `add r48,r48,##${tableStart}`,
    `add r49,r48,#${LINE_HOST_PC}`,
    'ld32.p r52,[r49]',
    `add r49,r48,#${LINE_CONTEXT}`,
    'ld32.p r51,[r49]',
    'ld32.p r50,[r48]',
    'brprep r52',
    'xor r51,r51,r56',
    'xor r50,r50,r9',
    'or r50,r50,r51',
    'brnz r50,miss',
    'jr r52',
    'miss:',
    `exit ${EXIT_INDIRECT_MISS}`,
  ];
}

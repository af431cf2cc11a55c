/** The exits of a translation: how often each was taken, and where it leads. */
import type { TranslationRecords } from '../../cms/runtime/translation-records.js';
import type { TcacheEntry, TcacheExit } from '../../cms/tcache/tcache-entry.js';
import { hexAddress } from './addresses.js';
import type { ExitLine } from './explanation.js';

export function exitsOf(translation: TcacheEntry, records: TranslationRecords): ExitLine[] {
  const { compiled } = translation;
  const tallies = records.talliesOf(translation);
  return compiled.exits.map(({ kind, eip }, index) => {
    const retirement = compiled.retirements.findIndex(({ exit }) => exit === index);
    const exit = translation.exits.find((e) => e.index === index && !e.isLanding);
    return {
      index,
      kind,
      eip: eip === -1 ? -1 : eip >>> 0,
      times: retirement < 0 ? (exit?.taken ?? 0) : tallies[retirement].executions,
      instructions: retirement < 0 ? 0 : compiled.retirements[retirement].instructions,
      leadsTo: leadsTo(translation, kind, exit),
    };
  });
}

function leadsTo(
  translation: TcacheEntry,
  kind: ExitLine['kind'],
  exit: TcacheExit | undefined,
): string {
  switch (kind) {
    case 'commit':
      return 'goes on behind';
    case 'assist':
      return 'the interpreter executes one instruction, then goes on behind';
    case 'interpret':
      return 'the interpreter';
    case 'hot':
      return 'the recorder of superblocks';
    default:
      if (translation.state === 'dead' || exit === undefined) return 'nowhere any more';
      return linked(translation, exit);
  }
}

function linked(from: TcacheEntry, exit: TcacheExit): string {
  const ways: string[] = [];
  if (exit.chainedTo) ways.push(`chained to ${place(from, exit.chainedTo)}`);
  if (exit.inlineTo) ways.push(`inline compare to ${place(from, exit.inlineTo)}`);
  if (exit.usesTable) ways.push('the indirect-target table');
  return ways.length > 0 ? ways.join(', else ') : 'not chained: the dispatcher';
}

function place(from: TcacheEntry, to: TcacheEntry): string {
  return from === to ? 'itself' : `${to.gear} ${hexAddress(to.entryEip)}`;
}

/**
 * Cuts a failing case down: the program piece by piece, then the surroundings, the host and the
 * settings of the software towards plain ones. Whatever still fails, in whatever way, is kept.
 */
import { ConfigError } from '../../base/errors.js';
import { Disassembler } from '../../guest-isa/disasm/disassemble.js';
import { rows } from '../../guest-isa/insn/index.js';
import { tm5800Host } from '../unit/atom/machines.js';
import { testCms } from '../unit/runtime/rig.js';
import { Bench } from './bench.js';
import type { Environment } from './environment.js';
import { countItems, type Item, listsOf, withList } from './item.js';
import type { LockstepCase } from './lockstep-case.js';

const PLAIN: Environment = {
  paging: false,
  user: false,
  code16: false,
  stack16: false,
  data: 'flat',
  writeProtect: false,
  interruptCycles: 0,
  dmaCycles: 0,
  dmaAddress: 0,
  start: 0,
  slice: 1_000_000,
  outerLoops: 6,
};

/** Settings that do the least. */
const PLAIN_CMS = {
  ...testCms,
  chaining: false,
  region: { ...testCms.region, unroll: 1, ifConversion: 0, maxBranches: 0 },
  schedule: { reorder: false, loadsOverStores: false, loadsOverBranches: false },
  passes: Object.fromEntries(Object.keys(testCms.passes).map((name) => [name, false])),
  indirect: { tableEntries: 0, inlineTarget: false, returnPrediction: false },
  selfModifying: {
    ...testCms.selfModifying,
    selfChecking: 'never',
    stylized: false,
    groupSize: 0,
    revalidation: false,
  },
};

export interface Reduced {
  readonly case: LockstepCase;
  readonly failure: string;
}

export function reduceCase(found: LockstepCase, most = 1500): Reduced {
  const reducer = new Reducer(most);
  const failure = reducer.failureOf(found);
  if (failure === undefined)
    return { case: found, failure: 'only after other programs on the same machine' };
  let best = found;
  for (;;) {
    const smaller = reducer.smaller(best);
    if (smaller === undefined) break;
    best = smaller;
  }
  return { case: best, failure: reducer.failureOf(best) ?? 'gone' };
}

class Reducer {
  private readonly bench = new Bench();

  constructor(private left: number) {}

  failureOf(c: LockstepCase): string | undefined {
    this.left--;
    try {
      const played = this.bench.check(c);
      return played.failure;
    } catch (thrown) {
      // Too long, or a machine that cannot be.
      if (thrown instanceof RangeError || thrown instanceof ConfigError) return undefined;
      throw thrown;
    }
  }

  private fails(c: LockstepCase): boolean {
    return this.left > 0 && this.failureOf(c) !== undefined;
  }

  /** A case that is a step smaller and still fails. */
  smaller(c: LockstepCase): LockstepCase | undefined {
    for (const items of smallerLists(c.items)) {
      const next = { ...c, items };
      if (this.fails(next)) return next;
    }
    for (const key of ['environment', 'host', 'cms'] as const) {
      const plain = { environment: PLAIN, host: tm5800Host, cms: PLAIN_CMS }[key];
      for (const changed of plainer(c[key], plain)) {
        const next = { ...c, [key]: changed } as LockstepCase;
        if (this.fails(next)) return next;
      }
    }
    return undefined;
  }
}

/** Programs that are a step smaller, most promising first. */
function* smallerLists(items: readonly Item[]): Generator<readonly Item[]> {
  for (let size = items.length >> 1; size >= 1; size >>= 1)
    for (let at = 0; at < items.length; at += size)
      yield [...items.slice(0, at), ...items.slice(at + size)];
  if (items.length === 1) yield [];
  for (const [i, item] of items.entries()) {
    const put = (...replacement: readonly Item[]): readonly Item[] => [
      ...items.slice(0, i),
      ...replacement,
      ...items.slice(i + 1),
    ];
    if (item.kind === 'plain') {
      for (const bytes of smallerBytes(item.bytes)) yield put({ kind: 'plain', bytes });
      continue;
    }
    const lists = listsOf(item);
    for (const list of lists) yield put(...list);
    if (item.kind === 'loop' && item.count > 1) {
      yield put({ ...item, count: 1 });
      yield put({ ...item, count: item.count >> 1 });
    }
    for (const [which, list] of lists.entries())
      for (const smaller of smallerLists(list)) yield put(withList(item, which, smaller));
  }
}

const disassembler = new Disassembler(rows);

/** Without one of its instructions. */
function* smallerBytes(bytes: readonly number[]): Generator<readonly number[]> {
  for (let at = 0; at < bytes.length; ) {
    const length = Math.max(1, disassembler.at(bytes.slice(at, at + 15), 0, true).length);
    if (length < bytes.length) yield [...bytes.slice(0, at), ...bytes.slice(at + length)];
    at += length;
  }
}

type Settings = { readonly [key: string]: unknown };

/** One setting, or one section of settings, as in `plain`. */
function* plainer(settings: object, plain: object): Generator<object> {
  const mine = settings as Settings;
  for (const [key, value] of Object.entries(plain as Settings)) {
    if (JSON.stringify(mine[key]) === JSON.stringify(value)) continue;
    if (key === 'formats') continue;
    if (key === 'units') yield { ...mine, units: value, formats: (plain as Settings).formats };
    else yield { ...mine, [key]: value };
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const inner of plainer(mine[key] as object, value)) yield { ...mine, [key]: inner };
  }
}

/** What a reader wants to know of a reduced case. */
export function caseText(c: LockstepCase, failure: string): string {
  const settings = {
    environment: [...differing(c.environment, PLAIN)],
    host: [...differing(c.host, tm5800Host)],
    cms: [...differing(c.cms, PLAIN_CMS)],
  };
  return `seed ${c.seed}, ${countItems(c.items)} items: ${failure}
${itemsText(c.items, '  ')}  ${Object.entries(settings)
    .map(([name, texts]) => `${name}: ${texts.join(', ')}`)
    .join('\n  ')}`;
}

function* differing(settings: object, plain: object, path = ''): Generator<string> {
  for (const [key, value] of Object.entries(settings)) {
    const other = (plain as Settings)[key];
    if (JSON.stringify(value) === JSON.stringify(other)) continue;
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && other)
      yield* differing(value as object, other as object, `${path}${key}.`);
    else yield `${path}${key}=${JSON.stringify(value)}`;
  }
}

function itemsText(items: readonly Item[], indent: string): string {
  return items
    .map((item) => {
      if (item.kind === 'plain') return plainText(item.bytes, indent);
      const scalars = Object.entries(item).filter(
        ([key, value]) => key !== 'kind' && typeof value !== 'object',
      );
      const head = `${indent}${item.kind} ${scalars.map(([key, value]) => `${key}=${String(value)}`).join(' ')}\n`;
      return (
        head +
        listsOf(item)
          .map((list) => itemsText(list, `${indent}  `))
          .join(`${indent} --\n`)
      );
    })
    .join('');
}

function plainText(bytes: readonly number[], indent: string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { text, length } = disassembler.at(bytes.slice(at, at + 15), at, true);
    lines.push(`${indent}${text}\n`);
    at += Math.max(1, length);
  }
  return lines.join('');
}

/**
 * Cuts a failing program down: drops pieces, halves first, then single ones; puts the body in place
 * of its loop, branch or call; runs loops once. Whatever still fails is kept.
 */
import type { Item } from './program.js';

type Fails = (items: readonly Item[]) => boolean;

export function reduce(items: readonly Item[], fails: Fails): readonly Item[] {
  let best = items;
  for (;;) {
    const smaller = smallerOnes(best).find(fails);
    if (!smaller) return best;
    best = smaller;
  }
}

/** Programs that are a step smaller, most promising first. */
function smallerOnes(items: readonly Item[]): (readonly Item[])[] {
  const list: (readonly Item[])[] = [];
  for (let size = items.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < items.length; at += size) {
      list.push([...items.slice(0, at), ...items.slice(at + size)]);
    }
  }
  items.forEach((item, i) => {
    const with_ = (replacement: readonly Item[]): readonly Item[] => [
      ...items.slice(0, i),
      ...replacement,
      ...items.slice(i + 1),
    ];
    if (item.kind === 'plain') return;
    list.push(with_(item.body));
    if (item.kind === 'loop' && item.count > 1) list.push(with_([{ ...item, count: 1 }]));
    for (const body of smallerOnes(item.body)) list.push(with_([{ ...item, body }]));
  });
  return list;
}

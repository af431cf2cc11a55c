/**
 * Differences of two texts by lines, as hunks without context: the longest common subsequence of
 * lines stays, the rest is replaced.
 */
export interface Hunk {
  /** Number of the first line it replaces, from 1. */
  readonly at: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

export function lineDiff(from: readonly string[], to: readonly string[]): readonly Hunk[] {
  const length = commonLengths(from, to);
  const width = to.length + 1;
  const hunks: Hunk[] = [];
  let i = 0;
  let j = 0;
  while (i < from.length || j < to.length) {
    if (from[i] === to[j]) {
      i++;
      j++;
      continue;
    }
    const at = i + 1;
    const removed: string[] = [];
    const added: string[] = [];
    while ((i < from.length || j < to.length) && from[i] !== to[j]) {
      const takesRemoval = (length[(i + 1) * width + j] ?? 0) >= (length[i * width + j + 1] ?? 0);
      if (j >= to.length || (i < from.length && takesRemoval)) removed.push(from[i++] as string);
      else added.push(to[j++] as string);
    }
    hunks.push({ at, removed, added });
  }
  return hunks;
}

/** Length of the longest common subsequence of the tails that begin at (i, j), row by row. */
function commonLengths(from: readonly string[], to: readonly string[]): Uint16Array {
  const width = to.length + 1;
  const length = new Uint16Array((from.length + 1) * width);
  for (let i = from.length - 1; i >= 0; i--)
    for (let j = to.length - 1; j >= 0; j--)
      length[i * width + j] =
        from[i] === to[j]
          ? (length[(i + 1) * width + j + 1] as number) + 1
          : Math.max(length[(i + 1) * width + j] as number, length[i * width + j + 1] as number);
  return length;
}

export function hunksText(hunks: readonly Hunk[]): string {
  return hunks
    .map(({ at, removed, added }) =>
      [`@@ ${at}`, ...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)]
        .join('\n')
        .concat('\n'),
    )
    .join('');
}

/**
 * Random programs as trees: loops, branches and calls around chunks of instructions. A tree can be
 * assembled at any place and cut down piece by piece (reduce.ts).
 *
 * Conventions: ebx points to data and is never changed; ebp counts loops; esp is a good stack.
 */

import type { FlagUse } from '../../guest-isa/insn/row.js';

export type Item =
  /** One instruction, with those that prepare it. */
  | {
      readonly kind: 'plain';
      readonly bytes: readonly number[];
      readonly text: string;
      readonly flags: FlagUse;
    }
  | { readonly kind: 'loop'; readonly count: number; readonly body: readonly Item[] }
  /** Executed unless the condition holds. */
  | { readonly kind: 'unless'; readonly condition: number; readonly body: readonly Item[] }
  | { readonly kind: 'call'; readonly indirect: boolean; readonly body: readonly Item[] };

const little = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 0xff);

export function assemble(items: readonly Item[]): number[] {
  return items.flatMap(assembleItem);
}

function assembleItem(item: Item): number[] {
  switch (item.kind) {
    case 'plain':
      return [...item.bytes];
    case 'loop':
      return assembleLoop(item.count, assemble(item.body));
    case 'unless': {
      const body = assemble(item.body);
      // jcc rel32 over the body.
      return [0x0f, 0x80 | item.condition, ...little(body.length, 4), ...body];
    }
    case 'call':
      return assembleCall(item.indirect, [...assemble(item.body), 0xc3]);
  }
}

/** push ebp; mov ebp, count; body; dec ebp; jnz body; pop ebp */
function assembleLoop(count: number, body: readonly number[]): number[] {
  const back = -(body.length + 1 + 6);
  return [0x55, 0xbd, ...little(count, 4), ...body, 0x4d, 0x0f, 0x85, ...little(back, 4), 0x5d];
}

/** call sub; jmp behind; sub: body, ret. The indirect form takes the address from the stack: call next; next: pop, add, call eax. */
function assembleCall(indirect: boolean, sub: readonly number[]): number[] {
  const skip = [0xe9, ...little(sub.length, 4)];
  if (!indirect) return [0xe8, ...little(skip.length, 4), ...skip, ...sub];
  const add = [0x05, ...little(1 + 5 + 2 + skip.length, 4)];
  return [0xe8, 0, 0, 0, 0, 0x58, ...add, 0xff, 0xd0, ...skip, ...sub];
}

export function countInstructions(items: readonly Item[]): number {
  return items.reduce(
    (sum, item) => sum + (item.kind === 'plain' ? 1 : 1 + countInstructions(item.body)),
    0,
  );
}

/** Indented listing. */
export function programText(items: readonly Item[], indent = '  '): string {
  return items
    .map((item) => {
      if (item.kind === 'plain') return `${indent}${item.text}\n`;
      const head =
        item.kind === 'loop'
          ? `loop ${item.count}`
          : item.kind === 'unless'
            ? `unless condition ${item.condition}`
            : `call${item.indirect ? ' indirect' : ''}`;
      return `${indent}${head}\n${programText(item.body, `${indent}  `)}`;
    })
    .join('');
}

/**
 * Follows which flags are undefined through a program (a mask, at its start and at its end).
 * Undefined where an instruction would read such a flag.
 */
export function undefinedAtEnd(items: readonly Item[], atStart: number): number | undefined {
  let mask: number | undefined = atStart;
  for (const item of items) {
    if (mask === undefined) return undefined;
    mask = afterItem(item, mask);
  }
  return mask;
}

function afterItem(item: Item, mask: number): number | undefined {
  if (item.kind === 'plain') {
    const { reads, writes, undefined: lost } = item.flags;
    return (reads & mask) !== 0 ? undefined : (mask & ~writes) | lost;
  }
  if (item.kind === 'unless' && mask !== 0) return undefined;
  const once = undefinedAtEnd(item.body, mask);
  if (once === undefined || item.kind === 'call') return once;
  if (item.kind === 'unless') return mask | once;
  // The loop's own dec leaves CF alone.
  return undefinedAtEnd(item.body, mask | once);
}

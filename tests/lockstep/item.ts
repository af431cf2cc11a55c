/**
 * Programs for lockstep runs as trees, like those of the fuzzer of the interpreter (tests/fuzz), with
 * what stresses translation: jump tables, code that is patched, 16-bit code, pages whose mapping
 * changes, faults to be recovered from. A tree can be cut down and put anywhere.
 *
 * Conventions: ebx points to data and is never changed; ebp counts loops; esp is a good stack.
 * `guard` gives a fault inside it a place to go on (guest-handlers.ts).
 */

export type Item =
  /** Instructions for 32-bit code that do not depend on where they are. */
  | { readonly kind: 'plain'; readonly bytes: readonly number[] }
  | { readonly kind: 'loop'; readonly count: number; readonly body: readonly Item[] }
  /** Executed unless the condition holds. */
  | { readonly kind: 'unless'; readonly condition: number; readonly body: readonly Item[] }
  | {
      readonly kind: 'either';
      readonly condition: number;
      readonly body: readonly Item[];
      readonly other: readonly Item[];
    }
  | { readonly kind: 'call'; readonly indirect: boolean; readonly body: readonly Item[] }
  /** Jump through a table by the low bits of a register; the table lies in the code. */
  | {
      readonly kind: 'table';
      readonly register: number;
      readonly bodies: readonly (readonly Item[])[];
    }
  | { readonly kind: 'guard'; readonly body: readonly Item[] }
  /** `op eax, imm32`; before it, `body`, and a change of its immediate or of its opcode. */
  | {
      readonly kind: 'patch';
      readonly change: PatchChange;
      /** Only where the low bits of TICKS-like counter in data agree: a mask, 0: always. */
      readonly mask: number;
      readonly alias: boolean;
      readonly body: readonly Item[];
    }
  /** A word of data in the middle of the code, which `body`'s neighbours change. */
  | { readonly kind: 'dataInCode'; readonly alias: boolean; readonly body: readonly Item[] }
  /** Called as 16-bit code with a segment of its own. */
  | { readonly kind: 'far16'; readonly body: readonly Item[] }
  /** Called at FLIP, where one of two bodies is mapped; afterwards they change places if the bits of TICKS are 0. */
  | {
      readonly kind: 'flip';
      readonly mask: number;
      readonly body: readonly Item[];
      readonly other: readonly Item[];
    };

/** immediate: add to it; register: store edx there; byte: one byte of it; opcode: add or sub; displacement: of a load; jump: a short jump's distance. */
export type PatchChange =
  | 'immediate'
  | 'register'
  | 'byte'
  | 'opcode'
  | 'displacement'
  | 'jump'
  | 'copy';

/** The lists of an item, each to be cut on its own. */
export function listsOf(item: Item): readonly (readonly Item[])[] {
  switch (item.kind) {
    case 'plain':
      return [];
    case 'either':
    case 'flip':
      return [item.body, item.other];
    case 'table':
      return item.bodies;
    default:
      return [item.body];
  }
}

export function withList(item: Item, which: number, list: readonly Item[]): Item {
  switch (item.kind) {
    case 'plain':
      return item;
    case 'either':
    case 'flip':
      return which === 0 ? { ...item, body: list } : { ...item, other: list };
    case 'table':
      return { ...item, bodies: item.bodies.map((body, i) => (i === which ? list : body)) };
    default:
      return { ...item, body: list };
  }
}

export function countItems(items: readonly Item[]): number {
  let sum = 0;
  for (const item of items) {
    sum++;
    for (const list of listsOf(item)) sum += countItems(list);
  }
  return sum;
}

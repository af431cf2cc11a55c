/**
 * Numbers of the tests and operations in records: what cold code switches on. An atom with a meaning has a
 * number of its own; the others stand by kind and width.
 */

import type { AtomRow } from '../../../atom/atom.js';
import { atoms } from '../../../atom/index.js';
import type { AtomMeaning } from '../../../atom/meaning.js';
import { OP, type Op } from '../../step/step-molecule.js';

const CONDITIONS = Array.from({ length: 16 }, (_, code) => code);
/** Widths in bytes and signedness of loads. */
export const LOADS = [
  { bytes: 1, signed: false },
  { bytes: 1, signed: true },
  { bytes: 2, signed: false },
  { bytes: 2, signed: true },
  { bytes: 4, signed: false },
] as const;
export const STORES: readonly number[] = [1, 2, 4];
const DIVISIONS = [1, 2, 4].flatMap((bytes) => [false, true].map((signed) => ({ bytes, signed })));

export type ActionKind =
  | { readonly is: 'checkPage' | 'branch' | 'branchNonZero' | 'branchZero' }
  | { readonly is: 'jumpRegister' | 'prepare' | 'returnPush' | 'returnPop' }
  | { readonly is: 'compute'; readonly row: AtomRow; readonly meaning: AtomMeaning }
  | { readonly is: 'branchCondition'; readonly code: number }
  | { readonly is: 'divide'; readonly bytes: number; readonly signed: boolean }
  | {
      readonly is: 'load';
      readonly bytes: number;
      readonly signed: boolean;
      /** guest: by a linear address; recorded: and in an alias register. */
      readonly access: 'physical' | 'guest' | 'recorded';
    }
  | { readonly is: 'store'; readonly bytes: number; readonly access: 'physical' | 'guest' };

export type TestKind =
  | { readonly is: 'latch' | 'load' | 'store' | 'physical' | 'checkPage' | 'refuse' }
  | { readonly is: 'trapNonZero' | 'trapZero' }
  | { readonly is: 'trapCondition'; readonly code: number }
  | { readonly is: 'divide'; readonly bytes: number; readonly signed: boolean };

export const ACTIONS: readonly ActionKind[] = [
  { is: 'checkPage' },
  { is: 'branch' },
  { is: 'branchNonZero' },
  { is: 'branchZero' },
  { is: 'jumpRegister' },
  { is: 'prepare' },
  { is: 'returnPush' },
  { is: 'returnPop' },
  ...CONDITIONS.map((code) => ({ is: 'branchCondition', code }) as const),
  ...DIVISIONS.map((division) => ({ is: 'divide', ...division }) as const),
  ...(['physical', 'guest', 'recorded'] as const).flatMap((access) =>
    LOADS.map((load) => ({ is: 'load', access, ...load }) as const),
  ),
  ...(['physical', 'guest'] as const).flatMap((access) =>
    STORES.map((bytes) => ({ is: 'store', access, bytes }) as const),
  ),
  ...atoms.flatMap((row) =>
    row.meaning ? [{ is: 'compute', row, meaning: row.meaning } as const] : [],
  ),
];

export const TESTS: readonly TestKind[] = [
  { is: 'latch' },
  { is: 'load' },
  { is: 'store' },
  { is: 'physical' },
  { is: 'checkPage' },
  { is: 'refuse' },
  { is: 'trapNonZero' },
  { is: 'trapZero' },
  ...CONDITIONS.map((code) => ({ is: 'trapCondition', code }) as const),
  ...DIVISIONS.map((division) => ({ is: 'divide', ...division }) as const),
];

const actionNumber = (fits: (kind: ActionKind) => boolean): number => ACTIONS.findIndex(fits);
const testNumber = (fits: (kind: TestKind) => boolean): number => TESTS.findIndex(fits);

/** Numbers by what they stand for, worked out once. */
const COMPUTE = new Int16Array(atoms.length).fill(-1);
ACTIONS.forEach((kind, i) => {
  if (kind.is === 'compute') COMPUTE[kind.row.opcode] = i;
});

const SIMPLE = ['checkPage', 'branch', 'branchNonZero', 'branchZero'] as const;
const JUMPS = ['jumpRegister', 'prepare', 'returnPush', 'returnPop'] as const;
const BY_KIND = new Map<number, number>(
  [...SIMPLE, ...JUMPS].map((name) => [OP[name], actionNumber(({ is }) => is === name)]),
);
const FIRST_CONDITION = actionNumber(({ is }) => is === 'branchCondition');
const FIRST_DIVISION = actionNumber(({ is }) => is === 'divide');
const FIRST_LOAD = actionNumber(({ is }) => is === 'load');
const FIRST_STORE = actionNumber(({ is }) => is === 'store');

const loadOffset = ({ bytes, signed }: Op): number =>
  LOADS.findIndex((load) => load.bytes === bytes && (load.signed === signed || bytes === 4));
const divisionOffset = ({ bytes, signed }: Op): number =>
  DIVISIONS.findIndex((d) => d.bytes === bytes && d.signed === signed);

/** The action of an operation; -1: it does nothing once its tests have passed. */
export function actionOf(op: Op): number {
  switch (op.kind) {
    case OP.compute:
      return op.row === undefined ? -1 : COMPUTE[op.row.opcode];
    case OP.load:
      return FIRST_LOAD + (op.isProtected ? 2 : 1) * LOADS.length + loadOffset(op);
    case OP.loadPhysical:
      return FIRST_LOAD + loadOffset(op);
    case OP.store:
      return FIRST_STORE + STORES.length + STORES.indexOf(op.bytes);
    case OP.storePhysical:
      return FIRST_STORE + STORES.indexOf(op.bytes);
    case OP.branchCondition:
      return FIRST_CONDITION + op.code;
    case OP.divide:
      return FIRST_DIVISION + divisionOffset(op);
    default:
      return BY_KIND.get(op.kind) ?? -1;
  }
}

export const TEST_REFUSE = testNumber(({ is }) => is === 'refuse');
const TEST_BY_KIND = new Map<number, number>([
  [OP.latch, testNumber(({ is }) => is === 'latch')],
  [OP.load, testNumber(({ is }) => is === 'load')],
  [OP.store, testNumber(({ is }) => is === 'store')],
  [OP.loadPhysical, testNumber(({ is }) => is === 'physical')],
  [OP.storePhysical, testNumber(({ is }) => is === 'physical')],
  [OP.checkPage, testNumber(({ is }) => is === 'checkPage')],
  [OP.trap, TEST_REFUSE],
  [OP.trapNonZero, testNumber(({ is }) => is === 'trapNonZero')],
  [OP.trapZero, testNumber(({ is }) => is === 'trapZero')],
]);
const FIRST_TRAP = testNumber(({ is }) => is === 'trapCondition');
const FIRST_TESTED_DIVISION = testNumber(({ is }) => is === 'divide');

/** The test of an operation; -1: it needs none. */
export function testOf(op: Op): number {
  if (op.kind === OP.trapCondition) return FIRST_TRAP + op.code;
  if (op.kind === OP.divide) return FIRST_TESTED_DIVISION + divisionOffset(op);
  return TEST_BY_KIND.get(op.kind) ?? -1;
}

/** What the rule of restart.test.ts does not hold for, and why. */

/**
 * Mnemonics that store in several places; what was stored before the fault may stay, since the
 * instruction writes the same again (SDM vol. 3, 6.6: restart of instructions; vol. 2, ENTER and PUSHA).
 */
export const PARTIAL_STORES: ReadonlySet<string> = new Set(['pusha', 'enter']);

/** Rows with a memory operand for which nothing can be tried here, and why. */
export const NOT_TRIED: ReadonlyMap<string, string> = new Map([
  ...['0f 01 /7 M', '0f 01 /2 Ms', '0f 01 /3 Ms', '0f 00 /2 Ew', '0f 01 /6 Ew', '0f 00 /3 Ew'].map(
    (form, i): [string, string] => [
      `${['invlpg', 'lgdt', 'lidt', 'lldt', 'lmsw', 'ltr'][i]} ${form}`,
      'not for user programs: tests/system',
    ],
  ),
  ['lea 8d /r Gv,M', 'computes an address, accesses nothing'],
  ...['18', '19', '1a', '1b', '1c', '1d', '1e', '1f'].map((byte): [string, string] => [
    `nop 0f ${byte} /r Ev`,
    'accesses nothing',
  ]),
]);

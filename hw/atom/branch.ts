/**
 * Rows of the branch unit: direct branches (always, on an x86 condition, on a register), indirect ones
 * with preparation and the return-target stack, and the atoms that leave to the code morphing software:
 * `exit` and `assist` with a number, `trap` (rolls back when its condition holds).
 */
import { CONDITIONS } from './condition.js';
import { type AtomDraft, effectRow } from './define.js';

/** `op` and `op.o` .. `op.nle`. */
function conditional(name: string, kind: 'branch' | 'trap'): readonly AtomDraft[] {
  const form = kind === 'branch' ? 'disp22' : 'n22';
  return [
    effectRow(name, form, 'branch', { kind, condition: 'always' }),
    ...CONDITIONS.map((suffix, condition) =>
      effectRow(`${name}.${suffix}`, form, 'branch', { kind, condition }, { readsFlags: true }),
    ),
  ];
}

export const BRANCH_ROWS: readonly AtomDraft[] = [
  effectRow('exit', 'n22', 'branch', { kind: 'exit' }),
  effectRow('assist', 'n22', 'branch', { kind: 'assist' }),
  ...conditional('br', 'branch'),
  effectRow('brnz', 'a,disp14', 'branch', { kind: 'branch', condition: 'nonZero' }),
  effectRow('brz', 'a,disp14', 'branch', { kind: 'branch', condition: 'zero' }),
  effectRow('jr', 'a', 'branch', { kind: 'jumpRegister' }),
  effectRow('brprep', 'a', 'branch', { kind: 'prepare' }),
  effectRow('rspush', 'a,disp14', 'branch', { kind: 'returnPush' }),
  effectRow('rspop', 'a', 'branch', { kind: 'returnPop' }),
  ...conditional('trap', 'trap'),
  effectRow('trapnz', 'a,n14', 'branch', { kind: 'trap', condition: 'nonZero' }),
  effectRow('trapz', 'a,n14', 'branch', { kind: 'trap', condition: 'zero' }),
];

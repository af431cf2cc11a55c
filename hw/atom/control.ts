/** Rows that any unit executes: `nop`, which fills the slots that a molecule does not use. */
import { type AtomDraft, effectRow } from './define.js';

export const CONTROL_ROWS: readonly AtomDraft[] = [
  effectRow('nop', '', 'control', { kind: 'nop' }),
];

/**
 * Cycles of a routine of the code morphing software that runs straight from its first molecule to its
 * last when everything hits the caches: issue and operand waits (backend/static-cycles.ts), what is
 * still outstanding at the end waited for, and what its last branch costs. Agrees with the stepper;
 * a test compares them.
 */
import type { HostIsa } from '../../hw/atom/host-isa.js';
import type { Molecule } from '../../hw/atom/molecule.js';
import { StaticClock } from '../backend/static-cycles.js';

export function straightCycles(isa: HostIsa, molecules: readonly Molecule[]): number {
  const clock = new StaticClock(isa);
  /** When the last branch target was prepared. */
  let preparedAt = Infinity;
  let issuedAt = 0;
  for (const molecule of molecules) {
    issuedAt = clock.issue(molecule);
    if (molecule.slots.some((atom) => atom?.row.effect?.kind === 'prepare')) preparedAt = issuedAt;
  }
  const last = molecules[molecules.length - 1];
  const branch = last ? branchCycles(isa, last, issuedAt - preparedAt) : 0;
  return Math.max(clock.now + branch, clock.settled);
}

/** Further cycles of a branch that is taken (conditional ones are not). */
function branchCycles(isa: HostIsa, { slots }: Molecule, sincePrepared: number): number {
  const { takenCycles, indirectCycles, preparedCycles } = isa.options.branch;
  for (const atom of slots) {
    const effect = atom?.row.effect;
    if (effect?.kind === 'exit') return takenCycles;
    if (effect?.kind === 'branch' && effect.condition === 'always') return takenCycles;
    if (effect?.kind === 'jumpRegister')
      return sincePrepared >= indirectCycles ? preparedCycles : indirectCycles;
  }
  return 0;
}

/**
 * Fetches molecules through L1I: a line that is not there is waited for (docs/timing-model.md, "Fetch").
 */
import { CPI } from '../../timing/cpi.js';
import { type CycleAccount, FETCHED_LINE } from '../../timing/cycle-account.js';
import type { MemoryHierarchy } from '../../timing/memory-hierarchy.js';
import type { StepMolecule } from './step-molecule.js';

/** The lines that a molecule lies in; the first is there already if the molecule before ended in it. */
export function fetchMolecule(
  { firstLine, lastLine }: StepMolecule,
  hierarchy: MemoryHierarchy,
  account: CycleAccount,
): void {
  if (firstLine !== account.cells[FETCHED_LINE]) fetchLine(firstLine, hierarchy, account);
  if (lastLine !== firstLine) fetchLine(lastLine, hierarchy, account);
  account.cells[FETCHED_LINE] = lastLine;
}

function fetchLine(line: number, hierarchy: MemoryHierarchy, account: CycleAccount): void {
  const waited = hierarchy.fetchLine(line);
  if (waited > 0) account.stall(CPI.l1i, waited);
}

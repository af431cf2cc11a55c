/** The rows of the system groups together, for tests that look one up. */
import { systemRows } from '../../../guest-isa/insn/system-control.js';
import { flagRows } from '../../../guest-isa/insn/system-flags.js';
import { portRows } from '../../../guest-isa/insn/system-port.js';
import { segmentRows } from '../../../guest-isa/insn/system-segment.js';
import { transferRows } from '../../../guest-isa/insn/system-transfer.js';

export const controlSystemRows = [
  ...segmentRows,
  ...transferRows,
  ...systemRows,
  ...flagRows,
  ...portRows,
];

/** Writes a machine to a snapshot file; its size in bytes. */
import type { MachineConfig } from '../sim/config/schema.js';
import type { MachineHandle } from '../sim/machine-api.js';
import { writeSnapshot } from '../sim/snapshot/snapshot-file.js';

export function saveMachine(machine: MachineHandle, path: string, config: MachineConfig): number {
  const info = {
    instructions: machine.instructions,
    cycles: machine.cycles,
    stateHash: machine.stateHash(),
  };
  return writeSnapshot(path, config, info, machine.save());
}

/** A machine continues from a snapshot file, or the user learns why it cannot. */
import { GuestLoadError } from '../base/errors.js';
import type { MachineConfig } from '../sim/config/schema.js';
import type { MachineHandle } from '../sim/machine-api.js';
import { readSnapshot } from '../sim/snapshot/snapshot-file.js';

export function restoreSnapshot(machine: MachineHandle, path: string, config: MachineConfig): void {
  const { state, info } = readSnapshot(path, config);
  const another = 'it was saved by another version, save it again';
  try {
    machine.restore(state);
  } catch (error) {
    if (error instanceof GuestLoadError) throw new GuestLoadError(`${path}: ${error.message}`);
    // What the machine trips over is not what it saves itself.
    const reason = (error as Error).message;
    throw new GuestLoadError(`${path}: the snapshot cannot be restored (${reason}); ${another}`);
  }
  if (machine.stateHash() === info.stateHash) return;
  throw new GuestLoadError(`${path}: the restored machine differs from the saved one; ${another}`);
}

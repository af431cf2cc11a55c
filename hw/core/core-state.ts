/**
 * What a commit makes permanent and a rollback takes back: shadowed registers and stores. The shadow
 * registers are words of the guest's state block, so a commit publishes them to the interpreter.
 * Temporaries have no shadows: they keep their values across both.
 */
import { SimulatorBug } from '../../base/errors.js';
import { CC_CARRY, CC_RESULT, R_EIP, R_SYSTEM_FLAGS } from '../atom/registers.js';
import type { LinearMemory } from '../memory/layout.js';
import type { HostOptions } from '../options.js';
import { AliasRegisters } from './alias-registers.js';
import { type CoreArea, coreArea } from './core-area.js';
import { RetireTable } from './retire-table.js';
import { ReturnStack } from './return-stack.js';
import { UndoLog } from './undo-log.js';

export class CoreState {
  readonly area: CoreArea;
  readonly working: Int32Array;
  readonly undo: UndoLog;
  readonly alias: AliasRegisters;
  readonly returns: ReturnStack;
  readonly retires: RetireTable;
  private readonly shadow: Int32Array;

  constructor(
    readonly memory: LinearMemory,
    options: HostOptions,
  ) {
    this.area = coreArea(memory);
    this.working = this.area.working;
    this.shadow = memory.state;
    this.undo = new UndoLog(memory, this.area, options.storeBufferEntries);
    this.alias = new AliasRegisters(this.area);
    this.returns = new ReturnStack(this.area, options.branch.returnStackEntries);
    this.retires = new RetireTable(memory, this.working);
  }

  /** Takes the guest's registers over from the state block. */
  enter(): void {
    if (this.undo.count !== 0)
      throw new SimulatorBug('entered with stores that were not committed');
    copyShadowed(this.shadow, this.working);
  }

  commit(): void {
    copyShadowed(this.working, this.shadow);
    this.undo.clear();
    this.alias.clear();
  }

  rollBack(): void {
    this.undo.unwind();
    copyShadowed(this.shadow, this.working);
    this.alias.clear();
  }
}

/** The registers of `SHADOWED` (registers.ts), written out: this runs at every commit. */
function copyShadowed(from: Int32Array, to: Int32Array): void {
  to[0] = from[0];
  to[1] = from[1];
  to[2] = from[2];
  to[3] = from[3];
  to[4] = from[4];
  to[5] = from[5];
  to[6] = from[6];
  to[7] = from[7];
  to[R_EIP] = from[R_EIP];
  to[CC_RESULT] = from[CC_RESULT];
  to[CC_CARRY] = from[CC_CARRY];
  to[R_SYSTEM_FLAGS] = from[R_SYSTEM_FLAGS];
}

/**
 * The golden twin's processor: the interpreter's, but every write to RAM is noted by its place (the
 * fast path for stores stays closed), those of page walks and of the processor's own tables included.
 */
import { Cpu } from '../../guest-isa/interp/cpu.js';

type Width = 1 | 2 | 4;

export class RecordingCpu extends Cpu {
  /** Physical address and size of each write since `forgetWrites`, in pairs. */
  private writes = new Uint32Array(256);
  private length = 0;

  override accessRightsChanged(): void {
    super.accessRightsChanged();
    this.writeMask = 0;
  }

  override physicalWrite32(address: number, value: number): void {
    this.record(address, 4);
    super.physicalWrite32(address, value);
  }

  protected override writeAt(physical: number, linear: number, value: number, width: Width): void {
    this.record(physical, width);
    super.writeAt(physical, linear, value, width);
  }

  forgetWrites(): void {
    this.length = 0;
  }

  /** First byte written since `forgetWrites` where two RAMs differ, or -1. */
  firstDifference(ours: Uint8Array, theirs: Uint8Array): number {
    const { writes } = this;
    for (let i = 0; i < this.length; i += 2) {
      const end = writes[i] + writes[i + 1];
      for (let at = writes[i]; at < end; at++) if (ours[at] !== theirs[at]) return at;
    }
    return -1;
  }

  private record(physical: number, sizeBytes: number): void {
    if (this.length === this.writes.length) {
      const wider = new Uint32Array(2 * this.writes.length);
      wider.set(this.writes);
      this.writes = wider;
    }
    this.writes[this.length++] = physical;
    this.writes[this.length++] = sizeBytes;
  }
}

/**
 * The bench of the system tests with a run loop on it: code bytes in RAM, an interrupt table whose
 * handlers the test writes, an INTR pin that it drives.
 */
import { rows } from '../../../guest-isa/insn/index.js';
import { Fetch } from '../../../guest-isa/interp/fetch.js';
import { RunLoop } from '../../../guest-isa/interp/run-loop.js';
import { AT, Bench, SEL } from '../system/bench.js';

/** Access bytes of 32-bit gates of level 0. */
export const INTERRUPT_GATE = 0x8e;
export const TRAP_GATE = 0x8f;

export class RunBench extends Bench {
  readonly fetch = new Fetch(this.cpu, rows);
  readonly loop = new RunLoop(this.cpu, this.fetch);

  /** Level of the INTR pin. */
  set intr(level: boolean) {
    (this.cpu.interrupts as { intr: boolean }).intr = level;
    if (level) this.clock.endSlice();
  }

  code(at: number, bytes: readonly number[]): void {
    this.memory.onRamWritten(at, bytes.length);
    this.memory.ram.set(bytes, at);
  }

  handler(vector: number, at: number, bytes: readonly number[], gate = INTERRUPT_GATE): void {
    this.idt(vector, SEL.code0, at, gate);
    this.code(at, bytes);
  }

  /** Runs for some cycles, cut into slices as asked. */
  pass(cycles: number, slice = cycles): void {
    const end = this.clock.now + cycles;
    while (this.clock.now < end) this.loop.run(Math.min(end, this.clock.now + slice));
  }
}

export { AT, SEL };

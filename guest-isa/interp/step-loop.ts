/**
 * The interpreter's inner loop: fetch, account, execute, until the slice's time is used up.
 * One instruction costs one cycle; repeated string instructions one for each iteration.
 */
import type { Insn } from '../decode/insn.js';
import type { GuestFault } from '../state/exceptions.js';
import { EIP, HALTED, MID_REPEAT, REMAINING, START_EIP } from '../state/layout.js';
import type { Cpu } from './cpu.js';
import type { Fetch } from './fetch.js';

export class StepLoop {
  constructor(
    private readonly cpu: Cpu,
    private readonly fetch: Fetch,
    /** Delivers a fault of the instruction at START_EIP (double and triple faults included). */
    private readonly deliver: (cpu: Cpu, fault: GuestFault) => void,
  ) {}

  /** Runs until REMAINING is used up or the processor is halted. */
  run(): void {
    const { cpu } = this;
    for (;;) {
      try {
        this.loop();
        return;
      } catch (thrown) {
        if (thrown !== cpu.fault) throw thrown;
        this.deliver(cpu, cpu.fault);
        if (cpu.s[HALTED] !== 0) return;
      }
    }
  }

  /** Does the processor stand between two iterations of a repeated string instruction? */
  get midRepeat(): boolean {
    const { s } = this.cpu;
    return s[MID_REPEAT] !== 0 && s[EIP] === s[START_EIP];
  }

  /** Runs one instruction (or some iterations of one). Undefined if it faulted; the fault is delivered then. */
  single(): Insn | undefined {
    const { cpu } = this;
    const s = cpu.s;
    try {
      s[REMAINING]--;
      s[START_EIP] = s[EIP];
      const op = this.fetch.instruction();
      s[EIP] += op.length;
      op.exec(cpu, op);
      return op;
    } catch (thrown) {
      if (thrown !== cpu.fault) throw thrown;
      this.deliver(cpu, cpu.fault);
      return undefined;
    }
  }

  private loop(): void {
    const { cpu, fetch } = this;
    const s = cpu.s;
    while (s[REMAINING] > 0) {
      s[REMAINING]--;
      const eip = s[EIP];
      s[START_EIP] = eip;
      const offset = (eip - cpu.fetchEip) | 0;
      let op = offset >>> 0 < 0x1000 ? cpu.fetchEntries[offset] : undefined;
      if (op === undefined) op = fetch.instruction();
      s[EIP] = eip + op.length;
      op.exec(cpu, op);
    }
  }
}

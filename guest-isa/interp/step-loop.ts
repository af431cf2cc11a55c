/**
 * The interpreter's inner loop: fetch, account, execute, until the slice's time is used up.
 * One instruction costs one cycle; repeated string instructions one for each iteration.
 */
import type { Insn } from '../decode/insn.js';
import {
  EIP,
  HALTED,
  MID_REPEAT,
  REMAINING,
  REPEAT_EXTRA_HI,
  REPEAT_EXTRA_LO,
  START_EIP,
} from '../state/layout.js';
import type { Cpu } from './cpu.js';
import type { Executor, FaultDelivery } from './executor.js';
import type { Fetch } from './fetch.js';

export class StepLoop implements Executor {
  /** Instructions of the past that the cycles do not tell of: another executor took other cycles. */
  private restored = 0;

  constructor(
    private readonly cpu: Cpu,
    private readonly fetch: Fetch,
    private readonly deliver: FaultDelivery,
  ) {}

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

  get midRepeat(): boolean {
    const { s } = this.cpu;
    return s[MID_REPEAT] !== 0 && s[EIP] === s[START_EIP];
  }

  /** One cycle each; further iterations of repeated ones are no instructions. */
  instructions(busyCycles: number): number {
    const { s } = this.cpu;
    const iterations = (s[REPEAT_EXTRA_HI] >>> 0) * 0x1_0000_0000 + (s[REPEAT_EXTRA_LO] >>> 0);
    return this.restored + busyCycles - iterations;
  }

  restore(instructions: number, busyCycles: number): void {
    this.restored = 0;
    this.restored = instructions - this.instructions(busyCycles);
  }

  payDelivery(): void {
    this.cpu.s[REMAINING]--;
  }

  slept(): void {}

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

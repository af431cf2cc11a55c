/**
 * The golden twin of a machine: the reference interpreter on a state block and RAM of its own, which
 * goes on by as many steps as the machine says that it has completed, takes what the machine takes
 * between instructions, and finds its devices' answers in the log of the machine's.
 *
 * Steps are those of guest-isa/interp/step-loop.ts: instructions, and further iterations of repeated
 * ones. What the run loop does around an instruction that needs care (single step, breakpoints, the
 * instruction behind sti) is done here as it is there; what follows such an instruction follows when
 * the machine goes on, since the machine reports in between.
 */
import { Clock } from '../../base/clock.js';
import { rows } from '../../guest-isa/insn/index.js';
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import type { Delivery } from '../../guest-isa/interp/executor.js';
import { Fetch } from '../../guest-isa/interp/fetch.js';
import { StepLoop } from '../../guest-isa/interp/step-loop.js';
import { TLB_ENTRIES } from '../../guest-isa/mmu/paging.js';
import { TF } from '../../guest-isa/state/flags.js';
import {
  A20_MASK,
  FLAGS_SYSTEM,
  HALTED,
  INHIBIT,
  REMAINING,
  STATE_WORDS,
} from '../../guest-isa/state/layout.js';
import {
  afterInstruction,
  beforeInstruction,
  needsDebugCare,
} from '../../guest-isa/system/debug.js';
import { deliverExternal, deliverFault, deliverNmi } from '../../guest-isa/system/deliver.js';
import type { IoLog } from './io-log.js';
import { ReplayBoard } from './replay-board.js';
import { RecordingCpu } from './write-recorder.js';

export class GoldenTwin {
  readonly cpu: RecordingCpu;
  readonly board: ReplayBoard;
  private readonly clock: Clock;
  private readonly loop: StepLoop;
  /** What the run loop still has to do behind the last instruction. */
  private afterwards: (() => void) | undefined;

  constructor(
    private readonly original: Cpu,
    log: IoLog,
  ) {
    this.board = new ReplayBoard(original.memory, log);
    const state = new Int32Array(STATE_WORDS);
    this.clock = new Clock(original.clock.hz, state, REMAINING);
    this.cpu = new RecordingCpu({
      state,
      tlb: new Int32Array(TLB_ENTRIES),
      memory: this.board,
      ports: this.board,
      interrupts: this.board,
      clock: this.clock,
      identity: original.identity,
    });
    this.cpu.fpu.errorLine = this.board.errorLine;
    this.loop = new StepLoop(this.cpu, new Fetch(this.cpu, rows), (cpu, fault) => {
      deliverFault(cpu, fault);
    });
    this.copy();
  }

  /** Becomes what the machine is now. */
  copy(): void {
    const { cpu, original } = this;
    this.board.copy();
    cpu.s.set(original.s);
    cpu.code.clear();
    cpu.stateReplaced();
    cpu.restoreTlb(original.saveTlb());
    cpu.forgetWrites();
    this.afterwards = undefined;
    this.setTime(original.clock.now);
  }

  /** Goes on by so many steps; `now`: the machine's time behind them. False: it is halted before that. */
  advance(steps: number, now: number): boolean {
    const { cpu, clock } = this;
    const { s } = cpu;
    this.catchUp();
    this.setTime(now - steps);
    for (let left = steps; left > 0; ) {
      this.runAfterwards();
      if (s[HALTED] !== 0) return false;
      if (s[INHIBIT] !== 0 || needsDebugCare(cpu)) {
        this.single();
        left--;
        continue;
      }
      const before = clock.now;
      clock.startSlice(before + left);
      this.loop.run();
      left -= clock.now - before;
    }
    this.board.finish();
    return true;
  }

  /** Takes what the machine has taken between two instructions. */
  deliver(what: Delivery): void {
    const { cpu, loop } = this;
    this.catchUp();
    this.runAfterwards();
    switch (what) {
      case 'debug':
        beforeInstruction(cpu);
        break;
      case 'nmi':
        cpu.s[HALTED] = 0;
        deliverNmi(cpu, loop.midRepeat);
        break;
      case 'external':
        cpu.s[HALTED] = 0;
        deliverExternal(cpu, loop.midRepeat);
        break;
    }
    this.board.finish();
  }

  /** The machine stands between two runs: the twin finishes what belongs to the last instruction. */
  settle(): void {
    this.catchUp();
    this.runAfterwards();
  }

  /** The board has moved the A20 gate: an input like any other, which shows in the state block alone. */
  followA20(mask: number): void {
    if (this.cpu.s[A20_MASK] === mask) return;
    this.cpu.s[A20_MASK] = mask;
    this.cpu.flushTlb(true);
  }

  /** What happened since the last step, before the next one. */
  private catchUp(): void {
    this.cpu.forgetWrites();
    this.board.happen();
  }

  private runAfterwards(): void {
    const { afterwards } = this;
    this.afterwards = undefined;
    afterwards?.();
  }

  private setTime(now: number): void {
    this.clock.restore({ now, timers: {} });
  }

  /** One instruction as the run loop executes it when events may come with it. */
  private single(): void {
    const { cpu, clock, loop } = this;
    const { s } = cpu;
    if (!loop.midRepeat) beforeInstruction(cpu);
    s[INHIBIT] = 0;
    const stepping = (s[FLAGS_SYSTEM] & TF) !== 0;
    clock.startSlice(clock.now + 1);
    const op = loop.single();
    if (op) this.afterwards = () => void afterInstruction(cpu, op, stepping, loop.midRepeat);
  }
}

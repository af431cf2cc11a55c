/**
 * The golden side of a lockstep run: the interpreter alone, on a board of its own. It goes on by as
 * many steps as the machine under test says that it has completed.
 */
import { Clock } from '../../base/clock.js';
import { rows } from '../../guest-isa/insn/index.js';
import { Cpu } from '../../guest-isa/interp/cpu.js';
import { Fetch } from '../../guest-isa/interp/fetch.js';
import { StepLoop } from '../../guest-isa/interp/step-loop.js';
import { TLB_ENTRIES } from '../../guest-isa/mmu/paging.js';
import { IF, RF, TF } from '../../guest-isa/state/flags.js';
import {
  FLAGS_SYSTEM,
  HALTED,
  INHIBIT,
  REMAINING,
  REPEAT_EXTRA_LO,
  STATE_WORDS,
} from '../../guest-isa/state/layout.js';
import { deliverExternal, deliverFault } from '../../guest-isa/system/deliver.js';
import { PhysicalBus } from '../../hw/memory/bus.js';
import { TEST_IDENTITY } from '../board.js';
import { setUpProcessor, TestDevice, TestPin } from './guest-board.js';
import { RAM_BYTES } from './guest-map.js';
import type { LockstepCase } from './lockstep-case.js';

export class Golden {
  readonly ram = new Uint8Array(RAM_BYTES);
  readonly bus = new PhysicalBus(this.ram);
  readonly cpu: Cpu;
  steps = 0;
  private readonly clock: Clock;
  private readonly loop: StepLoop;
  readonly device = new TestDevice();

  constructor() {
    const state = new Int32Array(STATE_WORDS);
    this.clock = new Clock(1e9, state, REMAINING);
    this.cpu = new Cpu({
      state,
      tlb: new Int32Array(TLB_ENTRIES),
      memory: this.bus,
      ports: this.bus,
      interrupts: new TestPin(),
      clock: this.clock,
      identity: TEST_IDENTITY,
    });
    this.loop = new StepLoop(this.cpu, new Fetch(this.cpu, rows), (cpu, fault) => {
      deliverFault(cpu, fault);
    });
    this.device.plugIn(this.bus);
  }

  begin(c: LockstepCase, image: Uint8Array): void {
    this.ram.set(image);
    this.device.reset();
    this.steps = 0;
    setUpProcessor(this.cpu, this.clock, c);
  }

  /** False: it is halted before so many steps are done. */
  advance(steps: number): boolean {
    const { cpu, clock } = this;
    const { s } = cpu;
    this.steps += steps;
    for (let left = steps; left > 0; ) {
      if (s[HALTED] !== 0) return false;
      // As the run loop does it before each instruction that it looks at.
      s[INHIBIT] = 0;
      s[FLAGS_SYSTEM] &= ~RF;
      const before = clock.now;
      clock.startSlice(before + left);
      this.loop.run();
      left -= clock.now - before;
    }
    return true;
  }

  /** Completed; further iterations of repeated ones are none. */
  get instructions(): number {
    return this.steps - (this.cpu.s[REPEAT_EXTRA_LO] >>> 0);
  }

  /** Single steps are not followed. */
  get stepping(): boolean {
    return (this.cpu.s[FLAGS_SYSTEM] & TF) !== 0;
  }

  /** An interrupt is taken; false: none may be taken here. */
  interrupt(): boolean {
    const { s } = this.cpu;
    if ((s[FLAGS_SYSTEM] & IF) === 0 || s[INHIBIT] !== 0) return false;
    s[HALTED] = 0;
    deliverExternal(this.cpu, this.loop.midRepeat);
    return true;
  }
}

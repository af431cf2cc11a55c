/**
 * A whole PC with the golden twin beside it. `reference`: the machine is the interpreter too, and reports
 * what it completes in pieces of random length, as translated code does; what the check finds wrong
 * there is the check's own mistake, or was injected. `stepper`: the VLIW host under code morphing.
 */
import { Clock } from '../../base/clock.js';
import { Rng } from '../../base/rng.js';
import { CodeMorphing } from '../../cms/runtime/cms.js';
import type { GuestObserver } from '../../cms/runtime/parts.js';
import type { Insn } from '../../guest-isa/decode/insn.js';
import { rows } from '../../guest-isa/insn/index.js';
import { Cpu } from '../../guest-isa/interp/cpu.js';
import type { Delivery, Executor, FaultDelivery } from '../../guest-isa/interp/executor.js';
import { Fetch } from '../../guest-isa/interp/fetch.js';
import { RunLoop } from '../../guest-isa/interp/run-loop.js';
import { StepLoop } from '../../guest-isa/interp/step-loop.js';
import { A20_MASK, EIP, HALTED, REMAINING, STATE_WORDS } from '../../guest-isa/state/layout.js';
import { applyBootState, resetCpu } from '../../guest-isa/system/reset.js';
import { HostIsa } from '../../hw/atom/host-isa.js';
import { Stepper } from '../../hw/exec/step/stepper.js';
import { PhysicalBus } from '../../hw/memory/bus.js';
import { CoprocessorError } from '../../hw/platform/coprocessor-error.js';
import { PcPlatform } from '../../hw/platform/pc.js';
import { resolveConfig } from '../../sim/config/resolve.js';
import { identityOf } from '../../sim/identity.js';
import { loadGuest } from '../../sim/loaders/load-guest.js';
import { IoLog } from '../../sim/lockstep/io-log.js';
import { LockstepChecker } from '../../sim/lockstep/lockstep-checker.js';
import { memoryMap } from '../../sim/memory-map.js';
import { platformOptions } from '../../sim/platform-options.js';
import { linearMemory } from '../../sim/processor.js';

/** The interpreter, telling an observer what it has completed. */
class ReportingSteps implements Executor {
  observer: GuestObserver | undefined;
  /** Called before each instruction, with the steps completed. */
  before: (steps: number) => void = () => {};
  private readonly rng = new Rng(7);
  private readonly inner: StepLoop;
  private pending = 0;
  private pieceLeft = 0;
  private steps = 0;

  constructor(
    private readonly cpu: Cpu,
    fetch: Fetch,
    deliver: FaultDelivery,
  ) {
    this.inner = new StepLoop(cpu, fetch, deliver);
  }

  run(): void {
    const { s } = this.cpu;
    while (s[REMAINING] > 0 && s[HALTED] === 0) {
      this.execute();
      if (--this.pieceLeft <= 0) this.report();
    }
    this.report();
  }

  single(): Insn | undefined {
    const insn = this.execute();
    this.report();
    return insn;
  }

  get midRepeat(): boolean {
    return this.inner.midRepeat;
  }

  instructions(busyCycles: number): number {
    return this.inner.instructions(busyCycles);
  }

  restore(instructions: number, busyCycles: number): void {
    this.inner.restore(instructions, busyCycles);
  }

  payDelivery(what: Delivery): void {
    this.inner.payDelivery();
    this.observer?.delivered(what);
  }

  slept(): void {}

  private execute(): Insn | undefined {
    const { clock } = this.cpu;
    this.before(this.steps);
    const start = clock.now;
    const insn = this.inner.single();
    this.pending += clock.now - start;
    this.steps += clock.now - start;
    return insn;
  }

  /** Every other piece as a commit without stores. */
  private report(): void {
    const steps = this.pending;
    this.pending = 0;
    this.pieceLeft = 1 + this.rng.below(40);
    if (steps === 0) return;
    if (this.rng.chance(0.5)) this.observer?.interpreted(steps);
    else {
      const none = {
        storeCount: 0,
        storeAddresses: new Int32Array(0),
        storeBytes: new Uint8Array(0),
      };
      const commit = { hostPc: 0, commitPc: 0, resumePc: 0, steps, instructions: steps, ...none };
      this.observer?.committed(commit, this.cpu.s[EIP]);
    }
  }
}

export class CheckedMachine {
  readonly cpu: Cpu;
  readonly clock: Clock;
  readonly loop: RunLoop;
  readonly checker: LockstepChecker;
  readonly bus: PhysicalBus;
  console = '';
  /** Called before each instruction of the interpreter. */
  before: (steps: number) => void = () => {};
  private off = false;
  private core: Stepper | undefined;

  constructor(values: Readonly<Record<string, unknown>>) {
    const overrides = Object.entries(values).map(([key, value]) => ({
      key,
      value,
      origin: { kind: 'flag' as const, flag: '--test' },
    }));
    const { config } = resolveConfig({ overrides });
    const linear = linearMemory(config);
    const state = linear.state.subarray(0, STATE_WORDS);
    this.clock = new Clock(config.host.clockMHz * 1e6, state, REMAINING);
    this.bus = new PhysicalBus(linear.ram);
    const guest = loadGuest(config, memoryMap(config), true);
    const system = {
      reset: () => this.end(),
      powerOff: () => this.end(),
      setA20: (enabled: boolean) => this.setA20(enabled),
    };
    const platform = new PcPlatform(
      { clock: this.clock, bus: this.bus, system },
      platformOptions(config, guest.disks, guest.vgaBios, (byte) => {
        this.console += String.fromCharCode(byte);
      }),
    );
    const log = new IoLog(this.bus, this.bus, platform.interrupts);
    const { memory, ports, interrupts } = log;
    const identity = identityOf(config);
    const { clock } = this;
    this.cpu = new Cpu({ state, tlb: linear.tlb, memory, ports, interrupts, clock, identity });
    this.cpu.fpu.errorLine = log.errorLine(platform.get(CoprocessorError));
    const fetch = new Fetch(this.cpu, rows);
    let observe: (observer: GuestObserver) => void = () => {};
    this.loop = new RunLoop(this.cpu, fetch, (deliver) => {
      if (config.simulation.engine === 'reference') {
        const steps = new ReportingSteps(this.cpu, fetch, deliver);
        steps.before = (done) => this.before(done);
        observe = (observer) => {
          steps.observer = observer;
        };
        return steps;
      }
      const isa = new HostIsa(config.host);
      const core = new Stepper(isa, linear);
      this.core = core;
      const software = new CodeMorphing({
        cpu: this.cpu,
        fetch,
        core,
        log: core.log,
        isa,
        options: config.cms,
        words: new Uint32Array(linear.memory.buffer),
        ramOffset: linear.ramOffset,
        cmsOffset: linear.cmsOffset,
        deliver,
      });
      core.connect(software.memory);
      observe = (observer) => software.observe(observer);
      return software.executor;
    });
    this.loop.nmiPossible = config.machine.apic;
    platform.interrupts.onIntrChanged = (asserted) => {
      if (asserted) this.clock.endSlice();
    };
    platform.interrupts.onNmi = () => this.loop.raiseNmi();
    platform.reset();
    resetCpu(this.cpu);
    this.setA20(true);
    platform.setUpWithoutFirmware();
    for (const { address, bytes } of platform.firmwareTables()) this.bus.dma.write(address, bytes);
    for (const { address, bytes } of guest.image.writes) this.bus.dma.write(address, bytes);
    applyBootState(this.cpu, guest.image.boot);
    this.checker = new LockstepChecker({
      cpu: this.cpu,
      log,
      ramComparedEvery: 1_000_000,
      translationText: (hostPc) => `the one at ${hostPc}`,
      rerun: 'run it again',
    });
    observe(this.checker);
  }

  /** Runs until the machine is switched off, or some cycles long. Returns true when it is off. */
  run(cycles: number): boolean {
    const limit = this.clock.now + cycles;
    while (!this.off && this.clock.now < limit)
      if (this.loop.run(Math.min(limit, this.clock.now + 1_000_000)) !== 'limit') break;
    this.checker.compareEverything('end of the run');
    return this.off;
  }

  /** Instructions that translated code has completed. */
  get translated(): number {
    return this.core?.retiredInstructions ?? 0;
  }

  private end(): void {
    this.off = true;
    this.loop.stop();
  }

  private setA20(enabled: boolean): void {
    // The board resets its devices before there is a processor.
    if (!this.cpu) return;
    this.cpu.s[A20_MASK] = enabled ? -1 : ~0x100000;
    this.cpu.flushTlb(true);
  }
}

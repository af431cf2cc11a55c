/**
 * The machine under test: the VLIW host under code morphing, on the stepper or with compiled units. It is
 * made once for several cases; each begins with nothing learned or translated, and with empty caches.
 */
import { Clock, type Timer } from '../../base/clock.js';
import { CodeMorphing } from '../../cms/runtime/cms.js';
import { cmsMemoryBytes } from '../../cms/tcache/cms-memory.js';
import { rows } from '../../guest-isa/insn/index.js';
import { Cpu } from '../../guest-isa/interp/cpu.js';
import { Fetch } from '../../guest-isa/interp/fetch.js';
import { RunLoop } from '../../guest-isa/interp/run-loop.js';
import { REMAINING, STATE_WORDS } from '../../guest-isa/state/layout.js';
import { HostIsa } from '../../hw/atom/host-isa.js';
import type { TimingModel } from '../../hw/core/timing-model.js';
import type { StepperParts } from '../../hw/exec/step/compiled-paths.js';
import { Stepper } from '../../hw/exec/step/stepper.js';
import type { StepperState } from '../../hw/exec/step/stepper-state.js';
import type { UnitOptions } from '../../hw/exec/wasm/unit-options.js';
import { Units, unitsBytes } from '../../hw/exec/wasm/units.js';
import { PhysicalBus } from '../../hw/memory/bus.js';
import { LinearMemory } from '../../hw/memory/layout.js';
import { timingTableBytes } from '../../hw/timing/timing-tables.js';
import { TEST_IDENTITY } from '../board.js';
import { setUpProcessor, TestDevice, TestPin } from './guest-board.js';
import { RAM_BYTES } from './guest-map.js';
import type { LockstepCase, MachineChoice } from './lockstep-case.js';

export class MachineUnderTest {
  readonly cpu: Cpu;
  readonly clock: Clock;
  readonly bus: PhysicalBus;
  readonly loop: RunLoop;
  readonly core: Stepper;
  readonly software: CodeMorphing;
  /** Called when the bus master is about to write. */
  onDma: (address: number, bytes: Uint8Array) => void = () => {};
  private readonly pin = new TestPin();
  readonly device = new TestDevice();
  private readonly ticks: Timer;
  private readonly dma: Timer;
  private readonly fresh: StepperState;
  private ticksLeft = 0;
  private current: LockstepCase | undefined;

  /** `units`: paths are compiled (exec/wasm). */
  constructor({ host, cms }: MachineChoice, units?: UnitOptions, timing?: TimingModel) {
    const cmsBytes = cmsMemoryBytes(cms);
    const tagBytes = timingTableBytes(host);
    const unitBytes = units ? unitsBytes(cmsBytes) : 0;
    const linear = new LinearMemory(RAM_BYTES, cmsBytes, tagBytes + unitBytes);
    const state = linear.state.subarray(0, STATE_WORDS);
    this.clock = new Clock(1e9, state, REMAINING);
    this.bus = new PhysicalBus(linear.ram);
    this.cpu = new Cpu({
      state,
      tlb: linear.tlb,
      memory: this.bus,
      ports: this.bus,
      interrupts: this.pin,
      clock: this.clock,
      identity: TEST_IDENTITY,
    });
    this.device.plugIn(this.bus);
    const fetch = new Fetch(this.cpu, rows);
    const isa = new HostIsa(host);
    const compiler = (parts: StepperParts) =>
      new Units(parts, linear.tablesOffset + tagBytes, units);
    this.core = new Stepper(isa, linear, undefined, units && compiler, timing);
    let software: CodeMorphing | undefined;
    this.loop = new RunLoop(this.cpu, fetch, (deliver) => {
      software = new CodeMorphing({
        cpu: this.cpu,
        fetch,
        core: this.core,
        log: this.core.log,
        isa,
        options: cms,
        words: new Uint32Array(linear.memory.buffer),
        ramOffset: linear.ramOffset,
        cmsOffset: linear.cmsOffset,
        deliver,
      });
      this.core.connect(software.memory);
      return software.executor;
    });
    this.software = software as unknown as CodeMorphing;
    this.ticks = this.clock.timer('ticks', (due) => this.tick(due));
    this.dma = this.clock.timer('dma', (due) => this.writeByBus(due));
    this.fresh = this.core.save();
  }

  begin(c: LockstepCase, image: Uint8Array): void {
    this.current = c;
    this.bus.dma.write(0, image.subarray(0, 0xa0000));
    this.bus.dma.write(0xc0000, image.subarray(0xc0000));
    this.device.reset();
    this.pin.intr = false;
    setUpProcessor(this.cpu, this.clock, c);
    this.software.stateReplaced();
    const retired: [number, number] = [this.core.retiredSteps, this.core.retiredInstructions];
    this.core.restore({ ...this.fresh, retired });
    this.loop.restore({
      instructions: 0,
      idleCycles: 0,
      deliveries: 0,
      nmiPending: false,
      faultCounts: new Array<number>(32).fill(0),
    });
    this.ticksLeft = 60;
    const { interruptCycles, dmaCycles } = c.environment;
    if (interruptCycles > 0) this.ticks.at(interruptCycles);
    if (dmaCycles > 0) this.dma.at(dmaCycles);
  }

  private tick(due: number): void {
    this.pin.intr = true;
    this.clock.endSlice();
    if (--this.ticksLeft > 0)
      this.ticks.at(due + (this.current as LockstepCase).environment.interruptCycles);
  }

  /** A word of data changes; of code only its second byte, seldom an opcode. */
  private writeByBus(due: number): void {
    const { dmaAddress, dmaCycles } = (this.current as LockstepCase).environment;
    const bytes = Uint8Array.of(due & 0xff);
    this.onDma(dmaAddress, bytes);
    this.bus.dma.write(dmaAddress, bytes);
    this.dma.at(due + dmaCycles);
  }
}

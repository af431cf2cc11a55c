/**
 * The processor of a machine: the guest's state and memory, and who executes it. Engine `reference`
 * is the golden interpreter alone; engine `stepper` is the VLIW host under code morphing.
 */
import type { Clock } from '../base/clock.js';
import { CodeMorphing } from '../cms/runtime/cms.js';
import { cmsMemoryBytes } from '../cms/tcache/cms-memory.js';
import type { NumericErrorLine } from '../guest-isa/fpu/fpu.js';
import { rows } from '../guest-isa/insn/index.js';
import { Cpu } from '../guest-isa/interp/cpu.js';
import { Fetch } from '../guest-isa/interp/fetch.js';
import { RunLoop } from '../guest-isa/interp/run-loop.js';
import type { InterruptSource } from '../guest-isa/mmu/ports.js';
import { STATE_WORDS } from '../guest-isa/state/layout.js';
import { HostIsa } from '../hw/atom/host-isa.js';
import type { StepperParts } from '../hw/exec/step/compiled-paths.js';
import { Stepper } from '../hw/exec/step/stepper.js';
import { Units, unitsBytes } from '../hw/exec/wasm/units.js';
import type { PhysicalBus } from '../hw/memory/bus.js';
import { LinearMemory } from '../hw/memory/layout.js';
import { timingTableBytes } from '../hw/timing/timing-tables.js';
import { askForBranchHints } from './branch-hints.js';
import type { MachineConfig } from './config/schema.js';
import { beginsFunctional } from './fast-forward.js';
import { identityOf } from './identity.js';
import { IoLog } from './lockstep/io-log.js';

/** The VLIW host with its software. */
export interface Host {
  readonly isa: HostIsa;
  readonly core: Stepper;
  readonly software: CodeMorphing;
}

export interface Processor {
  readonly cpu: Cpu;
  readonly fetch: Fetch;
  readonly loop: RunLoop;
  /** Absent where the golden interpreter runs alone. */
  readonly host: Host | undefined;
  /** Notes what board and processor exchange, where the run is checked. */
  readonly ioLog: IoLog | undefined;
}

export interface ProcessorParts {
  readonly linear: LinearMemory;
  readonly clock: Clock;
  readonly bus: PhysicalBus;
  readonly interrupts: InterruptSource;
  readonly errorLine: NumericErrorLine;
}

/** The machine's memory, with room for what its engine keeps there. */
export function linearMemory({ machine, simulation, host, cms }: MachineConfig): LinearMemory {
  const ramBytes = machine.memoryMB * 0x10_0000;
  if (simulation.engine === 'reference') return new LinearMemory(ramBytes);
  const cmsBytes = cmsMemoryBytes(cms);
  const unitBytes = simulation.engine === 'wasm' ? unitsBytes(cmsBytes) : 0;
  return new LinearMemory(ramBytes, cmsBytes, timingTableBytes(host) + unitBytes);
}

/** The host's core, with a compiler where the engine is `wasm`. */
function makeCore(config: MachineConfig, isa: HostIsa, linear: LinearMemory): Stepper {
  const { simulation, host } = config;
  const timing = beginsFunctional(config) ? 'functional' : 'full';
  const offset = linear.tablesOffset + timingTableBytes(host);
  const compiler = (parts: StepperParts): Units => new Units(parts, offset);
  const isCompiled = simulation.engine === 'wasm';
  if (isCompiled) askForBranchHints();
  return new Stepper(isa, linear, undefined, isCompiled ? compiler : undefined, timing);
}

export function makeProcessor(config: MachineConfig, parts: ProcessorParts): Processor {
  const { linear, clock, bus, interrupts, errorLine } = parts;
  const ioLog = config.simulation.check ? new IoLog(bus, bus, interrupts) : undefined;
  const cpu = new Cpu({
    state: linear.state.subarray(0, STATE_WORDS),
    tlb: linear.tlb,
    ...(ioLog ?? { memory: bus, ports: bus, interrupts }),
    clock,
    identity: identityOf(config),
  });
  cpu.fpu.errorLine = ioLog ? ioLog.errorLine(errorLine) : errorLine;
  const fetch = new Fetch(cpu, rows);
  if (config.simulation.engine === 'reference')
    return { cpu, fetch, loop: new RunLoop(cpu, fetch), host: undefined, ioLog };

  const isa = new HostIsa(config.host);
  const core = makeCore(config, isa, linear);
  let software: CodeMorphing | undefined;
  const loop = new RunLoop(cpu, fetch, (deliver) => {
    software = new CodeMorphing({
      cpu,
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
    return software.executor;
  });
  const host = { isa, core, software: software as unknown as CodeMorphing };
  return { cpu, fetch, loop, host, ioLog };
}

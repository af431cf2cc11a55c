/**
 * A bare machine with code morphing on the stepper, or with the interpreter alone, for small guest
 * programs: 1 MB of RAM, flat ring-0 segments, an INTR pin that the test drives.
 */
import { Clock } from '../../../base/clock.js';
import type { CmsOptions } from '../../../cms/options.js';
import { CodeMorphing } from '../../../cms/runtime/cms.js';
import { cmsMemoryBytes } from '../../../cms/tcache/cms-memory.js';
import { Assembler } from '../../../guest-isa/disasm/assemble.js';
import { rows } from '../../../guest-isa/insn/index.js';
import { Cpu } from '../../../guest-isa/interp/cpu.js';
import { Fetch } from '../../../guest-isa/interp/fetch.js';
import { RunLoop } from '../../../guest-isa/interp/run-loop.js';
import { readEflags, writeEflags } from '../../../guest-isa/state/flags.js';
import * as W from '../../../guest-isa/state/layout.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import { Stepper } from '../../../hw/exec/step/stepper.js';
import { PhysicalBus } from '../../../hw/memory/bus.js';
import { LinearMemory } from '../../../hw/memory/layout.js';
import type { HostOptions } from '../../../hw/options.js';
import { timingTableBytes } from '../../../hw/timing/timing-tables.js';
import { TEST_IDENTITY } from '../../board.js';
import { tm5800Host } from '../atom/machines.js';

const RAM_BYTES = 0x10_0000;
export const CODE = 0x10000;
export const DATA = 0x40000;
const STACK = 0x80000;

export const testCms: CmsOptions = {
  gears: { blockThreshold: 4, superblockThreshold: 20, repeatIterations: 32 },
  region: { shape: 'superblock', maxInstructions: 60, maxBranches: 16, unroll: 2, ifConversion: 3 },
  passes: {
    constantFolding: true,
    copyPropagation: true,
    commonSubexpressions: true,
    storeForwarding: true,
    redundantLoads: true,
    deadFlags: true,
    deadCode: true,
  },
  schedule: { reorder: true, loadsOverStores: true, loadsOverBranches: true, windowAtoms: 80 },
  chaining: true,
  indirect: { tableEntries: 64, inlineTarget: true, returnPrediction: true },
  tcache: { sizeKB: 256, eviction: 'generations', generations: 4 },
  selfModifying: {
    protection: 'fine',
    revalidation: true,
    selfChecking: 'adaptive',
    stylized: true,
    groupSize: 4,
    faultsBeforeEscalation: 4,
    forgetCycles: 50_000_000,
  },
  retranslation: { faultThreshold: 4 },
  cost: {
    blockPerInstruction: 105,
    superblockPerInstruction: 1150,
    atomsPerMolecule: 1.58,
    directInstruction: 40,
    x87Instruction: 20,
    hostExit: 20,
    delivery: 60,
    protectionFault: 200,
    lookup: 8,
    comparedBytesPerMolecule: 4,
  },
};

/** Assembles lines with labels (`name:`); `@name` is its address. */
export function assembleGuest(text: string, at = CODE): number[] {
  const assembler = new Assembler(rows);
  const lines = text
    .split('\n')
    .map((line) => line.replace(/;.*$/, '').trim())
    .filter((line) => line !== '');
  const labels = new Map<string, number>();
  let bytes: number[] = [];
  // Once more for each change of length that a label's distance brings.
  for (let round = 0; round < 6; round++) {
    bytes = [];
    for (const line of lines) {
      const label = /^(\w+):$/.exec(line)?.[1];
      if (label !== undefined) {
        labels.set(label, at + bytes.length);
        continue;
      }
      const resolved = line.replace(
        /@(\w+)/g,
        (_, name: string) => `0x${(labels.get(name) ?? at).toString(16)}`,
      );
      bytes.push(...assembler.assemble(resolved, at + bytes.length, true));
    }
  }
  return bytes;
}

export interface RigOptions {
  /** undefined: the interpreter alone. */
  readonly cms?: CmsOptions | undefined;
  readonly host?: HostOptions;
}

export class Rig {
  readonly linear: LinearMemory;
  readonly clock: Clock;
  readonly bus: PhysicalBus;
  readonly cpu: Cpu;
  readonly fetch: Fetch;
  readonly loop: RunLoop;
  readonly stepper: Stepper | undefined;
  cms: CodeMorphing | undefined;
  intr = false;

  constructor({ cms, host = tm5800Host }: RigOptions) {
    const cmsBytes = cms ? cmsMemoryBytes(cms) : 0;
    this.linear = new LinearMemory(RAM_BYTES, cmsBytes, cms ? timingTableBytes(host) : 0);
    const state = this.linear.state.subarray(0, W.STATE_WORDS);
    this.clock = new Clock(1e9, state, W.REMAINING);
    this.bus = new PhysicalBus(this.linear.ram);
    const rig = this;
    this.cpu = new Cpu({
      state,
      tlb: this.linear.tlb,
      memory: this.bus,
      ports: this.bus,
      interrupts: {
        get intr() {
          return rig.intr;
        },
        acknowledge: () => {
          rig.intr = false;
          return 0x20;
        },
      },
      clock: this.clock,
      identity: TEST_IDENTITY,
    });
    this.fetch = new Fetch(this.cpu, rows);
    this.setUp();
    if (cms === undefined) {
      this.stepper = undefined;
      this.loop = new RunLoop(this.cpu, this.fetch);
      return;
    }
    const isa = new HostIsa(host);
    const stepper = new Stepper(isa, this.linear);
    this.stepper = stepper;
    this.loop = new RunLoop(this.cpu, this.fetch, (deliver) => {
      this.cms = new CodeMorphing({
        cpu: this.cpu,
        fetch: this.fetch,
        core: stepper,
        log: stepper.log,
        isa,
        options: cms,
        words: new Uint32Array(this.linear.memory.buffer),
        ramOffset: this.linear.ramOffset,
        cmsOffset: this.linear.cmsOffset,
        deliver,
      });
      return this.cms.executor;
    });
    stepper.connect((this.cms as unknown as CodeMorphing).memory);
  }

  private setUp(): void {
    const { cpu } = this;
    cpu.s[W.CR0] = 1;
    cpu.s[W.A20_MASK] = -1;
    for (let seg = 0; seg < 6; seg++) cpu.setSegment(seg, 0x10, 0, -1, 0xc093);
    cpu.setSegment(W.CS, 8, 0, -1, 0xc09b);
    cpu.setCpl(0);
    writeEflags(cpu.s, 2);
    cpu.s[W.ESP] = STACK;
    cpu.s[W.EIP] = CODE;
  }

  load(bytes: readonly number[], at = CODE): void {
    this.bus.dma.write(at, Uint8Array.from(bytes));
  }

  /** Runs to a halt, in slices. */
  run(slice = 1_000_000, most = 50_000_000): void {
    for (let end = ''; end !== 'haltForever'; ) {
      if (this.clock.now > most) throw new Error(`no end: ${this.where()}`);
      end = this.loop.run(this.clock.now + slice);
      if (end === 'shutdown') throw new Error(`shutdown: ${this.where()}`);
    }
  }

  /** Runs to a halt; false when the processor shuts down before. */
  runsToHalt(): boolean {
    for (;;) {
      const end = this.loop.run(this.clock.now + 1_000_000);
      if (end !== 'limit') return end === 'haltForever';
    }
  }

  where(): string {
    return `eip ${(this.cpu.s[W.EIP] >>> 0).toString(16)}, cycle ${this.clock.now}`;
  }

  /** What the guest can see, and the count of its instructions. */
  outcome(): unknown {
    const { s } = this.cpu;
    const hash = (bytes: Uint8Array): number =>
      bytes.reduce((sum, byte, i) => (Math.imul(sum, 31) + byte + i) | 0, 7);
    return {
      registers: [...s.subarray(0, 8)],
      eip: s[W.EIP],
      eflags: readEflags(s),
      segments: [...s.subarray(W.SEG_SELECTOR, W.SEG_FAST + 8)],
      control: [...s.subarray(W.CR0, W.HALTED + 1)],
      extra: [s[W.REPEAT_EXTRA_LO], s[W.REPEAT_EXTRA_HI]],
      ram: hash(this.linear.ram),
      instructions: this.loop.instructions,
    };
  }
}

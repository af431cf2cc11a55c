/**
 * Runs compiled regions on the stepper over the small machine of tests/unit/opt/evaluate.ts (one page
 * of RAM behind every linear page, pages that are absent or read only), and writes the same trace:
 * a line for each commit, assist and the end. So the intermediate representation's definition judges
 * the code.
 */

import { Backend, type CompileOptions } from '../../../cms/backend/compile-region.js';
import type { CompiledRegion } from '../../../cms/backend/compiled.js';
import { type IrRegion, STATE_REGISTERS } from '../../../cms/ir/ir.js';
import type { CmsOptions } from '../../../cms/options.js';
import { REMAINING } from '../../../guest-isa/state/layout.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import { R_EIP } from '../../../hw/atom/registers.js';
import { EXIT } from '../../../hw/core/exits.js';
import type { GuestMemoryPort } from '../../../hw/core/host-core.js';
import { Stepper } from '../../../hw/exec/step/stepper.js';
import { LinearMemory } from '../../../hw/memory/layout.js';
import type { HostOptions } from '../../../hw/options.js';
import { timingTableBytes } from '../../../hw/timing/timing-tables.js';
import {
  deviceWrites,
  type GuestState,
  interpretedInstruction,
  RAM_BYTES,
  traceLine,
} from '../opt/evaluate.js';

const CMS_BYTES = 0x10_0000;
const CODE_OFFSET = 0x1000;
const PLENTY = 1_000_000_000;

export interface CompiledRun {
  readonly trace: readonly string[];
  /** Host exit that ended it. */
  readonly exit: number;
  readonly steps: number;
}

export class CompiledRunner {
  readonly isa: HostIsa;
  readonly backend: Backend;
  readonly memory: LinearMemory;
  readonly core: Stepper;
  private pages: Uint8Array = new Uint8Array(17);
  private trace: string[] = [];
  private ir!: IrRegion;
  private code!: CompiledRegion;

  constructor(host: HostOptions, cms: CmsOptions) {
    this.isa = new HostIsa(host);
    this.backend = new Backend(this.isa, host, cms);
    this.memory = new LinearMemory(0x1_0000, CMS_BYTES, timingTableBytes(host));
    this.core = new Stepper(this.isa, this.memory, this.port());
    this.core.onCommit = ({ hostPc }) => this.observe(hostPc - this.codePc);
  }

  get codePc(): number {
    return this.memory.cmsOffset + CODE_OFFSET;
  }

  /** A place for spilled values, and one for a counter. */
  get spillAddress(): number {
    return this.memory.cmsOffset;
  }

  compile(ir: IrRegion, options: CompileOptions): CompiledRegion {
    return this.backend.compile(ir, options);
  }

  /** Runs from the checked entry; `interrupt`: every inner commit finds the countdown used up. */
  run(ir: IrRegion, code: CompiledRegion, start: GuestState, interrupt: boolean): CompiledRun {
    const { memory, core, codePc } = this;
    this.ir = ir;
    this.code = code;
    this.trace = [];
    this.pages = start.pages;
    memory.state.set(start.words);
    memory.ram.set(start.ram);
    memory.bytes.fill(0, codePc, memory.cmsOffset + CMS_BYTES);
    memory.words(codePc, code.words.length).set(code.words);
    core.codeChanged(codePc, memory.cmsOffset + CMS_BYTES);
    for (const { offset, steps, instructions } of code.retirements)
      core.setRetires(codePc + offset, steps, instructions);
    const before = core.retiredSteps;
    core.enter();
    const exit = this.runOn(codePc + code.checkedEntryOffset, interrupt);
    if (exit !== EXIT.exit) this.trace.push('rolled back');
    return { trace: this.trace, exit, steps: core.retiredSteps - before };
  }

  /** Goes on behind assists and events as the runtime does. */
  private runOn(from: number, interrupt: boolean): number {
    const { core, memory } = this;
    let hostPc = from;
    for (;;) {
      memory.state[REMAINING] = interrupt ? 0 : PLENTY;
      const exit = core.run(hostPc);
      if (exit !== EXIT.assist && exit !== EXIT.event) return exit;
      hostPc = core.exit.resumePc;
      const offset = hostPc - this.codePc;
      if (!this.code.resumePoints.some((p) => p.offset === offset))
        throw new Error(`no resume point at ${offset}`);
      if (exit !== EXIT.assist) continue;
      interpretedInstruction(this.memory.state, this.ram);
      core.enter();
    }
  }

  /** A molecule has committed. */
  private observe(offset: number): void {
    const { state } = this.memory;
    const retirement = this.code.retirements.find((r) => r.offset === offset);
    if (!retirement) throw new Error(`a commit at ${offset} that nobody knows of`);
    const exit = this.ir.exits[retirement.exit];
    const { skippedRegister } = retirement;
    const seen = {
      eip: exit.target >= 0 ? state[R_EIP] : exit.eip,
      skipped: skippedRegister < 0 ? 0 : this.core.working[skippedRegister],
      registers: STATE_REGISTERS.map((r) => state[r] >>> 0),
      words: state,
      ram: this.ram,
    };
    this.trace.push(traceLine(exit, seen));
    if (exit.kind === 'commit') deviceWrites(this.ram);
  }

  private get ram(): Uint8Array {
    return this.memory.ram.subarray(0, RAM_BYTES);
  }

  private port(): GuestMemoryPort {
    return {
      translate: (linear, write) => {
        const page = linear >>> 12;
        const rights = this.pages[(page ^ (page >>> 7)) % this.pages.length];
        if (rights === 0 || (write && rights === 1)) return -1 - EXIT.guestFault;
        return linear & (RAM_BYTES - 1);
      },
      translateFetch: (linear) => linear & 0x1000,
      mayStore: () => -1,
      rolledBack: () => {},
      committed: () => {},
    };
  }
}

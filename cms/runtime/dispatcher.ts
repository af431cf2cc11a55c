/**
 * The dispatcher: the executor of a machine with code morphing. Round by round it goes on where the
 * guest stands (position.ts): looks for a translation and enters it, resumes one, interprets, or
 * recovers from a rollback, until the time is used up or the processor is halted.
 *
 * Translations are looked for where a block begins: behind a transfer of control, behind an
 * instruction that only the interpreter executes, and wherever translated code has left. While a
 * region is recorded everything is interpreted.
 */
import type { Insn } from '../../guest-isa/decode/insn.js';
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import type { Delivery, Executor } from '../../guest-isa/interp/executor.js';
import { IF } from '../../guest-isa/state/flags.js';
import {
  EIP,
  HALTED,
  INTERRUPT_REQUEST,
  MID_REPEAT,
  REMAINING,
} from '../../guest-isa/state/layout.js';
import { needsDebugCare } from '../../guest-isa/system/debug.js';
import { R_CONTEXT } from '../../hw/atom/registers.js';
import type { HostCore } from '../../hw/core/host-core.js';
import { CPI } from '../../hw/timing/cpi.js';
import type { Context } from '../context.js';
import type { Lifter } from '../lift/lift-region.js';
import type { BranchProfile } from '../profile/profile.js';
import type { Recorder } from '../profile/recorder.js';
import type { CmsMemoryLayout } from '../tcache/cms-memory.js';
import type { Tcache } from '../tcache/tcache.js';
import type { TcacheEntry } from '../tcache/tcache-entry.js';
import type { ContextTable } from './context-table.js';
import type { HostExits } from './host-exits.js';
import type { InterpreterGear } from './interpreter-gear.js';
import type { MemoryPort } from './memory-port.js';
import type { GuestObserver } from './parts.js';
import type { Position } from './position.js';
import type { ProtectedCode } from './protected-code.js';
import type { Recovery } from './recovery.js';
import type { Statistics } from './statistics.js';
import type { Translator } from './translator.js';

/** What the golden interpreter takes for an event (guest-isa/interp/step-loop.ts). */
const DELIVERY_STEPS = 1;

export interface DispatcherParts {
  readonly cpu: Cpu;
  readonly core: HostCore;
  readonly memory: MemoryPort;
  readonly contexts: ContextTable;
  readonly interpreter: InterpreterGear;
  readonly lifter: Lifter;
  readonly branches: BranchProfile;
  readonly recorder: Recorder;
  readonly translator: Translator;
  readonly tcache: Tcache;
  readonly layout: CmsMemoryLayout;
  readonly protection: ProtectedCode;
  readonly exits: HostExits;
  readonly recovery: Recovery;
  readonly position: Position;
  readonly statistics: Statistics;
  /** Cycles of the delivery of an interrupt. */
  readonly deliveryCycles: number;
  /** Cycles of a look-up, beside its access to the table. */
  readonly lookupCycles: number;
}

export class Dispatcher implements Executor {
  observer: GuestObserver | undefined;
  private readonly s: Int32Array;
  /** Iterations completed by translated code that REPEAT_EXTRA counts already. */
  private countedIterations = 0;
  /** Instructions that a snapshot's machine executed, beyond those counted here. */
  private restored = 0;

  constructor(private readonly parts: DispatcherParts) {
    this.s = parts.cpu.s;
  }

  run(): void {
    const { s } = this;
    const { position, recovery } = this.parts;
    while (s[REMAINING] > 0 && s[HALTED] === 0) {
      switch (position.kind) {
        case 'head':
          this.dispatch();
          break;
        case 'inside':
          this.interpret();
          break;
        case 'left':
          this.resume();
          break;
        case 'recovering':
          recovery.step();
          break;
      }
    }
  }

  single(): Insn | undefined {
    // Behind sti: alone, but like any other.
    if (this.parts.recorder.recording && !needsDebugCare(this.parts.cpu)) return this.interpret();
    this.disturb();
    return this.parts.interpreter.step();
  }

  get midRepeat(): boolean {
    return this.parts.interpreter.midRepeat;
  }

  instructions(): number {
    const { interpreter, core } = this.parts;
    return this.restored + interpreter.instructions + core.retiredInstructions;
  }

  restore(instructions: number): void {
    this.restored = 0;
    this.restored = instructions - this.instructions();
  }

  payDelivery(what: Delivery): void {
    this.parts.core.charge(CPI.dispatch, this.parts.deliveryCycles, DELIVERY_STEPS);
    this.disturb();
    this.observer?.delivered(what);
  }

  slept(cycles: number): void {
    // The clock is moved by the run loop; here the time only gets its slot.
    this.s[REMAINING] += cycles;
    this.parts.core.charge(CPI.idle, cycles, cycles);
  }

  /** Something has happened to the guest or its memory between two rounds. */
  disturb(): void {
    const { position, recorder, translator } = this.parts;
    position.disturb();
    if (recorder.recording) translator.recordingFailed();
  }

  /** RAM was written by others than the processor: translated code that waits may hold old values of it. */
  memoryChanged(): void {
    if (this.parts.position.kind === 'left') this.disturb();
  }

  private dispatch(): void {
    const { contexts, recorder, position } = this.parts;
    const context = contexts.current();
    if (context === undefined || recorder.recording) {
      this.interpret();
      return;
    }
    const eip = this.s[EIP];
    const translation = this.find(eip, context);
    if (translation === undefined) {
      position.from = undefined;
      this.interpret();
      return;
    }
    this.link(translation);
    this.enter(translation, context);
  }

  /** The translation of an address, made now if it has become hot. */
  private find(eip: number, context: Context): TcacheEntry | undefined {
    const { core, lookupCycles, memory, statistics, tcache, protection, translator } = this.parts;
    statistics.count.dispatches++;
    core.charge(CPI.dispatch, lookupCycles + core.dataAccess(this.lookupLine(eip), false));
    const physical = memory.translateFetch((eip + context.csBase) | 0, context.user);
    if (physical === -1) return undefined;
    return (
      tcache.lookup(eip, context, physical) ??
      protection.wakeAt(eip, context.id, physical) ??
      translator.cameTo(eip >>> 0, context)
    );
  }

  /**
   * Where the look-up reads. ASSUMED: the software's own hash table of all translations is as good
   * as the indirect-target table; without that one it begins where the table would.
   */
  private lookupLine(eip: number): number {
    const { tcache, layout } = this.parts;
    return tcache.table.exists ? tcache.table.address(eip) : layout.indirectTable.start;
  }

  /** The exit that led here leads there by itself from now on, if it can. */
  private link(translation: TcacheEntry): void {
    const { position, tcache, statistics } = this.parts;
    const { from } = position;
    if (from !== undefined && from.translation.state === 'live') {
      if (from.kind === 'jump') {
        if (tcache.chain(from, translation)) statistics.count.chains++;
      } else tcache.linkIndirect(from, translation);
    } else if (position.fromRoutine) tcache.fillTable(translation);
    position.head();
  }

  private enter(translation: TcacheEntry, context: Context): void {
    const { core, statistics } = this.parts;
    statistics.count.entries++;
    core.enter();
    core.working[R_CONTEXT] = context.id;
    this.runFrom(translation.entryPc);
  }

  private resume(): void {
    const { core, position, statistics } = this.parts;
    statistics.count.resumptions++;
    if (position.interpreted) core.enter();
    this.runFrom(position.hostPc);
  }

  private runFrom(hostPc: number): void {
    const { core, cpu, exits } = this.parts;
    const { midRepeat } = this;
    this.s[MID_REPEAT] = 0;
    // Nothing that runs there changes it: devices act between two runs.
    this.s[INTERRUPT_REQUEST] = cpu.interrupts.intr ? IF : 0;
    const exit = core.run(hostPc);
    this.s[INTERRUPT_REQUEST] = 0;
    const iterations = core.retiredSteps - core.retiredInstructions;
    if (iterations !== this.countedIterations) {
      cpu.countIterations(iterations - this.countedIterations);
      this.countedIterations = iterations;
    }
    exits.handle(exit, midRepeat);
  }

  private interpret(): Insn | undefined {
    const { interpreter, position, recorder } = this.parts;
    const eip = this.s[EIP];
    const insn = interpreter.step();
    if (insn?.row?.flow === 'branch') this.noteBranch(insn, eip);
    if (insn !== undefined && interpreter.midRepeat) {
      // Further iterations are to come; only then the instruction is done. One that gave way early,
      // for want of time, is taken up again as if it had not: slices never show.
      if (!interpreter.longRepeat) {
        if (position.kind !== 'inside') position.inside();
        return insn;
      }
      // A long one is looked for; recorded, it is a region.
      if (recorder.recording) this.recordingEnds(insn, eip);
      position.head();
      return insn;
    }
    const recorded = recorder.recording && this.recordingEnds(insn, eip);
    const once = position.kind === 'inside' && position.once;
    if (recorded || once || insn === undefined || this.endsBlock(insn)) position.head();
    else position.inside();
    return insn;
  }

  /** An instruction was interpreted while a region is recorded: true if that is over. */
  private recordingEnds(insn: Insn | undefined, eip: number): boolean {
    const { recorder, translator } = this.parts;
    const outcome =
      insn === undefined ? 'nothing' : recorder.step(insn, eip >>> 0, this.s[EIP] >>> 0);
    if (outcome === 'more') return false;
    if (outcome === 'nothing') translator.recordingFailed();
    else translator.makeSuperblock(outcome);
    return true;
  }

  private noteBranch(insn: Insn, eip: number): void {
    const { contexts, branches } = this.parts;
    const context = contexts.current();
    const taken = this.s[EIP] !== ((eip + insn.length) | 0);
    if (context !== undefined) branches.note(eip, context.id, taken);
  }

  private endsBlock(insn: Insn): boolean {
    const { row } = insn;
    if (row === undefined || row.flow !== 'next') return true;
    if (row.direct === undefined) return false;
    const context = this.parts.contexts.current();
    return context === undefined || this.parts.lifter.canLift(insn, context) === 'interpret';
  }
}

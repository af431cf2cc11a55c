/**
 * What the code morphing software does about each host exit: one case for each of the closed list in
 * hw/core/exits.ts. Afterwards the guest's EIP is right and `position` says how to go on.
 *
 * Exits that rolled back leave the guest at the last commit. From there the interpreter takes over
 * (recovery.ts), so that faults are precise and an I/O access happens exactly once.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import {
  EIP,
  HALTED,
  INHIBIT,
  MID_REPEAT,
  PENDING_DEBUG,
  START_EIP,
} from '../../guest-isa/state/layout.js';
import { HOST_EXITS, type HostExit } from '../../hw/core/exits.js';
import type { HostCore } from '../../hw/core/host-core.js';
import { CPI } from '../../hw/timing/cpi.js';
import type { ResumePlace } from '../tcache/code-map.js';
import { EXIT_INDIRECT_MISS } from '../tcache/exit-numbers.js';
import type { Tcache } from '../tcache/tcache.js';
import type { TcacheEntry, TcacheExit } from '../tcache/tcache-entry.js';
import type { ContextTable } from './context-table.js';
import type { InterpreterGear } from './interpreter-gear.js';
import type { Position } from './position.js';
import type { ProtectedCode } from './protected-code.js';
import type { Statistics } from './statistics.js';
import type { Translator } from './translator.js';

export interface HostExitParts {
  readonly cpu: Cpu;
  readonly core: HostCore;
  readonly tcache: Tcache;
  readonly contexts: ContextTable;
  readonly interpreter: InterpreterGear;
  readonly protection: ProtectedCode;
  readonly translator: Translator;
  readonly position: Position;
  readonly statistics: Statistics;
  /** Cycles of taking a host exit. */
  readonly exitCycles: number;
}

export class HostExits {
  private readonly s: Int32Array;
  /** The guest stands between two iterations of a repeated string instruction. */
  private midRepeat = false;

  constructor(private readonly parts: HostExitParts) {
    this.s = parts.cpu.s;
  }

  /** `midRepeat`: where the guest stood before the run. */
  handle(number: number, midRepeat: boolean): void {
    const { core, statistics, tcache } = this.parts;
    const { commitPc } = core.exit;
    this.midRepeat = commitPc === 0 ? midRepeat : tcache.endsMidRepeat(commitPc);
    const { name, rolledBack } = HOST_EXITS[number];
    statistics.hostExits.counts[number]++;
    if (rolledBack) this.noteRollback(number);
    switch (name) {
      case 'exit':
        core.charge(CPI.dispatch, this.parts.exitCycles);
        this.exit();
        return;
      case 'assist':
        core.charge(CPI.interpret, this.parts.exitCycles);
        this.assist();
        return;
      case 'event':
        this.standAt(this.placeBehindCommit().eip);
        this.parts.position.left(core.exit.resumePc, false);
        return;
      case 'mapping':
        this.mapping();
        return;
      case 'tBit':
        this.protectedStore();
        return;
      case 'guestFault':
      case 'io':
      case 'alias':
      case 'speculation':
      case 'trap':
      case 'storeBuffer':
        core.charge(CPI.dispatch, this.parts.exitCycles);
        this.recover(name);
        return;
      default:
        unreachable(name);
    }
  }

  private noteRollback(number: number): void {
    const { core, tcache } = this.parts;
    tcache.translationAt(core.exit.hostPc)?.noteRollback(number, core.exit.wastedCycles);
  }

  private exit(): void {
    const { core, tcache, position, statistics } = this.parts;
    const { index } = core.exit;
    if (index === EXIT_INDIRECT_MISS) {
      // The commit has put the target into EIP.
      statistics.count.indirectMisses++;
      position.headFromRoutine();
      return;
    }
    const exit = tcache.exitNumbered(index);
    if (exit === undefined) throw new SimulatorBug(`no exit has the number ${index}`);
    exit.taken++;
    this.standAt(exit.eip);
    this.leftBy(exit);
  }

  private leftBy(exit: TcacheExit): void {
    const { position, translator } = this.parts;
    switch (exit.kind) {
      case 'jump':
      case 'indirect':
      case 'return':
        position.head(exit);
        return;
      case 'interpret':
        position.inside(true);
        return;
      case 'hot':
        translator.becameHot(exit.translation);
        position.inside();
        return;
      case 'commit':
      case 'assist':
        throw new SimulatorBug(`left by an exit of kind ${exit.kind}`);
      default:
        unreachable(exit.kind);
    }
  }

  /** One instruction by the interpreter, then on behind it if the world is still the same. */
  private assist(): void {
    const { core, cpu, tcache, interpreter, position, statistics } = this.parts;
    const { index, resumePc } = core.exit;
    const { fetchGeneration } = cpu;
    const exit = tcache.exitNumbered(index);
    const place = tcache.resumeAt(resumePc);
    if (exit === undefined || place === undefined) throw new SimulatorBug(`no assist ${index}`);
    this.s[EIP] = exit.eip;
    exit.taken++;
    statistics.count.assisted++;
    const insn = interpreter.step();
    // The generation: it changed what is mapped where (the A20 gate), or code.
    const same = cpu.fetchGeneration === fetchGeneration;
    if (insn !== undefined && same && this.maySkipDispatch(exit.translation, place))
      position.left(resumePc, true);
    else position.head();
  }

  private maySkipDispatch(translation: TcacheEntry, place: ResumePlace): boolean {
    const { s } = this;
    return (
      translation.state === 'live' &&
      s[EIP] === (place.eip | 0) &&
      (s[HALTED] | s[INHIBIT] | s[PENDING_DEBUG]) === 0 &&
      this.parts.contexts.current() === translation.context
    );
  }

  /** At an entry: the look-up sorts it out. In the middle of a region: like any other trouble. */
  private mapping(): void {
    const { core, tcache, position } = this.parts;
    const { hostPc } = core.exit;
    const culprit = tcache.translationAt(hostPc);
    core.charge(CPI.dispatch, this.parts.exitCycles);
    if (culprit !== undefined && hostPc >= culprit.entryPc) {
      this.recover('mapping');
      return;
    }
    this.standAt(this.placeBehindCommit().eip);
    position.head();
  }

  private protectedStore(): void {
    const { core, protection } = this.parts;
    const { address, sizeBytes } = core.exit;
    this.recover('tBit');
    // It may end the very translation that stores.
    protection.storeFault(address, sizeBytes);
  }

  private recover(cause: HostExit): void {
    const { core, tcache, position } = this.parts;
    const { hostPc, index } = core.exit;
    const culprit = tcache.translationAt(hostPc);
    if (culprit === undefined)
      throw new SimulatorBug(`${cause} at ${hostPc.toString(16)}, outside the tcache`);
    this.standAt(this.placeBehindCommit().eip);
    position.recover(culprit, cause, index);
  }

  private placeBehindCommit(): ResumePlace {
    const { resumePc } = this.parts.core.exit;
    const place = this.parts.tcache.resumeAt(resumePc);
    if (place === undefined)
      throw new SimulatorBug(`nobody knows where the guest is at ${resumePc.toString(16)}`);
    return place;
  }

  /** The interpreter's view of where the guest is; -1: the commit has put it into EIP. */
  private standAt(eip: number): void {
    const { s } = this;
    if (eip !== -1) s[EIP] = eip;
    if (!this.midRepeat) return;
    s[MID_REPEAT] = 1;
    s[START_EIP] = s[EIP];
  }
}

function unreachable(kind: never): never {
  throw new SimulatorBug(`not handled: ${kind as string}`);
}

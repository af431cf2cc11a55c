/**
 * The lockstep check: follows the machine by what it reports (GuestObserver), leads the golden twin to
 * the same point, and compares. At commits: general registers, EIP, EFLAGS, the bytes that either
 * side stored. Behind interpreted instructions and deliveries: everything that the guest could see.
 * All of RAM now and then, and at the end. The first difference is thrown.
 */

import type { GuestObserver } from '../../cms/runtime/parts.js';
import { Disassembler } from '../../guest-isa/disasm/disassemble.js';
import { rows } from '../../guest-isa/insn/index.js';
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import type { Delivery } from '../../guest-isa/interp/executor.js';
import { A20_MASK, CS, EIP, SEG_ATTR, SEG_BASE } from '../../guest-isa/state/layout.js';
import type { CommitView } from '../../hw/core/host-core.js';
import { GoldenTwin } from './golden-twin.js';
import type { IoLog } from './io-log.js';
import { type DifferenceFacts, LockstepDifference } from './lockstep-difference.js';
import { IoDifference } from './replay-board.js';
import { sameRegisters, sameRest, type Unequal, unequalWords } from './state-comparison.js';

export interface LockstepParts {
  /** The machine's processor, connected to the board through `log`. */
  readonly cpu: Cpu;
  readonly log: IoLog;
  /** Steps between two comparisons of all RAM. */
  readonly ramComparedEvery: number;
  /** Text of the translation at a host address, for reports. */
  readonly translationText: (hostPc: number) => string | undefined;
  /** Command that runs the same again. */
  readonly rerun: string;
}

/** Instructions and bytes of memory that a report shows at most. */
const MOST_INSTRUCTIONS = 24;
const MOST_BYTES = 16;
const CODE_32 = 0x4000;

export class LockstepChecker implements GuestObserver {
  /** Steps completed since the check began. */
  steps = 0;
  /** Points at which both were compared. */
  comparisons = 0;
  private readonly cpu: Cpu;
  private readonly twin: GoldenTwin;
  /** Where the guest stood when both agreed last. */
  private agreedEip: number;
  private nextRamComparison: number;

  constructor(private readonly parts: LockstepParts) {
    this.cpu = parts.cpu;
    parts.log.clear();
    this.twin = new GoldenTwin(parts.cpu, parts.log);
    this.agreedEip = this.cpu.s[EIP];
    this.nextRamComparison = parts.ramComparedEvery;
  }

  /** The machine's state was replaced (a reset, a restored snapshot): the twin begins anew from it. */
  restart(): void {
    this.parts.log.clear();
    this.twin.copy();
    this.agreedEip = this.cpu.s[EIP];
  }

  interpreted(steps: number): void {
    this.advance(steps, 'interpreted', -1);
    this.compareAll('interpreted');
  }

  committed(commit: CommitView, eip: number): void {
    const { cpu, twin } = this;
    this.advance(commit.steps, 'committed', commit.hostPc);
    const ours = cpu.memory.ram;
    const theirs = twin.board.ram;
    let same = sameRegisters(cpu.s, eip, twin.cpu.s);
    const { storeCount, storeAddresses, storeBytes } = commit;
    for (let i = 0; i < storeCount && same; i++) {
      const end = storeAddresses[i] + storeBytes[i];
      for (let at = storeAddresses[i]; at < end; at++) same = same && ours[at] === theirs[at];
    }
    if (!same || twin.cpu.firstDifference(ours, theirs) >= 0)
      this.fail('committed', eip, commit.hostPc, undefined);
    this.agree();
  }

  delivered(what: Delivery): void {
    this.parts.log.settle();
    this.guarded(`delivered: ${what}`, -1, () => {
      this.twin.deliver(what);
      return true;
    });
    this.compareAll(`delivered: ${what}`);
  }

  /** Compares everything, RAM included; between two runs of the machine. */
  compareEverything(where: string): void {
    this.parts.log.settle();
    this.twin.settle();
    this.compareAll(where);
    this.compareRam(where);
  }

  private advance(steps: number, where: string, hostPc: number): void {
    this.parts.log.settle();
    this.steps += steps;
    this.guarded(where, hostPc, () => this.twin.advance(steps, this.cpu.clock.now));
  }

  /** What both do with devices differs, or the golden model is halted: a difference like any other. */
  private guarded(where: string, hostPc: number, go: () => boolean): void {
    let device: string | undefined;
    try {
      if (go()) return;
      device = 'the golden model is halted';
    } catch (thrown) {
      if (!(thrown instanceof IoDifference)) throw thrown;
      device = thrown.message;
    }
    this.fail(where, this.cpu.s[EIP], hostPc, device);
  }

  private compareAll(where: string): void {
    const { cpu, twin } = this;
    const ours = cpu.s;
    const theirs = twin.cpu.s;
    twin.followA20(ours[A20_MASK]);
    const same =
      sameRegisters(ours, ours[EIP], theirs) &&
      sameRest(ours, theirs) &&
      twin.cpu.firstDifference(cpu.memory.ram, twin.board.ram) < 0;
    if (!same) this.fail(where, ours[EIP], -1, undefined);
    this.agree();
  }

  private agree(): void {
    this.comparisons++;
    this.agreedEip = this.twin.cpu.s[EIP];
    if (this.steps < this.nextRamComparison) return;
    this.nextRamComparison = this.steps + this.parts.ramComparedEvery;
    this.compareRam('comparison of all RAM');
  }

  private compareRam(where: string): void {
    if (Buffer.compare(this.cpu.memory.ram, this.twin.board.ram) !== 0)
      this.fail(where, this.twin.cpu.s[EIP], -1, undefined);
  }

  private fail(where: string, eip: number, hostPc: number, device: string | undefined): never {
    const { cpu, twin, parts } = this;
    const facts: DifferenceFacts = {
      where,
      steps: this.steps,
      cycle: cpu.clock.now,
      fromEip: this.agreedEip,
      eip: twin.cpu.s[EIP],
      registers: unequalWords(cpu.s, eip, twin.cpu.s),
      memory: this.unequalBytes(),
      device,
      instructions: this.instructionsFrom(this.agreedEip),
      translation: hostPc < 0 ? undefined : parts.translationText(hostPc),
      rerun: parts.rerun,
    };
    throw new LockstepDifference(facts);
  }

  private unequalBytes(): Unequal[] {
    const ours = this.cpu.memory.ram;
    const theirs = this.twin.board.ram;
    const found: Unequal[] = [];
    for (let at = 0; at < ours.length && found.length < MOST_BYTES; at++)
      if (ours[at] !== theirs[at])
        found.push({
          name: `byte at physical 0x${at.toString(16)}`,
          machine: ours[at],
          golden: theirs[at],
        });
    return found;
  }

  /** Straight on from where both agreed; as far as the bytes can be read without an effect. */
  private instructionsFrom(eip: number): string[] {
    const disassembler = new Disassembler(rows);
    const { s } = this.twin.cpu;
    const lines: string[] = [];
    for (let at = eip; lines.length < MOST_INSTRUCTIONS; ) {
      const bytes = this.codeBytes((at + s[SEG_BASE + CS]) | 0);
      if (bytes.length === 0) break;
      const { text, length } = disassembler.at(bytes, at, (s[SEG_ATTR + CS] & CODE_32) !== 0);
      lines.push(`${(at >>> 0).toString(16).padStart(8, '0')}  ${text}`);
      at = (at + Math.max(1, length)) | 0;
    }
    return lines;
  }

  /** Bytes of RAM from a linear address on, through translations that exist, up to 15. */
  private codeBytes(linear: number): number[] {
    const { cpu, board } = this.twin;
    const bytes: number[] = [];
    for (let i = 0; i < 15; i++) {
      const entry = cpu.tlb[(linear + i) >>> 12];
      const physical = (entry & ~0xfff) | ((linear + i) & 0xfff);
      if (entry === 0 || physical >>> 0 >= board.ram.length) break;
      bytes.push(board.ram[physical]);
    }
    return bytes;
  }
}

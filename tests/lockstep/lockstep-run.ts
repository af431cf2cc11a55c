/**
 * Plays a case on the machine under test with the golden interpreter beside it: after each commit, each
 * interpreted step and each interrupt both must agree in registers, flags and what was stored, and at
 * the end in everything. Also here: each cycle has one cause, and the same run takes the same cycles
 * however it is sliced.
 */

import type { GuestObserver } from '../../cms/runtime/parts.js';
import type { Delivery } from '../../guest-isa/interp/executor.js';
import { readEflags } from '../../guest-isa/state/flags.js';
import * as W from '../../guest-isa/state/layout.js';
import type { CommitView } from '../../hw/core/host-core.js';
import type { Golden } from './golden.js';
import { makeImage } from './guest-board.js';
import type { LockstepCase } from './lockstep-case.js';
import type { MachineUnderTest } from './machine-under-test.js';

/** Steps after which a program that does not end is left, and cycles. */
const STEP_LIMIT = 2_500;
const CYCLE_LIMIT = 30_000_000;
const SLICE_MOST = 100_000;
const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];

/** State words that are compared at the end, beside the registers. */
const FINAL_WORDS: readonly (readonly [string, number, number])[] = [
  ['segments', W.SEG_SELECTOR, W.SEG_FAST + 8],
  ['control', W.CR0, W.CR4 + 1],
  ['cpl', W.CPL, W.CPL + 1],
  ['halted', W.HALTED, W.HALTED + 1],
  ['repeat', W.REPEAT_EXTRA_LO, W.REPEAT_EXTRA_HI + 1],
  ['x87', W.FPU_CW, W.FPU_SE + 8],
];

class Difference extends Error {}
/** Thrown where a program can be followed no further. */
const LEFT = Symbol('left');

export interface Played {
  /** undefined: the two agree. */
  readonly failure: string | undefined;
  readonly end: 'halted' | 'shutdown' | 'limit' | 'failed';
  readonly steps: number;
  readonly cycles: number;
  readonly cpi: readonly number[];
  /** Instructions that translated code completed. */
  readonly translated: number;
}

export class LockstepRun implements GuestObserver {
  private instructionsBefore = 0;

  constructor(
    private readonly golden: Golden,
    private readonly machine: MachineUnderTest,
  ) {
    machine.software.observe(this);
    machine.onDma = (address, bytes) => golden.bus.dma.write(address, bytes);
  }

  /** `slice`: instead of the one that the case asks for. */
  play(c: LockstepCase, slice = c.environment.slice): Played {
    const { golden, machine } = this;
    const image = makeImage(c);
    golden.begin(c, image);
    machine.begin(c, image);
    this.instructionsBefore = machine.loop.instructions;
    const translated = machine.core.retiredInstructions;
    let end: Played['end'] = 'failed';
    let failure: string | undefined;
    try {
      end = this.run(slice);
      this.compareEnd(end);
    } catch (thrown) {
      if (thrown === LEFT) end = 'limit';
      else failure = thrown instanceof Difference ? thrown.message : trouble(thrown);
    }
    return {
      failure: failure && `step ${golden.steps}, cycle ${machine.clock.now}: ${failure}`,
      end,
      steps: golden.steps,
      cycles: machine.clock.now,
      cpi: [...machine.core.cpi],
      translated: machine.core.retiredInstructions - translated,
    };
  }

  private run(slice: number): Played['end'] {
    const { golden, machine } = this;
    while (golden.steps < STEP_LIMIT && machine.clock.now < CYCLE_LIMIT) {
      const end = machine.loop.run(machine.clock.now + Math.min(slice, SLICE_MOST));
      if (end === 'haltForever') return 'halted';
      if (end === 'shutdown') return 'shutdown';
    }
    return 'limit';
  }

  // --- what the machine under test reports

  interpreted(steps: number): void {
    this.advance(steps);
    this.compareRegisters('interpreted', this.machine.cpu.s[W.EIP]);
  }

  committed(commit: CommitView, eip: number): void {
    this.advance(commit.steps);
    this.compareRegisters('committed', eip);
    const { storeCount, storeAddresses, storeBytes } = commit;
    const ours = this.machine.bus.ram;
    const theirs = this.golden.ram;
    for (let i = 0; i < storeCount; i++) {
      const at = storeAddresses[i];
      for (let byte = at; byte < at + storeBytes[i]; byte++)
        if (ours[byte] !== theirs[byte])
          throw new Difference(
            `committed: byte ${hex(byte)} is ${hex(ours[byte])}, not ${hex(theirs[byte])}`,
          );
    }
  }

  delivered(what: Delivery): void {
    if (what !== 'external') throw new Difference(`delivered ${what}`);
    if (!this.golden.interrupt()) throw new Difference('an interrupt came where none may');
    this.compareRegisters('delivered', this.machine.cpu.s[W.EIP]);
  }

  // --- comparison

  private advance(steps: number): void {
    if (this.golden.stepping) throw LEFT;
    if (!this.golden.advance(steps)) throw new Difference('the golden machine is halted');
  }

  private compareRegisters(when: string, eip: number): void {
    const ours = this.machine.cpu.s;
    const theirs = this.golden.cpu.s;
    let same = eip === theirs[W.EIP];
    for (let i = 0; i < 8; i++) same = same && ours[i] === theirs[i];
    if (same && readEflags(ours) === readEflags(theirs)) return;
    const found = REGISTERS.flatMap((name, i) =>
      ours[i] === theirs[i] ? [] : [`${name} ${hex(ours[i])}, not ${hex(theirs[i])}`],
    );
    if (eip !== theirs[W.EIP]) found.push(`eip ${hex(eip)}, not ${hex(theirs[W.EIP])}`);
    if (readEflags(ours) !== readEflags(theirs))
      found.push(`eflags ${hex(readEflags(ours))}, not ${hex(readEflags(theirs))}`);
    throw new Difference(`${when}, golden eip ${hex(theirs[W.EIP])}: ${found.join('; ')}`);
  }

  private compareEnd(end: Played['end']): void {
    const { golden, machine } = this;
    const ours = machine.cpu.s;
    const theirs = golden.cpu.s;
    for (const [name, from, to] of FINAL_WORDS)
      for (let word = from; word < to; word++)
        if (ours[word] !== theirs[word])
          throw new Difference(
            `end: ${name} word ${word} is ${hex(ours[word])}, not ${hex(theirs[word])}`,
          );
    if (Buffer.compare(machine.bus.ram, golden.ram) !== 0) {
      const at = golden.ram.findIndex((byte, i) => byte !== machine.bus.ram[i]);
      throw new Difference(
        `end: byte ${hex(at)} is ${hex(machine.bus.ram[at])}, not ${hex(golden.ram[at])}`,
      );
    }
    if (machine.device.accesses !== golden.device.accesses)
      throw new Difference('end: the device was accessed otherwise');
    const instructions = machine.loop.instructions - this.instructionsBefore;
    if (end !== 'limit' && instructions !== golden.instructions)
      throw new Difference(`end: ${instructions} instructions, not ${golden.instructions}`);
    const spent = machine.core.cpi.reduce((sum, cycles) => sum + cycles, 0);
    if (end !== 'limit' && spent !== machine.clock.now)
      throw new Difference(`the CPI stack holds ${spent} cycles of ${machine.clock.now}`);
  }
}

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

function trouble(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `threw ${String(thrown)}`;
  const stack = (thrown.stack ?? '')
    .split('\n')
    .slice(0, 6)
    .map((line) => line.trim().replace(/\(?(file:)?\/\S*\/(\S+\/\S+:\d+):\d+\)?/, '$2'));
  return `threw ${stack.join(' | ')}`;
}

/**
 * A second machine with the interpreter alone that follows a machine with code morphing through its
 * observer, step by step, and remembers the first place where the two differ.
 */
import type { GuestObserver } from '../../../cms/runtime/parts.js';
import { StepLoop } from '../../../guest-isa/interp/step-loop.js';
import { readEflags } from '../../../guest-isa/state/flags.js';
import { EIP, REMAINING } from '../../../guest-isa/state/layout.js';
import { deliverFault } from '../../../guest-isa/system/deliver.js';
import type { CommitView } from '../../../hw/core/host-core.js';
import type { Rig } from './rig.js';

export class Twin implements GuestObserver {
  commits = 0;
  difference: string | undefined;
  private readonly steps: StepLoop;

  constructor(
    private readonly rig: Rig,
    private readonly golden: Rig,
  ) {
    const { cpu, fetch } = golden;
    this.steps = new StepLoop(cpu, fetch, (_cpu, fault) => void deliverFault(cpu, fault));
    rig.cms?.observe(this);
  }

  interpreted(steps: number): void {
    this.follow(steps);
    this.compare('interpreted', this.rig.cpu.s[EIP]);
  }

  committed(commit: CommitView, eip: number): void {
    this.commits++;
    this.follow(commit.steps);
    this.compare(`commit at ${commit.hostPc.toString(16)}`, eip);
  }

  delivered(): void {
    throw new Error('nothing interrupts these programs');
  }

  private follow(steps: number): void {
    const { s } = this.golden.cpu;
    s[REMAINING] = steps;
    while (s[REMAINING] > 0) this.steps.single();
  }

  private compare(what: string, eip: number): void {
    if (this.difference !== undefined) return;
    const ours = this.rig.cpu.s;
    const theirs = this.golden.cpu.s;
    const names = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
    const wrong = names.filter((_, r) => ours[r] !== theirs[r]);
    if (eip !== theirs[EIP]) wrong.push('eip');
    if (readEflags(ours) !== readEflags(theirs)) wrong.push('eflags');
    if (wrong.length > 0)
      this.difference = `${what}: ${wrong.join(' ')} at ${(theirs[EIP] >>> 0).toString(16)}`;
  }
}

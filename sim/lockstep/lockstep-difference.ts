/**
 * The first place where the machine does not do what the golden interpreter does, with what is needed to
 * find out why: registers, memory, the instructions under way, the translation, how to run it again.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { Unequal } from './state-comparison.js';

export interface DifferenceFacts {
  /** What the machine reported: committed, interpreted, delivered, end. */
  readonly where: string;
  /** Steps completed since the check began. */
  readonly steps: number;
  readonly cycle: number;
  /** Where the guest stood at the last point that agreed, and where the golden model stands. */
  readonly fromEip: number;
  readonly eip: number;
  readonly registers: readonly Unequal[];
  /** Physical addresses. */
  readonly memory: readonly Unequal[];
  /** A device that both treated differently. */
  readonly device: string | undefined;
  /** Instructions from `fromEip` on. */
  readonly instructions: readonly string[];
  /** The translation that committed, where one did. */
  readonly translation: string | undefined;
  /** Command that shows it again. */
  readonly rerun: string;
}

export class LockstepDifference extends SimulatorBug {
  constructor(readonly facts: DifferenceFacts) {
    super(textOf(facts));
    this.name = 'LockstepDifference';
  }
}

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

function textOf(f: DifferenceFacts): string {
  const lines = [
    `the machine left the golden interpreter's path in the steps up to ${f.steps}, cycle ${f.cycle} (${f.where})`,
    `  agreed at eip ${hex(f.fromEip)}; the golden interpreter is at ${hex(f.eip)}`,
  ];
  if (f.device !== undefined) lines.push(`  ${f.device}`);
  for (const { name, machine, golden } of [...f.registers, ...f.memory])
    lines.push(`  ${name}: ${hex(machine)}, golden ${hex(golden)}`);
  lines.push('instructions:', ...f.instructions.map((line) => `  ${line}`));
  if (f.translation !== undefined) lines.push('translation:', f.translation.trimEnd());
  lines.push(`again: ${f.rerun}`);
  return lines.join('\n');
}

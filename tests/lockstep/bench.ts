/**
 * Makes machines for cases, and checks cases: lockstep on the stepper and with compiled units, which must
 * take the same cycles, for some cases in other slices too.
 */
import type { TimingModel } from '../../hw/core/timing-model.js';
import type { UnitOptions } from '../../hw/exec/wasm/unit-options.js';
import { Golden } from './golden.js';
import { type LockstepCase, type MachineChoice, machineOf, makeCase } from './lockstep-case.js';
import { LockstepRun, type Played } from './lockstep-run.js';
import { MachineUnderTest } from './machine-under-test.js';

/** One case in so many is played in other slices the second time. */
const AGAIN = 16;

/** Everything is compiled as soon as possible. */
const EAGER: UnitOptions = { hot: 2, batch: 4, patience: 6, surprises: 1, misses: 1 };

export class Bench {
  private readonly golden = new Golden();
  private choice: MachineChoice | undefined;
  private runner: LockstepRun | undefined;
  private compiling: LockstepRun | undefined;

  /** `engines`: `stepper` leaves compiled units out, which takes half the time. */
  constructor(
    private readonly engines: 'both' | 'stepper' = 'both',
    private readonly timing: TimingModel = 'full',
  ) {}

  /** The case of a seed, with the machine of its group. */
  caseOf(seed: number): LockstepCase {
    const choice = machineOf(seed);
    const same = JSON.stringify(choice) === JSON.stringify(this.choice);
    return makeCase(seed, same && this.choice !== undefined ? this.choice : choice);
  }

  play(c: LockstepCase, slice?: number): Played {
    return this.runnerFor(c).play(c, slice);
  }

  /** Plays on a machine of its own. */
  playFresh(c: LockstepCase, slice?: number): Played {
    this.choice = undefined;
    return this.play(c, slice);
  }

  check(c: LockstepCase): Played {
    const isSlicedAnew = c.seed % AGAIN === 0;
    // Machines remember a little from case to case (numbers of contexts, places in tables), so both must have
    // run the same cases; one that is played in other slices, which may end elsewhere, takes new ones.
    const played = isSlicedAnew ? this.lockstep(c).play(c) : this.play(c);
    if (played.failure !== undefined || this.engines === 'stepper') return played;
    const compiled = isSlicedAnew
      ? this.lockstep(c, EAGER).play(c, otherSlice(c))
      : this.playCompiled(c);
    if (compiled.failure !== undefined)
      return { ...compiled, failure: `compiled: ${compiled.failure}` };
    // How far a program without end gets depends on the slices.
    const isTimed = played.end !== 'limit' && compiled.end !== 'limit';
    return { ...played, failure: isTimed ? sameTime(played, compiled) : undefined };
  }

  private playCompiled(c: LockstepCase): Played {
    this.runnerFor(c);
    this.compiling ??= this.lockstep(c, EAGER);
    return this.compiling.play(c);
  }

  private runnerFor({ host, cms }: MachineChoice): LockstepRun {
    if (this.runner === undefined || this.choice?.host !== host || this.choice.cms !== cms) {
      this.choice = { host, cms };
      this.runner = this.lockstep(this.choice);
      this.compiling = undefined;
    }
    return this.runner;
  }

  private lockstep(choice: MachineChoice, units?: UnitOptions): LockstepRun {
    return new LockstepRun(this.golden, new MachineUnderTest(choice, units, this.timing));
  }
}

const otherSlice = ({ environment }: LockstepCase): number =>
  environment.slice === 1_000_000 ? 313 : 1_000_000;

function sameTime(a: Played, b: Played): string | undefined {
  if (a.cycles !== b.cycles) return `compiled: ${b.cycles} cycles, not ${a.cycles}`;
  const slot = a.cpi.findIndex((cycles, i) => cycles !== b.cpi[i]);
  return slot === -1
    ? undefined
    : `compiled: CPI slot ${slot} has ${b.cpi[slot]}, not ${a.cpi[slot]}`;
}

/** Makes machines for cases, and checks cases: lockstep, and for some of them the same cycles again. */
import { Golden } from './golden.js';
import { type LockstepCase, type MachineChoice, machineOf, makeCase } from './lockstep-case.js';
import { LockstepRun, type Played } from './lockstep-run.js';
import { MachineUnderTest } from './machine-under-test.js';

/** One case in so many is played again, in other slices. */
const AGAIN = 16;

export class Bench {
  private readonly golden = new Golden();
  private choice: MachineChoice | undefined;
  private runner: LockstepRun | undefined;

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
    const played = this.play(c);
    if (played.failure !== undefined || played.end === 'limit' || c.seed % AGAIN !== 0)
      return played;
    const other = c.environment.slice === 1_000_000 ? 313 : 1_000_000;
    const again = this.play(c, other);
    // How far a program without end gets depends on the slices.
    const timed = again.failure === undefined && again.end !== 'limit';
    return { ...again, failure: timed ? sameTime(played, again) : again.failure };
  }

  private runnerFor({ host, cms }: MachineChoice): LockstepRun {
    if (this.runner === undefined || this.choice?.host !== host || this.choice.cms !== cms) {
      this.choice = { host, cms };
      this.runner = new LockstepRun(this.golden, new MachineUnderTest(this.choice));
    }
    return this.runner;
  }
}

function sameTime(a: Played, b: Played): string | undefined {
  if (a.cycles !== b.cycles) return `other slices: ${b.cycles} cycles, not ${a.cycles}`;
  const slot = a.cpi.findIndex((cycles, i) => cycles !== b.cpi[i]);
  return slot === -1
    ? undefined
    : `other slices: CPI slot ${slot} has ${b.cpi[slot]}, not ${a.cpi[slot]}`;
}

/**
 * What translations were good for: how often each ran, what it completed, what that cost; and the
 * same by gear, with those that are gone. Made from what the core adds up at each commit, when somebody
 * asks. Of dead translations only the ones that ran longest are kept, to be explained.
 *
 * Cycles count for the translation that commits them: the few behind the commit of an indirect exit
 * count for the translation that it leads to.
 */
import type { CommitTally } from '../../hw/core/commit-tallies.js';
import type { HostCore } from '../../hw/core/host-core.js';
import { CPI } from '../../hw/timing/cpi.js';
import type { Tcache } from '../tcache/tcache.js';
import type { TcacheEntry } from '../tcache/tcache-entry.js';
import type { InterpreterGear } from './interpreter-gear.js';
import type { CounterReading } from './statistics.js';

export interface TranslationUse {
  /** Times that it ran to one of its exits (rolled back ones not counted). */
  readonly executions: number;
  readonly instructions: number;
  /** Interpreter steps: instructions, and further iterations of repeated ones. */
  readonly steps: number;
  readonly cycles: number;
  readonly rollbacks: number;
  /** Cycles that were rolled back, and those of the rollbacks. */
  readonly wastedCycles: number;
}

/** How many dead translations are kept. */
const KEPT = 64;
type Sum = { -readonly [key in keyof TranslationUse]: number };
const nothing = (): Sum => ({
  executions: 0,
  instructions: 0,
  steps: 0,
  cycles: 0,
  rollbacks: 0,
  wastedCycles: 0,
});

const GEAR_COUNTERS = [
  ['executions', 'times', 'Times that translations of the $ gear ran to one of their exits.'],
  ['instructions', 'instructions', 'Guest instructions that translations of the $ gear completed.'],
  ['cycles', 'cycles', 'Cycles of translations of the $ gear that were committed.'],
  ['rollbacks', 'rollbacks', 'Rollbacks in translations of the $ gear.'],
  ['wastedCycles', 'cycles', 'Cycles in translations of the $ gear that were rolled back.'],
] as const satisfies readonly [keyof TranslationUse, string, string][];

const GEARS = [
  ['block', 'basic-block', CPI.translateBlock],
  ['superblock', 'superblock', CPI.translateSuperblock],
] as const;

export class TranslationRecords {
  /** Dead translations that ran, the longest ones. */
  private kept: TcacheEntry[] = [];
  private readonly gone = { block: nothing(), superblock: nothing() };

  constructor(
    private readonly tcache: Tcache,
    private readonly core: HostCore,
    private readonly interpreter: InterpreterGear,
  ) {
    tcache.deathListeners.push((translation) => this.died(translation));
  }

  /** The machine's state was replaced. */
  clear(): void {
    this.kept = [];
    this.gone.block = nothing();
    this.gone.superblock = nothing();
  }

  /** What was counted so far is forgotten; the core has begun its tallies anew. */
  beginAnew(): void {
    this.clear();
    for (const translation of this.tcache.translations()) {
      translation.rollbacks.fill(0);
      translation.wastedCycles = 0;
      for (const exit of translation.exits) exit.taken = 0;
    }
    this.interpreter.steps = 0;
  }

  /** Those in the tcache, and of the dead ones those that are kept. */
  all(): TcacheEntry[] {
    return [...this.tcache.translations(), ...this.kept];
  }

  useOf(translation: TcacheEntry): TranslationUse {
    const { exits, retirements } = translation.compiled;
    const { timesRolledBack: rollbacks, wastedCycles } = translation;
    const use = { executions: 0, instructions: 0, steps: 0, cycles: 0, rollbacks, wastedCycles };
    const tallies = this.talliesOf(translation);
    for (let i = 0; i < tallies.length; i++) {
      const tally = tallies[i];
      const { kind } = exits[retirements[i].exit];
      if (kind !== 'commit' && kind !== 'assist') use.executions += tally.executions;
      use.instructions += tally.instructions;
      use.steps += tally.steps;
      use.cycles += tally.cycles;
    }
    return use;
  }

  /** What its commits have added up to, by retirement. */
  talliesOf(translation: TcacheEntry): readonly CommitTally[] {
    return this.tcache.talliesOf(translation);
  }

  /** On average so far, misses and dispatch included; a step is an instruction or a further iteration of one. */
  get interpreterCyclesPerStep(): number {
    const { steps } = this.interpreter;
    return steps === 0 ? 0 : this.core.cpi[CPI.interpret] / steps;
  }

  /** Guest instructions and cycles by gear. */
  readings(): CounterReading[] {
    const { cpi } = this.core;
    const uses = this.byGear();
    return [
      {
        name: 'gear.interpreter.instructions',
        unit: 'instructions',
        text: 'Guest instructions that the interpreter gear completed, those after host exits included.',
        value: this.interpreter.instructions,
      },
      {
        name: 'gear.interpreter.cycles',
        unit: 'cycles',
        text: 'Cycles of the interpreter gear: slot `interpret` of the CPI stack.',
        value: cpi[CPI.interpret],
      },
      ...GEARS.flatMap(([gear, word, slot]) => {
        const use = uses[gear];
        return [
          ...GEAR_COUNTERS.map(([name, unit, text]) => ({
            name: `gear.${gear}.${name}`,
            unit,
            text: text.replace('$', word),
            value: use[name],
          })),
          {
            name: `gear.${gear}.translatingCycles`,
            unit: 'cycles',
            text: `Cycles of translating in the ${word} gear.`,
            value: cpi[slot],
          },
        ];
      }),
    ];
  }

  private byGear(): Readonly<Record<TcacheEntry['gear'], TranslationUse>> {
    const sums = { block: { ...this.gone.block }, superblock: { ...this.gone.superblock } };
    for (const translation of this.tcache.translations())
      add(sums[translation.gear], this.useOf(translation));
    return sums;
  }

  private died(translation: TcacheEntry): void {
    const use = this.useOf(translation);
    const { gear } = translation;
    add(this.gone[gear], use);
    if (use.cycles + use.wastedCycles === 0) return;
    this.kept.push(translation);
    if (this.kept.length < 2 * KEPT) return;
    const cyclesOf = new Map(this.kept.map((t) => [t, this.useOf(t).cycles]));
    this.kept.sort((a, b) => (cyclesOf.get(b) ?? 0) - (cyclesOf.get(a) ?? 0) || a.id - b.id);
    this.kept.length = KEPT;
  }
}

function add(sum: Sum, use: TranslationUse): void {
  sum.executions += use.executions;
  sum.instructions += use.instructions;
  sum.steps += use.steps;
  sum.cycles += use.cycles;
  sum.rollbacks += use.rollbacks;
  sum.wastedCycles += use.wastedCycles;
}

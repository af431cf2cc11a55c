/**
 * Explains translations of a machine: which ones an address or the hottest are, and for each what it
 * was made from, what became of it on the way to molecules, and what it was good for.
 */
import type { CmsOptions } from '../../cms/options.js';
import type { TcacheEntry } from '../../cms/tcache/tcache-entry.js';
import { HOST_EXITS } from '../../hw/core/exits.js';
import type { RunTotals } from '../host-statistics.js';
import type { Host } from '../processor.js';
import { exitsOf } from './exits.js';
import type {
  ExplainAnswer,
  ExplainRequest,
  Explanation,
  GuestMode,
  Use,
  Worth,
} from './explanation.js';
import { guestCodeOf, regionFacts, speculationOf } from './facts.js';
import { moleculesOf } from './molecules.js';
import { stagesOf } from './stages.js';

/** Addresses that are named where nothing is known of the one asked for. */
const NEAREST = 3;

export class Explainer {
  constructor(
    private readonly host: Host,
    private readonly options: CmsOptions,
    /** The whole of the run, to compare with. */
    private readonly totals: RunTotals,
  ) {}

  answer({ eip, top }: ExplainRequest): ExplainAnswer {
    const all = this.host.software.records.all();
    const known = eip === undefined ? all : holding(all, eip);
    if (eip !== undefined && known.length === 0)
      return { kind: 'unknown', nearest: nearest(all, eip) };
    const wanted = this.hottestFirst(known).slice(0, eip === undefined ? top : known.length);
    return { kind: 'explained', translations: wanted.map((t) => this.explain(t)) };
  }

  private hottestFirst(translations: readonly TcacheEntry[]): TcacheEntry[] {
    const { records } = this.host.software;
    const cycles = new Map(translations.map((t) => [t, records.useOf(t).cycles]));
    const cyclesOf = (t: TcacheEntry): number => cycles.get(t) ?? 0;
    return [...translations].sort((a, b) => cyclesOf(b) - cyclesOf(a) || a.id - b.id);
  }

  private explain(translation: TcacheEntry): Explanation {
    const { isa, software } = this.host;
    const { region, compiled, startPc } = translation;
    const { stages, ir } = stagesOf(region, software.lifter, this.options.passes);
    return {
      id: translation.id,
      gear: translation.gear,
      entryEip: translation.entryEip,
      state: translation.state,
      mode: modeOf(translation),
      use: this.use(translation),
      worth: this.worth(translation),
      region: regionFacts(region),
      speculation: speculationOf(translation, ir),
      code: {
        startPc,
        sizeBytes: 4 * compiled.words.length,
        molecules: compiled.molecules,
        atoms: compiled.atoms,
        spills: compiled.spills,
      },
      guestCode: guestCodeOf(region),
      stages,
      molecules: moleculesOf(isa, compiled),
      exits: exitsOf(translation, software.records),
    };
  }

  private use(translation: TcacheEntry): Use {
    const { instructions, cycles } = this.totals;
    const use = this.host.software.records.useOf(translation);
    return {
      executions: use.executions,
      instructions: use.instructions,
      cycles: use.cycles,
      shareOfCycles: cycles === 0 ? 0 : use.cycles / cycles,
      shareOfInstructions: instructions === 0 ? 0 : use.instructions / instructions,
      rollbacks: HOST_EXITS.map(({ name }, i) => ({
        cause: name,
        times: translation.rollbacks[i],
      })).filter(({ times }) => times > 0),
      wastedCycles: use.wastedCycles,
    };
  }

  private worth(translation: TcacheEntry): Worth {
    const { records } = this.host.software;
    const { steps, cycles, wastedCycles } = records.useOf(translation);
    const { costCycles } = translation;
    const average = records.interpreterCyclesPerStep;
    return {
      costCycles,
      interpreterCyclesPerStep: average,
      savedCycles: Math.round(steps * average - cycles - wastedCycles - costCycles),
    };
  }
}

function modeOf({ context }: TcacheEntry): GuestMode {
  const { user, code32, stack32, csBase } = context;
  return { user, code32, stack32, csBase: csBase >>> 0 };
}

/** Those that begin at an address; if there are none, those with an instruction there. */
function holding(all: readonly TcacheEntry[], eip: number): TcacheEntry[] {
  const entered = all.filter((t) => t.entryEip === eip >>> 0);
  if (entered.length > 0) return entered;
  return all.filter(({ region }) => region.instructions.some((i) => i.eip >>> 0 === eip >>> 0));
}

/** Where the translations nearest to an address begin, in the order of addresses. */
function nearest(all: readonly TcacheEntry[], eip: number): number[] {
  const entries = [...new Set(all.map((t) => t.entryEip))];
  const distance = (entry: number): number => Math.abs(entry - (eip >>> 0));
  return entries
    .sort((a, b) => distance(a) - distance(b) || a - b)
    .slice(0, NEAREST)
    .sort((a, b) => a - b);
}

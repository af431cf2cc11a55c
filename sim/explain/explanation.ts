/**
 * What can be told of a translation: plain data, as `chrysalis explain --json` prints it. Addresses
 * are guest offsets in the code segment (eip) unless a name says otherwise.
 */

export interface ExplainRequest {
  /** Translations that begin at this address, or hold it. */
  readonly eip?: number;
  /** Without an address: so many translations, those with the most cycles first. */
  readonly top: number;
}

export type ExplainAnswer =
  | { readonly kind: 'explained'; readonly translations: readonly Explanation[] }
  /** No translation holds the address; where the nearest ones begin. */
  | { readonly kind: 'unknown'; readonly nearest: readonly number[] }
  /** The machine has no code morphing: the golden interpreter runs alone. */
  | { readonly kind: 'noTranslations' };

export interface Explanation {
  readonly id: number;
  readonly gear: 'block' | 'superblock';
  readonly entryEip: number;
  readonly state: 'live' | 'asleep' | 'dead';
  readonly mode: GuestMode;
  readonly use: Use;
  readonly worth: Worth;
  readonly region: RegionFacts;
  readonly speculation: Speculation;
  readonly code: CodeFacts;
  readonly guestCode: readonly GuestLine[];
  readonly stages: readonly Stage[];
  readonly molecules: readonly MoleculeLine[];
  readonly exits: readonly ExitLine[];
}

export interface GuestMode {
  readonly user: boolean;
  readonly code32: boolean;
  readonly stack32: boolean;
  readonly csBase: number;
}

export interface Use {
  /** Times that it ran to one of its exits. */
  readonly executions: number;
  readonly instructions: number;
  readonly cycles: number;
  /** Of all cycles of the machine, and of all guest instructions: 0 to 1. */
  readonly shareOfCycles: number;
  readonly shareOfInstructions: number;
  readonly rollbacks: readonly { readonly cause: string; readonly times: number }[];
  readonly wastedCycles: number;
}

export interface Worth {
  /** Cycles that making it took. */
  readonly costCycles: number;
  /** Cycles of an interpreted step (an instruction, or an iteration of a repeated one), on average over the run. */
  readonly interpreterCyclesPerStep: number;
  /** What interpreting its steps would have taken, less its own cycles, wasted ones and its cost. */
  readonly savedCycles: number;
}

export interface RegionFacts {
  readonly instructions: number;
  readonly end: string;
  /** The same in words. */
  readonly endText: string;
  /** Copies of a loop's body. */
  readonly unrolled: number;
  /** Steps of the retranslation ladder that it was made under, in words. */
  readonly policy: readonly string[];
}

export interface Speculation {
  readonly loadsOverStores: number;
  readonly loadsOverBranches: number;
  /** Guards that roll back, by what they watch. */
  readonly guards: readonly { readonly why: string; readonly count: number }[];
  readonly pageChecks: number;
  /** Branches whose short side became selects. */
  readonly ifConversions: number;
  /** Instructions in the middle that the interpreter executes. */
  readonly assists: number;
}

export interface CodeFacts {
  readonly startPc: number;
  readonly sizeBytes: number;
  readonly molecules: number;
  readonly atoms: number;
  readonly spills: number;
}

export interface GuestLine {
  readonly index: number;
  readonly eip: number;
  /** Of the encoding, in hex. */
  readonly bytes: string;
  readonly text: string;
}

/** The intermediate representation as it was lifted, or behind a pass that changed something. */
export interface Stage {
  /** Name of the pass, or `lifted`. */
  readonly pass: string;
  readonly operations: number;
  readonly ir: string;
  /** Against the stage before: lines that went (-) and came (+). */
  readonly changes: readonly string[];
}

export interface AtomCell {
  readonly unit: string;
  readonly text: string;
  /** Index of the guest instruction that it works for, -1: none. */
  readonly guest: number;
}

export interface MoleculeLine {
  readonly offset: number;
  /** Static cycle, counted from the entry, and from the start of each stub. */
  readonly cycle: number;
  readonly commit: boolean;
  readonly isEntry: boolean;
  /** Execution may go on here after a commit. */
  readonly isResumePoint: boolean;
  /** Index of the exit that it leaves by, -1: none. */
  readonly exit: number;
  readonly atoms: readonly AtomCell[];
}

export interface ExitLine {
  readonly index: number;
  readonly kind: string;
  /** Guest address behind it, -1: known only when it is taken. */
  readonly eip: number;
  /** Times that it was taken. */
  readonly times: number;
  /** Guest instructions completed since the commit before. */
  readonly instructions: number;
  /** In words: chained to what, or how it finds its way. */
  readonly leadsTo: string;
}

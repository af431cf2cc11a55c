/**
 * What can be configured of the code morphing software; the configuration's section `cms` has this
 * shape (sim/config/cms-schema.ts, where each key has its default, range, unit and source).
 */
export type RegionShape = 'block' | 'superblock' | 'trace';
export type Eviction = 'flush' | 'fifo' | 'generations';

/** Optimizer passes in the order in which they run; each is a switch. */
export const PASS_NAMES = [
  'constantFolding',
  'copyPropagation',
  'commonSubexpressions',
  'storeForwarding',
  'redundantLoads',
  'deadFlags',
  'deadCode',
] as const;
export type PassName = (typeof PASS_NAMES)[number];

export interface CmsOptions {
  readonly gears: {
    /** Executions of an address in the interpreter before its basic block is translated; null: never. */
    readonly blockThreshold: number | null;
    /** Executions (of the block, or in the interpreter where blocks are off) before a superblock is made; null: never. */
    readonly superblockThreshold: number | null;
    /** Iterations of a repeated string instruction after which it counts again, so that a long one becomes hot as it runs. */
    readonly repeatIterations: number;
  };
  readonly region: {
    readonly shape: RegionShape;
    readonly maxInstructions: number;
    readonly maxBranches: number;
    /** Copies of a loop's body in one translation (1: no unrolling). */
    readonly unroll: number;
    /** Longest side of a branch, in instructions, that becomes selects; 0: no if-conversion. */
    readonly ifConversion: number;
  };
  readonly passes: Readonly<Record<PassName, boolean>>;
  readonly schedule: {
    /** false: atoms stay in program order (one after the other into molecules). */
    readonly reorder: boolean;
    readonly loadsOverStores: boolean;
    readonly loadsOverBranches: boolean;
    /** How many places an atom may come early: bounds the time of scheduling and the registers of early values. */
    readonly windowAtoms: number;
  };
  readonly chaining: boolean;
  readonly indirect: {
    /** Entries of the indirect-target table in memory (a power of two); 0: every indirect branch goes to the dispatcher. */
    readonly tableEntries: number;
    /** Compare with the last target in the exit itself. */
    readonly inlineTarget: boolean;
    /** Use the host's return-target stack. */
    readonly returnPrediction: boolean;
  };
  readonly tcache: {
    readonly sizeKB: number;
    readonly eviction: Eviction;
    /** Of `generations`: how many the tcache is divided into. */
    readonly generations: number;
  };
  readonly selfModifying: {
    /** What T-bits cover: whole pages, or the granules of host.tBitGranuleBytes. */
    readonly protection: 'page' | 'fine';
    /** Translations are kept and compare their source bytes when next entered. */
    readonly revalidation: boolean;
    /** never; adaptive: after repeated protection faults; always. */
    readonly selfChecking: 'never' | 'adaptive' | 'always';
    /** Immediates that change are loaded from the code bytes. */
    readonly stylized: boolean;
    /** Translations kept for each address whose code flips between variants; 0: none. */
    readonly groupSize: number;
    /** Protection faults of a translation before the next mechanism is tried. */
    readonly faultsBeforeEscalation: number;
    /** An address that was quiet for so long starts from scratch, and one left to the interpreter is tried again. */
    readonly forgetCycles: number;
  };
  readonly retranslation: {
    /** Host exits of one kind at one translation before it is made anew, one step more conservative. */
    readonly faultThreshold: number;
  };
  readonly cost: {
    /** Host instructions for translating one guest instruction, by gear. */
    readonly blockPerInstruction: number;
    readonly superblockPerInstruction: number;
    /** Host instructions per molecule of the software's own code. */
    readonly atomsPerMolecule: number;
    /** Molecules of an interpreted instruction without recorded meaning (x87, system instructions), by kind. */
    readonly directInstruction: number;
    readonly x87Instruction: number;
    /** Molecules of taking a host exit, of delivering an interrupt or fault, of handling a T-bit fault. */
    readonly hostExit: number;
    readonly delivery: number;
    readonly protectionFault: number;
    /** Molecules of a look-up by the dispatcher, beside its access to the table. */
    readonly lookup: number;
    /** Source bytes that a molecule compares when a translation that sleeps is woken. */
    readonly comparedBytesPerMolecule: number;
  };
}

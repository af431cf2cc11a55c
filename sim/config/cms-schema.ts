/**
 * Configuration keys of the code morphing software: the section `cms`, in the shape that
 * cms/options.ts asks for.
 */
import { key } from '../../base/config-schema.js';

const pass = (doc: string) => key.flag({ default: true, source: 'assumed', doc });
const count = (value: number, max: number, unit: string, doc: string, min = 1) =>
  key.int({ default: value, min, max, unit, source: 'assumed', doc });

const gears = key.section('When code is translated.', {
  blockThreshold: key.optionalInt({
    // An interpreted instruction costs 55 cycles or more, translating it into a block 66.
    default: 2,
    min: 1,
    max: 1_000_000_000,
    unit: 'executions',
    source: 'assumed',
    doc: 'Executions of an address in the interpreter before its basic block is translated; null: never.',
  }),
  superblockThreshold: key.optionalInt({
    default: 500,
    min: 1,
    max: 1_000_000_000,
    unit: 'executions',
    source: 'assumed',
    doc: 'Executions before a superblock is recorded and optimized; null: never.',
  }),
  repeatIterations: count(
    32,
    1_000_000,
    'iterations',
    'Iterations of a repeated string instruction after which the interpreter counts it as executed again.',
  ),
});

const region = key.section('How far a superblock translation reaches.', {
  shape: key.choice({
    of: ['block', 'superblock', 'trace'],
    default: 'superblock',
    source: 'paper',
    doc: 'block: to the first branch; superblock: along branches and jumps; trace: through calls, returns and indirect jumps too.',
  }),
  maxInstructions: count(100, 400, 'guest instructions', 'Longest region.'),
  maxBranches: count(24, 400, 'branches', 'Side exits at most.', 0),
  unroll: count(4, 32, 'copies', "Copies of a loop's body; 1: no unrolling."),
  ifConversion: count(
    3,
    16,
    'guest instructions',
    'Longest side of a branch that becomes selects; 0: none.',
    0,
  ),
});

const passes = key.section('Passes of the optimizer, in the order in which they run.', {
  constantFolding: pass('Constants, identities, and masks are computed when translating.'),
  copyPropagation: pass('Values that equal another are replaced by it.'),
  commonSubexpressions: pass('What was computed before is not computed again.'),
  storeForwarding: pass('A load takes the value that was stored just before.'),
  redundantLoads: pass('A load takes the value of an earlier load of the same place.'),
  deadFlags: pass('Condition codes that nobody reads are not computed.'),
  deadCode: pass('What nobody needs is not computed.'),
});

const schedule = key.section('What the scheduler may do.', {
  reorder: key.flag({
    default: true,
    source: 'paper',
    doc: 'List scheduling; off: atoms issue in program order.',
  }),
  loadsOverStores: key.flag({
    default: true,
    source: 'paper',
    doc: 'Loads move above stores, guarded by alias registers.',
  }),
  loadsOverBranches: key.flag({
    default: true,
    source: 'paper',
    doc: 'Loads and what depends on them move above side exits.',
  }),
  windowAtoms: count(80, 10_000, 'atoms', 'How many places an atom may come early.'),
});

const indirect = key.section('How translated code finds the target of an indirect branch.', {
  tableEntries: key.int({
    default: 1024,
    min: 0,
    max: 65_536,
    unit: 'entries',
    source: 'assumed',
    doc: 'Entries of the indirect-target table in memory, a power of two; 0: the dispatcher looks each target up.',
  }),
  inlineTarget: key.flag({
    default: true,
    source: 'assumed',
    doc: 'The exit itself compares with the last target before the table is asked.',
  }),
  returnPrediction: key.flag({
    default: false,
    source: 'assumed',
    doc: "Calls push their return on the host's return-target stack (host.branch.returnStackEntries).",
  }),
});

const tcache = key.section('The translation cache.', {
  sizeKB: key.int({
    default: 14_336,
    min: 16,
    max: 65_536,
    unit: 'KB',
    source: 'paper',
    doc: 'Memory for translations.',
  }),
  eviction: key.choice({
    of: ['flush', 'fifo', 'generations'],
    default: 'generations',
    source: 'assumed',
    doc: 'When it is full: everything goes, the oldest translations, or the oldest part of it.',
  }),
  generations: count(8, 64, 'parts', 'Parts of the policy generations.', 2),
});

const selfModifying = key.section('Code that is written while it is translated.', {
  protection: key.choice({
    of: ['page', 'fine'],
    default: 'fine',
    source: 'paper',
    doc: 'T-bits cover whole pages, or the granules of host.tBitGranuleBytes.',
  }),
  revalidation: key.flag({
    default: true,
    source: 'paper',
    doc: 'Translations whose page was written compare their source bytes when next entered.',
  }),
  selfChecking: key.choice({
    of: ['never', 'adaptive', 'always'],
    default: 'adaptive',
    source: 'paper',
    doc: 'Translations compare their source bytes each time they run: never, after repeated protection faults, or always.',
  }),
  stylized: key.flag({
    default: true,
    source: 'paper',
    doc: 'Immediates that keep changing are loaded from the code bytes.',
  }),
  groupSize: key.int({
    default: 4,
    min: 0,
    max: 64,
    unit: 'translations',
    source: 'assumed',
    doc: 'Versions kept of code that flips between variants; 0: none.',
  }),
  faultsBeforeEscalation: count(
    4,
    1000,
    'faults',
    'Protection faults of a translation before the next mechanism is tried.',
  ),
  forgetCycles: count(
    50_000_000,
    1_000_000_000_000,
    'cycles',
    'After so long without a change an address starts from scratch, and one that was left to the interpreter is translated again.',
  ),
});

const retranslation = key.section('When a translation is made anew, more carefully.', {
  faultThreshold: count(
    4,
    100_000,
    'host exits',
    'Rollbacks of one kind at one translation before the next step of the ladder.',
  ),
});

const cost = key.section("What the software's own work costs.", {
  blockPerInstruction: key.int({
    default: 105,
    min: 0,
    max: 1_000_000,
    unit: 'host instructions',
    source: 'paper',
    doc: 'Translating one guest instruction in the basic-block gear.',
  }),
  superblockPerInstruction: key.int({
    default: 1150,
    min: 0,
    max: 1_000_000,
    unit: 'host instructions',
    source: 'paper',
    doc: 'Translating and optimizing one guest instruction in the superblock gear.',
  }),
  atomsPerMolecule: key.real({
    default: 1.58,
    min: 0.1,
    max: 16,
    unit: 'atoms',
    source: 'paper',
    doc: "Useful atoms in a molecule of the software's own code.",
  }),
  directInstruction: count(40, 100_000, 'molecules', 'An interpreted system instruction.', 0),
  x87Instruction: count(20, 100_000, 'molecules', 'An interpreted x87 or MMX instruction.', 0),
  hostExit: count(20, 100_000, 'molecules', 'Taking a host exit to the dispatcher.', 0),
  delivery: count(60, 100_000, 'molecules', 'Delivering an interrupt or a fault to the guest.', 0),
  protectionFault: count(200, 100_000, 'molecules', 'Handling a store to protected code.', 0),
  // The hash, the load of a line, two compares and a branch, two atoms a molecule.
  lookup: count(
    8,
    100_000,
    'molecules',
    'A look-up of a translation by the dispatcher, beside its access to the table.',
    0,
  ),
  comparedBytesPerMolecule: count(
    4,
    4096,
    'bytes',
    'Source bytes that a molecule compares when a translation is revalidated.',
  ),
});

export const cmsSection = key.section('The code morphing software.', {
  gears,
  region,
  passes,
  schedule,
  chaining: key.flag({
    default: true,
    source: 'paper',
    doc: 'Exits are patched to branch straight to the translation behind them.',
  }),
  indirect,
  tcache,
  selfModifying,
  retranslation,
  cost,
});

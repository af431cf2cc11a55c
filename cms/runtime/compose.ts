/**
 * Puts the parts of the code morphing software together, bottom up: memory and tcache, what forms
 * regions, what makes translations, what drives them. Nothing here but who is given to whom.
 */
import { SimulatorBug } from '../../base/errors.js';
import { rows } from '../../guest-isa/insn/index.js';
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import type { FaultDelivery } from '../../guest-isa/interp/executor.js';
import type { Fetch } from '../../guest-isa/interp/fetch.js';
import type { WalkLog } from '../../guest-isa/mmu/ports.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import type { HostCore } from '../../hw/core/host-core.js';
import { Backend } from '../backend/compile-region.js';
import type { Context } from '../context.js';
import {
  InterpreterCost,
  type InterpreterCostParts,
  interpreterCodeBytes,
} from '../interp/cost.js';
import { TABLE_BYTES } from '../interp/dispatch-routine.js';
import { FunctionalCost } from '../interp/functional-cost.js';
import { ownCodeOptions } from '../interp/handler-body.js';
import { Lifter } from '../lift/lift-region.js';
import type { CmsOptions } from '../options.js';
import { BlockFormer } from '../profile/block-former.js';
import { EdgeProfile } from '../profile/edge-profile.js';
import { BranchProfile, ExecutionProfile } from '../profile/profile.js';
import { Recorder } from '../profile/recorder.js';
import { regionParts } from '../profile/region-path.js';
import { PolicyLedger } from '../smc/policy-ledger.js';
import { CodeProtection } from '../smc/protection.js';
import { type CmsMemoryLayout, cmsMemoryLayout, type MemoryArea } from '../tcache/cms-memory.js';
import { Tcache } from '../tcache/tcache.js';
import type { TcacheEntry } from '../tcache/tcache-entry.js';
import { ContextTable } from './context-table.js';
import { Dispatcher } from './dispatcher.js';
import { HostExits } from './host-exits.js';
import { InterpreterGear } from './interpreter-gear.js';
import { MemoryPort } from './memory-port.js';
import { Position } from './position.js';
import { ProtectedCode } from './protected-code.js';
import { Recovery } from './recovery.js';
import { Retranslation } from './retranslation.js';
import { Statistics } from './statistics.js';
import { Translator } from './translator.js';

/** What a machine gives to its code morphing software. */
export interface CmsParts {
  readonly cpu: Cpu;
  readonly fetch: Fetch;
  readonly core: HostCore;
  /** Where page walks for translated code report what they write. */
  readonly log: WalkLog;
  readonly isa: HostIsa;
  readonly options: CmsOptions;
  /** The machine's linear memory in words, and where guest RAM and the software's memory lie in it. */
  readonly words: Uint32Array;
  readonly ramOffset: number;
  readonly cmsOffset: number;
  readonly deliver: FaultDelivery;
}

export type Stores = ReturnType<typeof makeStores>;
type Front = ReturnType<typeof makeFront>;
export type Composed = ReturnType<typeof compose>;

export function compose(parts: CmsParts) {
  const stores = makeStores(parts);
  const backend = new Backend(parts.isa, parts.isa.options, parts.options);
  const front = makeFront(parts, stores);
  const translator = makeTranslator(parts, backend, stores, front);
  const executor = makeDispatcher(parts, stores, front, translator);
  stores.protectedCode.onMemoryChanged = () => executor.memoryChanged();
  return { ...stores, ...front, translator, executor };
}

/** What is kept: translations, policies, protection, counters. */
function makeStores(parts: CmsParts) {
  const { cpu, core, isa, options } = parts;
  const layout = cmsMemoryLayout(options, parts.cmsOffset);
  const tcache = new Tcache({ options, layout, words: parts.words, core, isa });
  core.setRoutineRange(tcache.routines.startPc, tcache.routines.endPc);
  const ledger = new PolicyLedger(options.selfModifying.selfChecking === 'always');
  const protection = new CodeProtection<TcacheEntry>({
    options: options.selfModifying,
    granuleBytes: isa.options.tBitGranuleBytes,
    ram: cpu.memory.ram,
    tcache,
    ledger,
    now: () => cpu.clock.now,
    onFrameHeld: (frame) => cpu.protectCodePage(frame),
  });
  const protectedCode = new ProtectedCode({
    cpu,
    core,
    tcache,
    protection,
    faultCycles: options.cost.protectionFault,
    comparedBytesPerCycle: options.cost.comparedBytesPerMolecule,
  });
  return { layout, tcache, ledger, protection, protectedCode, statistics: new Statistics() };
}

function makeStepCost(
  { cpu, core, isa, options, ramOffset }: CmsParts,
  { tables, profile, softwareCode }: CmsMemoryLayout,
  makes: Pick<InterpreterCostParts, 'lifter' | 'profile'>,
): InterpreterCost {
  mustFit('the opcode maps', TABLE_BYTES, tables);
  mustFit('the profile', makes.profile.sizeBytes, profile);
  mustFit("the interpreter's code", interpreterCodeBytes(rows.length), softwareCode);
  const places = {
    tables: tables.start,
    profile: profile.start,
    code: softwareCode.start,
    threshold: options.gears.blockThreshold ?? options.gears.superblockThreshold ?? 0,
  };
  return new InterpreterCost({
    ...makes,
    backend: new Backend(isa, isa.options, ownCodeOptions(options)),
    isa,
    core,
    cpu,
    rows,
    options: options.cost,
    places,
    ramOffset,
  });
}

function mustFit(what: string, sizeBytes: number, { start, end }: MemoryArea): void {
  if (start + sizeBytes > end)
    throw new SimulatorBug(`${what} have no room in the software's memory`);
}

/** What meets the guest: memory, modes, the interpreter with its profile, forming of regions. */
function makeFront(parts: CmsParts, stores: Stores) {
  const { cpu, core, fetch, options } = parts;
  const { tcache, protectedCode, statistics } = stores;
  const memory = new MemoryPort(cpu, protectedCode, parts.log);
  const contexts = new ContextTable(cpu);
  const lifter = new Lifter(cpu.identity.features);
  const profile = new ExecutionProfile();
  const interpreter = new InterpreterGear({
    cpu,
    fetch,
    core,
    costs: {
      full: makeStepCost(parts, stores.layout, { lifter, profile }),
      functional: new FunctionalCost(core),
    },
    ramOffset: parts.ramOffset,
    deliver: parts.deliver,
    statistics,
    deliveryCycles: options.cost.delivery,
    repeatIterations: options.gears.repeatIterations,
  });
  const branches = new BranchProfile();
  const entries = parts.isa.options.storeBufferEntries;
  const translationAt = (eip: number, context: Context): TcacheEntry | undefined => {
    const physical = memory.translateFetch((eip + context.csBase) | 0, context.user);
    return physical === -1 ? undefined : tcache.lookup(eip, context, physical);
  };
  const hot = options.gears.superblockThreshold ?? 0;
  const edges = new EdgeProfile(branches, (eip, context) => {
    const known = translationAt(eip, context);
    // A superblock was a block that became hot.
    return known === undefined
      ? 0
      : hot - (known.counterAddress === 0 ? 0 : tcache.counters.left(known.counterAddress));
  });
  const regions = regionParts(fetch, options.region, entries, lifter, edges);
  const blocks = new BlockFormer(regions);
  const recorder = new Recorder(regions, (eip, context) => {
    const known = translationAt(eip, context);
    return known?.gear === 'superblock' && known.region.end === 'loop';
  });
  return { memory, contexts, interpreter, lifter, profile, branches, blocks, recorder };
}

function makeTranslator(
  parts: CmsParts,
  backend: Backend,
  stores: Stores,
  front: Front,
): Translator {
  const { cpu, core, isa, options } = parts;
  return new Translator({
    ...stores,
    ...front,
    core,
    options,
    clock: cpu.clock,
    ram: cpu.memory.ram,
    backend,
    spillAddress: stores.layout.spill.start,
    protection: stores.protectedCode,
    lineBytes: isa.options.l1d.lineBytes,
  });
}

function makeDispatcher(
  parts: CmsParts,
  stores: Stores,
  front: Front,
  translator: Translator,
): Dispatcher {
  const { cpu, core, options } = parts;
  const { hostExit: exitCycles, delivery: deliveryCycles, lookup: lookupCycles } = options.cost;
  const { protectedCode: protection } = stores;
  const position = new Position();
  const { faultThreshold } = options.retranslation;
  const retranslation = new Retranslation({ ...stores, translator, protection, faultThreshold });
  const recovery = new Recovery({ ...stores, ...front, cpu, position, retranslation });
  const shared = { ...stores, ...front, cpu, core, protection, translator, position };
  const exits = new HostExits({ ...shared, exitCycles });
  return new Dispatcher({ ...shared, exits, recovery, deliveryCycles, lookupCycles });
}

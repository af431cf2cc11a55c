/**
 * Makes translations: decides when an address is hot enough for the next gear, forms or records its
 * region, has it lifted, optimized and compiled, and puts it into the tcache.
 *
 * What it costs is charged as it is done: host instructions for each guest instruction of the gear at
 * the width that the software's own code reaches, and the writing of the code through the data cache.
 * A region that the backend cannot compile is halved until it can; that is paid for as well.
 */
import type { Clock } from '../../base/clock.js';
import type { HostCore } from '../../hw/core/host-core.js';
import { CPI } from '../../hw/timing/cpi.js';
import type { Backend } from '../backend/compile-region.js';
import { CannotCompile, type CompiledRegion } from '../backend/compiled.js';
import type { Context } from '../context.js';
import type { IrRegion } from '../ir/ir.js';
import type { Lifter } from '../lift/lift-region.js';
import { optimize, Workspace } from '../opt/pipeline.js';
import type { CmsOptions } from '../options.js';
import type { TranslationPolicy } from '../policy.js';
import type { BlockFormer } from '../profile/block-former.js';
import type { ExecutionProfile } from '../profile/profile.js';
import type { Recorder } from '../profile/recorder.js';
import { shortenRegion } from '../profile/shorten-region.js';
import type { GuestRegion } from '../region.js';
import type { PolicyLedger } from '../smc/policy-ledger.js';
import { insideFields, loadedFields } from '../smc/stylized.js';
import { sourcePieces } from '../tcache/source-ranges.js';
import type { Tcache } from '../tcache/tcache.js';
import type { TcacheEntry } from '../tcache/tcache-entry.js';
import type { ProtectedCode } from './protected-code.js';
import type { Statistics } from './statistics.js';

export interface TranslatorParts {
  readonly core: HostCore;
  readonly clock: Clock;
  readonly options: CmsOptions;
  readonly profile: ExecutionProfile;
  readonly blocks: BlockFormer;
  readonly recorder: Recorder;
  readonly lifter: Lifter;
  readonly backend: Backend;
  /** Host address of the area for values that have no register. */
  readonly spillAddress: number;
  readonly tcache: Tcache;
  readonly protection: ProtectedCode;
  readonly ledger: PolicyLedger;
  readonly statistics: Statistics;
  /** Bytes of a line of the host's L1D. */
  readonly lineBytes: number;
  /** Guest RAM. */
  readonly ram: Uint8Array;
}

export class Translator {
  /** The block whose entry is being recorded, if it has a translation. */
  private recorded: TcacheEntry | undefined;
  private readonly workspace = new Workspace();

  constructor(private readonly parts: TranslatorParts) {}

  /** The interpreter has come to an address without translation: makes one if it is hot. */
  cameTo(eip: number, context: Context): TcacheEntry | undefined {
    const { ledger, clock, options, profile } = this.parts;
    const { blockThreshold, superblockThreshold } = options.gears;
    if (ledger.interpretOnly(eip, context.id, clock.now)) return undefined;
    const executions = profile.count(eip, context.id);
    if (blockThreshold !== null)
      return executions < blockThreshold ? undefined : this.makeBlock(eip, context);
    if (superblockThreshold !== null && executions >= superblockThreshold)
      this.record(eip, context);
    return undefined;
  }

  /** The counter of a block ran out; the guest stands at its entry. */
  becameHot(block: TcacheEntry): void {
    this.record(block.entryEip, block.context);
    this.recorded = block;
  }

  /** Recording ended without a region; a block has to become hot again. */
  recordingFailed(): void {
    this.parts.recorder.abandon();
    const block = this.recorded;
    this.recorded = undefined;
    if (block !== undefined && block.state !== 'dead') this.rearm(block);
  }

  /** Recording gave a region. */
  makeSuperblock(region: GuestRegion): void {
    const block = this.recorded;
    this.recorded = undefined;
    // Code may have changed while it was recorded.
    const made = this.isCurrent(region) ? this.make(region) : undefined;
    if (made === undefined && block !== undefined && block.state !== 'dead') this.rearm(block);
  }

  /** Replaces a translation by one that follows the policy of now. */
  remake(old: TcacheEntry): void {
    const { tcache, ledger } = this.parts;
    const { region, entryEip, context } = old;
    const policy = ledger.policyFor(entryEip, context.id);
    const again = this.isCurrent(region) ? cut(region, policy) : undefined;
    tcache.kill(old, 'policy');
    if (again !== undefined) this.make(again);
  }

  private record(eip: number, context: Context): void {
    const { recorder, ledger, profile } = this.parts;
    profile.forget(eip, context.id);
    recorder.begin(eip, context, ledger.policyFor(eip, context.id));
  }

  private makeBlock(eip: number, context: Context): TcacheEntry | undefined {
    const { blocks, ledger, profile } = this.parts;
    profile.forget(eip, context.id);
    const region = blocks.form(eip, context, ledger.policyFor(eip, context.id));
    return region === undefined ? undefined : this.make(region);
  }

  /** The translation of a region, or of as much from its start as can be compiled. */
  private make(region: GuestRegion): TcacheEntry | undefined {
    const { tcache, protection, statistics } = this.parts;
    const before = this.parts.clock.now;
    const counterAddress = this.entryCounter(region);
    const made = this.compiled(region, counterAddress);
    if (made === undefined) {
      if (counterAddress !== 0) tcache.counters.release(counterAddress);
      return undefined;
    }
    const costCycles = this.parts.clock.now - before;
    const { region: kept, compiled } = made;
    const translation = tcache.install({ compiled, region: kept, costCycles, counterAddress });
    if (translation === undefined) return undefined;
    this.chargeWriting(translation);
    statistics.regionEnded(made.region.end);
    statistics.count.codeBytes += translation.endPc - translation.startPc;
    if (region.gear === 'block') statistics.count.blocks++;
    else statistics.count.superblocks++;
    protection.protect(translation);
    return translation;
  }

  private compiled(
    wanted: GuestRegion,
    counterAddress: number,
  ): { region: GuestRegion; compiled: CompiledRegion } | undefined {
    const { statistics, ledger, backend, spillAddress } = this.parts;
    const compileOptions = {
      counterAddress: counterAddress === 0 ? -1 : counterAddress,
      spillAddress,
    };
    for (let region = wanted; ; ) {
      this.chargeTranslating(region);
      try {
        return { region, compiled: backend.compile(this.lifted(region), compileOptions) };
      } catch (thrown) {
        if (!(thrown instanceof CannotCompile)) throw thrown;
      }
      statistics.count.fallbacks++;
      const half = Math.floor(region.instructions.length / 2);
      if (half === 0) {
        statistics.count.refusals++;
        const forGood = { step: 'interpret', untilCycle: Infinity } as const;
        ledger.escalate(region.entryEip, region.context.id, forGood);
        return undefined;
      }
      region = shortenRegion(region, half, 'instructionLimit');
    }
  }

  private lifted(region: GuestRegion): IrRegion {
    const ir = this.parts.lifter.liftRegion(region);
    if (region.gear === 'superblock')
      optimize(ir, this.parts.options.passes, undefined, this.workspace);
    return ir;
  }

  /** A counter for blocks that may become hot; 0: none. */
  private entryCounter(region: GuestRegion): number {
    const { options, tcache } = this.parts;
    const threshold = options.gears.superblockThreshold;
    if (region.gear !== 'block' || threshold === null) return 0;
    return tcache.counters.allocate(threshold);
  }

  private rearm(block: TcacheEntry): void {
    const threshold = this.parts.options.gears.superblockThreshold;
    if (block.counterAddress !== 0 && threshold !== null)
      this.parts.tcache.counters.set(block.counterAddress, threshold);
  }

  private chargeTranslating(region: GuestRegion): void {
    const { core, options, statistics } = this.parts;
    const { blockPerInstruction, superblockPerInstruction, atomsPerMolecule } = options.cost;
    const isBlock = region.gear === 'block';
    const count = region.instructions.length;
    const hostInstructions = count * (isBlock ? blockPerInstruction : superblockPerInstruction);
    if (isBlock) statistics.count.blockInstructions += count;
    else statistics.count.superblockInstructions += count;
    const slot = isBlock ? CPI.translateBlock : CPI.translateSuperblock;
    core.charge(slot, Math.ceil(hostInstructions / atomsPerMolecule));
  }

  /**
   * The code is written while it is made. ASSUMED: evenly. A line that misses waits, as a molecule's store
   * does, for the fill under way alone; its own goes on beside the work on the next line.
   */
  private chargeWriting({ gear, startPc, endPc, costCycles }: TcacheEntry): void {
    const { core, lineBytes } = this.parts;
    const first = startPc - (startPc % lineBytes);
    const workCycles = (costCycles * lineBytes) / (endPc - first);
    let fillCycles = 0;
    let waits = 0;
    for (let at = first; at < endPc; at += lineBytes) {
      waits += Math.max(0, fillCycles - workCycles);
      fillCycles = core.dataAccess(at, true);
    }
    core.charge(gear === 'block' ? CPI.translateBlock : CPI.translateSuperblock, Math.ceil(waits));
  }

  /** Are the instructions in memory those of the region? Fields that translations load may differ. */
  private isCurrent({ instructions, policy }: GuestRegion): boolean {
    const { ram } = this.parts;
    const fields = loadedFields(instructions, policy.stylizedAt);
    return instructions.every((instruction) =>
      sourcePieces(instruction).every(({ physical, bytes }) =>
        bytes.every(
          (byte, i) =>
            ram[physical + i] === byte || insideFields(fields, physical + i, physical + i + 1),
        ),
      ),
    );
  }
}

/** The part of a region that a policy still allows. */
function cut(region: GuestRegion, policy: TranslationPolicy): GuestRegion | undefined {
  const { instructions } = region;
  const refused = instructions.findIndex(({ eip }) => policy.interpretAt.has(eip));
  const limit = Math.min(policy.maxInstructions, instructions.length);
  const anew = { ...region, policy };
  if (refused === 0) return undefined;
  if (refused > 0 && refused <= limit) return shortenRegion(anew, refused, 'policy');
  return limit < instructions.length ? shortenRegion(anew, limit, 'instructionLimit') : anew;
}

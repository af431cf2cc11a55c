/**
 * The backend: from the intermediate representation of a region to host code. The stages in their
 * order are lowering (lower.ts), dependences, scheduling and register allocation for each block of
 * segments, exits (exits.ts), encoding. One backend serves one machine and reuses its arrays; it keeps
 * nothing from one region to the next.
 *
 * Correctness does not depend on the order of atoms beyond what dependences.ts says, nor on what the
 * configuration switches off.
 */
import type { HostIsa } from '../../hw/atom/host-isa.js';
import type { HostOptions } from '../../hw/options.js';
import type { IrRegion } from '../ir/ir.js';
import type { CmsOptions } from '../options.js';
import { Allocator } from './allocate.js';
import { CodeBuffer } from './code-buffer.js';
import { CannotCompile, type CompiledExit, type CompiledRegion } from './compiled.js';
import { CompiledCode } from './compiled-code.js';
import { Dependences, type Freedom } from './dependences.js';
import { ScheduleEmitter } from './emit-schedule.js';
import { Encoder } from './encode.js';
import { ExitEmitter, type ExitPlaces } from './exits.js';
import { FormatTable } from './formats.js';
import { Lowering, type Segment } from './lower.js';
import { Moves } from './moves.js';
import { KERNEL, MOVI, USER } from './opcodes.js';
import { Scheduler } from './schedule.js';
import { costOfLine, type StaticCost } from './static-cycles.js';
import { R_ENTRY_PAGE } from './stub-registers.js';
import { AtomTraits, ORDER } from './traits.js';

export interface CompileOptions {
  /** Host physical address of the block's countdown of executions, or -1. */
  readonly counterAddress: number;
  /** Host physical address of the machine's area for spilled values; without one, too many values are refused. */
  readonly spillAddress?: number;
}

const NO_ADDRESS = -1;
const PAGE_MASK = ~0xfff;
const NOT_FREE: Freedom = { overStores: false, overExits: false };

export class Backend {
  private readonly traits: AtomTraits;
  private readonly lowering: Lowering;
  private readonly graph: Dependences;
  private readonly scheduler: Scheduler;
  private readonly allocator: Allocator;
  private readonly code: CodeBuffer;
  private readonly moves: Moves;
  private readonly exits: ExitEmitter;
  private readonly emitter: ScheduleEmitter;
  private readonly encoder: Encoder;
  /** Molecule behind the last one of each segment. */
  private readonly ends: number[] = [];

  constructor(
    private readonly isa: HostIsa,
    private readonly host: HostOptions,
    private readonly cms: CmsOptions,
  ) {
    this.lowering = new Lowering(isa);
    const { atoms, values } = this.lowering;
    const formats = new FormatTable(isa);
    this.traits = new AtomTraits(isa);
    this.graph = new Dependences(this.traits, atoms, values);
    this.scheduler = new Scheduler(
      atoms,
      this.traits,
      formats,
      this.graph,
      host.aliasRegisters,
      cms.schedule.windowAtoms,
    );
    this.allocator = new Allocator(atoms, this.traits, values, this.scheduler, isa.temporaries);
    this.code = new CodeBuffer(this.traits, formats);
    this.moves = new Moves(values, this.allocator, this.scheduler, formats, this.traits, atoms);
    this.exits = new ExitEmitter(this.code, this.moves, values);
    this.emitter = new ScheduleEmitter(
      atoms,
      this.traits,
      this.scheduler,
      this.allocator,
      this.code,
      this.exits,
    );
    this.encoder = new Encoder(isa, this.traits, formats, this.code);
  }

  /** Throws CannotCompile. */
  compile(ir: IrRegion, options: CompileOptions): CompiledRegion {
    const { reorder } = this.cms.schedule;
    if (!reorder) return this.compileOnce(ir, options, false);
    const compiled = this.attempt(ir, options);
    // Values live shorter in program order.
    return compiled ?? this.compileOnce(ir, options, false);
  }

  /** What one instruction costs that the interpreter executes by its own molecules. */
  costOf(ir: IrRegion): StaticCost {
    const compiled = this.compile(ir, { counterAddress: NO_ADDRESS });
    return costOfLine(this.isa, compiled.words, compiled.entryOffset);
  }

  private attempt(ir: IrRegion, options: CompileOptions): CompiledRegion | undefined {
    try {
      return this.compileOnce(ir, options, true);
    } catch (error) {
      if (error instanceof CannotCompile && error.why === 'registers') return undefined;
      throw error;
    }
  }

  private compileOnce(ir: IrRegion, options: CompileOptions, reorder: boolean): CompiledRegion {
    const { returnPrediction, inlineTarget } = this.cms.indirect;
    const spillAddress = options.spillAddress ?? NO_ADDRESS;
    this.lowering.lower(ir, options.counterAddress, returnPrediction);
    this.checkStores();
    this.scheduleAll(ir, reorder);
    this.code.begin(ir.exits.length + 1);
    this.exits.begin(ir.exits, { returnPrediction, inlineTarget, spillAddress });
    this.emitEntry(ir);
    const entry = this.code.current;
    this.emitBlocks(ir, spillAddress);
    this.emitStubs(ir, options.counterAddress >= 0);
    return this.finish(ir, entry);
  }

  private checkStores(): void {
    const { segments, atoms } = this.lowering;
    for (const { from, to } of segments) {
      let stores = 0;
      for (let i = from; i < to; i++)
        if (this.traits.order[atoms.opcode[i]] === ORDER.store) stores++;
      if (stores > this.host.storeBufferEntries) throw new CannotCompile('storeBuffer');
    }
  }

  private scheduleAll(ir: IrRegion, reorder: boolean): void {
    const { segments } = this.lowering;
    const { schedule } = this.cms;
    const { policy } = ir.region;
    const freedom = reorder
      ? {
          overStores:
            schedule.loadsOverStores && policy.reorderMemory && this.host.aliasRegisters > 0,
          overExits: schedule.loadsOverBranches && policy.speculateBranches,
        }
      : NOT_FREE;
    this.scheduler.begin(segments.length);
    this.ends.length = 0;
    for (const { from, to } of segments) {
      this.graph.build(from, to, freedom);
      this.scheduler.schedule(from, to, reorder);
      this.ends.push(this.scheduler.molecules);
    }
  }

  /** The page that the entry lies in must be mapped where it was. */
  private emitEntry({ region }: IrRegion): void {
    const { context, entryEip, instructions } = region;
    const linear = ((entryEip + context.csBase) | 0) & PAGE_MASK;
    const physical = instructions[0].physical & PAGE_MASK;
    const { checkPage } = context.user ? USER : KERNEL;
    this.code.add(MOVI, R_ENTRY_PAGE, 0, 0, linear);
    this.code.add(checkPage, 0, R_ENTRY_PAGE, 0, physical);
    this.code.close();
  }

  /** Blocks: the segments between two assists. */
  private emitBlocks(ir: IrRegion, spillAddress: number): void {
    const { segments } = this.lowering;
    this.allocator.begin();
    for (let first = 0, s = 0; s < segments.length; s++) {
      if (segments[s].end === 'commit') continue;
      this.emitBlock(ir, first, s + 1, spillAddress);
      first = s + 1;
    }
  }

  private emitBlock(ir: IrRegion, first: number, end: number, spillAddress: number): void {
    const segments = this.lowering.segments.slice(first, end);
    const ends = this.ends.slice(first, end);
    const start = first === 0 ? 0 : this.ends[first - 1];
    const spillsBefore = this.allocator.spills;
    this.allocator.allocate(segments, ends, start);
    if (this.allocator.spills > spillsBefore && spillAddress < 0)
      throw new CannotCompile('registers');
    for (let s = 0; s < segments.length; s++)
      this.emitSegment(ir, segments[s], s === 0 ? start : ends[s - 1], ends[s], spillAddress);
  }

  private emitSegment(
    ir: IrRegion,
    { exit, end }: Segment,
    from: number,
    to: number,
    spillAddress: number,
  ): void {
    this.moves.begin(exit.index);
    if (this.allocator.spills === 0 && this.cms.schedule.reorder)
      this.moves.fill(exit.index, from, to);
    this.emitter.emit(from, to, this.moves, exit.guest, spillAddress);
    const { nextEip } = ir.region.instructions[exit.guest];
    this.exits.emitEnd(exit, nextEip, end === 'exit');
  }

  private emitStubs(ir: IrRegion, hot: boolean): void {
    for (const op of ir.ops) if (op.op === 'exitIf') this.exits.emitStub(ir.exits[op.exit]);
    if (hot) this.exits.emitHot(ir.exits.length);
    this.exits.emitLandings();
  }

  private finish(ir: IrRegion, entry: number): CompiledRegion {
    const { words, guests } = this.encoder.encode();
    const { offsets } = this.encoder;
    const places = this.exits.places;
    const hot = places[places.length - 1].leaving >= 0;
    const exits = places.slice(0, hot ? places.length : -1).map((p) => this.compiledExit(p, ir));
    return new CompiledCode(this.isa, guests, {
      words,
      entryOffset: offsets[entry],
      checkedEntryOffset: 0,
      exits,
      resumePoints: this.exits.resumes.map(({ molecule, eip }) => ({
        offset: offsets[molecule],
        eip,
      })),
      retirements: this.exits.commits.map(({ molecule, exit, skippedRegister }) => ({
        offset: offsets[molecule],
        exit: exit.index,
        steps: exit.steps,
        instructions: exit.instructions,
        midRepeat: exit.midRepeat,
        skippedRegister,
      })),
      molecules: this.code.molecules,
      atoms: this.encoder.atomCount,
      hoistedOverStores: this.scheduler.hoistedOverStores,
      hoistedOverBranches: this.scheduler.hoistedOverExits,
      spills: this.allocator.spills,
    });
  }

  private compiledExit(places: ExitPlaces, ir: IrRegion): CompiledExit {
    const { offsets, slotOffsets } = this.encoder;
    const { exit } = places;
    const at = (atom: number): number => (atom < 0 ? -1 : slotOffsets[atom]);
    return {
      kind: exit?.kind ?? 'hot',
      eip: exit?.eip ?? ir.region.entryEip,
      slotOffset: at(places.leaving),
      moleculeOffset: places.leaving < 0 ? -1 : offsets[places.leavingMolecule],
      inlineTargetOffset:
        places.inlineMolecule < 0 ? -1 : this.encoder.literalOffset(places.inlineMolecule),
      inlineBranchOffset: at(places.inlineBranch),
      landingSlotOffset: at(places.landing),
      pushSlotOffset: at(places.push),
      returnEip: exit?.returnEip ?? -1,
    };
  }
}

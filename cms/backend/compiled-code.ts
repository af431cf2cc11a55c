/**
 * A compiled region, with its notes (which molecule works for whom, in which cycle) made when
 * somebody asks: most translations are never explained.
 */
import type { HostIsa } from '../../hw/atom/host-isa.js';
import { decodeMolecule } from '../../hw/atom/molecule.js';
import type {
  CompiledExit,
  CompiledRegion,
  MoleculeNote,
  ResumePoint,
  Retirement,
} from './compiled.js';
import { isEnd, StaticClock } from './static-cycles.js';

export class CompiledCode implements CompiledRegion {
  readonly words: Uint32Array;
  readonly entryOffset: number;
  readonly checkedEntryOffset: number;
  readonly exits: readonly CompiledExit[];
  readonly resumePoints: readonly ResumePoint[];
  readonly retirements: readonly Retirement[];
  readonly molecules: number;
  readonly atoms: number;
  readonly hoistedOverStores: number;
  readonly hoistedOverBranches: number;
  readonly spills: number;
  private made: readonly MoleculeNote[] | undefined;

  /** `guests`: by word, the guest instruction of its atom. */
  constructor(
    private readonly isa: HostIsa,
    private readonly guests: Int16Array,
    parts: Omit<CompiledRegion, 'notes'>,
  ) {
    this.words = parts.words;
    this.entryOffset = parts.entryOffset;
    this.checkedEntryOffset = parts.checkedEntryOffset;
    this.exits = parts.exits;
    this.resumePoints = parts.resumePoints;
    this.retirements = parts.retirements;
    this.molecules = parts.molecules;
    this.atoms = parts.atoms;
    this.hoistedOverStores = parts.hoistedOverStores;
    this.hoistedOverBranches = parts.hoistedOverBranches;
    this.spills = parts.spills;
  }

  get notes(): readonly MoleculeNote[] {
    this.made ??= this.makeNotes();
    return this.made;
  }

  /** Cycles count from the entry, and from the start of each stub. */
  private makeNotes(): MoleculeNote[] {
    const notes: MoleculeNote[] = [];
    let clock = new StaticClock(this.isa);
    for (let at = 0; at < this.words.length; ) {
      if (4 * at === this.entryOffset) clock = new StaticClock(this.isa);
      const molecule = decodeMolecule(this.isa, this.words, at);
      const next = at + (molecule.lengthBytes >>> 2);
      const guests = [...this.guests.subarray(at, next)];
      notes.push({ offset: 4 * at, cycle: clock.issue(molecule), guests });
      if (isEnd(molecule)) clock = new StaticClock(this.isa);
      at = next;
    }
    return notes;
  }
}

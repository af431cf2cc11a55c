/**
 * Predecoded molecules by host pc, in pages that are made when code in them first runs.
 */
import { SimulatorBug } from '../../../base/errors.js';
import type { LinearMemory } from '../../memory/layout.js';
import type { Predecoder } from './predecode.js';
import type { StepMolecule } from './step-molecule.js';

/** Molecules begin at multiples of 8 bytes and are at most 32 long. */
const LONGEST_BYTES = 32;
const PAGE_SHIFT = 9;
const PAGE_PLACES = 1 << PAGE_SHIFT;

type Page = (StepMolecule | undefined)[];

export class MoleculeStore {
  private readonly pages: (Page | undefined)[];
  private readonly from: number;
  private readonly to: number;

  constructor(
    memory: LinearMemory,
    private readonly predecoder: Predecoder,
  ) {
    this.from = memory.cmsOffset;
    this.to = memory.cmsOffset + memory.cmsBytes;
    this.pages = new Array((memory.cmsBytes >>> 3) / PAGE_PLACES).fill(undefined);
  }

  at(hostPc: number): StepMolecule {
    const index = (hostPc - this.from) >>> 3;
    const page = this.pages[index >>> PAGE_SHIFT];
    const known = page === undefined ? undefined : page[index & (PAGE_PLACES - 1)];
    return known ?? this.decode(hostPc);
  }

  /** The molecule there, without keeping it. */
  read(hostPc: number): StepMolecule {
    return this.known(hostPc) ?? this.predecoder.decode(hostPc);
  }

  /** The molecule there if it was kept. */
  known(hostPc: number): StepMolecule | undefined {
    const index = (hostPc - this.from) >>> 3;
    return this.pages[index >>> PAGE_SHIFT]?.[index & (PAGE_PLACES - 1)];
  }

  /** Molecules with bytes in this range are gone. */
  drop(fromPc: number, toPc: number): void {
    const first = Math.max(this.from, fromPc - LONGEST_BYTES + 8);
    for (let pc = first - (first % 8); pc < Math.min(toPc, this.to); pc += 8) {
      const index = (pc - this.from) >>> 3;
      const page = this.pages[index >>> PAGE_SHIFT];
      if (page === undefined) {
        pc += 8 * (PAGE_PLACES - 1 - (index & (PAGE_PLACES - 1)));
        continue;
      }
      const molecule = page[index & (PAGE_PLACES - 1)];
      if (molecule === undefined || molecule.nextPc <= fromPc) continue;
      molecule.alive = false;
      for (const unit of molecule.units) unit.dissolve();
      page[index & (PAGE_PLACES - 1)] = undefined;
    }
  }

  private decode(hostPc: number): StepMolecule {
    if (hostPc < this.from || hostPc >= this.to || hostPc & 7)
      throw new SimulatorBug(`host code at 0x${hostPc.toString(16)}`);
    const molecule = this.predecoder.decode(hostPc);
    const index = (hostPc - this.from) >>> 3;
    const number = index >>> PAGE_SHIFT;
    const page = this.pages[number] ?? emptyPage();
    this.pages[number] = page;
    page[index & (PAGE_PLACES - 1)] = molecule;
    return molecule;
  }
}

function emptyPage(): Page {
  return new Array<StepMolecule | undefined>(PAGE_PLACES).fill(undefined);
}

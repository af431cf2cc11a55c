/** The watch of a machine with code morphing: lists of translations, a recorded trace, molecules in memory. */
import type { GuestObserver } from '../../cms/runtime/parts.js';
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import { atomText } from '../../hw/atom/disassemble.js';
import { decodeMolecule, HostDecodeError } from '../../hw/atom/molecule.js';
import type { LinearMemory } from '../../hw/memory/layout.js';
import type { RunTotals } from '../host-statistics.js';
import type { Host } from '../processor.js';
import type {
  MachineWatch,
  MoleculeOwner,
  MoleculeText,
  TranslationLine,
} from './machine-watch.js';
import { TraceRecorder } from './trace-recorder.js';

export interface WatchParts {
  readonly host: Host;
  readonly cpu: Cpu;
  readonly linear: LinearMemory;
  readonly tcacheBytes: number;
  readonly totals: () => RunTotals;
  readonly checker: () => GuestObserver | undefined;
}

export class HostWatch implements MachineWatch {
  readonly units: readonly string[];
  readonly tcacheBytes: number;
  private readonly recorder: TraceRecorder;
  private readonly words: Uint32Array;

  constructor(private readonly parts: WatchParts) {
    const { host, cpu, linear, checker } = parts;
    this.units = host.isa.units.map(({ name }) => name);
    this.tcacheBytes = parts.tcacheBytes;
    this.words = new Uint32Array(linear.memory.buffer);
    this.recorder = new TraceRecorder({ cpu, core: host.core, software: host.software, checker });
  }

  hottest(count: number): readonly TranslationLine[] {
    const { records } = this.parts.host.software;
    const { cycles: allCycles } = this.parts.totals();
    return records
      .all()
      .map((t) => ({ t, use: records.useOf(t) }))
      .sort((a, b) => b.use.cycles - a.use.cycles || a.t.id - b.t.id)
      .slice(0, count)
      .map(({ t, use: { instructions, executions, cycles, rollbacks } }) => ({
        id: t.id,
        gear: t.gear,
        entryEip: t.entryEip,
        user: t.context.user,
        state: t.state,
        instructions,
        executions,
        cycles,
        rollbacks,
        shareOfCycles: allCycles === 0 ? 0 : cycles / allCycles,
      }));
  }

  sample(entries: number): void {
    this.recorder.stop();
    this.recorder.start(entries);
  }

  follow(): void {
    this.sample(Infinity);
  }

  rest(): void {
    this.recorder.stop();
  }

  trace(): ReturnType<MachineWatch['trace']> {
    return this.recorder.trace();
  }

  moleculeAt(hostPc: number): MoleculeText | undefined {
    const { isa } = this.parts.host;
    try {
      const { format, slots, commit, lengthBytes } = decodeMolecule(isa, this.words, hostPc >>> 2);
      const atoms = isa.units.map(() => '');
      slots.forEach((atom, slot) => {
        if (atom !== undefined) atoms[isa.formats[format].slots[slot]] = atomText(atom, hostPc);
      });
      return { hostPc, lengthBytes, commit, atoms, owner: this.ownerOf(hostPc) };
    } catch (error) {
      // Where a translation died there are zeros.
      if (error instanceof HostDecodeError) return undefined;
      throw error;
    }
  }

  private ownerOf(hostPc: number): MoleculeOwner | undefined {
    const translation = this.parts.host.software.tcache.translationAt(hostPc);
    if (translation === undefined) return undefined;
    const { id, gear, entryEip, startPc } = translation;
    return { id, gear, entryEip, offset: hostPc - startPc };
  }
}

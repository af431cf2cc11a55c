/**
 * Protection without a machine: made-up translations over real bytes of guest RAM, in a real tcache.
 * Instructions are decoded from the bytes, so that immediates and displacements are where they are.
 */
import type { CmsOptions } from '../../cms/options.js';
import type { RegionInstruction } from '../../cms/region.js';
import { PolicyLedger } from '../../cms/smc/policy-ledger.js';
import { CodeProtection, type Writer } from '../../cms/smc/protection.js';
import { insideFields, loadedFields } from '../../cms/smc/stylized.js';
import type { TcacheEntry } from '../../cms/tcache/tcache-entry.js';
import { decode } from '../../guest-isa/decode/decode.js';
import { buildDecodeTable } from '../../guest-isa/decode/decode-table.js';
import { rows } from '../../guest-isa/insn/index.js';
import { Bench, type BenchOptions, compile, context } from '../unit/tcache/bench.js';

export const kernel = context(0);
const table = buildDecodeTable(rows);
const RET = 0xc3;

export const CRUDEST: CmsOptions['selfModifying'] = {
  protection: 'page',
  revalidation: false,
  selfChecking: 'never',
  stylized: false,
  groupSize: 0,
  faultsBeforeEscalation: 3,
  forgetCycles: 50_000_000,
};

export class SmcBench {
  readonly bench: Bench;
  readonly ledger: PolicyLedger;
  readonly protection: CodeProtection<TcacheEntry>;
  cycle = 0;
  readonly framesHeld: number[] = [];

  constructor(options: Partial<CmsOptions['selfModifying']> = {}, tcache: BenchOptions = {}) {
    this.bench = new Bench(tcache);
    const all = { ...CRUDEST, ...options };
    this.ledger = new PolicyLedger(all.selfChecking === 'always');
    this.protection = new CodeProtection<TcacheEntry>({
      options: all,
      granuleBytes: 128,
      ram: this.bench.ram,
      tcache: this.bench.tcache,
      ledger: this.ledger,
      now: () => this.cycle,
      onFrameHeld: (frame) => void this.framesHeld.push(frame),
    });
  }

  get ram(): Uint8Array {
    return this.bench.ram;
  }

  /** Translates the bytes at an address (linear = physical) up to a return. */
  make(eip: number): TcacheEntry {
    const instructions: RegionInstruction[] = [];
    for (let at = eip, last = -1; last !== RET; ) {
      const instruction = this.instruction(at);
      instructions.push(instruction);
      last = this.ram[at];
      at = instruction.nextEip;
    }
    const made = this.bench.tcache.install({
      compiled: compile(this.bench.isa, [0x100]),
      region: {
        entryEip: eip,
        context: kernel,
        gear: 'block',
        instructions,
        end: 'indirect',
        unrolled: 1,
        policy: this.ledger.policyFor(eip, kernel.id),
      },
      costCycles: 0,
      counterAddress: 0,
    });
    if (!made) throw new Error('no room');
    this.protection.protect(made);
    return made;
  }

  /** What the dispatcher does: the live translation, one that wakes up, or none. */
  find(eip: number): TcacheEntry | undefined {
    return (
      this.bench.tcache.lookup(eip, kernel, eip) ?? this.protection.wakeAt(eip, kernel.id, eip)
    );
  }

  /** As `find`, and a new one where there is none. */
  enter(eip: number): TcacheEntry {
    return this.find(eip) ?? this.make(eip);
  }

  /** A write as the machine reports it, and the bytes. How many translations were disturbed. */
  write(physical: number, bytes: readonly number[], by: Writer): number {
    const { protection } = this;
    let disturbed = 0;
    if (by === 'dma') disturbed = protection.write(physical, bytes.length, by);
    else {
      const hit = by === 'translation' && protection.storeHits(physical, bytes.length);
      if (hit) disturbed = protection.write(physical, bytes.length, by);
      // A store that hit was rolled back: the interpreter does it.
      if ((hit || by === 'interpreter') && protection.holds(physical >>> 12))
        disturbed += protection.write(physical, bytes.length, 'interpreter');
    }
    this.ram.set(bytes, physical);
    return disturbed;
  }

  /** The bytes that a translation relies on are in memory. */
  isCurrent(translation: TcacheEntry): boolean {
    const { instructions, policy } = translation.region;
    const fields = loadedFields(instructions, policy.stylizedAt);
    return translation.sources.every(({ physical, bytes }) =>
      bytes.every(
        (byte, i) =>
          this.ram[physical + i] === byte || insideFields(fields, physical + i, physical + i + 1),
      ),
    );
  }

  private instruction(at: number): RegionInstruction {
    const reader = { count: 0, next: () => this.ram[at + reader.count++] };
    const { insn } = decode(table, reader, true);
    return {
      insn,
      eip: at,
      physical: at,
      bytes: this.ram.slice(at, at + insn.length),
      tailPhysicalPage:
        at >>> 12 === (at + insn.length - 1) >>> 12 ? -1 : (at + insn.length - 1) & ~0xfff,
      nextEip: at + insn.length,
      ifConverted: 0,
    };
  }
}

/**
 * Records what the host does: molecules as they issue, commits, interpreted instructions, deliveries.
 * It listens to the core and the software only while it records, and can stop itself in the middle of
 * a run, so that a sample of a fast run costs next to nothing. The checker that may follow the machine
 * at the same time hears everything as before.
 */
import type { CodeMorphing } from '../../cms/runtime/cms.js';
import type { GuestObserver } from '../../cms/runtime/parts.js';
import { instructionText } from '../../guest-isa/disasm/disassemble.js';
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import { START_EIP } from '../../guest-isa/state/layout.js';
import type { HostCore, MoleculeView } from '../../hw/core/host-core.js';
import { CPI_SLOTS } from '../../hw/timing/cpi.js';
import type { Stall, TraceEntry } from './machine-watch.js';

/** Entries that are kept while everything is recorded. */
const KEPT = 1024;

export interface RecorderParts {
  readonly cpu: Cpu;
  readonly core: Pick<HostCore, 'onMolecule'>;
  readonly software: Pick<CodeMorphing, 'observe'>;
  /** Who follows the machine whether or not something is recorded. */
  readonly checker: () => GuestObserver | undefined;
}

export class TraceRecorder {
  private entries: TraceEntry[] = [];
  private dropped = 0;
  /** Entries that are still to be recorded. */
  private wanted = 0;

  constructor(private readonly parts: RecorderParts) {}

  start(entries: number): void {
    this.entries = [];
    this.dropped = 0;
    this.wanted = entries;
    const { core, software, cpu } = this.parts;
    core.onMolecule = (seen) => this.add(moleculeEntry(seen));
    software.observe(
      both(this.parts.checker(), {
        interpreted: () => this.add(interpretedEntry(cpu)),
        committed: ({ instructions }, eip) =>
          this.add({ kind: 'commit', instructions, eip: eip >>> 0 }),
        delivered: (what) => this.add({ kind: 'delivered', what }),
      }),
    );
  }

  stop(): void {
    if (this.wanted === 0) return;
    this.wanted = 0;
    this.parts.core.onMolecule = undefined;
    this.parts.software.observe(this.parts.checker());
  }

  trace(): { readonly entries: readonly TraceEntry[]; readonly dropped: number } {
    const { entries, dropped } = this;
    return { entries, dropped };
  }

  private add(entry: TraceEntry): void {
    if (this.wanted === 0) return;
    this.entries.push(entry);
    if (this.entries.length >= 2 * KEPT) {
      this.dropped += this.entries.length - KEPT;
      this.entries = this.entries.slice(-KEPT);
    }
    if (this.wanted === 1) this.stop();
    else this.wanted--;
  }
}

function moleculeEntry({ hostPc, cycle, stalls }: MoleculeView): TraceEntry {
  const waits: Stall[] = [];
  for (let i = 0; i < stalls.length; i += 2)
    waits.push({ slot: CPI_SLOTS[stalls[i]].name, cycles: stalls[i + 1] });
  return { kind: 'molecule', hostPc, cycle, stalls: waits };
}

/** The text is made when somebody looks: nothing is fetched or translated for it. */
function interpretedEntry(cpu: Cpu): TraceEntry {
  const eip = cpu.s[START_EIP] >>> 0;
  const offset = (eip - cpu.fetchEip) >>> 0;
  const insn = offset < 0x1000 ? cpu.fetchEntries[offset] : undefined;
  const text = (): string =>
    insn?.row ? instructionText(insn, insn.row, (eip + insn.length) | 0) : '';
  return { kind: 'interpreted', eip, text };
}

function both(first: GuestObserver | undefined, second: GuestObserver): GuestObserver {
  if (first === undefined) return second;
  return {
    interpreted: (steps) => {
      first.interpreted(steps);
      second.interpreted(steps);
    },
    committed: (commit, eip) => {
      first.committed(commit, eip);
      second.committed(commit, eip);
    },
    delivered: (what) => {
      first.delivered(what);
      second.delivered(what);
    },
  };
}

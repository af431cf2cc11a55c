/**
 * A tcache without a machine around it: made-up translations assembled for a host, a core that only
 * writes down what it is told, and a walker that follows host code from molecule to molecule, enough
 * of it to run exits, links and the look-up routine.
 */
import type { CompiledExit, CompiledRegion } from '../../../cms/backend/compiled.js';
import type { Context } from '../../../cms/context.js';
import { BOLDEST, type TranslationPolicy } from '../../../cms/policy.js';
import type { GuestRegion, RegionInstruction } from '../../../cms/region.js';
import { cmsMemoryBytes, cmsMemoryLayout } from '../../../cms/tcache/cms-memory.js';
import { Tcache } from '../../../cms/tcache/tcache.js';
import { Insn } from '../../../guest-isa/decode/insn.js';
import { assemble } from '../../../hw/atom/assemble.js';
import { compileAtoms } from '../../../hw/atom/emit-js.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import { decodeMolecule } from '../../../hw/atom/molecule.js';
import { R_CONTEXT, R_EIP } from '../../../hw/atom/registers.js';
import type { HostOptions } from '../../../hw/options.js';
import { tm5800Host } from '../atom/machines.js';

export const RAM_BYTES = 0x10_0000;
const CMS_OFFSET = 0x80_0000 + RAM_BYTES;

export interface BenchOptions {
  readonly host?: HostOptions;
  readonly sizeKB?: number;
  readonly eviction?: 'flush' | 'fifo' | 'generations';
  readonly tableEntries?: number;
  readonly inlineTarget?: boolean;
  readonly chaining?: boolean;
}

export class Bench {
  readonly isa: HostIsa;
  readonly words: Uint32Array;
  readonly ram = new Uint8Array(RAM_BYTES);
  readonly layout: ReturnType<typeof cmsMemoryLayout>;
  readonly tcache: Tcache;
  /** What the core was told: retirements by host pc, ranges of changed code, clearings of the return stack. */
  readonly retires = new Map<number, number>();
  readonly changes: [number, number][] = [];
  clearings = 0;

  constructor(options: BenchOptions = {}) {
    this.isa = new HostIsa(options.host ?? tm5800Host);
    const cms = {
      chaining: options.chaining ?? true,
      indirect: {
        tableEntries: options.tableEntries ?? 64,
        inlineTarget: options.inlineTarget ?? true,
        returnPrediction: true,
      },
      tcache: {
        sizeKB: options.sizeKB ?? 16,
        eviction: options.eviction ?? 'generations',
        generations: 4,
      },
    } as const;
    this.layout = cmsMemoryLayout(cms, CMS_OFFSET);
    this.words = new Uint32Array((CMS_OFFSET + cmsMemoryBytes(cms)) / 4);
    const core = {
      codeChanged: (from: number, to: number) => void this.changes.push([from, to]),
      setRetires: (pc: number, steps: number) => void this.retires.set(pc, steps),
      tallyAt: () => ({ executions: 0, instructions: 0, steps: 0, cycles: 0 }),
      clearReturnStack: () => void this.clearings++,
    };
    const { isa, layout, words } = this;
    this.tcache = new Tcache({ options: cms, layout, words, core, isa });
  }

  /** Follows host code to an `exit`, `trap` or `assist`: its number, and the host pcs on the way. */
  walk(fromPc: number, eip: number, contextId: number): { number: number; path: number[] } {
    const w = new Int32Array(64);
    w[R_EIP] = eip;
    w[R_CONTEXT] = contextId;
    const run = compileAtoms();
    const path: number[] = [];
    for (let pc = fromPc; path.length < 10_000; ) {
      path.push(pc);
      const molecule = decodeMolecule(this.isa, this.words, pc >>> 2);
      let next = pc + molecule.lengthBytes;
      const old = w.slice();
      for (const atom of molecule.slots) {
        if (!atom) continue;
        const { row, d, a, b, imm } = atom;
        const effect = row.effect;
        if (effect?.kind === 'exit') return { number: imm, path };
        if (effect?.kind === 'jumpRegister') next = old[a] >>> 0;
        else if (effect?.kind === 'load') w[d] = this.words[(old[a] >>> 0) >>> 2];
        else if (effect?.kind === 'branch') {
          const taken =
            effect.condition === 'always' ||
            (effect.condition === 'zero' ? old[a] === 0 : old[a] !== 0);
          if (taken) next = pc + imm * 8;
        } else if (effect === undefined) {
          const after = old.slice();
          run[row.opcode]?.(after, d, a, b, imm);
          w[d] = after[d];
        }
      }
      pc = next;
    }
    throw new Error('the code runs in a circle');
  }
}

export function context(id: number, csBase = 0): Context {
  return {
    id,
    code32: true,
    stack32: true,
    user: false,
    level0: true,
    csBase,
    csLimit: 0xffffffff,
    segments: [],
  };
}

export interface RegionChoice {
  readonly eip: number;
  readonly context: Context;
  readonly physical?: number;
  readonly bytes?: Uint8Array;
  readonly policy?: TranslationPolicy;
  readonly gear?: 'block' | 'superblock';
}

/** A region of one instruction, whose bytes are given. */
export function regionOf(choice: RegionChoice): GuestRegion {
  const bytes = choice.bytes ?? Uint8Array.of(0x90, 0x90, 0x90, 0x90);
  const insn = new Insn();
  insn.length = bytes.length;
  const instruction: RegionInstruction = {
    insn,
    eip: choice.eip,
    physical: choice.physical ?? choice.eip,
    bytes,
    tailPhysicalPage: -1,
    nextEip: choice.eip + bytes.length,
    ifConverted: 0,
  };
  return {
    entryEip: choice.eip,
    context: choice.context,
    gear: choice.gear ?? 'block',
    instructions: [instruction],
    end: 'branch',
    unrolled: 1,
    policy: choice.policy ?? BOLDEST,
  };
}

/** Guest addresses behind the exits; 'indirect' has an inline compare; 'call' lands at the address. */
export type ExitChoice = number | 'indirect' | { readonly call: number; readonly returns: number };

/**
 * A page check, `filler` molecules, and an exit each: r8 is zero here, so the walker takes the first
 * exit. An indirect exit compares r9 with a literal first; its branch is an exit until it is patched.
 */
export function compile(isa: HostIsa, exits: readonly ExitChoice[], filler = 1): CompiledRegion {
  const lines = ['checked:', '{ add r16,r16,#1 }', 'entry:'];
  for (let i = 0; i < filler; i++) lines.push('{ add r17,r17,#1 }');
  exits.forEach((exit, i) => {
    lines.push(`side${i}:`);
    if (exit === 'indirect') {
      lines.push(`compare${i}:`, '{ ne r18,r9,##0x7fffffff }', `{ brnz r18,slot${i} }`);
      lines.push(`inline${i}:`, `{ br slot${i} }`);
    }
    if (typeof exit === 'object') lines.push(`push${i}:`, `{ rspush r19,landing${i} }`);
    lines.push(`slot${i}:`, '{ exit 0 }');
    if (typeof exit === 'object') lines.push(`landing${i}:`, '{ exit 0 }');
  });
  const { words, labels } = assemble(isa, lines.join('\n'));
  const at = (label: string): number => labels.get(label) ?? -1;
  /** The branch unit's slot of a molecule. */
  const slot = (label: string): number => {
    const pc = at(label);
    if (pc < 0) return -1;
    const format = isa.formats[words[pc >>> 2] >>> 29];
    return pc + 4 * format.slots.findIndex((unit) => unit >= 0 && isa.executes(unit, 'branch'));
  };
  const literal = (label: string): number => {
    const pc = at(label);
    return pc < 0 ? -1 : pc + 4 * isa.formats[words[pc >>> 2] >>> 29].immSlot;
  };
  return {
    words,
    entryOffset: at('entry'),
    checkedEntryOffset: 0,
    exits: exits.map(
      (exit, i): CompiledExit => ({
        kind: exit === 'indirect' ? 'indirect' : 'jump',
        eip: exit === 'indirect' ? -1 : typeof exit === 'object' ? exit.call : exit,
        slotOffset: slot(`slot${i}`),
        moleculeOffset: at(`slot${i}`),
        inlineTargetOffset: literal(`compare${i}`),
        inlineBranchOffset: slot(`inline${i}`),
        landingSlotOffset: slot(`landing${i}`),
        pushSlotOffset: slot(`push${i}`),
        returnEip: typeof exit === 'object' ? exit.returns : -1,
      }),
    ),
    resumePoints: [{ offset: at('side0'), eip: 0x77 }],
    retirements: exits.map((_, i) => ({
      offset: at(`slot${i}`),
      exit: i,
      steps: 1,
      instructions: 1,
      midRepeat: false,
      skippedRegister: -1,
    })),
    notes: [],
    molecules: 0,
    atoms: 0,
    hoistedOverStores: 0,
    hoistedOverBranches: 0,
    spills: 0,
  };
}

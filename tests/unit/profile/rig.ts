/**
 * Small programs on a bare board, for whoever forms regions of them.
 */
import type { Context } from '../../../cms/context.js';
import { Lifter } from '../../../cms/lift/lift-region.js';
import type { CmsOptions } from '../../../cms/options.js';
import { BOLDEST } from '../../../cms/policy.js';
import { EdgeProfile } from '../../../cms/profile/edge-profile.js';
import { BranchProfile } from '../../../cms/profile/profile.js';
import type { Recorder, RecorderOutcome } from '../../../cms/profile/recorder.js';
import { type RegionParts, regionParts } from '../../../cms/profile/region-path.js';
import type { GuestRegion } from '../../../cms/region.js';
import { Assembler } from '../../../guest-isa/disasm/assemble.js';
import { rows } from '../../../guest-isa/insn/index.js';
import { EIP, ESP, REMAINING } from '../../../guest-isa/state/layout.js';
import { type Board, makeBoard, TEST_IDENTITY } from '../../board.js';

const assembler = new Assembler(rows);
/** Keeps recorded meanings only. */
export const lifter = new Lifter(TEST_IDENTITY.features);

const REGION = {
  shape: 'superblock',
  maxInstructions: 100,
  maxBranches: 24,
  unroll: 1,
  ifConversion: 0,
} as const;

export const FLAT: Context = {
  id: 0,
  code32: true,
  stack32: true,
  user: false,
  level0: true,
  csBase: 0,
  csLimit: 0xffffffff,
  segments: Array.from({ length: 6 }, () => ({
    kind: 'whole',
    writable: true,
    zeroBase: true,
  })),
};

export interface Rig {
  readonly board: Board;
  readonly labels: ReadonlyMap<string, number>;
  readonly parts: RegionParts;
  readonly branches: BranchProfile;
  /** Entries that blocks have counted, by eip. */
  readonly entries: Map<number, number>;
}

/** Code at 0x1000 (`name:` marks a place, `@ address` moves on), mapped, with a stack below 0x8000. */
export function rig(
  lines: readonly string[],
  limits: Partial<CmsOptions['region'] & { maxStores: number }> = {},
): Rig {
  const branches = new BranchProfile();
  const board = makeBoard();
  board.cpu.s[ESP] = 0x8000;
  board.cpu.s[EIP] = 0x1000;
  let labels = new Map<string, number>();
  for (let pass = 0; pass < 3; pass++) labels = place(board, lines, labels);
  for (let page = 0; page < 0x10; page++) board.cpu.translate(page << 12, false);
  const region = { ...REGION, ...limits };
  const entries = new Map<number, number>();
  const edges = new EdgeProfile(branches, (eip) => entries.get(eip) ?? 0);
  const parts = regionParts(board.fetch, region, limits.maxStores ?? 64, lifter, edges);
  return { board, labels, parts, branches, entries };
}

function place(
  board: Board,
  lines: readonly string[],
  known: ReadonlyMap<string, number>,
): Map<string, number> {
  const labels = new Map<string, number>();
  let at = 0x1000;
  for (const line of lines) {
    if (line.endsWith(':')) labels.set(line.slice(0, -1), at);
    else if (line.startsWith('@')) at = Number(line.slice(1));
    else {
      const text = line.replace(
        /\.(\w+)/g,
        (_, name) => `0x${(known.get(name) ?? at).toString(16)}`,
      );
      const bytes = assembler.assemble(text, at, true);
      board.memory.ram.set(bytes, at);
      at += bytes.length;
    }
  }
  return labels;
}

/** Interprets one instruction, in a slice of some cycles. */
export function interpret({ board }: Rig, recorder: Recorder, slice = 1): RecorderOutcome {
  const { s } = board.cpu;
  const before = s[EIP];
  s[REMAINING] = slice;
  const insn = board.loop.single();
  if (!insn) throw new Error(`fault at ${before.toString(16)}`);
  return recorder.step(insn, before, s[EIP]);
}

/** Records from EIP until the recorder has had enough. */
export function record(on: Rig, recorder: Recorder, policy = BOLDEST): RecorderOutcome {
  recorder.begin(on.board.cpu.s[EIP], FLAT, policy);
  for (let n = 0; n < 1000; n++) {
    const outcome = interpret(on, recorder);
    if (outcome !== 'more') return outcome;
  }
  throw new Error('recording never ends');
}

/** A region in short: `end: mnemonic mnemonic ... > eip behind it`. */
export function regionText(region: GuestRegion | 'nothing' | 'more' | undefined): string {
  if (typeof region !== 'object') return String(region);
  const { instructions } = region;
  const path = instructions.map(({ insn }) => insn.row?.mnemonic).join(' ');
  const copies = region.unrolled === 1 ? '' : ` x${region.unrolled}`;
  return `${region.end}${copies}: ${path} > ${instructions[instructions.length - 1].nextEip.toString(16)}`;
}

/**
 * Restart: each memory access of each row is made to fault in turn (page absent, page read-only,
 * beyond the segment's limit). The fault must leave the guest as it was before the instruction;
 * without the trouble the instruction, executed again, must end as it does undisturbed.
 */
import { describe, expect, it } from 'vitest';
import { rows } from '../../guest-isa/insn/index.js';
import type { InsnRow } from '../../guest-isa/insn/row.js';
import { PFAULT } from '../../guest-isa/state/exceptions.js';
import { IOPL, readEflags } from '../../guest-isa/state/flags.js';
import * as W from '../../guest-isa/state/layout.js';
import type { Case } from '../insn/case.js';
import { caseText, hex } from '../insn/compare.js';
import { planRow, touchesMemory } from '../insn/plan/plan-row.js';
import { rowKey, rowSeed } from '../insn/row-key.js';
import { Stage } from '../insn/stage.js';
import { NOT_TRIED, PARTIAL_STORES } from './exceptions-to-restart.js';
import { type Access, type Poison, type Trouble, WatchedMemory } from './watched-memory.js';

const PLANNED = 80;
const PLAYED = 6;
/** Page tables: accessed and dirty bits may be set before a fault. */
const TABLES_END = 0x5000;

const HALTED_BY_FAULT = 1;
const faults: { vector: number; cr2: number }[] = [];
const stage = new Stage(rows, (fault) => {
  faults.push({ vector: fault.vector, cr2: stage.cpu.s[W.CR2] });
  stage.cpu.s[W.HALTED] = HALTED_BY_FAULT;
});
const { cpu } = stage;
const watched = new WatchedMemory(cpu);

/** Words of the state block that are no guest state, or that a fault is expected to change. */
const SCRATCH = new Set([
  W.START_EIP,
  W.FLAG_RESULT,
  W.FLAG_CARRY,
  W.REMAINING,
  W.AUX,
  W.CR2,
  W.HALTED,
  W.REPEAT_EXTRA_LO,
  W.REPEAT_EXTRA_HI,
  // Whether a repetition was under way is for the run loop; delivering the fault clears it.
  W.MID_REPEAT,
  W.PENDING_DEBUG,
  W.SEG_FAST,
  W.SEG_FAST + 1,
  W.SEG_FAST + 2,
  W.SEG_FAST + 3,
  W.SEG_FAST + 4,
  W.SEG_FAST + 5,
]);

interface GuestState {
  readonly words: Int32Array;
  readonly eflags: number;
  readonly ram: Uint8Array;
}

const guestState = (): GuestState => ({
  words: cpu.s.slice(),
  eflags: readEflags(cpu.s),
  ram: stage.ram.slice(TABLES_END),
});

function stateDifferences(want: GuestState, have: GuestState, memoryToo: boolean): string[] {
  const found: string[] = [];
  want.words.forEach((word, i) => {
    if (!SCRATCH.has(i) && word !== have.words[i])
      found.push(`state word ${i}: ${hex(word)}, got ${hex(have.words[i])}`);
  });
  if (want.eflags !== have.eflags)
    found.push(`eflags: ${hex(want.eflags)}, got ${hex(have.eflags)}`);
  if (memoryToo && Buffer.compare(want.ram, have.ram) !== 0) {
    const at = want.ram.findIndex((byte, i) => byte !== have.ram[i]);
    found.push(`memory at physical ${hex(TABLES_END + at)}: ${want.ram[at]}, got ${have.ram[at]}`);
  }
  return found;
}

/** Sets a case up; gives what clears it away. */
function setUp(c: Case): () => void {
  const undo = stage.prepare(c);
  // With this privilege level for I/O, port instructions execute.
  cpu.s[W.FLAGS_SYSTEM] |= IOPL;
  watched.closeFastPaths();
  watched.poison = undefined;
  faults.length = 0;
  return () => {
    undo();
    stage.outcome();
  };
}

/** Executes one instruction; true if it faulted. */
function step(): boolean {
  stage.step();
  const faulted = cpu.s[W.HALTED] !== 0;
  cpu.s[W.HALTED] = 0;
  return faulted;
}

/** Repeated string instructions run to their end; each step is one iteration. */
function finish(c: Case): boolean {
  do if (step()) return false;
  while (c.run && cpu.s[W.EIP] === (c.eip | 0));
  return true;
}

/** What a case accesses, and how it ends; undefined if it does not end well. */
function undisturbed(
  c: Case,
): { accesses: Access[]; checked: number[]; end: GuestState } | undefined {
  const undo = setUp(c);
  watched.reset();
  const well = finish(c);
  const result = {
    accesses: [...watched.seen.values()].filter((a) => watched.canBegin(a.linear, true)),
    checked: [...watched.checked].filter((linear) => watched.canBegin(linear, false)),
    end: guestState(),
  };
  undo();
  return well ? result : undefined;
}

function troubles(accesses: readonly Access[], checked: readonly number[]): Poison[] {
  const list = new Map<string, Poison>();
  const add = (linear: number, trouble: Trouble): Map<string, Poison> =>
    list.set(`${linear} ${trouble}`, { linear, trouble });
  for (const { linear, write } of accesses) {
    add(linear, 'not-present');
    if (write) add(linear, 'read-only');
  }
  for (const linear of checked) add(linear, 'beyond-limit');
  return [...list.values()];
}

/** Plays a case with one trouble, then without it; says what went wrong. */
function disturbed(row: InsnRow, c: Case, poison: Poison, end: GuestState): string[] {
  const undo = setUp(c);
  let before = guestState();
  watched.poison = poison;
  let faulted = step();
  // Iterations of a repeated string instruction that were completed stay.
  while (!faulted && c.run && cpu.s[W.EIP] === (c.eip | 0)) {
    before = guestState();
    faulted = step();
  }
  watched.poison = undefined;
  const wrong: string[] = [];
  if (!faulted) wrong.push('no fault came');
  else {
    if (poison.trouble !== 'beyond-limit' && faults[0].vector !== PFAULT)
      wrong.push(`vector ${faults[0].vector} instead of a page fault`);
    cpu.s[W.EIP] = cpu.s[W.START_EIP];
    wrong.push(
      ...stateDifferences(before, guestState(), !PARTIAL_STORES.has(row.mnemonic)).map(
        (d) => `after the fault: ${d}`,
      ),
    );
    if (!finish(c)) wrong.push('it faults again without cause');
    else
      wrong.push(...stateDifferences(end, guestState(), true).map((d) => `executed again: ${d}`));
  }
  undo();
  return wrong.map((w) => `${poison.trouble} at ${hex(poison.linear)}: ${w}`);
}

interface Tried {
  cases: number;
  troubles: number;
  wrong: string[];
}

function tryRow(row: InsnRow): Tried {
  const tried: Tried = { cases: 0, troubles: 0, wrong: [] };
  for (const c of planRow(row, rowSeed(rowKey(row)) ^ 0x7e57, PLANNED)) {
    if (tried.cases === PLAYED) break;
    const plain = undisturbed(c);
    if (!plain || plain.accesses.length === 0) continue;
    tried.cases++;
    for (const poison of troubles(plain.accesses, plain.checked)) {
      tried.troubles++;
      const wrong = disturbed(row, c, poison, plain.end);
      if (wrong.length > 0) tried.wrong.push(`${caseText(c)}\n  ${wrong.join('\n  ')}`);
    }
  }
  return tried;
}

describe('restart', () => {
  const untried: string[] = [];
  for (const row of rows) {
    const key = rowKey(row);
    const tried = tryRow(row);
    if (tried.cases === 0) {
      if (touchesMemory(row)) untried.push(key);
      continue;
    }
    it(`${key}: ${tried.troubles} troubles in ${tried.cases} cases`, () => {
      expect(tried.wrong.length, tried.wrong.slice(0, 3).join('\n')).toBe(0);
    });
  }

  it('covers each row with a memory operand, but for those listed', () => {
    expect(untried.sort()).toEqual([...NOT_TRIED.keys()].sort());
  });
});

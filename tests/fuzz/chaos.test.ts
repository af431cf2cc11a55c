/**
 * Random bytes as code, in every mode the processor has: whatever a guest executes, the simulator
 * must answer with guest faults only. After each fault the program is thrown somewhere else; now
 * and then the processor is put back into a mode to start from.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../base/rng.js';
import { VM } from '../../guest-isa/state/flags.js';
import {
  CR0,
  CR3,
  CR4,
  CS,
  EIP,
  FLAGS_SYSTEM,
  GDTR_BASE,
  GDTR_LIMIT,
  HALTED,
  IDTR_BASE,
  IDTR_LIMIT,
  REMAINING,
  TR,
} from '../../guest-isa/state/layout.js';
import { deliverFault } from '../../guest-isa/system/deliver.js';
import { type Board, makeBoard } from '../board.js';

const RAM = 1 << 20;
const SEEDS = 40;
const STEPS = 4000;

type Mode = 'flat32' | 'user32' | 'flat16' | 'real' | 'v86' | 'paged';
const MODES: readonly Mode[] = ['flat32', 'user32', 'flat16', 'real', 'v86', 'paged'];

/** Puts the processor into a mode with plausible tables of random content. */
function enter(board: Board, mode: Mode, rng: Rng): void {
  const { cpu } = board;
  const { s } = cpu;
  s[CR4] = 0;
  s[CR0] = mode === 'real' ? 0 : 1;
  s[FLAGS_SYSTEM] = 2 | (mode === 'v86' ? VM | (rng.below(4) << 12) : 0);
  const paragraph = mode === 'real' || mode === 'v86';
  for (let seg = 0; seg < 6; seg++) {
    if (paragraph)
      cpu.setSegment(seg, 0x1000, 0x10000, 0xffff, seg === CS && mode === 'real' ? 0x9b : 0xf3);
    else
      cpu.setSegment(
        seg,
        0x10 | (mode === 'user32' ? 3 : 0),
        0,
        -1,
        mode === 'user32' ? 0xc0f3 : 0xc093,
      );
  }
  if (!paragraph) {
    const attr = (mode === 'flat16' ? 0x809b : 0xc09b) | (mode === 'user32' ? 0x60 : 0);
    cpu.setSegment(CS, 8 | (mode === 'user32' ? 3 : 0), 0, -1, attr);
  }
  cpu.setSegment(TR, 0x28, rng.below(RAM), 0xffff, 0x8b);
  s[GDTR_BASE] = rng.below(RAM);
  s[GDTR_LIMIT] = rng.below(0x10000);
  s[IDTR_BASE] = rng.below(RAM);
  s[IDTR_LIMIT] = rng.below(0x800);
  if (mode === 'paged') mapIdentity(board);
  cpu.flushTlb(true);
  cpu.setCpl(mode === 'user32' || mode === 'v86' ? 3 : 0);
  cpu.stateReplaced();
}

function mapIdentity(board: Board): void {
  const { cpu } = board;
  cpu.physicalWrite32(0x1000, 0x2007);
  for (let page = 0; page < 1024; page++) cpu.physicalWrite32(0x2000 + 4 * page, (page << 12) | 7);
  cpu.s[CR3] = 0x1000;
  cpu.s[CR0] |= 0x80000000;
}

function play(seed: number): number {
  const rng = new Rng(seed);
  const board = makeBoard(RAM);
  const { cpu, memory, loop } = board;
  for (let i = 0; i < RAM; i += 4) cpu.view.setUint32(i, rng.u32(), true);
  // Some real opcodes in front of the noise: two-byte ones, far transfers, system and x87 instructions.
  for (let i = 0; i < RAM; i += 1 + rng.below(40)) {
    memory.ram[i] = rng.pick([
      0x0f, 0x9a, 0xea, 0xcf, 0xcb, 0x8e, 0xd9, 0xdd, 0xf3, 0x66, 0x67, 0xcd,
    ]);
  }
  let executed = 0;
  while (executed < STEPS) {
    if (rng.chance(0.02) || cpu.s[HALTED]) {
      cpu.s[HALTED] = 0;
      enter(board, rng.pick(MODES), rng);
      for (let r = 0; r < 8; r++) cpu.s[r] = rng.chance(0.7) ? rng.below(RAM) : rng.u32();
    }
    cpu.s[EIP] = rng.below(cpu.s[CR0] & 1 ? RAM : 0x10000);
    const faultsBefore = board.faults.length;
    cpu.s[REMAINING] = 50;
    loop.run();
    executed += 50;
    const fault = board.faults[faultsBefore];
    if (fault && rng.chance(0.5)) deliverFault(cpu, fault);
  }
  return board.faults.length;
}

describe('random code', () => {
  it(`raises guest faults and nothing else (${SEEDS} seeds)`, () => {
    let faults = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        faults += play(seed);
      } catch (error) {
        throw new Error(`seed ${seed} broke the simulator`, { cause: error });
      }
    }
    expect(faults).toBeGreaterThan(SEEDS * 10);
  });
});

/**
 * A bare board for processor tests: RAM and nothing else, one processor, flat 32-bit segments.
 */
import { Clock } from '../base/clock.js';
import { rows } from '../guest-isa/insn/index.js';
import { Cpu } from '../guest-isa/interp/cpu.js';
import { Fetch } from '../guest-isa/interp/fetch.js';
import { StepLoop } from '../guest-isa/interp/step-loop.js';
import { TLB_ENTRIES } from '../guest-isa/mmu/paging.js';
import { PageKind, type PhysicalMemory } from '../guest-isa/mmu/ports.js';
import type { GuestFault } from '../guest-isa/state/exceptions.js';
import { writeEflags } from '../guest-isa/state/flags.js';
import { type CpuIdentity, FEATURE_BITS, type Feature } from '../guest-isa/state/identity.js';
import { A20_MASK, CR0, CS, EIP, REMAINING, STATE_WORDS } from '../guest-isa/state/layout.js';

export const TEST_IDENTITY: CpuIdentity = {
  vendor: 'GenuineTMx86',
  family: 5,
  model: 4,
  stepping: 3,
  brand: 'Transmeta(tm) Crusoe(tm) Processor TM5800',
  features: new Set(Object.keys(FEATURE_BITS) as Feature[]),
  clockMHz: 1000,
  hardwareRevision: 0x01030000,
  cmsRevision: 0x04020600,
  cmsRevision2: 0,
  cmsText: 'test',
};

export class TestMemory implements PhysicalMemory {
  readonly ram: Uint8Array;
  readonly pageKinds = new Uint8Array(1 << 20);
  onMapChanged = (): void => {};
  onRamWritten = (_address: number, _sizeBytes: number): void => {};

  constructor(bytes: number) {
    this.ram = new Uint8Array(bytes);
    this.pageKinds.fill(PageKind.ram, 0, bytes >>> 12);
  }

  read(): number {
    return 0xffffffff;
  }

  write(): void {}
}

export interface Board {
  readonly cpu: Cpu;
  readonly memory: TestMemory;
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly loop: StepLoop;
  /** Faults met, in order. */
  readonly faults: GuestFault[];
}

/** A processor in flat ring-0 protected mode without paging; faults are collected and stop the slice. */
export function makeBoard(ramBytes = 1 << 20, code32 = true): Board {
  const memory = new TestMemory(ramBytes);
  const state = new Int32Array(STATE_WORDS);
  const clock = new Clock(1_000_000_000, state, REMAINING);
  const cpu = new Cpu({
    state,
    tlb: new Int32Array(TLB_ENTRIES),
    memory,
    ports: { in: () => 0xffffffff, out: () => {} },
    interrupts: { intr: false, acknowledge: () => 0xff },
    clock,
    identity: TEST_IDENTITY,
  });
  cpu.s[CR0] = 1;
  cpu.s[A20_MASK] = -1;
  for (let seg = 0; seg < 6; seg++) cpu.setSegment(seg, 0x10, 0, -1, 0xc093);
  cpu.setSegment(CS, 8, 0, -1, code32 ? 0xc09b : 0x809b);
  writeEflags(cpu.s, 2);
  const fetch = new Fetch(cpu, rows);
  const faults: GuestFault[] = [];
  const loop = new StepLoop(cpu, fetch, (_cpu, fault) => {
    faults.push(Object.assign(Object.create(null) as GuestFault, fault));
    cpu.s[REMAINING] = 0;
  });
  return { cpu, memory, clock, fetch, loop, faults };
}

/** Puts code at an address and runs `cycles` instructions from there. */
export function execute(board: Board, code: readonly number[], at: number, cycles: number): void {
  board.memory.onRamWritten(at, code.length);
  board.memory.ram.set(code, at);
  board.cpu.s[EIP] = at;
  board.cpu.s[REMAINING] = cycles;
  board.loop.run();
}

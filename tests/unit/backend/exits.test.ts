/**
 * The ways out of compiled regions, on the stepper: the countdown at the entry, calls and returns
 * with prediction, the inline compare of indirect exits, patched as chaining does; and what the
 * backend refuses.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { Backend } from '../../../cms/backend/compile-region.js';
import { CannotCompile, type CompiledRegion } from '../../../cms/backend/compiled.js';
import type { IrRegion } from '../../../cms/ir/ir.js';
import { Lifter } from '../../../cms/lift/lift-region.js';
import type { CmsOptions } from '../../../cms/options.js';
import { FEATURE_BITS } from '../../../guest-isa/state/identity.js';
import { REMAINING } from '../../../guest-isa/state/layout.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import { atomNamed } from '../../../hw/atom/index.js';
import { replaceAtomWord } from '../../../hw/atom/molecule.js';
import { EXIT } from '../../../hw/core/exits.js';
import type { GuestMemoryPort } from '../../../hw/core/host-core.js';
import { Stepper } from '../../../hw/exec/step/stepper.js';
import { LinearMemory } from '../../../hw/memory/layout.js';
import type { HostOptions } from '../../../hw/options.js';
import { timingTableBytes } from '../../../hw/timing/timing-tables.js';
import { type RegionOptions, regionOf } from '../../golden/lift/regions.js';
import { tm5800Host } from '../atom/machines.js';
import { randomRegion } from '../opt/random-region.js';
import { BOLD, cmsWith, IN_ORDER } from './cms.js';
import { withRegion } from './with-region.js';

const lifter = new Lifter(new Set(Object.keys(FEATURE_BITS)));
const PLENTY = 1_000_000;
const STACK = 0x8000;

const lift = (texts: readonly string[], path?: RegionOptions): IrRegion =>
  lifter.liftRegion(regionOf(texts, path));

/** RAM one to one; code at linear x is fetched from x + 1 MB, as tests/golden/lift/regions.ts has it. */
const PORT: GuestMemoryPort = {
  translate: (linear) => linear & 0xffff,
  translateFetch: (linear) => linear + 0x100000,
  mayStore: () => -1,
  rolledBack: () => {},
  committed: () => {},
};

class Machine {
  readonly isa: HostIsa;
  readonly memory: LinearMemory;
  readonly core: Stepper;
  readonly backend: Backend;
  private nextPc: number;

  constructor(cms: CmsOptions, host: HostOptions = tm5800Host) {
    this.isa = new HostIsa(host);
    this.memory = new LinearMemory(0x1_0000, 0x10_0000, timingTableBytes(host));
    this.core = new Stepper(this.isa, this.memory, PORT);
    this.backend = new Backend(this.isa, host, cms);
    this.nextPc = this.memory.cmsOffset + 0x1000;
    this.state[REMAINING] = PLENTY;
  }

  get state(): Int32Array {
    return this.memory.state;
  }

  get counterAddress(): number {
    return this.memory.cmsOffset;
  }

  /** Puts a region behind the others; each exit leaves with `base` and its place in the list. */
  install(code: CompiledRegion, base: number): number {
    const pc = this.nextPc;
    this.memory.words(pc, code.words.length).set(code.words);
    this.nextPc += 4 * code.words.length;
    code.exits.forEach((exit, i) => {
      this.patch(pc + exit.moleculeOffset, pc + exit.slotOffset, 'exit', base + i);
    });
    return pc;
  }

  patch(moleculePc: number, slotPc: number, name: string, imm: number): void {
    const words = this.memory.words(slotPc, 1);
    const slot = (slotPc - moleculePc) >> 2;
    words[0] = replaceAtomWord(words[0], atomNamed(name), { d: 0, a: 0, b: 0, imm }, slot);
    this.core.codeChanged(moleculePc, moleculePc + 32);
  }

  branch(moleculePc: number, slotPc: number, targetPc: number): void {
    this.patch(moleculePc, slotPc, 'br', (targetPc - moleculePc) / 8);
  }

  run(pc: number): number {
    this.core.enter();
    expect(this.core.run(pc)).toBe(EXIT.exit);
    return this.core.exit.index;
  }
}

describe('exits', () => {
  it('counts executions down and leaves at zero with nothing done', () => {
    const m = new Machine(cmsWith(BOLD));
    const ir = lift(['push eax', 'inc ebx', 'jmp 0x2000'], { end: 'jump' });
    const code = m.backend.compile(ir, { counterAddress: m.counterAddress });
    const pc = m.install(code, 10);
    const counter = m.memory.words(m.counterAddress, 1);
    counter[0] = 3;
    m.state[4] = STACK;
    m.state[0] = 0x1234;
    expect(m.run(pc)).toBe(10);
    expect(m.run(pc + code.entryOffset)).toBe(10);
    expect([counter[0], m.state[3], m.state[4]]).toEqual([1, 2, STACK - 8]);
    const hot = code.exits.findIndex((e) => e.kind === 'hot');
    expect(code.exits[hot].eip).toBe(0x1000);
    expect(m.run(pc + code.entryOffset)).toBe(10 + hot);
    // Neither registers nor memory, and no second store is outstanding.
    expect([counter[0], m.state[3], m.state[4]]).toEqual([0, 2, STACK - 8]);
    expect(m.memory.view.getInt32(m.memory.ramOffset + STACK - 12, true)).toBe(0);
    counter[0] = 2;
    expect(m.run(pc)).toBe(10);
    expect(m.state[3]).toBe(3);
  });

  it('a return comes to the landing of its call', () => {
    const cms = cmsWith(BOLD, { returnPrediction: true, inlineTarget: false });
    const m = new Machine(cms);
    const call = m.backend.compile(lift(['call 0x2000'], { end: 'call' }), { counterAddress: -1 });
    const back = m.backend.compile(lift(['ret'], { end: 'indirect' }), { counterAddress: -1 });
    const callPc = m.install(call, 10);
    const backPc = m.install(back, 20);
    const [exit] = call.exits;
    expect(exit.returnEip).toBe(0x1005);
    // The landing is the last molecule.
    m.patch(callPc + exit.landingSlotOffset - 4, callPc + exit.landingSlotOffset, 'exit', 15);
    m.state[4] = STACK;
    expect(m.run(callPc)).toBe(10);
    expect(m.memory.view.getInt32(m.memory.ramOffset + STACK - 4, true)).toBe(0x1005);
    expect(m.run(backPc)).toBe(15);
    expect([m.state[4], m.state[9]]).toEqual([STACK, 0x1005]);
    // The stack of returns is empty now.
    m.state[4] = STACK - 4;
    expect(m.run(backPc)).toBe(20);
  });

  it('an indirect exit goes to its last target if that is the target again', () => {
    const m = new Machine(cmsWith(BOLD, { inlineTarget: true, returnPrediction: false }));
    const jump = m.backend.compile(lift(['jmp ecx'], { end: 'indirect' }), { counterAddress: -1 });
    const there = m.backend.compile(lift(['inc eax', 'jmp 0x3000'], { end: 'jump' }), {
      counterAddress: -1,
    });
    const jumpPc = m.install(jump, 10);
    const therePc = m.install(there, 20);
    m.state[1] = 0x1000;
    expect(m.run(jumpPc)).toBe(10);
    expect(m.state[9]).toBe(0x1000);
    const [exit] = jump.exits;
    m.memory.words(jumpPc + exit.inlineTargetOffset, 1)[0] = 0x1000;
    const branchSlot = jumpPc + exit.inlineBranchOffset;
    m.branch(branchSlot - 4, branchSlot, therePc);
    m.core.codeChanged(jumpPc, jumpPc + 4 * jump.words.length);
    expect(m.run(jumpPc)).toBe(20);
    expect(m.state[0]).toBe(1);
    m.state[1] = 0x1004;
    expect(m.run(jumpPc)).toBe(10);
    expect(jump.resumePoints.map((p) => p.eip)).toEqual([-1]);
  });
});

describe('a region of many side exits', () => {
  const texts = (before: number): string[] => [
    ...new Array<string>(before).fill('inc ebx'),
    ...new Array<string[]>(200).fill(['add eax, ecx', 'jz 0x2000']).flat(),
    'jmp 0x3000',
  ];

  // The arrays of a new backend grow while this is compiled, wherever that is; those of a used one do not.
  it.each([0, 1, 2, 3])('is compiled alike by a new backend and a used one (%i before)', (n) => {
    const ir = lift(texts(n), { end: 'jump' });
    const backend = new Backend(new HostIsa(tm5800Host), tm5800Host, cmsWith(BOLD));
    const first = backend.compile(ir, { counterAddress: -1 });
    expect(first.exits.filter((e) => e.eip === 0x2000)).toHaveLength(200);
    expect(backend.compile(ir, { counterAddress: -1 }).words).toEqual(first.words);
  });
});

describe('refusals', () => {
  const refusal = (texts: readonly string[], host: HostOptions): string | undefined => {
    const isa = new HostIsa(host);
    const backend = new Backend(isa, host, cmsWith(BOLD));
    try {
      backend.compile(lift(texts), { counterAddress: -1 });
      return undefined;
    } catch (e) {
      if (e instanceof CannotCompile) return e.why;
      throw e;
    }
  };

  it('more stores than the store buffer holds', () => {
    const host = { ...tm5800Host, storeBufferEntries: 2 };
    expect(refusal(['push eax', 'push ebx'], host)).toBeUndefined();
    expect(refusal(['push eax', 'push ebx', 'push ecx'], host)).toBe('storeBuffer');
  });

  it('more values than registers, without a place to spill', () => {
    const host = { ...tm5800Host, integerRegisters: 28 };
    // In program order nothing else is tried when registers run out.
    const backend = new Backend(new HostIsa(host), host, cmsWith(IN_ORDER));
    let spilled = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const ir = withRegion(randomRegion(new Rng(seed), 60));
      const { spills } = backend.compile(ir, { counterAddress: -1, spillAddress: 0x1000 });
      if (spills === 0) continue;
      spilled++;
      expect(() => backend.compile(ir, { counterAddress: -1 })).toThrow('registers');
    }
    expect(spilled).toBeGreaterThan(10);
  });

  it('atoms that no unit executes', () => {
    const units = tm5800Host.units.map((u) => ({
      ...u,
      classes: u.classes.filter((c) => c !== 'divide'),
    }));
    expect(refusal(['div ecx'], { ...tm5800Host, units })).toBe('noUnit');
  });
});

describe('cost of an interpreted instruction', () => {
  it('is what its own molecules cost', () => {
    const isa = new HostIsa(tm5800Host);
    const backend = new Backend(isa, tm5800Host, cmsWith(BOLD));
    expect(backend.costOf(lift(['inc eax']))).toEqual({ molecules: 1, cycles: 1, bytes: 8 });
    // An address, a load that the next molecule waits for, an addition.
    const { molecules, cycles } = backend.costOf(lift(['add eax, dword ptr [ebx+0x10]']));
    expect([molecules, cycles]).toEqual([3, 5]);
  });
});

/**
 * A board for lockstep programs, as the golden interpreter and the machine under test both have one:
 * RAM, a device with memory-mapped registers and ports whose answers tell how often it was asked, an
 * INTR pin. `setUp` puts the processor and the RAM into the state that a case begins with.
 */
import type { Clock } from '../../base/clock.js';
import { Rng } from '../../base/rng.js';
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import type { InterruptSource } from '../../guest-isa/mmu/ports.js';
import { CR4_PSE } from '../../guest-isa/state/control-bits.js';
import { writeEflags } from '../../guest-isa/state/flags.js';
import * as W from '../../guest-isa/state/layout.js';
import type { PhysicalBus } from '../../hw/memory/bus.js';
import { edgeOrRandom } from '../insn/case.js';
import { assembleItems } from './assemble-items.js';
import { makeHandlers } from './guest-handlers.js';
import * as M from './guest-map.js';
import type { Item } from './item.js';
import type { LockstepCase } from './lockstep-case.js';

const TIMER_VECTOR = 0x20;
const FAULTS_ALLOWED = 80;

/** Its answers depend on how often it was accessed, so that no access is lost or made twice unnoticed. */
export class TestDevice {
  /** Number and order of all accesses so far. */
  accesses = 0;

  reset(): void {
    this.accesses = 0;
  }

  read(address: number): number {
    this.accesses++;
    return Math.imul(address ^ (this.accesses << 8), 0x9e3779b1) >>> 0;
  }

  write(address: number, value: number): void {
    this.accesses = (Math.imul(this.accesses, 31) + address + value) >>> 0;
  }

  plugIn(bus: PhysicalBus): void {
    bus.mmio(M.IO, 0x800, this, 'test');
    bus.ports(
      M.IO_PORT,
      4,
      { read: (p) => this.read(p), write: (p, v) => this.write(p, v), maxWidth: 4 },
      'test',
    );
  }
}

export class TestPin implements InterruptSource {
  intr = false;

  acknowledge(): number {
    this.intr = false;
    return TIMER_VECTOR;
  }
}

const HANDLERS = makeHandlers();

/** Random words with many edges among them, the same for all cases. */
const FILLING = (() => {
  const rng = new Rng(0x66696c6c);
  const words = Int32Array.from({ length: (M.STACK_TOP - M.BASED_DATA) / 4 }, () =>
    edgeOrRandom(rng),
  );
  return new Uint8Array(words.buffer);
})();

/** RAM before the first instruction; the same for both boards. */
export function makeImage(c: LockstepCase): Uint8Array {
  const ram = new Uint8Array(M.RAM_BYTES);
  const view = new DataView(ram.buffer);
  ram.set(FILLING, M.BASED_DATA);
  for (const [selector, descriptor] of M.SEGMENTS) {
    const [low, high] = M.descriptorWords(descriptor);
    view.setInt32(M.GDT + selector, low, true);
    view.setInt32(M.GDT + selector + 4, high, true);
  }
  ram.set(HANDLERS.idt, M.IDT);
  ram.set(HANDLERS.code, M.HANDLERS);
  view.setInt32(M.TSS + 4, M.KERNEL_STACK_TOP, true);
  view.setInt32(M.TSS + 8, M.KERNEL_DATA, true);
  view.setInt32(M.PROGRAM_CS, codeSelector(c), true);
  view.setInt32(M.FAULT_LIMIT, FAULTS_ALLOWED, true);
  makePageTables(view);
  const { bytes, sections } = assembleItems(wholeProgram(c), {
    at: M.CODE + c.environment.start,
    code32: !c.environment.code16,
    csBase: 0,
    user: c.environment.user,
    paging: c.environment.paging,
  });
  if (
    c.environment.start + bytes.length > M.CODE_END - M.CODE ||
    sections.some((s) => s.bytes.length > 0x1000)
  )
    throw new RangeError('the program is too long');
  ram.set(bytes, M.CODE + c.environment.start);
  for (const section of sections) ram.set(section.bytes, section.physical);
  return ram;
}

/** Around the items: places to recover from faults, the outer loop, the end. */
function wholeProgram({ items, environment }: LockstepCase): readonly Item[] {
  return [
    {
      kind: 'guard',
      body: [
        { kind: 'loop', count: environment.outerLoops, body: [{ kind: 'guard', body: items }] },
      ],
    },
    { kind: 'plain', bytes: [0xcd, 0x81] },
  ];
}

function makePageTables(view: DataView): void {
  const P = 1;
  const RW = 2;
  const US = 4;
  const PS = 0x80;
  view.setInt32(M.PAGE_DIRECTORY, M.PAGE_TABLE | P | RW | US, true);
  const map = (linear: number, physical: number, rights: number): void =>
    view.setInt32(M.PAGE_TABLE + (linear >>> 12) * 4, physical | rights, true);
  for (let page = 0; page < M.RAM_BYTES; page += 0x1000) {
    const system = page >= M.GDT && page < M.HANDLERS + 0x1000;
    map(page, page, system ? P | RW : P | RW | US);
  }
  map(M.DEMAND, M.DEMAND, RW | US);
  map(M.READ_ONLY, M.READ_ONLY, P | US);
  map(M.IO_ALIAS, M.IO, P | RW | US);
  map(M.DATA_ALIAS, M.DATA, P | RW | US);
  map(M.CODE_ALIAS, M.CODE, P | RW | US);
  view.setInt32(M.PAGE_DIRECTORY + (M.BIG_ALIAS >>> 22) * 4, P | RW | US | PS, true);
}

function codeSelector({ environment: { user, code16 } }: LockstepCase): number {
  if (code16) return user ? M.USER_CODE_16 : M.KERNEL_CODE_16;
  return user ? M.USER_CODE : M.KERNEL_CODE;
}

function stackSelector({ environment: { user, stack16 } }: LockstepCase): number {
  if (stack16) return user ? M.USER_STACK_16 : M.KERNEL_STACK_16;
  return user ? M.USER_DATA : M.KERNEL_DATA;
}

function dataSelector({ environment: { user, data } }: LockstepCase): number {
  if (data === 'based') return M.DATA_BASED;
  if (data === 'limited') return M.DATA_LIMITED;
  return user ? M.USER_DATA : M.KERNEL_DATA;
}

function loadSegment(cpu: Cpu, segment: number, selector: number): void {
  const descriptor = M.SEGMENTS.get(selector & ~3);
  if (descriptor === undefined) throw new Error(`no segment ${selector}`);
  cpu.setSegment(segment, selector, descriptor.base, descriptor.limit, descriptor.attributes);
}

/** The processor at a case's first instruction. The clock begins at zero. */
export function setUpProcessor(cpu: Cpu, clock: Clock, c: LockstepCase): void {
  const { s } = cpu;
  const { environment } = c;
  cpu.flushTlb(true);
  s.fill(0);
  clock.restore({ now: 0, timers: {} });
  s[W.A20_MASK] = -1;
  s[W.CR0] =
    0x31 | (environment.writeProtect ? 0x10000 : 0) | (environment.paging ? -0x80000000 : 0);
  s[W.CR4] = environment.paging ? CR4_PSE : 0;
  s[W.CR3] = M.PAGE_DIRECTORY;
  s[W.GDTR_BASE] = M.GDT;
  s[W.GDTR_LIMIT] = 0x87;
  s[W.IDTR_BASE] = M.IDT;
  s[W.IDTR_LIMIT] = 0x88 * 8 - 1;
  s[W.FPU_CW] = 0x37f;
  loadSegment(cpu, W.CS, codeSelector(c));
  loadSegment(cpu, W.SS, stackSelector(c));
  for (const segment of [W.DS, W.ES]) loadSegment(cpu, segment, dataSelector(c));
  for (const segment of [W.FS, W.GS])
    loadSegment(cpu, segment, environment.user ? M.USER_DATA : M.KERNEL_DATA);
  loadSegment(cpu, W.TR, M.TSS_SELECTOR);
  const iopl = c.seed & 1 ? 0x3000 : 0;
  writeEflags(s, 2 | iopl | (environment.interruptCycles > 0 ? 0x200 : 0));
  const rng = new Rng(c.seed);
  for (let register = 0; register < 8; register++) s[register] = edgeOrRandom(rng);
  s[W.EBX] = environment.data === 'based' ? M.DATA - M.BASED_DATA : M.DATA;
  s[W.ESP] = M.STACK_TOP;
  s[W.EIP] = M.CODE + environment.start;
  cpu.setCpl(environment.user ? 3 : 0);
  cpu.code.clear();
  cpu.stateReplaced();
}

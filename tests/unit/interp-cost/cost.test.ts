import { describe, expect, it } from 'vitest';
import { presetPath } from '../../../cli/presets.js';
import { Backend } from '../../../cms/backend/compile-region.js';
import { InterpreterCost, interpreterCodeBytes } from '../../../cms/interp/cost.js';
import { TABLE_BYTES } from '../../../cms/interp/dispatch-routine.js';
import { ownCodeOptions } from '../../../cms/interp/handler-body.js';
import { Lifter } from '../../../cms/lift/lift-region.js';
import type { CmsOptions } from '../../../cms/options.js';
import { ExecutionProfile } from '../../../cms/profile/profile.js';
import type { Insn } from '../../../guest-isa/decode/insn.js';
import { Assembler } from '../../../guest-isa/disasm/assemble.js';
import { rows } from '../../../guest-isa/insn/index.js';
import { PageKind } from '../../../guest-isa/mmu/ports.js';
import { CS } from '../../../guest-isa/state/layout.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import type { HostCore } from '../../../hw/core/host-core.js';
import type { HostOptions } from '../../../hw/options.js';
import { CPI } from '../../../hw/timing/cpi.js';
import { resolveConfig } from '../../../sim/config/resolve.js';
import { makeBoard, TEST_IDENTITY } from '../../board.js';
import { efficeonHost, twoSlotHost } from '../atom/machines.js';

const { cms, host: tm5800Host } = resolveConfig({
  file: presetPath('tm5800'),
  guest: presetPath('default'),
}).config;
const assembler = new Assembler(rows);
const PLACES = { tables: 0x900_0000, profile: 0x910_0000, code: 0x920_0000, threshold: 8 };
const RAM_OFFSET = 0x80_0000;

/** A core that notes what is asked of it; each kind of access waits as long as it is told. */
class NotedCore {
  readonly charged: [slot: number, cycles: number][] = [];
  readonly data: [address: number, write: boolean][] = [];
  readonly lines: number[] = [];
  readonly guest: [linear: number, physical: number, write: boolean][] = [];
  waits = { data: 0, code: 0, guest: 0 };

  charge(slot: number, cycles: number): void {
    this.charged.push([slot, cycles]);
  }

  dataAccess(address: number, write: boolean): number {
    this.data.push([address, write]);
    return this.waits.data;
  }

  codeFetch(fromPc: number, toPc: number): number {
    const before = this.lines.length;
    for (let line = fromPc & -64; line < toPc; line += 64) this.lines.push(line);
    return (this.lines.length - before) * this.waits.code;
  }

  guestAccess(linear: number, physical: number, write: boolean): number {
    this.guest.push([linear, physical, write]);
    return this.waits.guest;
  }
}

function setUp(host: HostOptions = tm5800Host, options: CmsOptions = cms) {
  const isa = new HostIsa(host);
  const board = makeBoard();
  const core = new NotedCore();
  const profile = new ExecutionProfile();
  const cost = new InterpreterCost({
    isa,
    core: core as unknown as HostCore,
    cpu: board.cpu,
    rows,
    lifter: new Lifter(TEST_IDENTITY.features),
    backend: new Backend(isa, host, ownCodeOptions(options)),
    profile,
    options: { ...cms.cost, directInstruction: 60, x87Instruction: 40 },
    places: PLACES,
    ramOffset: RAM_OFFSET,
  });
  const insn = (text: string): Insn => {
    const bytes = assembler.assemble(text, 0x1000, true);
    board.memory.onRamWritten(0x1000, 16);
    board.memory.ram.set(bytes, 0x1000);
    board.cpu.translate(0x1000, false);
    const seen = board.fetch.peek(0x1000);
    if (!seen) throw new Error(text);
    return seen.insn;
  };
  return { board, core, cost, profile, insn, cycles: (text: string) => cost.of(insn(text)).cycles };
}

describe('cycles of an instruction', () => {
  it('on the TM5800', () => {
    const { cycles, cost } = setUp();
    const list = [
      'inc eax',
      'mov eax, 5',
      'add eax, ebx',
      'add dword ptr [ebx+8], eax',
      'mov eax, dword ptr [ebx+8]',
      'push eax',
      'pop eax',
      'jz 0x1010',
      'jmp 0x1010',
      'call 0x1010',
      'ret',
      'imul eax, ebx',
      'div ebx',
      'cmovz eax, ebx',
    ];
    expect(list.map((text) => `${text}: ${cycles(text)}`)).toMatchInlineSnapshot(`
      [
        "inc eax: 37",
        "mov eax, 5: 35",
        "add eax, ebx: 44",
        "add dword ptr [ebx+8], eax: 67",
        "mov eax, dword ptr [ebx+8]: 61",
        "push eax: 44",
        "pop eax: 43",
        "jz 0x1010: 56",
        "jmp 0x1010: 50",
        "call 0x1010: 61",
        "ret: 59",
        "imul eax, ebx: 58",
        "div ebx: 75",
        "cmovz eax, ebx: 57",
      ]
    `);
    expect(cost.cyclesPerIteration).toMatchInlineSnapshot(`33`);
  });

  it('of the pieces on the TM5800', () => {
    const { pieces } = setUp().cost;
    expect(
      Object.entries(pieces).map(([name, piece]) => `${name} ${piece.cycles}`),
    ).toMatchInlineSnapshot(`
      [
        "dispatch 20",
        "prefix 11",
        "twoByte 11",
        "modrm 4",
        "addressForm 10",
        "addressReturn 2",
        "immediate 3",
        "readRegister 3",
        "writeRegister 1",
        "readFlags 5",
        "writeFlags 3",
        "profile 17",
        "iteration 8",
        "finish 9",
      ]
    `);
  });

  it('do not depend on which instruction comes first', () => {
    const one = setUp();
    const other = setUp();
    const first = one.cycles('mov eax, dword ptr [ebx+ecx*4+0x12345678]');
    expect(one.cycles('mov edx, dword ptr [esi]')).toBe(first);
    expect(other.cycles('mov edx, dword ptr [esi]')).toBe(first);
  });

  it('do not depend on how translations are made', () => {
    const plain = {
      ...cms,
      schedule: {
        ...cms.schedule,
        reorder: false,
        loadsOverStores: false,
        loadsOverBranches: false,
      },
      indirect: { ...cms.indirect, inlineTarget: !cms.indirect.inlineTarget },
    };
    const one = setUp();
    const other = setUp(tm5800Host, plain);
    for (const text of ['pusha', 'popa', 'ret', 'call 0x1010', 'xadd dword ptr [ebx], eax'])
      expect(other.cycles(text), text).toBe(one.cycles(text));
  });

  it('are more for memory than for registers, for bytes behind 0f, for stores than for none', () => {
    const { cycles } = setUp();
    expect(cycles('add eax, dword ptr [ebx]')).toBeGreaterThan(cycles('add eax, ebx'));
    expect(cycles('add dword ptr [ebx], eax')).toBeGreaterThan(cycles('mov dword ptr [ebx], eax'));
    expect(cycles('cmovz eax, ebx')).toBeGreaterThan(cycles('mov eax, ebx'));
    expect(cycles('pusha')).toBeGreaterThan(cycles('push eax'));
    expect(cycles('call 0x1010')).toBeGreaterThan(cycles('jmp 0x1010'));
    expect(cycles('jmp 0x1010')).toBeGreaterThan(cycles('nop'));
  });

  it('follow the host', () => {
    const texts = ['add eax, ebx', 'mov eax, dword ptr [ebx+8]', 'push eax', 'pusha'];
    const sum = (host: HostOptions): number => {
      const { cycles } = setUp(host);
      return texts.reduce((total, text) => total + cycles(text), 0);
    };
    expect(sum(twoSlotHost)).toBeGreaterThan(sum(tm5800Host));
    expect(sum(tm5800Host)).toBeGreaterThan(sum(efficeonHost));
    const slowLoads = { ...tm5800Host.latencyCycles, load: 5 };
    expect(sum({ ...tm5800Host, latencyCycles: slowLoads })).toBeGreaterThan(sum(tm5800Host));
  });

  it('are as configured for rows without recorded meaning, beside fetch and dispatch', () => {
    const { cost, insn } = setUp();
    const { dispatch, finish, modrm, twoByte } = cost.pieces;
    const frame = dispatch.cycles + finish.cycles;
    expect(cost.of(insn('fadd st(0), st(3)')).cycles).toBe(frame + modrm.cycles + 40);
    const twoBytes = frame + twoByte.cycles + modrm.cycles;
    expect(cost.of(insn('paddb mm0, mm1')).cycles).toBe(twoBytes + 40);
    expect(cost.of(insn('cpuid')).cycles).toBe(frame + twoByte.cycles + 60);
    expect(cost.of(insn('cpuid')).molecules).toBe(0);
    // What no row knows costs as much: it raises #UD.
    expect(cost.of(Object.assign(insn('nop'), { row: undefined })).cycles).toBe(frame + 60);
  });
});

describe('a step', () => {
  it('is charged once, with what code, table and guest code wait', () => {
    const { core, cost, insn } = setUp();
    const add = insn('add eax, ebx');
    cost.step(add, 0x1000);
    expect(core.charged).toEqual([[CPI.interpret, cost.of(add).cycles]]);
    const lines = core.lines.length;
    core.waits = { data: 1000, code: 100_000, guest: 10 };
    cost.step(add, 0x1000);
    expect(core.charged[1]).toEqual([
      CPI.interpret,
      cost.of(add).cycles + 1000 + lines * 100_000 + 10,
    ]);
  });

  it('reads the opcode table, the guest code, and the lines of dispatch and handler', () => {
    const { board, core, cost, insn } = setUp();
    const mov = insn('mov eax, 5');
    board.cpu.setSegment(CS, 8, 0x80000, -1, 0xc09b);
    cost.step(mov, 0x10);
    expect(core.data).toEqual([[PLACES.tables + 0xb8 * 8, false]]);
    expect(core.guest).toEqual([]);
    board.cpu.translate(0x80010, false);
    cost.step(mov, 0x10);
    expect(core.guest).toEqual([[0x80010, RAM_OFFSET + 0x80010, false]]);
    const { handlerPc, handlerBytes } = cost.of(mov);
    const handlerLines = core.lines.filter((line) => line >= (handlerPc & -64));
    expect(handlerLines[0]).toBe(handlerPc & -64);
    expect(handlerLines.length / 2).toBe(Math.ceil(((handlerPc & 63) + handlerBytes) / 64));
    expect(core.lines[0]).toBe(PLACES.code);
  });

  it('does not touch caches for code that is not in RAM', () => {
    const { board, core, cost, insn } = setUp();
    const nop = insn('nop');
    board.memory.pageKinds[0xa0] = PageKind.slow;
    board.cpu.translate(0xa0000, false);
    cost.step(nop, 0xa0000);
    expect(core.guest).toEqual([]);
  });

  it('looks at the profile behind transfers only, where the last counter lies', () => {
    const { core, cost, profile, insn } = setUp();
    profile.count(0x1234, 0);
    cost.step(insn('jz 0x1010'), 0x1000);
    expect(core.data).toContainEqual([PLACES.profile + profile.lastOffset, true]);
    core.data.length = 0;
    cost.step(insn('inc eax'), 0x1000);
    expect(core.data.some(([, write]) => write)).toBe(false);
  });

  it('pays for each prefix', () => {
    const { core, cost, insn } = setUp();
    const paid = (text: string): number => {
      core.charged.length = 0;
      cost.step(insn(text), 0x1000);
      return core.charged[0][1];
    };
    const prefix = cost.pieces.prefix.cycles;
    const plain = paid('mov eax, dword ptr [esi]');
    expect(paid('mov eax, dword ptr fs:[esi]')).toBe(plain + prefix);
    expect(paid('lock add dword ptr [esi], eax')).toBe(paid('add dword ptr [esi], eax') + prefix);
    expect(paid('rep movsd es:[edi], ds:[esi]')).toBe(paid('movsd es:[edi], ds:[esi]') + prefix);
    expect(paid('mov eax, dword ptr [si]')).toBe(plain + prefix);
  });
});

describe('the places of the interpreter', () => {
  it('do not overlap, and handlers lie in their room', () => {
    const { cost } = setUp();
    const costs = rows.flatMap((row) =>
      ([2, 4] as const).map((opSize) => cost.of({ row, opSize, isMem: false } as Insn)),
    );
    const starts = costs.map((c) => c.handlerPc);
    expect(new Set(starts).size).toBe(starts.length);
    const end = PLACES.code + interpreterCodeBytes(rows.length);
    expect(Math.max(...starts)).toBeLessThan(end);
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(
      PLACES.code + Object.values(cost.pieces).reduce((sum, piece) => sum + piece.bytes, 0),
    );
    for (const { tableAddress } of costs) {
      expect(tableAddress).toBeGreaterThanOrEqual(PLACES.tables);
      expect(tableAddress).toBeLessThan(PLACES.tables + TABLE_BYTES);
    }
  });
});

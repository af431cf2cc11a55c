/** A model of a run with numbers that a reader can follow, drawn without a terminal. */
import { ConsoleScreen } from '../../../cli/dashboard/console-screen.js';
import { drawFrame, type Frame } from '../../../cli/dashboard/draw.js';
import type { HostModel, Model } from '../../../cli/dashboard/model.js';
import { Samples, sampleOf } from '../../../cli/dashboard/samples.js';
import { themeOf } from '../../../cli/dashboard/theme.js';
import { START, type UiState } from '../../../cli/dashboard/ui-state.js';
import type { Explanation } from '../../../sim/explain/explanation.js';
import type { Statistic } from '../../../sim/machine-api.js';
import type { MoleculeText, TraceEntry } from '../../../sim/watch/machine-watch.js';

const UNITS: Readonly<Record<string, string>> = { cpi: 'cycles', tcache: 'translations' };

function statistics(values: Readonly<Record<string, number>>): Statistic[] {
  return Object.entries(values).map(([name, value]) => ({
    name,
    value,
    unit: name === 'guest.ipc' ? 'instructions per cycle' : (UNITS[name.split('.')[0]] ?? 'times'),
    text: `What ${name} counts.`,
  }));
}

/** In the first second, and in the next. */
export const FIRST = {
  'guest.instructions': 1_000_000,
  'guest.faults': 3,
  'host.cycles': 4_000_000,
  'host.idleCycles': 1_000_000,
  'run.instructions': 1_000_000,
  'run.cycles': 4_000_000,
  'guest.ipc': 1 / 3,
  'cpi.issue': 900_000,
  'cpi.interlock': 100_000,
  'cpi.l1i': 50_000,
  'cpi.l1d': 150_000,
  'cpi.memory': 300_000,
  'cpi.tlb': 20_000,
  'cpi.branch': 80_000,
  'cpi.interpret': 700_000,
  'cpi.translateBlock': 200_000,
  'cpi.translateSuperblock': 300_000,
  'cpi.dispatch': 100_000,
  'cpi.rollback': 60_000,
  'cpi.smc': 10_000,
  'cpi.commit': 30_000,
  'cpi.idle': 1_000_000,
  'host.molecules': 900_000,
  'l1i.misses': 2_000,
  'l1d.misses': 30_000,
  'l2.misses': 4_000,
  'tlb.misses': 500,
  'gear.interpreter.instructions': 200_000,
  'gear.interpreter.cycles': 700_000,
  'gear.block.instructions': 300_000,
  'gear.block.cycles': 600_000,
  'gear.block.rollbacks': 12,
  'gear.superblock.instructions': 500_000,
  'gear.superblock.cycles': 900_000,
  'gear.superblock.rollbacks': 30,
  blocks: 800,
  superblocks: 40,
  'tcache.live': 700,
  'tcache.evicted': 0,
  'tcache.chained': 1_500,
  'tcache.asleep': 20,
  'tcache.usedBytes': 300_000,
  'hostExit.alias': 7,
  'hostExit.tBit': 11,
  'hostExit.io': 2,
  retranslations: 4,
};

const scaled = (by: number): Statistic[] =>
  statistics(Object.fromEntries(Object.entries(FIRST).map(([name, n]) => [name, n * by])));

const addresses = [0x4d20c00, 0x4d20c10, 0x4d20c20, 0x4d20c28];
const molecules: MoleculeText[] = addresses.map((hostPc, i) => ({
  hostPc,
  lengthBytes: i === 2 ? 8 : 16,
  commit: i === 3,
  atoms: ['ld32.u r17,[r6]', 'add r18,r7,#4', '', i === 3 ? 'br 0x4d20c00' : ''],
  owner: { id: 12, gear: 'superblock', entryEip: 0x8048100, offset: hostPc - 0x4d20c00 },
}));

const trace: TraceEntry[] = [
  { kind: 'interpreted', eip: 0x80480f8, text: () => 'mov eax, dword ptr [esi]' },
  { kind: 'delivered', what: 'external' },
  { kind: 'molecule', hostPc: 0x4d20c00, cycle: 100, stalls: [] },
  {
    kind: 'molecule',
    hostPc: 0x4d20c10,
    cycle: 142,
    stalls: [
      { slot: 'memory', cycles: 40 },
      { slot: 'interlock', cycles: 1 },
    ],
  },
  { kind: 'commit', instructions: 3, eip: 0x8048107 },
  { kind: 'molecule', hostPc: 0x4d20c20, cycle: 143, stalls: [] },
];

const host: HostModel = {
  units: ['lsu', 'alu0', 'alu1', 'bru'],
  tcacheBytes: 14 << 20,
  hottest: [0x8048100, 0xc0101234, 0x80480f0].map((entryEip, i) => ({
    id: 12 + i,
    gear: i === 1 ? 'block' : 'superblock',
    entryEip,
    user: i !== 1,
    state: i === 2 ? 'asleep' : 'live',
    instructions: 300_000 / (i + 1),
    executions: 20_000,
    cycles: 400_000 / (i + 1),
    shareOfCycles: 0.2 / (i + 1),
    rollbacks: i,
  })),
  trace,
  current: trace.length - 1,
  moleculeAt: (hostPc) => molecules.find((m) => m.hostPc === hostPc),
};

export const explanation: Explanation = {
  id: 12,
  gear: 'superblock',
  entryEip: 0x8048100,
  state: 'live',
  mode: { user: true, code32: true, stack32: true, csBase: 0 },
  use: {
    executions: 20_000,
    instructions: 60_000,
    cycles: 50_000,
    shareOfCycles: 0.2,
    shareOfInstructions: 0.3,
    rollbacks: [{ cause: 'alias', times: 7 }],
    wastedCycles: 900,
  },
  worth: { costCycles: 10_000, interpreterCyclesPerStep: 30, savedCycles: 1_740_000 },
  region: { instructions: 3, end: 'loop', endText: 'a loop', unrolled: 1, policy: [] },
  speculation: {
    loadsOverStores: 1,
    loadsOverBranches: 0,
    guards: [],
    pageChecks: 1,
    ifConversions: 0,
    assists: 0,
  },
  code: { startPc: 0x4d20c00, sizeBytes: 48, molecules: 3, atoms: 7, spills: 0 },
  guestCode: [
    { index: 0, eip: 0x8048100, bytes: '8b06', text: 'mov eax, dword ptr [esi]' },
    { index: 1, eip: 0x8048102, bytes: '01c3', text: 'add ebx, eax' },
    { index: 2, eip: 0x8048104, bytes: 'ebfa', text: 'jmp 0x8048100' },
  ],
  stages: [
    { pass: 'lifted', operations: 5, ir: '', changes: [] },
    {
      pass: 'deadCode',
      operations: 4,
      ir: '  v0 = reg esi                    ; 8048100 mov eax\n  v1 = load32 v0\n  v2 = reg ebx                    ; 8048102 add ebx, eax\n  v3 = add v2, v1\n  exit #0                         ; 8048104 jmp\n  #0 jump 8048100 after 3/3: eax=v1 ebx=v3\n',
      changes: [],
    },
  ],
  molecules: molecules.map(({ hostPc, commit }, i) => ({
    offset: hostPc - 0x4d20c00,
    cycle: i,
    commit,
    isEntry: i === 0,
    isResumePoint: false,
    exit: commit ? 0 : -1,
    atoms: [{ unit: 'lsu', text: `ld32.u r${i},[r6]`, guest: i % 3 }],
  })),
  exits: [],
};

export interface Shape {
  readonly state?: Partial<UiState>;
  readonly model?: Partial<Model>;
  readonly colours?: boolean;
}

export function consoleOf(text: string): ConsoleScreen {
  const screen = new ConsoleScreen();
  for (const byte of Buffer.from(text)) screen.push(byte);
  return screen;
}

export function modelOf(more: Partial<Model> = {}): Model {
  const samples = new Samples(sampleOf(0, scaled(0)));
  samples.add(sampleOf(1000, scaled(1)));
  samples.add(sampleOf(2000, scaled(3)));
  return {
    name: 'default',
    guest: 'multiboot kernel pupa.elf',
    clockMHz: 800,
    samples,
    limit: undefined,
    console: consoleOf('Pupa 1.0, the guest inside Chrysalis\n--- numbers and data\n'),
    textScreen: undefined,
    host,
    notice: '',
    ended: undefined,
    mark: sampleOf(1000, scaled(1)),
    explanation,
    ...more,
  };
}

export function frame(width: number, height: number, shape: Shape = {}): Frame {
  const theme = themeOf(shape.colours ?? true);
  return drawFrame(modelOf(shape.model), { ...START, ...shape.state }, theme, width, height);
}

export const text = (width: number, height: number, shape: Shape = {}): string =>
  frame(width, height, shape).grid.lines().join('\n');

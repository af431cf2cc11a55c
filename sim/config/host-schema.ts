/**
 * Configuration keys of the host processor: the section `host`, in the shape that hw/options.ts
 * asks for. Defaults are the TM5800's where a source tells them; `assumed` marks the others.
 */
import { z } from 'zod';
import { key } from '../../base/config-schema.js';
import { ATOM_CLASSES, type FirstLevelOptions } from '../../hw/options.js';

const cycles = (
  text: string,
  value: number,
  source: 'datasheet' | 'paper' | 'assumed',
  max = 10_000,
) => key.int({ default: value, min: 0, max, unit: 'cycles', source, doc: text });

const unit = key.item({
  name: key.formed({
    default: 'unit',
    pattern: /^[a-z][a-z0-9]{0,15}$/,
    form: 'a lower-case name of letters and digits',
    source: 'paper',
    doc: 'Name, as formats use it.',
  }),
  classes: key.list(z.enum(ATOM_CLASSES), {
    max: ATOM_CLASSES.length,
    source: 'paper',
    doc: 'Classes of atoms that it executes.',
  }),
});

function cacheKeys(d: FirstLevelOptions) {
  return {
    sizeKB: key.int({
      default: d.sizeKB,
      min: 1,
      max: 1 << 20,
      unit: 'KB',
      source: 'datasheet',
      doc: 'Size.',
    }),
    ways: key.int({ default: d.ways, min: 1, max: 64, source: 'assumed', doc: 'Associativity.' }),
    lineBytes: key.int({
      default: d.lineBytes,
      min: 8,
      max: 4096,
      unit: 'bytes',
      source: 'datasheet',
      doc: 'Line size, a power of two.',
    }),
    replacement: key.choice({
      of: ['fifo', 'lru'],
      default: d.replacement,
      source: 'assumed',
      doc: 'Which line of a set makes room: the oldest, or the least recently used.',
    }),
  };
}

/** Crusoe's units: only ALU1 shifts, floating point and multiplication go through its slot. */
const TM5800_UNITS = [
  { name: 'lsu', classes: ['memory', 'control'] },
  { name: 'alu0', classes: ['alu', 'control'] },
  { name: 'alu1', classes: ['alu', 'shift', 'multiply', 'divide', 'control'] },
  { name: 'bru', classes: ['branch', 'control'] },
] as const;
const TM5800_FORMATS = [
  'lsu alu1 alu0 imm',
  'lsu alu1 alu0 bru',
  'lsu alu1',
  'alu0 imm',
  'alu0 alu1',
  'alu0 bru',
];

export const hostSection = key.section('The host processor (the VLIW chip).', {
  clockMHz: key.int({
    default: 800,
    min: 1,
    max: 10_000,
    unit: 'MHz',
    source: 'datasheet',
    doc: 'Host clock: turns cycles into seconds for timers and the time stamp counter.',
  }),
  units: key.list(unit, {
    max: 16,
    source: 'paper',
    default: TM5800_UNITS.map((u) => ({ name: u.name, classes: [...u.classes] })),
    doc: 'Functional units.',
  }),
  formats: key.list(z.string().max(200), {
    max: 8,
    source: 'paper',
    default: TM5800_FORMATS,
    doc: 'Molecule formats: the slots of each, a unit name or imm (a literal of 32 bits), separated by blanks.',
  }),
  integerRegisters: key.int({
    default: 62,
    min: 1,
    max: 62,
    source: 'paper',
    doc: 'Integer registers, besides the zero register and the sink.',
  }),
  latencyCycles: key.section(
    'Cycles from the issue of an atom to that of the first user of its result.',
    {
      alu: key.int({
        default: 1,
        min: 1,
        max: 100,
        unit: 'cycles',
        source: 'paper',
        doc: 'Addition, logic, comparison.',
      }),
      shift: key.int({
        default: 1,
        min: 1,
        max: 100,
        unit: 'cycles',
        source: 'assumed',
        doc: 'Shifts.',
      }),
      multiply: key.int({
        default: 4,
        min: 1,
        max: 100,
        unit: 'cycles',
        source: 'assumed',
        doc: 'Multiplication.',
      }),
      divide: key.int({
        default: 32,
        min: 1,
        max: 1000,
        unit: 'cycles',
        source: 'assumed',
        doc: 'Division.',
      }),
      load: key.int({
        default: 3,
        min: 1,
        max: 100,
        unit: 'cycles',
        source: 'assumed',
        doc: 'Loads that hit in L1D.',
      }),
    },
  ),
  branch: key.section('What branches cost beside their molecule.', {
    takenCycles: cycles('A taken direct branch.', 1, 'assumed', 100),
    indirectCycles: cycles('An indirect branch whose target was not prepared.', 3, 'paper', 100),
    preparedCycles: cycles('An indirect branch whose target was prepared.', 1, 'assumed', 100),
    returnStackEntries: key.int({
      default: 0,
      min: 0,
      max: 64,
      unit: 'entries',
      source: 'assumed',
      doc: 'Entries of the return-target stack; 0: none.',
    }),
  }),
  aliasRegisters: key.int({
    default: 8,
    min: 0,
    max: 8,
    source: 'assumed',
    doc: 'Alias registers: loads that may be moved above stores between two commits; 0: none.',
  }),
  storeBufferEntries: key.int({
    default: 64,
    min: 0,
    max: 4096,
    unit: 'stores',
    source: 'assumed',
    doc: 'Stores that the gated store buffer holds between two commits.',
  }),
  commitCycles: cycles('Further cycles of a molecule that commits.', 0, 'paper', 1000),
  rollbackCycles: cycles('Cycles of a rollback, beside the work it throws away.', 4, 'assumed'),
  missStalls: key.choice({
    of: ['use', 'load'],
    default: 'use',
    source: 'assumed',
    doc: 'A load that misses stalls the first user of its result, or at once.',
  }),
  l1i: key.section(
    'Level-1 instruction cache (of host code).',
    cacheKeys({
      sizeKB: 64,
      ways: 8,
      lineBytes: 64,
      replacement: 'fifo',
    }),
  ),
  l1d: key.section(
    'Level-1 data cache; a hit costs host.latencyCycles.load.',
    cacheKeys({
      sizeKB: 64,
      ways: 16,
      lineBytes: 32,
      replacement: 'fifo',
    }),
  ),
  l2: key.section('Level-2 cache, of code and data.', {
    ...cacheKeys({ sizeKB: 512, ways: 4, lineBytes: 128, replacement: 'lru' }),
    latencyCycles: cycles(
      'Cycles that an access waits which misses the level above and hits here.',
      12,
      'assumed',
    ),
  }),
  memoryLatencyCycles: cycles('Cycles that an access waits which misses L2.', 100, 'assumed'),
  tlb: key.section('The host TLB for guest addresses.', {
    entries: key.int({
      default: 256,
      min: 1,
      max: 65_536,
      unit: 'entries',
      source: 'assumed',
      doc: 'Entries.',
    }),
    ways: key.int({ default: 4, min: 1, max: 256, source: 'assumed', doc: 'Associativity.' }),
    walkCycles: cycles('Fixed cycles of a page walk, beside its reads through L1D.', 10, 'assumed'),
  }),
  tBitGranuleBytes: key.int({
    default: 128,
    min: 1,
    max: 4096,
    unit: 'bytes',
    source: 'assumed',
    doc: 'What one sub-page T-bit covers, a power of two from 128 to 4096; 4096: whole pages only.',
  }),
});

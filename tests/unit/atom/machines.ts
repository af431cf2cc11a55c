/**
 * Host machines that tests share: the TM5800 as far as it is known (Crusoe's units and six molecule
 * formats; cache sizes from boot logs), an Efficeon-like machine, and the narrowest and widest ones.
 * ASSUMED: latencies, associativities, TLB ways and everything that a data sheet does not say.
 */
import type { HostOptions } from '../../../hw/options.js';

export const tm5800Host: HostOptions = {
  clockMHz: 1000,
  units: [
    { name: 'lsu', classes: ['memory', 'control'] },
    { name: 'alu0', classes: ['alu', 'control'] },
    { name: 'alu1', classes: ['alu', 'shift', 'multiply', 'divide', 'control'] },
    { name: 'bru', classes: ['branch', 'control'] },
  ],
  formats: [
    'lsu alu1 alu0 imm',
    'lsu alu1 alu0 bru',
    'lsu alu1',
    'alu0 imm',
    'alu0 alu1',
    'alu0 bru',
  ],
  integerRegisters: 62,
  latencyCycles: { alu: 1, shift: 1, multiply: 4, divide: 30, load: 3 },
  branch: { takenCycles: 1, indirectCycles: 3, preparedCycles: 1, returnStackEntries: 8 },
  aliasRegisters: 8,
  storeBufferEntries: 64,
  commitCycles: 0,
  rollbackCycles: 10,
  missStalls: 'use',
  l1i: { sizeKB: 64, ways: 8, lineBytes: 64, replacement: 'fifo' },
  l1d: { sizeKB: 64, ways: 16, lineBytes: 32, replacement: 'fifo' },
  l2: { sizeKB: 512, ways: 4, lineBytes: 128, latencyCycles: 12, replacement: 'fifo' },
  memoryLatencyCycles: 100,
  tlb: { entries: 256, ways: 8, walkCycles: 8 },
  tBitGranuleBytes: 128,
};

export const efficeonHost: HostOptions = {
  ...tm5800Host,
  units: [
    { name: 'ls0', classes: ['memory', 'alu', 'control'] },
    { name: 'ls1', classes: ['memory', 'alu', 'control'] },
    { name: 'alu0', classes: ['alu', 'control'] },
    { name: 'alu1', classes: ['alu', 'control'] },
    { name: 'ex0', classes: ['alu', 'shift', 'multiply', 'divide', 'control'] },
    { name: 'ex1', classes: ['alu', 'shift', 'control'] },
    { name: 'bru', classes: ['branch', 'control'] },
  ],
  formats: [
    'ls0 alu0',
    'alu0 bru',
    'ls0 alu0 ex0 imm',
    'ls0 alu0 ex0 bru',
    'ls0 alu0 ls1 alu1 ex0 bru',
    'ls0 alu0 ls1 alu1 ex0 imm',
    'ls0 alu0 ls1 alu1 ex0 ex1 bru imm',
  ],
  l1i: { ...tm5800Host.l1i, sizeKB: 128 },
  l2: { ...tm5800Host.l2, sizeKB: 1024 },
};

/** One unit for everything, beside a branch or a literal. */
export const twoSlotHost: HostOptions = {
  ...tm5800Host,
  units: [
    { name: 'main', classes: ['memory', 'alu', 'shift', 'multiply', 'divide', 'control'] },
    { name: 'bru', classes: ['branch', 'control'] },
  ],
  formats: ['main bru', 'main imm'],
  aliasRegisters: 0,
};

/** The multiplier and the literal never meet in a molecule. */
export const apartHost: HostOptions = {
  ...tm5800Host,
  units: [
    { name: 'lsu', classes: ['memory', 'control'] },
    { name: 'alu', classes: ['alu', 'shift', 'control'] },
    { name: 'mul', classes: ['alu', 'multiply', 'divide', 'control'] },
    { name: 'bru', classes: ['branch', 'control'] },
  ],
  formats: ['lsu alu imm bru', 'lsu alu', 'mul bru'],
};

/** Four equal units, two of them also for memory, one branch, one literal: always eight slots. */
export const eightSlotHost: HostOptions = {
  ...tm5800Host,
  units: [
    { name: 'm0', classes: ['memory', 'control'] },
    { name: 'm1', classes: ['memory', 'alu', 'control'] },
    { name: 'x0', classes: ['alu', 'shift', 'multiply', 'divide', 'control'] },
    { name: 'x1', classes: ['alu', 'shift', 'multiply', 'divide', 'control'] },
    { name: 'x2', classes: ['alu', 'shift', 'control'] },
    { name: 'x3', classes: ['alu', 'shift', 'control'] },
    { name: 'bru', classes: ['branch', 'control'] },
  ],
  formats: ['m0 m1 x0 x1 x2 x3 bru imm'],
};

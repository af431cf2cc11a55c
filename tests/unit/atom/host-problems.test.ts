/** Hosts that cannot work are told so, key by key; the machines of the tests can. */
import { describe, expect, it } from 'vitest';
import { HostIsa, hostProblems } from '../../../hw/atom/host-isa.js';
import { atomNamed, atoms } from '../../../hw/atom/index.js';
import type { HostOptions } from '../../../hw/options.js';
import { efficeonHost, eightSlotHost, tm5800Host, twoSlotHost } from './machines.js';

describe('machines', () => {
  it.each(Object.entries({ tm5800Host, efficeonHost, twoSlotHost, eightSlotHost }))(
    '%s works and has a slot for every atom',
    (_name, options) => {
      expect(hostProblems(options)).toEqual([]);
      const isa = new HostIsa(options);
      for (const row of atoms) {
        const literal = row.form.includes('imm32');
        // A literal of a class without a literal's format is made with movi first.
        if (literal && !['alu', 'memory'].includes(row.unitClass)) continue;
        expect([row.name, isa.place([{ row, unit: -1 }], literal, false)]).not.toContain(undefined);
      }
    },
  );

  it('have the registers that were asked for', () => {
    const isa = new HostIsa(tm5800Host);
    expect(isa.temporaries).toEqual([...Array.from({ length: 32 }, (_, i) => 16 + i), 57, 60, 61]);
    const small = new HostIsa({ ...tm5800Host, integerRegisters: 40 });
    expect(small.temporaries).toEqual(Array.from({ length: 13 }, (_, i) => 16 + i));
    expect([small.mayRead(28), small.mayRead(29), small.mayRead(48), small.mayRead(58)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('know latencies and units', () => {
    const isa = new HostIsa(tm5800Host);
    const latencies = ['add', 'shl', 'mul', 'div32', 'ld32.u', 'st32.u'].map((n) =>
      isa.latencyOf(atomNamed(n)),
    );
    expect(latencies).toEqual([1, 1, 4, 30, 3, 1]);
    expect(isa.unitsFor('alu').map((u) => isa.units[u].name)).toEqual(['alu0', 'alu1']);
    expect(isa.unitsFor('control')).toHaveLength(4);
  });

  it('of impossible words are refused', () => {
    expect(() => new HostIsa({ ...tm5800Host, formats: ['lsu foo'] })).toThrow(
      /no unit is named foo/,
    );
    expect(() => new HostIsa({ ...tm5800Host, formats: ['lsu alu0 alu1'] })).toThrow(/even number/);
    expect(() => new HostIsa({ ...tm5800Host, formats: [] })).toThrow(/1 to 8/);
  });
});

const cache = tm5800Host.l1d;
const eight = Array.from({ length: 9 }, () => 'lsu alu1 alu0 bru');

describe('problems', () => {
  it.each<[Partial<HostOptions>, string, RegExp]>([
    [
      {
        units: tm5800Host.units.map((u) => ({
          ...u,
          classes: u.classes.filter((c) => c !== 'divide'),
        })),
      },
      'host.units',
      /no unit for divide/,
    ],
    [{ units: [...tm5800Host.units, tm5800Host.units[1]] }, 'host.units[4].name', /another unit/],
    [
      { units: [...tm5800Host.units, { name: 'imm', classes: ['alu'] }] },
      'host.units[4].name',
      /the literal/,
    ],
    [
      { units: [...tm5800Host.units, { name: 'alu9', classes: ['alu'] }] },
      'host.formats',
      /no format with the unit alu9/,
    ],
    [{ formats: [...tm5800Host.formats, 'lsu'] }, 'host.formats[6]', /has 1 slots/],
    [{ formats: [...tm5800Host.formats, 'lsu fpu'] }, 'host.formats[6]', /names fpu/],
    [{ formats: [...tm5800Host.formats, 'lsu lsu'] }, 'host.formats[6]', /more than once/],
    [
      { formats: [...tm5800Host.formats, 'bru alu0'] },
      'host.formats[6]',
      /begins with a branch unit/,
    ],
    [
      { formats: [...tm5800Host.formats, 'imm alu0'] },
      'host.formats[6]',
      /begins with the literal/,
    ],
    [{ formats: eight }, 'host.formats', /9 formats/],
    [{ formats: ['lsu alu1 alu0 bru'] }, 'host.formats', /constants cannot be made/],
    [{ formats: ['alu0 imm', 'lsu alu1 alu0 bru'] }, 'host.formats', /no page can be checked/],
    [{ formats: ['lsu imm alu0 alu1', 'alu0 imm lsu bru'] }, 'host.formats', /a branch can commit/],
    [{ integerRegisters: 34 }, 'host.integerRegisters', /is 34; .* 8 more: 35/],
    [{ l1d: { ...cache, lineBytes: 48 } }, 'host.l1d.lineBytes', /is 48, which is no power of two/],
    [{ l1d: { ...cache, ways: 3 } }, 'host.l1d.sizeKB', /no power of two/],
    [{ l1d: { ...cache, lineBytes: 256 } }, 'host.l2.lineBytes', /less than the 256/],
    [{ l2: { ...tm5800Host.l2, sizeKB: 500 } }, 'host.l2.sizeKB', /no power of two/],
    [{ storeBufferEntries: 0 }, 'host.storeBufferEntries', /no store/],
    [{ tlb: { entries: 250, ways: 8, walkCycles: 1 } }, 'host.tlb.entries', /8 ways do not divide/],
    [{ tBitGranuleBytes: 64 }, 'host.tBitGranuleBytes', /no power of two from 128/],
    [{ tBitGranuleBytes: 384 }, 'host.tBitGranuleBytes', /no power of two from 128/],
  ])('%#', (change, path, message) => {
    const found = hostProblems({ ...tm5800Host, ...change }).filter((p) => p.path === path);
    expect(found.map((p) => p.message).join('; ')).toMatch(message);
  });
});

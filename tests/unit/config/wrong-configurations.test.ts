/**
 * Machines that cannot be, as somebody who changes the host or its software would write them: what is said
 * names the line, the column and the key, and what would be right.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { presetPath } from '../../../cli/presets.js';
import { resolveConfig } from '../../../sim/config/resolve.js';
import { folderWith, messageOf } from './support.js';

/** Of a configuration that extends a machine which is right. */
function mistake(yaml: string): string {
  const folder = folderWith({ 'm.yaml': `extends: ${presetPath('default')}\n${yaml}` });
  return messageOf(() => resolveConfig({ file: join(folder, 'm.yaml') }), folder);
}

const wrong: [yaml: string, message: string][] = [
  [
    'host: {aliasRegister: 0}\n',
    'm.yaml:2:8: host.aliasRegister: no such key; did you mean aliasRegisters?',
  ],
  [
    'host: {aliasRegisters: -1}\n',
    'm.yaml:2:8: host.aliasRegisters: must be a whole number from 0 to 8, found -1',
  ],
  [
    'host: {clockMHz: 800MHz}\n',
    'm.yaml:2:8: host.clockMHz: must be a whole number from 1 to 10000 (MHz), found "800MHz"; write the number alone, without unit or quotes',
  ],
  [
    'host: {l1d: {sizeKB: 63}}\n',
    'm.yaml:2:14: host.l1d.sizeKB: is 63: with 16 ways and lines of 32 bytes that makes 126 sets, which is no power of two; 32 or 64 would do',
  ],
  [
    'host:\n  l1d: {ways: 3}\n',
    'm.yaml:3:3: host.l1d.sizeKB: is 64: with 3 ways and lines of 32 bytes that makes 683 sets, which is no power of two; 48 or 96 would do',
  ],
  [
    'host: {l1d: 64}\n',
    'm.yaml:2:8: host.l1d: must be a section with the keys sizeKB, ways, lineBytes, replacement, found 64',
  ],
  [
    'host: {l2: {lineBytes: 48}}\n',
    'm.yaml:2:13: host.l2.lineBytes: is 48, which is no power of two\n' +
      'm.yaml:2:13: host.l2.lineBytes: is 48, less than the 64 of a level-1 cache, whose lines must fit in',
  ],
  [
    'host: {tlb: {entries: 7}}\n',
    'm.yaml:2:14: host.tlb.entries: is 7, which 4 ways do not divide',
  ],
  [
    'host:\n  units:\n    - {name: lsu, classes: [memroy]}\n',
    'm.yaml:4:29: host.units[0].classes[0]: must be one of alu, shift, multiply, divide, memory, branch, control, found "memroy"; did you mean memory?',
  ],
  [
    'cms: {gears: {superblockThreshold: 0}}\n',
    'm.yaml:2:15: cms.gears.superblockThreshold: must be a whole number from 1 to 1000000000 (executions) or null, found 0',
  ],
  [
    'cms: {tcache: {sizeKB: 1}}\n',
    'm.yaml:2:16: cms.tcache.sizeKB: must be a whole number from 16 to 65536 (KB), found 1',
  ],
  [
    'cms: {tcache: {eviction: lru}}\n',
    'm.yaml:2:16: cms.tcache.eviction: must be one of flush, fifo, generations, found "lru"',
  ],
  [
    'cms: {chaining: on}\n',
    'm.yaml:2:7: cms.chaining: must be true or false, found "on"; did you mean true?',
  ],
  [
    'cms: {region: {shape: Superblock}}\n',
    'm.yaml:2:16: cms.region.shape: must be one of block, superblock, trace, found "Superblock"; did you mean superblock?',
  ],
  [
    'cms: {region: {maxInstructions: many}}\n',
    'm.yaml:2:16: cms.region.maxInstructions: must be a whole number from 1 to 400 (guest instructions), found "many"',
  ],
  [
    'cms: {indirect: {returnPrediction: true}}\n',
    'm.yaml:2:18: cms.indirect.returnPrediction: needs a return-target stack: set host.branch.returnStackEntries above 0, or this to false',
  ],
  [
    'cms: {indirect: {tableEntries: 100}}\n',
    'm.yaml:2:18: cms.indirect.tableEntries: is 100; it must be 0 or a power of two',
  ],
  [
    'simulation: {engine: WASM}\n',
    'm.yaml:2:14: simulation.engine: must be one of wasm, stepper, reference, found "WASM"; did you mean wasm?',
  ],
  [
    'run: {maxInstructions: 1_000_000}\n',
    'm.yaml:2:7: run.maxInstructions: must be a whole number of at least 1 (guest instructions) or null, found "1_000_000"; write the number alone, without unit or quotes',
  ],
  [
    'run: {input: hello}\n',
    'm.yaml:2:7: run.input: must be a list of at most 1000 entries, found "hello"',
  ],
  ['host:\n\tclockMHz: 800\n', 'm.yaml:3:1: not valid YAML: Tabs are not allowed as indentation'],
];

describe('a machine that cannot be', () => {
  it.each(wrong)('%j', (yaml, message) => {
    expect(mistake(yaml)).toBe(message);
  });

  it('formats of molecules name every unit that is missing, and the one that is not there', () => {
    expect(mistake('host:\n  formats:\n    - lsu alu0 alu9 imm\n').split('\n')).toEqual([
      'm.yaml:3:3: host.formats: has no format with the unit alu1',
      'm.yaml:3:3: host.formats: has no format with the unit bru',
      'm.yaml:3:3: host.formats: has no format in which a branch can commit (imm in the second slot excludes it)',
      'm.yaml:4:7: host.formats[0]: names alu9, but no unit is called so',
    ]);
  });

  it('a preset that is extended by its name', () => {
    const folder = folderWith({ 'm.yaml': 'extends: tm5800\n' });
    expect(messageOf(() => resolveConfig({ file: join(folder, 'm.yaml') }), folder)).toBe(
      'm.yaml:1:1: extends: tm5800: the configuration file does not exist; extends takes the path of a file, relative to the one that states it (a preset by its name is for --with)',
    );
  });
});

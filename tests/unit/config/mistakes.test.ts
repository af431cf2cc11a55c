/** What people get wrong in a configuration, and the sentence that each mistake gives. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from '../../../sim/config/nearest-name.js';
import { resolveConfig } from '../../../sim/config/resolve.js';
import { folderWith, messageOf } from './support.js';

function mistake(yaml: string | Uint8Array): string {
  const folder = folderWith({ 'm.yaml': yaml });
  return messageOf(() => resolveConfig({ file: join(folder, 'm.yaml') }), folder);
}

const cases: [name: string, yaml: string, message: string][] = [
  [
    'a misspelt key',
    'machine:\n  memroyMB: 64\n',
    'm.yaml:2:3: machine.memroyMB: no such key; did you mean memoryMB?',
  ],
  [
    'a key in the wrong section',
    'memoryMB: 64\n',
    'm.yaml:1:1: memoryMB: no such key; did you mean machine.memoryMB?',
  ],
  [
    'a misspelt section',
    'machin: {memoryMB: 64}\n',
    'm.yaml:1:1: machin: no such key; did you mean machine?',
  ],
  [
    'a key that resembles nothing',
    'run:\n  zzz: 1\n',
    'm.yaml:2:3: run.zzz: no such key; run has maxInstructions, until, input',
  ],
  [
    'a key inside a list entry',
    'machine:\n  disks:\n    - image: a\n      tpye: disk\n',
    'm.yaml:4:7: machine.disks[0].tpye: no such key; did you mean type?',
  ],
  [
    'a number in words',
    'machine:\n  memoryMB: eight\n',
    'm.yaml:2:3: machine.memoryMB: must be a whole number from 2 to 2048 (MB), found "eight"',
  ],
  [
    'a number with its unit',
    'machine: {memoryMB: 64 MB}\n',
    'm.yaml:1:11: machine.memoryMB: must be a whole number from 2 to 2048 (MB), found "64 MB"; write the number alone, without unit or quotes',
  ],
  [
    'a fraction',
    'machine: {memoryMB: 1.5}\n',
    'm.yaml:1:11: machine.memoryMB: must be a whole number from 2 to 2048 (MB), found 1.5',
  ],
  [
    'a number out of range',
    'machine: {memoryMB: 4096}\n',
    'm.yaml:1:11: machine.memoryMB: must be a whole number from 2 to 2048 (MB), found 4096',
  ],
  [
    'yes for true',
    'machine: {acpi: yes}\n',
    'm.yaml:1:11: machine.acpi: must be true or false, found "yes"; did you mean true?',
  ],
  [
    'a misspelt choice',
    'boot:\n  method: mulitboot\n',
    'm.yaml:2:3: boot.method: must be one of linux, multiboot, rom, bios, bootSector, found "mulitboot"; did you mean multiboot?',
  ],
  [
    'a text of the wrong form',
    'cpu: {vendor: Intel}\n',
    'm.yaml:1:7: cpu.vendor: must be exactly 12 printable characters, found "Intel"',
  ],
  [
    'a section that is a number',
    'cpu: 5\n',
    'm.yaml:1:1: cpu: must be a section with the keys vendor, family, model, stepping, brand, hardwareRevision, cmsRevision, cmsRelease, features, found 5',
  ],
  [
    'a list that is a section',
    'machine: {disks: {image: a}}\n',
    'm.yaml:1:11: machine.disks: must be a list of at most 4 entries, found a section',
  ],
  [
    'an entry without its file',
    'machine: {disks: [{type: disk}]}\n',
    'm.yaml:1:19: machine.disks[0].image: is missing: must be a file name',
  ],
  [
    'an empty value',
    'machine:\n  apic:\n',
    'm.yaml:2:3: machine.apic: must be true or false, found nothing (null)',
  ],
  [
    'a boot method without its file',
    'boot: {method: linux}\n',
    'm.yaml:1:8: boot.method: is linux, which needs boot.kernel (on the command line: --kernel FILE)',
  ],
  [
    'an initrd that nothing reads',
    'boot: {method: multiboot, kernel: k, initrd: i}\n',
    'm.yaml:1:38: boot.initrd: is used by boot.method linux only, and boot.method is multiboot',
  ],
  [
    'a writable CD-ROM',
    'boot: {method: rom, rom: {image: r}}\nmachine: {disks: [{image: a, type: cdrom, writable: true}]}\n',
    'm.yaml:2:43: machine.disks[0].writable: a CD-ROM cannot be written',
  ],
  [
    'a day that no month has',
    'boot: {method: rom, rom: {image: r}}\nmachine: {rtcStart: "2001-02-30T00:00:00Z"}\n',
    'm.yaml:2:11: machine.rtcStart: "2001-02-30T00:00:00Z" is not a date of the calendar',
  ],
  [
    'a revision beyond a byte',
    'boot: {method: rom, rom: {image: r}}\ncpu: {cmsRevision: 4.4.300-1-0}\n',
    'm.yaml:2:7: cpu.cmsRevision: each of the first four numbers is a byte, at most 255',
  ],
  [
    'a pattern that matches at once',
    'boot: {method: rom, rom: {image: r}}\nrun: {until: "a*"}\n',
    'm.yaml:2:7: run.until: matches the empty text, so it would match at once',
  ],
];

describe('a mistake is one sentence with its place', () => {
  it.each(cases)('%s', (_name, yaml, message) => {
    expect(mistake(yaml)).toBe(message);
  });

  it('a broken regular expression', () => {
    expect(mistake('boot: {method: rom, rom: {image: r}}\nrun: {until: "(a"}\n')).toMatch(
      /^m\.yaml:2:7: run\.until: is not a regular expression: /,
    );
  });

  it('all mistakes at once, in the order of their places', () => {
    const lines = mistake('cpu: {model: 99}\nmachine:\n  memroyMB: 1\n  apic: 3\nhots: {}\n').split(
      '\n',
    );
    expect(lines.map((line) => line.split(': ')[0])).toEqual([
      'm.yaml:1:7',
      'm.yaml:3:3',
      'm.yaml:4:3',
      'm.yaml:5:1',
    ]);
  });

  it('the place is that of the file which states it', () => {
    const folder = folderWith({
      'base.yaml': '\n\nmachine:\n  memroyMB: 1\n',
      'm.yaml': 'extends: base.yaml\n',
    });
    expect(messageOf(() => resolveConfig({ file: join(folder, 'm.yaml') }), folder)).toMatch(
      /^base\.yaml:4:3: /,
    );
  });
});

describe('files that are not a configuration', () => {
  it.each([
    ['broken YAML', 'machine: {memoryMB: 64\nname: x\n', /^m\.yaml:\d+:\d+: not valid YAML: /],
    ['a key twice', 'name: a\nname: b\n', /^m\.yaml:2:1: not valid YAML: .*unique/],
    [
      'two documents',
      'name: a\n---\nname: b\n',
      /^m\.yaml:\d+:\d+: a configuration file holds one YAML document/,
    ],
    ['a plain text', 'hello there\n', /^m\.yaml:1:1: a configuration is a list of keys and values/],
    ['a list', '- a\n- b\n', /^m\.yaml:1:1: a configuration is a list of keys and values/],
    ['a key that is no word', '[1]: a\n', /^m\.yaml:1:1: a key must be a plain word/],
  ])('%s', (_name, yaml, message) => {
    expect(mistake(yaml)).toMatch(message);
  });

  it('a binary file', () => {
    expect(mistake(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1))).toMatch(
      /^.*m\.yaml: is not a YAML text file/,
    );
  });

  it('a folder and nothing at all', () => {
    const folder = folderWith({});
    expect(messageOf(() => resolveConfig({ file: folder }))).toContain('is a folder');
    expect(messageOf(() => resolveConfig({ file: join(folder, 'x.yaml') }), folder)).toBe(
      'x.yaml: the configuration file does not exist',
    );
  });

  it('an empty file is no mistake, as far as it goes', () => {
    expect(mistake('# nothing\n')).toContain('boot.method: is bootSector, which needs a hard disk');
  });
});

describe('the nearest name', () => {
  it('counts insertions, deletions, substitutions and swaps', () => {
    expect(editDistance('memory', 'memroy')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('Acpi', 'acpi')).toBe(0);
  });

  it('is silent when nothing is near', () => {
    expect(nearestName('zzz', ['alpha', 'beta'])).toBeUndefined();
    expect(nearestName('aplha', ['alpha', 'beta'])).toBe('alpha');
  });
});

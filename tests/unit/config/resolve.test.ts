/** Layers, precedence, origins and paths of the configuration. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../base/errors.js';
import { explainConfig, explainText } from '../../../sim/config/explain.js';
import { describeOrigin } from '../../../sim/config/paths.js';
import { type Override, resolveConfig } from '../../../sim/config/resolve.js';
import { folderWith, messageOf } from './support.js';

const bootable = 'boot: {method: linux, kernel: vmlinuz}\n';
const flag = (key: string, text: string): Override => ({
  key,
  text,
  origin: { kind: 'flag', flag: '--set' },
});

describe('extends', () => {
  it('merges sections key by key and replaces lists', () => {
    const folder = folderWith({
      'base.yaml': `machine:\n  memoryMB: 16\n  acpi: false\n  disks: [{image: a.img}, {image: b.img}]\n${bootable}`,
      'sub/top.yaml':
        'extends: ../base.yaml\nmachine:\n  memoryMB: 32\n  disks: [{image: c.img}]\n',
    });
    const { config } = resolveConfig({ file: join(folder, 'sub/top.yaml') });
    expect(config.machine.memoryMB).toBe(32);
    expect(config.machine.acpi).toBe(false);
    expect(config.machine.disks.map((d) => d.image)).toEqual([join(folder, 'sub/c.img')]);
    // A path is relative to the file that states it.
    expect(config.boot.kernel).toBe(join(folder, 'vmlinuz'));
  });

  it('follows chains', () => {
    const folder = folderWith({
      'a.yaml': `name: a\nhost: {clockMHz: 1}\n${bootable}`,
      'b.yaml': 'extends: a.yaml\nname: b\n',
      'c.yaml': 'extends: b.yaml\ncpu: {model: 7}\n',
    });
    const { config } = resolveConfig({ file: join(folder, 'c.yaml') });
    expect([config.name, config.host.clockMHz, config.cpu.model]).toEqual(['b', 1, 7]);
  });

  it('refuses a circle and names it', () => {
    const folder = folderWith({
      'a.yaml': 'extends: b.yaml\n',
      'b.yaml': '\nextends: ./a.yaml\n',
      'self.yaml': 'extends: self.yaml\n',
    });
    const circle = messageOf(() => resolveConfig({ file: join(folder, 'a.yaml') }), folder);
    expect(circle).toBe(
      'b.yaml:2:1: extends: the files extend each other in a circle: a.yaml -> b.yaml -> a.yaml',
    );
    expect(messageOf(() => resolveConfig({ file: join(folder, 'self.yaml') }), folder)).toContain(
      'self.yaml -> self.yaml',
    );
  });

  it('names the file and the place that extends what does not exist', () => {
    const folder = folderWith({
      'a.yaml': 'name: x\nextends: gone.yaml\n',
      'b.yaml': 'extends: [a.yaml]\n',
    });
    expect(messageOf(() => resolveConfig({ file: join(folder, 'a.yaml') }), folder)).toBe(
      'a.yaml:2:1: extends: gone.yaml: the configuration file does not exist',
    );
    expect(messageOf(() => resolveConfig({ file: join(folder, 'b.yaml') }), folder)).toContain(
      'must be the path of one other',
    );
  });
});

describe('precedence', () => {
  it('flag over environment over file over default, with origins', () => {
    const folder = folderWith({
      'm.yaml': `machine:\n  memoryMB: 16\n  apic: true\nhost:\n  clockMHz: 500\n${bootable}`,
    });
    const resolved = resolveConfig({
      file: join(folder, 'm.yaml'),
      environment: {
        CHRYSALIS_machine_memoryMB: '24',
        CHRYSALIS_host_clockMHz: '600',
        PATH: '/bin',
      },
      overrides: [flag('machine.memoryMB', '48')],
    });
    const { machine, host } = resolved.config;
    expect([machine.memoryMB, host.clockMHz, machine.apic, machine.acpi]).toEqual([
      48,
      600,
      true,
      true,
    ]);
    const origin = (...key: string[]): string =>
      describeOrigin(resolved.originOf(key)).replace(`${folder}/`, '');
    expect(origin('machine', 'memoryMB')).toBe('--set');
    expect(origin('host', 'clockMHz')).toBe('environment CHRYSALIS_host_clockMHz');
    expect(origin('machine', 'apic')).toBe('m.yaml:3:3');
    expect(origin('machine', 'acpi')).toBe('default');
    expect(resolved.isStated(['machine', 'acpi'])).toBe(false);
  });

  it('reads a flag by the type of its key', () => {
    const set = (key: string, text: string) =>
      resolveConfig({
        overrides: [flag('boot.method', 'linux'), flag('boot.kernel', 'k'), flag(key, text)],
      }).config;
    expect(set('name', '12').name).toBe('12');
    expect(set('boot.append', 'a: [b').boot.append).toBe('a: [b');
    expect(set('machine.debugExitPort', '0x501').machine.debugExitPort).toBe(0x501);
    expect(set('machine.debugExitPort', 'null').machine.debugExitPort).toBeNull();
    // A text is never YAML: no comment begins at the sharp, no list at the bracket.
    expect(set('run.until', '# $').run.until).toBe('# $');
    expect(set('run.until', 'null').run.until).toBeNull();
    expect(set('machine.apic', 'true').machine.apic).toBe(true);
    expect(set('machine.disks', '[{image: d.img, type: cdrom}]').machine.disks[0]?.type).toBe(
      'cdrom',
    );
  });

  it('reaches into a stated list, and refuses an entry that is not there', () => {
    const folder = folderWith({ 'm.yaml': 'machine: {disks: [{image: a.img}]}\n' });
    const file = join(folder, 'm.yaml');
    const { config } = resolveConfig({
      file,
      overrides: [flag('machine.disks.0.writable', 'true')],
    });
    expect(config.machine.disks[0]).toEqual({
      image: join(folder, 'a.img'),
      type: 'disk',
      writable: true,
    });
    const message = messageOf(() =>
      resolveConfig({ file, overrides: [flag('machine.disks.1.writable', 'true')] }),
    );
    expect(message).toBe('--set: machine.disks[1]: the list has no such entry');
  });

  it('refuses unknown flags and environment variables', () => {
    expect(messageOf(() => resolveConfig({ overrides: [flag('machine.memroyMB', '1')] }))).toBe(
      '--set: machine.memroyMB: no such key; did you mean memoryMB?',
    );
    expect(
      messageOf(() => resolveConfig({ environment: { CHRYSALIS_machine_acpii: 'true' } })),
    ).toBe('environment CHRYSALIS_machine_acpii: machine.acpii: no such key; did you mean acpi?');
    expect(messageOf(() => resolveConfig({ overrides: [flag('machine.disks', '[{')] }))).toContain(
      'is not a YAML value',
    );
  });
});

it('gives a frozen object', () => {
  const { config } = resolveConfig({
    overrides: [flag('boot.method', 'linux'), flag('boot.kernel', 'k')],
  });
  expect(() => {
    (config.cpu.features as { mmx: boolean }).mmx = false;
  }).toThrow(TypeError);
});

it('explains each value with its origin and mark', () => {
  const folder = folderWith({ 'm.yaml': `machine:\n  memoryMB: 16\n${bootable}` });
  const rows = explainConfig(resolveConfig({ file: join(folder, 'm.yaml') }));
  const row = (key: string) => rows.find((r) => r.key === key);
  expect(row('machine.memoryMB')).toMatchObject({
    value: 16,
    unit: 'MB',
    origin: `${folder}/m.yaml:2:3`,
  });
  expect(row('machine.memoryMB')?.source).toBeUndefined();
  expect(row('host.clockMHz')).toMatchObject({
    value: 800,
    origin: 'default',
    source: 'datasheet',
  });
  expect(explainText(rows)).toMatch(/^machine\.memoryMB +16 MB +/m);
});

it('raises ConfigError, exit code 3', () => {
  try {
    resolveConfig({ overrides: [flag('x', '1')] });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).exitCode).toBe(3);
  }
});

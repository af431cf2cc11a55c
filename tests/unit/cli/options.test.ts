/** Options as overrides of the configuration, usage mistakes, help, config and doctor commands. */
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../../base/errors.js';
import { presetPath } from '../../../cli/presets.js';
import { folderWith } from '../config/support.js';
import { chrysalis, powerOff } from './fake.js';

const steps = [{ at: 1, end: powerOff }];
const config = async (...args: string[]) =>
  (await chrysalis(['run', ...args], { steps })).machine?.config;

describe('what is booted', () => {
  it('the default preset, when nothing is named', async () => {
    expect(await config()).toMatchObject({ name: 'default', boot: { method: 'multiboot' } });
  });

  it('a preset by name or by path', async () => {
    expect((await config('debian'))?.name).toBe('debian');
    expect((await config(presetPath('debian')))?.machine.memoryMB).toBe(256);
  });

  it('a kernel with initrd and command line', async () => {
    const boot = (await config('--kernel', 'k', '--initrd', 'i', '--append', 'a b=c'))?.boot;
    expect(boot).toMatchObject({ method: 'linux', append: 'a b=c', modules: [] });
    expect(boot?.kernel).toBe(`${process.cwd()}/k`);
  });

  it('another kernel of the same kind keeps what the preset says', async () => {
    const boot = (await config('debian', '--kernel', 'k'))?.boot;
    expect(boot).toMatchObject({ append: 'console=ttyS0' });
    expect(boot?.initrd).toContain('initrd.gz');
  });

  it('the hint of a preset is about its own files, not about those of the command line', async () => {
    const hint = async (...args: string[]) =>
      (await chrysalis(['run', 'debian', ...args], { steps: [{ at: 1, end: powerOff }] })).machine
        ?.config.boot.missingHint;
    expect(await hint()).toContain('guest:debian');
    expect(await hint('--append', 'x')).toContain('guest:debian');
    expect(await hint('--kernel', 'mine')).toBe('');
    expect(await hint('--disk', 'mine')).toBe('');
  });

  it('another kind of kernel clears it', async () => {
    expect((await config('debian', '--multiboot', 'k'))?.boot).toMatchObject({
      method: 'multiboot',
      append: '',
      initrd: null,
      missingHint: '',
    });
  });

  it('multiboot modules with their arguments', async () => {
    const boot = (
      await config('--multiboot', 'k', '--module', 'a.bin one two', '--module', 'b.bin')
    )?.boot;
    expect(boot?.modules).toEqual([
      { file: `${process.cwd()}/a.bin`, append: 'one two' },
      { file: `${process.cwd()}/b.bin`, append: '' },
    ]);
  });

  it('a ROM', async () => {
    expect((await config('--rom', 'r', '--set', 'boot.rom.entry=f000:0'))?.boot).toMatchObject({
      method: 'rom',
      rom: { entry: 'f000:0' },
    });
  });

  it('disks: straight from the boot sector, through a BIOS, beside a kernel', async () => {
    expect((await config('--disk', 'd'))?.boot.method).toBe('bootSector');
    const bios = await config(
      '--disk',
      'd',
      '--disk',
      'e',
      '--cdrom',
      'c',
      '--bios',
      'b',
      '--disk-write',
    );
    expect(bios?.boot.method).toBe('bios');
    expect(bios?.machine.disks.map((d) => [d.type, d.writable])).toEqual([
      ['disk', true],
      ['disk', true],
      ['cdrom', false],
    ]);
    expect((await config('--kernel', 'k', '--disk', 'd'))?.boot.method).toBe('linux');
  });

  it('--disk-write also means the disks of the file', async () => {
    const folder = folderWith({
      'm.yaml':
        'boot: {method: linux, kernel: k}\nmachine: {disks: [{image: d}, {image: c, type: cdrom}]}\n',
    });
    expect(
      (await config(`${folder}/m.yaml`, '--disk-write'))?.machine.disks.map((d) => d.writable),
    ).toEqual([true, false]);
  });

  it('flags win over the environment', async () => {
    const environment = { CHRYSALIS_machine_memoryMB: '32', CHRYSALIS_host_clockMHz: '500' };
    const { machine } = await chrysalis(['run', '--kernel', 'k', '--memory', '48'], {
      steps,
      environment,
    });
    expect(machine?.config).toMatchObject({ machine: { memoryMB: 48 }, host: { clockMHz: 500 } });
  });
});

describe('mistakes of the command line', () => {
  it.each([
    [['rnu'], 2, /unknown command 'rnu'\n\(Did you mean run\?\)/],
    [['run', '--untill', 'x'], 2, /unknown option '--untill'\n\(Did you mean --until\?\)/],
    [['run', 'a', 'b'], 2, /too many arguments/],
    [['run', '--kernel'], 2, /argument missing/],
    [['run', '--kernel', 'a', '--rom', 'b'], 2, /--kernel and --rom exclude each other/],
    [['run', '--set', 'x'], 2, /--set takes key=value/],
    [['run', '--disk-write'], 2, /--disk-write needs a disk/],
    [['run', '--input-after', 'x'], 2, /--input-after says when to type/],
    [['run', '--input', '@/nonexistent'], 2, /the file does not exist/],
    [['run', 'debain'], 3, /debain: is neither a file nor a preset \(.*\); did you mean debian\?/],
    [['run', 'gone.yaml'], 3, /gone\.yaml: the configuration file does not exist/],
    [
      ['run', '--memory', 'lots'],
      3,
      /--memory: machine\.memoryMB: must be a whole number from 2 to 2048 \(MB\), found "lots"/,
    ],
    [
      ['run', '--max-instructions', '0'],
      3,
      /--max-instructions: run\.maxInstructions: must be a whole number of at least 1/,
    ],
    [['run', '--until', '('], 3, /--until: run\.until: is not a regular expression/],
    [['run', '--set', 'machine.mem=1'], 3, /--set: machine\.mem: no such key/],
    [['run', '--kernel', 'k', '--initrd', ''], 3, /--initrd: boot\.initrd: must be a file name/],
    [['config', 'chekc'], 2, /unknown command 'chekc'/],
    [[], 2, /Usage: chrysalis/],
  ] as [string[], number, RegExp][])('%j', async (args, exitCode, message) => {
    const result = await chrysalis(args);
    expect(result.stderr).toMatch(message);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stdout).toBe('');
    expect(result.machine).toBeUndefined();
  });
});

const COMMANDS = [
  '',
  'run',
  'explain',
  'compare',
  'sweep',
  'replay',
  'report',
  'stats',
  'stats describe',
  'config',
  'config check',
  'config explain',
  'config diff',
  'config schema',
  'doctor',
  'completion',
];

describe('help', () => {
  it.each(COMMANDS)('of "%s" begins with its examples and ends with exit codes', async (name) => {
    const words = name.split(' ').filter((word) => word !== '');
    const { stdout, exitCode } = await chrysalis([...words, '--help']);
    expect(stdout).toMatch(/^Examples:\n {2}/);
    expect(stdout.split('Usage:')[0]).toContain(`chrysalis ${name}`);
    expect(stdout.split('Examples:')).toHaveLength(2);
    expect(stdout).toMatch(/\n\nExit codes:\n {2}0 {4}well\n( {2}\d+ +\S.*\n)+$/);
    expect(exitCode).toBe(0);
  });

  it('names the exit codes that a command has', async () => {
    const codes = async (...command: string[]): Promise<number[]> => {
      const { stdout } = await chrysalis([...command, '--help']);
      return (stdout.split('Exit codes:')[1] as string)
        .split('\n')
        .flatMap((line) => (/^ {2}\d/.test(line) ? [Number.parseInt(line, 10)] : []));
    };
    expect(await codes()).toEqual(Object.values(ExitCode).sort((a, b) => a - b));
    expect(await codes('run')).toEqual([0, 1, 2, 3, 4, 5, 6, 130, 143]);
    expect(await codes('sweep')).toContain(ExitCode.sweep);
    expect(await codes('compare')).toContain(ExitCode.tolerance);
    expect(await codes('config', 'check')).toEqual([0, 2, 3]);
  });
});

describe('config diff', () => {
  it('shows keys that differ, with both values, units and places', async () => {
    const { stdout } = await chrysalis(['config', 'diff', 'tm5800', 'debian+host.clockMHz=900']);
    expect(stdout).toMatch(/^ +tm5800 +debian\+host\.clockMHz=900$/m);
    expect(stdout).toMatch(/^host\.clockMHz +800 MHz +900 MHz +--set$/m);
    expect(stdout).toMatch(/^machine\.memoryMB +64 MB +256 MB +configs\/debian\.yaml:\d+:3$/m);
    expect(stdout).not.toMatch(/^(name|cpu)/m);
  });

  it('says that there is no difference, and what is no configuration', async () => {
    const same = await chrysalis(['config', 'diff', 'debian', presetPath('debian')]);
    expect(same).toMatchObject({ exitCode: 0 });
    expect(same.stdout).toMatch(/: no differences\n$/);
    const wrong = await chrysalis(['config', 'diff', 'debian', 'debian+host.clokMHz=9']);
    expect(wrong.stderr).toMatch(/--set: host\.clokMHz: no such key; did you mean clockMHz\?/);
    expect(wrong.exitCode).toBe(3);
  });

  it('as one object', async () => {
    const { stdout } = await chrysalis(['config', 'diff', 'debian', 'debian+no-alias', '--json']);
    const { schema, keys } = JSON.parse(stdout);
    expect(schema).toBe('chrysalis/config-diff/1');
    expect(keys).toContainEqual(
      expect.objectContaining({ key: 'host.aliasRegisters', origins: expect.any(Array) }),
    );
  });
});

describe('config', () => {
  it('check says yes, or everything that is wrong', async () => {
    expect(await chrysalis(['config', 'check', 'debian'])).toMatchObject({
      exitCode: 0,
      stdout: 'debian: no mistakes\n',
    });
    const right = `${folderWith({ 'right.yaml': `extends: ${presetPath('debian')}\n` })}/right.yaml`;
    expect((await chrysalis(['config', 'check', right])).stdout).toBe(`${right}: no mistakes\n`);
    const folder = folderWith({ 'm.yaml': 'nmae: x\nhost: {clockMHz: fast}\n' });
    const result = await chrysalis(['config', 'check', `${folder}/m.yaml`]);
    expect(result.exitCode).toBe(3);
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it('explain shows values with origins, as text and as JSON', async () => {
    const { stdout } = await chrysalis(['config', 'explain', 'debian', '--set', 'cpu.model=9']);
    expect(stdout).toMatch(/^cpu\.model +9 +--set$/m);
    expect(stdout).toMatch(/^machine\.memoryMB +256 MB +configs\/debian\.yaml:\d+:3$/m);
    const json = JSON.parse((await chrysalis(['config', 'explain', 'debian', '--json'])).stdout);
    expect(json.schema).toBe('chrysalis/config/1');
    expect(json.keys).toContainEqual(
      expect.objectContaining({ key: 'host.clockMHz', value: 800, source: 'datasheet' }),
    );
  });

  it('schema is draft 7 and knows extends', async () => {
    const schema = JSON.parse((await chrysalis(['config', 'schema'])).stdout);
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(schema.properties.extends.type).toBe('string');
    expect(schema.properties.machine.properties.memoryMB).toMatchObject({
      minimum: 2,
      maximum: 2048,
      unit: 'MB',
    });
  });
});

it('doctor names what is missing and what it is for', async () => {
  const { stdout, exitCode } = await chrysalis(['doctor'], {
    environment: { PATH: '/nonexistent' },
  });
  expect(stdout).toMatch(/^missing +gcc +needed to rebuild the embedded guest OS/m);
  expect(stdout).toMatch(/^ok +node +/m);
  expect(stdout).toMatch(/^ok +preset tm5800 +/m);
  expect(exitCode).toBe(0);
});

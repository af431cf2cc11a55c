/** `chrysalis run` with a scripted machine: outcomes, exit codes, console, input, limits, signals, JSON. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StopReason } from '../../../sim/machine-api.js';
import { folderWith } from '../config/support.js';
import { chrysalis, FakeMachine, type FakeOptions, powerOff, type Step } from './fake.js';

const boot = ['run', '--kernel', 'vmlinuz'];
const run = (steps: readonly Step[], args: readonly string[] = [], more: FakeOptions = {}) =>
  chrysalis([...boot, ...args], { steps, ...more });

describe('how a run ends', () => {
  const ends: [name: string, end: StopReason, exitCode: number, sentence: string][] = [
    ['power off', powerOff, 0, 'the guest powered off (ACPI S5)'],
    [
      'a status',
      { kind: 'powerOff', status: 3, why: 'debug exit port' },
      5,
      'the guest ended with status 3 (debug exit port)',
    ],
    [
      'a reset',
      { kind: 'reset', why: 'keyboard controller' },
      0,
      'the guest asked for a reset (keyboard controller)',
    ],
    [
      'a halt',
      { kind: 'haltForever', where: '10:00100000' },
      0,
      'the guest halted with interrupts off at 10:00100000',
    ],
    [
      'a triple fault',
      { kind: 'tripleFault', where: '8:1234' },
      5,
      'the guest crashed: triple fault at 8:1234',
    ],
  ];
  it.each(ends)('%s', async (_name, end, exitCode, sentence) => {
    const result = await run([
      { at: 100, print: 'hello\n' },
      { at: 200, end },
    ]);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stdout).toBe('hello\n');
    expect(result.stderr).toContain(`chrysalis: tm5800: ${sentence}\n`);
    expect(result.machine?.closed).toBe(true);
  });

  it('the limit of instructions: 6', async () => {
    const result = await run([], ['--max-instructions', '1_234_567']);
    expect(result.exitCode).toBe(6);
    expect(result.machine?.instructions).toBe(1_234_567);
  });

  it('the awaited text, at the byte that completes it', async () => {
    const result = await run(
      [
        { at: 700_001, print: 'a\n=== do' },
        { at: 700_005, print: 'ne === and more' },
      ],
      ['--until', '=== done ==='],
    );
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toBe('a\n=== done ===\n');
    expect(result.machine?.instructions).toBe(700_005);
  });

  it('without the awaited text: 5', async () => {
    const result = await run([{ at: 1, end: powerOff }], ['--until', 'never']);
    expect(result.exitCode).toBe(5);
    expect(result.stderr).toContain('before its console showed /never/');
  });

  it('fast-forwarding, at the byte that completes the text; the run goes on', async () => {
    const steps = [
      { at: 700_001, print: 'x\nmeasu' },
      { at: 700_005, print: 're from here\n' },
      { at: 900_000, end: powerOff },
    ];
    const result = await run(steps, ['--fast-forward-until', '^measure', '--json']);
    expect(result.exitCode).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({
      instructions: 900_000,
      fastForward: { isOver: true, instructions: 700_005 },
    });
    const unseen = await run(steps, ['--fast-forward-until', 'never']);
    expect(unseen.exitCode).toBe(5);
    expect(unseen.stderr).toMatch(/fast-forwarding was not over: nothing was measured$/m);
    expect(unseen.stderr).toMatch(
      /^ {2}fast-forwarded +900,000 instructions, .*, and was not over$/m,
    );
  });

  it('a panic, one simulated second after its text', async () => {
    const result = await run(
      [
        { at: 1000, print: 'Kernel panic - not syncing: VFS\n' },
        { at: 5000, print: 'trace\n' },
      ],
      ['--set', 'host.clockMHz=1'],
    );
    expect(result.exitCode).toBe(5);
    expect(result.stdout).toContain('trace');
    expect(result.machine?.cycles).toBe(1_001_000);
    expect(result.stderr).toContain('the guest crashed: "Kernel panic - not syncing: VF');
  });

  it('a panic before the guest resets: 5', async () => {
    const end: StopReason = { kind: 'reset', why: 'port 0xCF9' };
    const result = await run([
      { at: 1, print: 'Kernel panic - not syncing: x\n' },
      { at: 5, end },
    ]);
    expect(result.exitCode).toBe(5);
  });
});

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the run with its results marked partial', async (signal, exitCode) => {
    const hooks: NonNullable<FakeOptions['hooks']> = {};
    const steps = [{ at: 600_000, print: 'half', act: () => hooks.signal?.(signal) }];
    const result = await run(steps, ['--json'], { hooks });
    expect(result.exitCode).toBe(exitCode);
    expect(JSON.parse(result.stdout)).toMatchObject({
      partial: true,
      outcome: { kind: 'signal', signal },
    });
  });
});

describe('the console', () => {
  it('is stripped of escapes', async () => {
    const { stdout } = await run([
      { at: 1, print: '\x1b[1;31mred\x1b[0m\r\n\x1b]0;title\x07\x1b(Bok\x07 \xe4\n' },
      { at: 2, end: powerOff },
    ]);
    expect(stdout).toBe('red\nok ä\n');
  });

  it('gets a line end of its own when the guest leaves none', async () => {
    const { stdout } = await run([
      { at: 1, print: 'login: ' },
      { at: 2, end: powerOff },
    ]);
    expect(stdout).toBe('login: \n');
  });
});

describe('the text screen', () => {
  const steps = [
    { at: 1, print: 'on the console\n' },
    { at: 2, end: powerOff },
  ];
  it('is shown when it holds what the console does not', async () => {
    const { stdout, stderr } = await run(steps, [], {
      screen: ['on the console', '  on the screen'],
    });
    expect(stdout).toBe('on the console\non the console\n  on the screen\n');
    expect(stderr).toContain('chrysalis: the text screen at the end:\n');
  });

  it.each([[['', 'on the console']], [[]]])('and not otherwise: %j', async (screen) => {
    const { stdout, stderr } = await run(steps, [], { screen });
    expect(stdout).toBe('on the console\n');
    expect(stderr).not.toContain('text screen');
  });
});

describe('typed input', () => {
  it('at the start', async () => {
    const { machine } = await run([{ at: 5, end: powerOff }], ['--input', 'ls\\n']);
    expect(machine?.typed).toEqual(['ls\n']);
  });

  it('one after the other, each when its text is seen', async () => {
    const steps = [
      { at: 10, print: 'login: ' },
      { at: 20, print: 'root\n# ' },
      { at: 30, print: 'x\n# ' },
      { at: 40, end: powerOff },
    ];
    const args = [
      '--input',
      'root\\n',
      '--input-after',
      'login: $',
      '--input',
      'uname\\n',
      '--input-after',
      '^# $',
    ];
    const { machine } = await run(steps, args);
    expect(machine?.typed).toEqual(['root\n', 'uname\n']);
  });

  it('from a file, as it is', async () => {
    const folder = folderWith({ keys: 'a\\n\nb' });
    const { machine } = await run([{ at: 5, end: powerOff }], ['--input', `@${folder}/keys`]);
    expect(machine?.typed).toEqual(['a\\n\nb']);
  });
});

describe('--json', () => {
  it('is one versioned object with everything', async () => {
    const { stdout, exitCode } = await run(
      [
        { at: 1, print: 'hi\n' },
        { at: 2_000_000, end: powerOff },
      ],
      ['--json', '--memory', '96'],
    );
    expect(exitCode).toBe(0);
    const json = JSON.parse(stdout);
    expect(json).toMatchObject({
      schema: 'chrysalis/run/1',
      name: 'tm5800',
      outcome: { kind: 'powerOff', status: 0 },
      exitCode: 0,
      partial: false,
      instructions: 2_000_000,
      simulatedSeconds: 0.0025,
      stateHash: 'hash-2000000',
      console: 'hi\n',
      statistics: [{ name: 'guest.faults', value: 3 }],
      report: [{ kind: 'unmapped', where: '0x1234', count: 2 }],
    });
    expect(json.config.machine.memoryMB).toBe(96);
  });

  it('is the same however fast the host was', async () => {
    const once = async (clockStepMs: number) => {
      const { host, ...rest } = JSON.parse(
        (await run([{ at: 9_000_000, end: powerOff }], ['--json'], { clockStepMs })).stdout,
      );
      expect(host.wallSeconds).toBeGreaterThan(0);
      return rest;
    };
    expect(await once(1)).toEqual(await once(2500));
  });
});

describe('progress', () => {
  it('is a line every five seconds, on stderr', async () => {
    const result = await run([], ['--max-instructions', '5000000'], { clockStepMs: 1000 });
    const lines = result.stderr
      .split('\n')
      .filter((line) => line.includes('MIPS,') && line.includes('simulated'));
    expect(lines.length).toBeGreaterThan(2);
    expect(lines[0]).toMatch(
      /^chrysalis: [\d,]+ instructions, [\d.]+ MIPS, 0\.00 s simulated, 0 % idle, at most \d+ s to the limit$/,
    );
  });
});

describe('the interactive console', () => {
  it('takes the terminal, passes keys and escapes through, leaves with ctrl-] and gives it back', async () => {
    const hooks: NonNullable<FakeOptions['hooks']> = {};
    const steps = [
      { at: 100, print: '\x1b[1m# ', act: () => hooks.keys?.(Buffer.from('ls\x03\r')) },
      { at: 16_100_000, act: () => hooks.keys?.(Buffer.from('x\x1dignored')) },
    ];
    const result = await run(steps, [], { terminal: true, hooks });
    expect(result.exitCode).toBe(0);
    expect(result.machine?.typed).toEqual(['ls\x03\r', 'x']);
    expect(result.stdout).toBe('\x1b[1m# \n');
    expect(result.rawModes).toEqual([true, false]);
    expect(result.stderr).toContain('ctrl-] leaves');
  });

  it('lets an idle guest wait for real time, and no other', async () => {
    const waitedMs = async (idleShare: number): Promise<number> => {
      // 300,000 cycles at 1 MHz are 300 ms.
      const steps = [{ at: 300_000, end: powerOff }];
      const args = ['--set', 'host.clockMHz=1'];
      return (await run(steps, args, { terminal: true, idleShare, clockStepMs: 0 })).waitedMs;
    };
    expect(await waitedMs(1)).toBeGreaterThan(250);
    expect(await waitedMs(0)).toBe(0);
  });

  it.each([['--json'], ['--no-interactive']])('is not taken with %s', async (flag) => {
    const result = await run([{ at: 1, end: powerOff }], [flag], { terminal: true });
    expect(result.rawModes).toEqual([]);
  });
});

describe('snapshots', () => {
  it('a restored run ends as the uninterrupted one', async () => {
    const path = join(folderWith({}), 's.snap');
    const steps = [
      { at: 1000, print: '# ' },
      { at: 2000, print: 'end\n' },
      { at: 3000, end: powerOff },
    ];
    const whole = await run(steps, ['--json']);
    const first = await run(steps, ['--until', '# $', '--save-snapshot', path]);
    expect(first.stderr).toContain('chrysalis: snapshot');
    expect(first.exitCode).toBe(0);
    const second = await run(steps, ['--restore', path, '--json']);
    expect(second.machine?.loadBoot).toBe(false);
    const [a, b] = [JSON.parse(whole.stdout), JSON.parse(second.stdout)];
    expect([b.stateHash, b.instructions]).toEqual([a.stateHash, a.instructions]);
    expect(b.console).toBe('end\n');
  });

  it('of another machine: 4', async () => {
    const path = join(folderWith({}), 's.snap');
    await run([{ at: 1, end: powerOff }], ['--save-snapshot', path]);
    const result = await run([], ['--restore', path, '--memory', '32']);
    expect(result.exitCode).toBe(4);
    expect(result.stderr).toContain('machine.memoryMB was 64 and is 32 now');
    expect(result.machine?.closed).toBe(true);
  });

  it('that the machine cannot take: 4, with the reason', async () => {
    const path = join(folderWith({}), 's.snap');
    await run([{ at: 1, end: powerOff }], ['--save-snapshot', path]);
    const result = await run([], ['--restore', path], {
      createMachine: (config, { loadBoot }) => {
        const machine = new FakeMachine([], config, loadBoot, () => {});
        machine.restore = () => {
          throw new TypeError('state.pic is undefined');
        };
        return machine;
      },
    });
    expect(result.exitCode).toBe(4);
    expect(result.stderr).toContain('cannot be restored (state.pic is undefined); it was saved by');
  });

  it('over a folder: known before the run', async () => {
    const result = await run([], ['--save-snapshot', folderWith({})]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('is not a file; name the file to write');
    expect(result.machine).toBeUndefined();
  });

  it('into a folder that does not exist: known before the run', async () => {
    const result = await run([], ['--save-snapshot', '/nonexistent/folder/s.snap']);
    expect(result.exitCode).toBe(2);
    expect(result.machine).toBeUndefined();
  });
});

describe('a bug of the simulator', () => {
  it('is told as one, with the command: 1', async () => {
    const result = await chrysalis(boot, {
      createMachine: () => {
        throw new TypeError('undefined is not a function');
      },
    });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(
      'this is a bug of the simulator, please report it: undefined is not a function',
    );
    expect(result.stderr).toContain('command: chrysalis run --kernel vmlinuz');
  });
});

it('knows its version', async () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  expect((await chrysalis(['--version'])).stdout).toBe(`${version}\n`);
});

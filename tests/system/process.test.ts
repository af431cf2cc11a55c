/**
 * The program as a process: signals, a reader that goes away, a full disk, and under tmux a terminal with
 * somebody who types (skipped where there is no tmux).
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { compiledMain } from '../native/plugin.js';
import { pupaImage } from './support/run.js';
import { hasTmux, Tmux } from './support/tmux.js';

const pupa = ['run', '--multiboot', pupaImage];
const busy = [...pupa, '--append', 'quiet script="echo begun; yes > /dev/null"'];

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program; `act` is called when its standard output shows the text. */
function program(
  args: readonly string[],
  text: string,
  act: (child: ReturnType<typeof spawn>) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, [compiledMain, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr, acted] = ['', '', false];
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes));
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes;
    if (acted || !stdout.includes(text)) return;
    acted = true;
    act(child);
  });
  return new Promise((done) => child.on('close', (status) => done({ status, stdout, stderr })));
}

describe('a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the run with partial results', async (signal, exitCode) => {
    const ended = await program(busy, 'begun', (child) => child.kill(signal));
    expect([ended.status, ended.stdout]).toEqual([exitCode, 'begun\n']);
    expect(ended.stderr).toMatch(new RegExp(`interrupted by ${signal} \\(partial results\\)`));
    expect(ended.stderr).toMatch(/^ {2}state hash +[0-9a-f]{16}$/m);
  });
});

describe('a reader that goes away', () => {
  it('ends the run without a word about broken pipes', async () => {
    const ended = await program(
      [...pupa, '--append', 'quiet script="echo begun; yes"'],
      'begun',
      (child) => child.stdout?.destroy(),
    );
    expect(ended.status).toBe(0);
    expect(ended.stderr).toContain('nobody reads the output any more');
    expect(ended.stderr).not.toMatch(/EPIPE|Error/);
  });
});

describe.skipIf(!existsSync('/dev/full'))('a disk that is full (skipped: no /dev/full)', () => {
  it.each([[['config', 'schema']], [[...pupa, '--json', '--append', 'quiet script="exit 0"']]])(
    'is no success of %j',
    (args) => {
      const full = openSync('/dev/full', 'w');
      onTestFinished(() => closeSync(full));
      const { status, stderr } = spawnSync(process.execPath, [compiledMain, ...args], {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
      expect(stderr).toMatch(/^chrysalis: the output cannot be written: the disk is full$/m);
      expect(status).toBe(2);
    },
  );
});

describe.skipIf(!hasTmux)('a terminal (skipped: tmux is not installed)', () => {
  let tmux: Tmux;
  const type = (...keys: string[]): void => tmux.type(...keys);
  // With what has scrolled away: the table at the end is longer than the terminal.
  const shows = (pattern: RegExp): Promise<string> => tmux.shows(pattern, () => tmux.history());

  beforeEach(() => {
    tmux = new Tmux(100, 30);
  });

  const start = `${process.execPath} ${compiledMain} run --no-dashboard --multiboot ${pupaImage} --append quiet`;

  it('types to the guest, ctrl-c as well; ctrl-] leaves and gives the terminal back', async () => {
    type(`${start}; echo rc=$?; stty -g | cmp - before && echo restored`, 'Enter');
    await shows(/ctrl-\] leaves/);
    await shows(/^pupa:\/\$ *$/m);
    type('echo hello from the terminal | wc', 'Enter');
    await shows(/^ +1 +4 +24$/m);
    type('yes > /dev/null', 'Enter');
    await new Promise((done) => setTimeout(done, 200));
    type('C-c');
    await shows(/^\^C$/m);
    tmux.resize(60, 20);
    type('echo status $?', 'Enter');
    await shows(/^status 130$/m);
    type('C-]');
    await shows(/left with ctrl-\]/);
    await shows(/^rc=0\nrestored$/m);
  });

  it('is given back when the run is terminated', async () => {
    type(
      `sh -c 'echo $$ > pid; exec ${start}'; echo rc=$?; stty -g | cmp - before && echo given back`,
      'Enter',
    );
    await shows(/^pupa:\/\$ *$/m);
    const pid = Number(spawnSync('cat', [join(tmux.folder, 'pid')], { encoding: 'utf8' }).stdout);
    process.kill(pid, 'SIGTERM');
    await shows(/interrupted by SIGTERM/);
    await shows(/^rc=143\ngiven back$/m);
  });

  it('shows the end of a guest that powers off', async () => {
    type(`${start}; echo rc=$?`, 'Enter');
    await shows(/^pupa:\/\$ *$/m);
    type('poweroff', 'Enter');
    await shows(/the guest powered off \(ACPI soft off\)/);
    await shows(/^rc=0$/m);
  });
});

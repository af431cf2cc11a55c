/**
 * The program as a process: signals, a reader that goes away, and under tmux a terminal with
 * somebody who types (skipped where there is no tmux).
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { compiledMain } from '../native/plugin.js';
import { pupaImage } from './support/run.js';

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

const hasTmux = spawnSync('tmux', ['-V']).status === 0;

describe.skipIf(!hasTmux)('a terminal (skipped: tmux is not installed)', () => {
  let folder: string;
  const tmux = (...args: string[]): string => {
    const socket = ['-S', join(folder, 'socket'), '-f', '/dev/null'];
    const { stdout, stderr, status } = spawnSync('tmux', [...socket, ...args], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const type = (...keys: string[]): string => tmux('send-keys', ...keys);
  // With what has scrolled away: the table at the end is longer than the terminal.
  const screen = (): string => tmux('capture-pane', '-pJ', '-S', '-200');

  /** Waits until the terminal shows the text. */
  const shows = async (pattern: RegExp): Promise<void> => {
    for (let tries = 0; tries < 600; tries++) {
      if (pattern.test(screen())) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`the terminal does not show ${pattern}:\n${screen()}`);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chrysalis-tmux-'));
    tmux('new-session', '-d', '-x', '100', '-y', '30', 'env PS1="host> " sh');
    type(`cd ${folder}; stty -g > before; clear`, 'Enter');
    return () => {
      tmux('kill-server');
      rmSync(folder, { recursive: true });
    };
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
    tmux('resize-window', '-x', '60', '-y', '20');
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
    const pid = Number(spawnSync('cat', [join(folder, 'pid')], { encoding: 'utf8' }).stdout);
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

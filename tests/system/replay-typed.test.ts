/** What somebody typed at the terminal is part of a run: written down with its cycles, and typed again. */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CliHost } from '../../cli/cli-host.js';
import { runCli } from '../../cli/program.js';
import { createMachine } from '../../sim/machine.js';
import { readRunRecord } from '../../sim/results/run-record.js';
import { folderWith } from '../unit/config/support.js';
import { pupaImage } from './support/run.js';

/** A host with a terminal at which somebody types when it shows a text. */
function terminal(script: readonly (readonly [shows: string, types: string])[]) {
  const keys = new EventEmitter();
  const steps = [...script];
  let shown = '';
  const written: string[] = [];
  const ignore = (): void => {};
  const host: CliHost = {
    stdin: {
      isTTY: true,
      on: (event, listener) => keys.on(event, listener),
      off: (event, listener) => keys.off(event, listener),
      resume: ignore,
      pause: ignore,
    },
    stdout: {
      isTTY: true,
      write: (text) => {
        shown += Buffer.from(text as string).toString();
        const step = steps[0];
        if (!step || !shown.includes(step[0])) return;
        steps.shift();
        shown = '';
        setImmediate(() => keys.emit('data', Buffer.from(step[1])));
      },
    },
    stderr: { write: (text) => written.push(Buffer.from(text as string).toString()) },
    environment: {},
    loadMachine: async () => createMachine,
    wallClock: () => performance.now(),
    wait: (ms) => new Promise((done) => (ms > 0 ? setTimeout(done, ms) : setImmediate(done))),
    onSignal: () => ignore,
    onOutputClosed: () => ignore,
  };
  return { host, written };
}

it('is replayed to the same result, to where it was left', async () => {
  const out = join(folderWith({}), 'typed');
  const { host } = terminal([
    ['$ ', 'echo one two | wc\r'],
    ['$ ', 'sieve 500\r'],
    ['$ ', '\x1d'],
  ]);
  const args = ['run', '--multiboot', pupaImage, '--append', 'quiet', '--no-dashboard'];
  expect(await runCli([...args, '--out', out], host)).toBe(0);
  const record = readRunRecord(out);
  expect(record).toMatchObject({ outcome: { kind: 'left' }, interactive: true });
  expect(record.typed.length).toBe(2);
  expect(Buffer.from(record.typed[0]?.bytes ?? '', 'base64').toString()).toBe(
    'echo one two | wc\r',
  );
  const lines: string[] = [];
  const { host: plain } = terminal([]);
  const stdout = { write: (text: string | Uint8Array) => lines.push(String(text)) };
  const status = await runCli(['replay', out], { ...plain, stdout });
  expect(lines.join('')).toContain(`the same: result hash ${record.resultHash}`);
  expect(status).toBe(0);
});

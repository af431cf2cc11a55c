#!/usr/bin/env -S node --v8-pool-size=1 --min-semi-space-size=16 --max-semi-space-size=32
/** The `chrysalis` program: joins the command line to this process's streams, signals and clock. */
import { ExitCode } from '../base/errors.js';
import type { CliHost } from './cli-host.js';
import { runCli } from './program.js';

function onSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void {
  let signals = 0;
  const handle = (signal: 'SIGINT' | 'SIGTERM'): void => {
    // The second one ends the process even when the run does not answer.
    if (++signals > 1) process.exit(signal === 'SIGINT' ? 130 : 143);
    listener(signal);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  };
}

const host: CliHost = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  loadMachine: async () => (await import('../sim/machine.js')).createMachine,
  loadScreen: async () => (await import('./dashboard/blessed-screen.js')).openScreen,
  wallClock: () => performance.now(),
  wait: (milliseconds) =>
    new Promise((done) => (milliseconds > 0 ? setTimeout(done, milliseconds) : setImmediate(done))),
  onSignal,
  onOutputClosed: (listener) => {
    process.stdout.on('error', listener);
    return () => {};
  },
};

/** A reader that has gone away has had enough; whatever else stops output has lost some of it. */
const GONE = ['EPIPE', 'EIO', 'ECONNRESET'];
let lost: NodeJS.ErrnoException | undefined;
// Without a listener a closed pipe, or terminal, would be an uncaught exception.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (!GONE.includes(error.code ?? '')) lost ??= error;
});
process.stderr.on('error', () => {});
process.on('exit', (code) => {
  if (lost === undefined) return;
  const why = lost.code === 'ENOSPC' ? 'the disk is full' : lost.message;
  process.stderr.write(`chrysalis: the output cannot be written: ${why}\n`);
  if (code === ExitCode.ok) process.exitCode = ExitCode.usage;
});
process.exitCode = await runCli(process.argv.slice(2), host);

#!/usr/bin/env node
/** The `chrysalis` program: joins the command line to this process's streams, signals and clock. */
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

// Without a listener a closed pipe, or terminal, would be an uncaught exception.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
process.exitCode = await runCli(process.argv.slice(2), host);

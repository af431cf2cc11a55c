/**
 * What a command may use of the world outside: streams, environment, signals, the wall clock and
 * the machine. Tests hand in their own.
 */
import type { CreateMachine } from '../sim/machine-api.js';
import type { OpenScreen } from './dashboard/dashboard-screen.js';
import type { TerminalInput } from './terminal.js';

export interface OutputStream {
  readonly isTTY?: boolean;
  write(text: string | Uint8Array): unknown;
}

export interface CliHost {
  readonly stdin: TerminalInput;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Loaded when a command needs it, so that --help and config answer at once. */
  loadMachine(): Promise<CreateMachine>;
  /** The terminal for the dashboard, loaded when it is needed. */
  loadScreen?(): Promise<OpenScreen>;
  /** Milliseconds of the wall clock, for progress lines and speeds only. */
  wallClock(): number;
  /** Lets real time pass; 0: only what waits in the event loop. */
  wait(milliseconds: number): Promise<void>;
  /** Calls back on SIGINT and SIGTERM until the returned function is called. */
  onSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void;
  /** Calls back when the reader of stdout is gone (a closed pipe). */
  onOutputClosed(listener: () => void): () => void;
}

/**
 * The outcomes that end a run early, never mixed (docs/architecture.md, "Outcomes"):
 * a mistake in the user's configuration or command line, a guest that cannot be loaded,
 * a guest that crashed, and a bug of the simulator. A *guest fault* is none of these: it is
 * architectural, stays inside `guest-isa`, and is not an Error.
 */

/** Process exit codes of the command line. */
export const ExitCode = {
  ok: 0,
  bug: 1,
  usage: 2,
  config: 3,
  guestLoad: 4,
  guestCrash: 5,
  limit: 6,
  tolerance: 7,
  sweep: 8,
  sigint: 130,
  sigterm: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** An error whose message is one sentence for the user; the command line prints it without a stack. */
export class UserError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode,
  ) {
    super(message);
    this.name = 'UserError';
  }
}

/** A wrong configuration: the message begins with `file:line:column`, where there is a file. */
export class ConfigError extends UserError {
  constructor(message: string) {
    super(message, ExitCode.config);
    this.name = 'ConfigError';
  }
}

/** A kernel, disk, BIOS, snapshot ... that is missing, truncated or of the wrong kind. */
export class GuestLoadError extends UserError {
  constructor(message: string) {
    super(message, ExitCode.guestLoad);
    this.name = 'GuestLoadError';
  }
}

/** A broken invariant of ours. The command line prints how to report it, and exits with 1. */
export class SimulatorBug extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SimulatorBug';
  }
}

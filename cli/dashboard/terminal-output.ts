/**
 * Output to a terminal that never waits for it. Node writes to terminals synchronously: one that does not
 * read (a slow line, a stopped window) would stop the simulation. So the terminal is opened once more,
 * without blocking, and what it does not take at once is kept until it does.
 *
 * It looks to blessed like the stream that it expects.
 */
import { EventEmitter } from 'node:events';
import { closeSync, constants, openSync, writeSync } from 'node:fs';

const RETRY_MS = 20;
/** What the terminal gets at most to take in the escapes that restore it. */
const LAST_MS = 500;

/** The stream that belongs to the same terminal, for its size and as a fallback. */
export interface TerminalStream {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(data: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

export class TerminalOutput extends EventEmitter {
  readonly isTTY = true;
  readonly writable = true;
  private readonly fd: number | undefined;
  private pending: Buffer = Buffer.alloc(0);
  private timer: NodeJS.Timeout | undefined;
  private isGone = false;
  private readonly onResize = (): void => void this.emit('resize');

  /** `path`: of the terminal; where it cannot be opened, the stream is written to. */
  constructor(
    private readonly stream: TerminalStream,
    path = '/dev/fd/1',
    private readonly closed: () => void = () => {},
  ) {
    super();
    this.fd = openWithoutBlocking(path);
    stream.on('resize', this.onResize);
  }

  /** A pseudo-terminal whose size nobody has set says 0. */
  get columns(): number {
    return this.stream.columns || 80;
  }

  get rows(): number {
    return this.stream.rows || 24;
  }

  get isBusy(): boolean {
    return this.pending.length > 0;
  }

  write(data: string): boolean {
    if (this.isGone) return true;
    if (this.fd === undefined) this.stream.write(data);
    else {
      this.pending = Buffer.concat([this.pending, Buffer.from(data)]);
      this.flush();
    }
    return !this.isBusy;
  }

  /** Waits a moment for what is pending, then lets go. */
  close(): void {
    clearTimeout(this.timer);
    const sleep = new Int32Array(new SharedArrayBuffer(4));
    for (let waited = 0; this.isBusy && waited < LAST_MS; waited += RETRY_MS) {
      Atomics.wait(sleep, 0, 0, RETRY_MS);
      this.flush();
    }
    clearTimeout(this.timer);
    this.stream.off('resize', this.onResize);
    this.isGone = true;
    if (this.fd !== undefined) closeSync(this.fd);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.pending.length > 0 && !this.isGone) {
      const written = this.writeSome();
      if (written <= 0) break;
      this.pending = this.pending.subarray(written);
    }
    if (this.isBusy && !this.isGone) {
      this.timer = setTimeout(() => this.flush(), RETRY_MS);
      this.timer.unref();
    }
  }

  /** Bytes that the terminal took; 0: none now. */
  private writeSome(): number {
    try {
      return writeSync(this.fd as number, this.pending);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      // Whatever else happens, there is no terminal any more.
      this.isGone = true;
      this.pending = Buffer.alloc(0);
      this.closed();
      return 0;
    }
  }
}

function openWithoutBlocking(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}

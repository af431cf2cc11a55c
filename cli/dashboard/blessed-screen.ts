/**
 * The terminal by way of blessed, which enters and leaves the alternate screen and sends what has changed
 * between two frames. Nothing else of it is used: no elements, no tags, no keys.
 *
 * Its faults and their cure: terminal descriptions of today's systems are more than it can read, so it
 * always gets the one of xterm that it brings along; line-drawing characters are sent as they are
 * (brokenACS); it ignores NO_COLOR, so the theme has no colours then; its keys are not reliable
 * (key-decoder.ts); signals are handled here.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import blessed from 'blessed';
import type { DashboardScreen, OpenScreen, ScreenEvents } from './dashboard-screen.js';
import type { Grid, Style } from './grid.js';
import { KeyDecoder } from './key-decoder.js';
import { TerminalOutput } from './terminal-output.js';

/** What of blessed's screen and program its types leave out. A cell is attributes and a character. */
interface RawScreen {
  readonly lines: ([number, string][] & { dirty: boolean })[];
  readonly program: RawProgram;
  draw(start: number, end: number): void;
  realloc(): void;
  enter(): void;
  leave(): void;
  destroy(): void;
}

interface RawProgram {
  readonly tput: { brokenACS: boolean };
  on(event: 'resize', listener: () => void): void;
  flush(): void;
}

const DEFAULT_COLOUR = 0x1ff;
const [BOLD, UNDERLINE, INVERSE] = [1, 2, 8];
/** Behind the last resize of a storm, ms. */
const RESIZE_MS = 50;
/** A process that could not be suspended goes on. */
const NOT_SUSPENDED_MS = 100;

export const openScreen: OpenScreen = (events) => new BlessedScreen(events);

class BlessedScreen implements DashboardScreen {
  private readonly output: TerminalOutput;
  private readonly screen: RawScreen;
  private isOpen = true;
  private isSuspended = false;
  private readonly onContinued = (): void => this.continued();
  private readonly decoder = new KeyDecoder();
  private readonly onData = (bytes: Uint8Array): void => {
    for (const key of this.decoder.decode(bytes)) this.events.key(key);
  };
  private readonly onHangUp = (): void => this.events.closed();

  constructor(private readonly events: ScreenEvents) {
    this.output = new TerminalOutput(process.stdout, '/dev/fd/1', () => events.closed());
    this.screen = makeScreen(this.output);
    const { program } = this.screen;
    program.on('resize', () => events.resized());
    process.on('SIGCONT', this.onContinued);
    process.on('SIGHUP', this.onHangUp);
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.onData);
    process.stdin.resume();
    process.stdin.on('error', this.onHangUp);
    process.stdin.on('end', this.onHangUp);
  }

  get width(): number {
    return this.output.columns;
  }

  get height(): number {
    return this.output.rows;
  }

  get isBusy(): boolean {
    return this.output.isBusy || this.isSuspended;
  }

  draw(grid: Grid): void {
    if (!this.isOpen || this.isSuspended) return;
    const { lines } = this.screen;
    lines.forEach((line, y) => {
      line.forEach((cell, x) => {
        const { char, style } = grid.at(x, y);
        const attributes = attributesOf(style);
        if (cell[0] === attributes && cell[1] === char) return;
        cell[0] = attributes;
        cell[1] = char;
        line.dirty = true;
      });
    });
    this.screen.draw(0, lines.length - 1);
  }

  redraw(): void {
    if (this.isOpen) this.screen.realloc();
  }

  suspend(): void {
    if (!this.isOpen || this.isSuspended) return;
    this.isSuspended = true;
    this.screen.leave();
    this.screen.program.flush();
    process.stdin.setRawMode(false);
    // The whole job, as the terminal's driver does it: npm waits for us in the same one.
    process.kill(0, 'SIGTSTP');
    setTimeout(this.onContinued, NOT_SUSPENDED_MS);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    process.off('SIGCONT', this.onContinued);
    process.off('SIGHUP', this.onHangUp);
    this.screen.destroy();
    this.output.close();
    process.stdin.off('data', this.onData);
    process.stdin.off('end', this.onHangUp);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }

  /** Whoever had the terminal meanwhile may have left anything on it. */
  private continued(): void {
    if (!this.isOpen) return;
    process.stdin.setRawMode(false);
    process.stdin.setRawMode(true);
    process.stdin.resume();
    if (this.isSuspended) this.screen.enter();
    this.isSuspended = false;
    this.screen.realloc();
    this.events.resized();
  }
}

function makeScreen(output: TerminalOutput): RawScreen {
  const description = join(
    dirname(createRequire(import.meta.url).resolve('blessed/package.json')),
    'usr',
    'xterm-256color',
  );
  const { Tput } = blessed as unknown as { Tput: { prototype: { _prefix: () => string } } };
  Tput.prototype._prefix = () => description;
  const screen = blessed.screen({
    input: process.stdin,
    output: output as unknown as NodeJS.WriteStream,
    terminal: 'xterm-256color',
    resizeTimeout: RESIZE_MS,
    forceUnicode: true,
  }) as unknown as RawScreen;
  screen.program.tput.brokenACS = true;
  return screen;
}

function attributesOf({ fg, bg, bold, underline, inverse }: Style): number {
  const flags = (bold ? BOLD : 0) | (underline ? UNDERLINE : 0) | (inverse ? INVERSE : 0);
  const colour = (n: number | undefined): number => (n ? n - 1 : DEFAULT_COLOUR);
  return (flags << 18) | (colour(fg) << 9) | colour(bg);
}

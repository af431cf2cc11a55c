/**
 * The folder that a run leaves. Everything is written to `DIR.partial` beside it from the start of the
 * run on, and renamed when it is whole: a folder by the name `DIR` is never half written, and of a run
 * that was killed `DIR.partial` keeps the configuration, the console and the last series, marked partial.
 *
 * A disk that is full and a folder that cannot be written are the user's matter: one sentence.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ExitCode, UserError } from '../../base/errors.js';
import { displayPath } from '../config/paths.js';
import { FILES } from './run-record.js';

const CONSOLE_PIECE = 1 << 16;

export class RunFolder {
  private readonly beside: string;
  private readonly consoleFile: number;
  private pending: number[] = [];
  private isOpen = true;

  /** Claims the folder; `replace` allows that it holds another run. */
  constructor(
    readonly path: string,
    replace: boolean,
  ) {
    const final = resolve(path);
    this.beside = `${final}.partial`;
    if (holdsSomething(final)) {
      if (!existsSync(join(final, FILES.run)))
        throw refuse(path, 'exists and holds something else; name another folder');
      if (!replace)
        throw refuse(path, 'holds a run already; name another folder, or replace it with --force');
    }
    this.consoleFile = this.trying(() => {
      mkdirSync(dirname(final), { recursive: true });
      refuseOther(this.beside, path);
      rmSync(this.beside, { recursive: true, force: true });
      mkdirSync(this.beside);
      this.put(FILES.run, `${JSON.stringify({ partial: true, writer: process.pid })}\n`);
      return openSync(join(this.beside, FILES.console), 'w');
    });
  }

  /** One of FILES, or a further file of the run. */
  write(name: string, content: string | Uint8Array): void {
    this.trying(() => this.put(name, content));
  }

  /** A byte that the guest printed. */
  print(byte: number): void {
    this.pending.push(byte);
    if (this.pending.length >= CONSOLE_PIECE) this.flush();
  }

  flush(): void {
    const bytes = Uint8Array.from(this.pending);
    this.pending = [];
    this.trying(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.consoleFile, bytes, at);
    });
  }

  /** All is written: the folder takes its name. */
  finish(): void {
    this.flush();
    this.close();
    const final = resolve(this.path);
    this.trying(() => {
      rmSync(final, { recursive: true, force: true });
      renameSync(this.beside, final);
    });
  }

  /** There is nothing to keep: the run never began. */
  discard(): void {
    this.close();
    rmSync(this.beside, { recursive: true, force: true });
  }

  close(): void {
    if (this.isOpen) closeSync(this.consoleFile);
    this.isOpen = false;
  }

  private put(name: string, content: string | Uint8Array): void {
    // Renamed over the old one, so that a kill in between leaves the old one.
    const file = join(this.beside, name);
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  }

  private trying<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw refuse(this.path, `the results cannot be written${writeProblem(error)}`);
    }
  }
}

function holdsSomething(folder: string): boolean {
  if (!existsSync(folder)) return false;
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return true;
  }
}

/** `DIR.partial` is ours to remove when a run left it that is over. */
function refuseOther(beside: string, path: string): void {
  if (!holdsSomething(beside)) return;
  const writer = writerOf(beside);
  if (writer === undefined)
    throw refuse(path, `${displayPath(beside)} is in the way and is not of a run; remove it`);
  if (writer !== process.pid && isAlive(writer))
    throw refuse(path, `another run (process ${writer}) is writing it`);
}

/** Whether a process that lives is writing the folder of this name. */
export function isBeingWritten(path: string): boolean {
  const writer = writerOf(`${resolve(path)}.partial`);
  return writer !== undefined && isAlive(writer);
}

/** The process that writes a partial folder; 0: one that has finished its record. */
function writerOf(beside: string): number | undefined {
  try {
    const record = JSON.parse(readFileSync(join(beside, FILES.run), 'utf8')) as {
      writer?: number;
    };
    return record.writer ?? 0;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Why something could not be written, to follow a sentence. */
export function writeProblem(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return ': the disk is full';
  if (code === 'ENOTDIR' || code === 'EEXIST') return ': a part of its path is not a folder';
  return code === undefined ? `: ${String(error)}` : ` (${code})`;
}

function refuse(path: string, what: string): UserError {
  return new UserError(`${displayPath(resolve(path))}: ${what}`, ExitCode.usage);
}

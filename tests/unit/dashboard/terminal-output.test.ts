/** Output that does not wait: a reader that reads nothing costs no time, and gets all of it later. */
import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TerminalOutput } from '../../../cli/dashboard/terminal-output.js';

function pipe(): { path: string; fd: number } {
  const folder = mkdtempSync(join(tmpdir(), 'chrysalis-fifo-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'fifo');
  spawnSync('mkfifo', [path]);
  return { path, fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) };
}

class Stream extends EventEmitter {
  columns: number | undefined = 0;
  rows: number | undefined = 0;
  written = '';
  write(data: string): void {
    this.written += data;
  }
}

/** What can be read now. */
function read(fd: number): number {
  const buffer = Buffer.alloc(1 << 16);
  let bytes = 0;
  for (;;) {
    try {
      const n = readSync(fd, buffer);
      if (n === 0) return bytes;
      bytes += n;
    } catch {
      return bytes;
    }
  }
}

describe.skipIf(process.platform === 'win32')('terminal output', () => {
  it('keeps what the terminal does not take, and delivers it when it does', async () => {
    const { path, fd } = pipe();
    const output = new TerminalOutput(new Stream(), path);
    output.write('x'.repeat(1 << 20));
    expect(output.isBusy).toBe(true);
    let bytes = 0;
    while (bytes < 1 << 20) {
      bytes += read(fd);
      await new Promise((done) => setTimeout(done, 5));
    }
    expect([bytes, output.isBusy]).toEqual([1 << 20, false]);
    output.close();
    closeSync(fd);
  });

  it('lets go of a terminal that never reads', () => {
    const { path, fd } = pipe();
    const output = new TerminalOutput(new Stream(), path);
    output.write('x'.repeat(1 << 20));
    let slept = 0;
    // Asked for, and not passed: how busy the computer is decides nothing here.
    const wait = vi.spyOn(Atomics, 'wait').mockImplementation((_cell, _index, _value, ms) => {
      slept += Number(ms);
      if (slept > 60_000) throw new Error('it waits for ever');
      return 'timed-out';
    });
    onTestFinished(() => wait.mockRestore());
    output.close();
    expect(slept).toBeGreaterThan(100);
    expect(slept).toBeLessThan(2000);
    const taken = read(fd);
    output.write('after the end');
    expect(taken).toBeLessThan(1 << 20);
    // End of file: nobody holds the other end any more.
    expect(readSync(fd, Buffer.alloc(1))).toBe(0);
    closeSync(fd);
  });

  it('notices that the terminal is gone', () => {
    const { path, fd } = pipe();
    let closed = 0;
    const output = new TerminalOutput(new Stream(), path, () => closed++);
    closeSync(fd);
    output.write('x');
    output.write('y');
    expect([closed, output.isBusy]).toEqual([1, false]);
    output.close();
  });

  it('writes to the stream where the terminal cannot be opened', () => {
    const stream = new Stream();
    const output = new TerminalOutput(stream, '/nowhere/at/all');
    output.write('x');
    expect(stream.written).toBe('x');
    output.close();
  });

  it('has a size even if nobody has set one, and passes resizes on', () => {
    const stream = new Stream();
    const output = new TerminalOutput(stream, '/nowhere/at/all');
    let resizes = 0;
    output.on('resize', () => resizes++);
    expect([output.columns, output.rows]).toEqual([80, 24]);
    stream.columns = 7;
    stream.emit('resize');
    expect([output.columns, resizes]).toEqual([7, 1]);
    output.close();
    stream.emit('resize');
    expect(resizes).toBe(1);
  });
});

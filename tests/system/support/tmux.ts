/** A terminal with somebody who types and looks: a shell in tmux, of any size. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

export class Tmux {
  readonly folder = mkdtempSync(join(tmpdir(), 'chrysalis-tmux-'));

  constructor(columns: number, rows: number) {
    onTestFinished(() => this.end());
    const shell = 'env -u CI -u NO_COLOR PS1="host> " sh';
    this.run('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, shell);
    this.type(`cd ${this.folder}; stty -g > before; clear`, 'Enter');
  }

  run(...args: string[]): string {
    const socket = ['-S', join(this.folder, 'socket'), '-f', '/dev/null'];
    const { stdout, stderr, status, error } = spawnSync('tmux', [...socket, ...args], {
      encoding: 'utf8',
    });
    if (status !== 0) throw error ?? new Error(`tmux ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  type(...keys: string[]): void {
    this.run('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.run('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  /** What the terminal shows now. */
  screen(): string {
    return this.run('capture-pane', '-p');
  }

  /** The same with what has scrolled away. */
  history(): string {
    return this.run('capture-pane', '-pJ', '-S', '-2000');
  }

  /** Waits until the terminal shows it. */
  async shows(pattern: RegExp, look = (): string => this.screen()): Promise<string> {
    for (let tries = 0; tries < 1200; tries++) {
      const text = look();
      if (pattern.test(text)) return text;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`the terminal does not show ${pattern}:\n${look()}`);
  }

  private end(): void {
    spawnSync('tmux', ['-S', join(this.folder, 'socket'), 'kill-server']);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

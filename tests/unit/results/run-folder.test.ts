/** The results folder: whole or not there, what a kill leaves, what is refused. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExitCode, UserError } from '../../../base/errors.js';
import { RunFolder } from '../../../sim/results/run-folder.js';
import { readRunRecord } from '../../../sim/results/run-record.js';
import { folderWith, messageOf } from '../config/support.js';

const print = (folder: RunFolder, text: string): void => {
  for (const byte of Buffer.from(text)) folder.print(byte);
};

describe('a results folder', () => {
  it('appears when it is whole', () => {
    const out = join(folderWith({}), 'deep', 'run');
    const folder = new RunFolder(out, false);
    print(folder, 'hello\n');
    folder.write('run.json', '{"a": 1}');
    expect(existsSync(out)).toBe(false);
    folder.finish();
    expect(readFileSync(join(out, 'console.log'), 'utf8')).toBe('hello\n');
    expect(readFileSync(join(out, 'run.json'), 'utf8')).toBe('{"a": 1}');
    expect(existsSync(`${out}.partial`)).toBe(false);
  });

  it('keeps beside it what a killed run had, marked partial, and the next run takes its place', () => {
    const out = join(folderWith({}), 'run');
    const killed = new RunFolder(out, false);
    print(killed, 'so far');
    killed.flush();
    killed.close();
    const left = JSON.parse(readFileSync(`${out}.partial/run.json`, 'utf8')) as object;
    expect(left).toMatchObject({ partial: true });
    expect(readFileSync(`${out}.partial/console.log`, 'utf8')).toBe('so far');
    new RunFolder(out, false).finish();
    expect(readFileSync(join(out, 'console.log'), 'utf8')).toBe('');
  });

  it('leaves nothing of a run that never began', () => {
    const out = join(folderWith({}), 'run');
    new RunFolder(out, false).discard();
    expect(existsSync(`${out}.partial`)).toBe(false);
  });

  it('replaces a run when told to, and only a run', () => {
    const root = folderWith({ 'run/run.json': '{}', 'home/precious.txt': 'mine' });
    expect(messageOf(() => new RunFolder(join(root, 'run'), false), root)).toBe(
      'run: holds a run already; name another folder, or replace it with --force',
    );
    new RunFolder(join(root, 'run'), true).finish();
    expect(messageOf(() => new RunFolder(join(root, 'home'), true), root)).toBe(
      'home: exists and holds something else; name another folder',
    );
    expect(existsSync(join(root, 'home/precious.txt'))).toBe(true);
  });

  it('keeps off a folder that another process writes', () => {
    const root = folderWith({});
    mkdirSync(join(root, 'run.partial'));
    writeFileSync(join(root, 'run.partial/run.json'), JSON.stringify({ writer: process.ppid }));
    expect(messageOf(() => new RunFolder(join(root, 'run'), false), root)).toBe(
      `run: another run (process ${process.ppid}) is writing it`,
    );
    writeFileSync(join(root, 'run.partial/run.json'), 'a text');
    expect(messageOf(() => new RunFolder(join(root, 'run'), false), root)).toBe(
      'run: run.partial is in the way and is not of a run; remove it',
    );
  });

  it('that cannot be written is the user’s matter', () => {
    const root = folderWith({ file: 'not a folder' });
    try {
      new RunFolder(join(root, 'file', 'run'), false);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).exitCode).toBe(ExitCode.usage);
      expect((error as UserError).message).toContain(
        'file/run: the results cannot be written: a part of its path is not a folder',
      );
      return;
    }
    throw new Error('nothing was thrown');
  });
});

describe('reading the record', () => {
  const reading = (text: string): string => {
    const root = folderWith({ 'run/run.json': text });
    return messageOf(() => readRunRecord(join(root, 'run')), root);
  };

  it('says what is wrong with it', () => {
    expect(reading('{')).toBe('run: run.json is damaged: it is not JSON');
    expect(reading('{"schema": "chrysalis/run/9"}')).toBe(
      'run: run.json is not of schema chrysalis/run/1',
    );
    expect(reading('{"schema": "chrysalis/run/1"}')).toBe(
      'run: run.json is damaged or of another version, at version',
    );
    const root = folderWith({});
    expect(messageOf(() => readRunRecord(join(root, 'no')), root)).toBe(
      'no: holds no results of a run (run.json: ENOENT)',
    );
  });
});

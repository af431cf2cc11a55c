/** Typing at the serial console: lines, corrections, ctrl-c, more than a FIFO holds, at any time. */
import { describe, expect, it } from 'vitest';
import { pupa, TestRun } from './support/run.js';

const prompt = 'pupa:/$ ';

describe('the shell of the embedded guest OS', () => {
  it('takes lines with corrections', () => {
    const run = new TestRun(pupa('quiet'));
    run.typeAfter(prompt, 'echo hello wordl\x7f\x7fld\r');
    run.typeAfter(prompt, 'garbage\x15echo kept\r');
    run.typeAfter(prompt, 'exit 5\r');
    expect(run.run()).toMatchObject({ kind: 'powerOff', status: 11 });
    expect(run.text).toMatch(/^hello world$/m);
    expect(run.text).toMatch(/^kept$/m);
  });

  it('is interrupted by ctrl-c, at the prompt and in a program', () => {
    const run = new TestRun(pupa('quiet'));
    run.typeAfter(prompt, 'half a line\x03');
    run.typeAfter(prompt, 'echo started; yes > /dev/null\r');
    run.runUntil('started\n');
    run.run({ instructions: run.machine.instructions + 5_000_000 });
    run.machine.console.send(Uint8Array.of(3));
    run.typeAfter(prompt, 'echo status $?\r');
    run.typeAfter(prompt, 'exit\r');
    expect(run.run({ instructions: 300_000_000 })).toMatchObject({ kind: 'powerOff', status: 0 });
    expect(run.text).toMatch(/^\^C$/m);
    expect(run.text).toMatch(/^status 130$/m);
  });

  it('loses nothing of what is pasted at once', () => {
    const run = new TestRun(pupa('quiet'));
    const words = Array.from({ length: 25 }, (_, i) => `w${i}`).join(' ');
    const lines = Array.from({ length: 10 }, (_, i) => `echo ${i}: ${words}\r`).join('');
    run.typeAfter(prompt, `${lines}exit\r`);
    expect(run.run({ instructions: 300_000_000 })).toMatchObject({ kind: 'powerOff', status: 0 });
    for (let i = 0; i < 10; i++)
      // Once as its echo, once as what echo prints.
      expect(run.text.split(`${i}: ${words}\n`)).toHaveLength(3);
  });
});

describe('the same keys at the same cycles', () => {
  it('give the same machine, and other cycles another one', () => {
    const typedAt = (cycles: number) => {
      const run = new TestRun(pupa('quiet'));
      run.run({ cycles });
      run.machine.console.send(Buffer.from('sieve 1000; exit\r'));
      expect(run.run({ instructions: 300_000_000 })).toMatchObject({ kind: 'powerOff', status: 0 });
      return [run.text, run.machine.stateHash(), run.machine.cycles];
    };
    const early = typedAt(3_000_000);
    expect(typedAt(3_000_000)).toEqual(early);
    const late = typedAt(5_000_123);
    expect(late[0]).toBe(early[0]);
    expect(late[2]).not.toBe(early[2]);
  });
});

/**
 * Snapshots of whole machines: saved at any instruction and restored in a new machine, through the
 * bytes of the file, a run ends with the console text and the final state of the run that went on.
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSnapshot } from '../../sim/snapshot/snapshot-file.js';
import { folderWith } from '../unit/config/support.js';
import { bootDisk } from './support/program.js';
import {
  configOf,
  demoText,
  firmware,
  hasFirmware,
  pupa,
  TestRun,
  type Values,
} from './support/run.js';
import { restored, type Saved, save } from './support/snapshots.js';

function summary(run: TestRun, textBefore = '') {
  const { machine } = run;
  return {
    text: textBefore + run.text,
    hash: machine.stateHash(),
    instructions: machine.instructions,
    cycles: machine.cycles,
    idleCycles: machine.idleCycles,
    screen: machine.screen(),
  };
}

describe('the demonstration of the embedded guest OS', () => {
  it('goes on from its middle as if nothing had been', () => {
    const values = pupa('run=/etc/demo');
    const whole = new TestRun(values);
    // In user code with the x87 unit in use, within programs that patch and make code, and near the end.
    const saved = [90_000_000, 158_123_457, 190_000_001].map((instructions) => {
      expect(whole.run({ instructions })).toEqual({ kind: 'limit' });
      return save(whole, values);
    });
    const end = whole.run();
    const expected = summary(whole);
    expect(expected.text).toBe(readFileSync(demoText, 'latin1'));
    for (const one of saved) {
      const again = restored(one);
      expect(again.run()).toEqual(end);
      expect(summary(again, one.textBefore)).toEqual(expected);
    }
  });
});

describe('the shell', () => {
  it('answers after a restore as it would have answered', () => {
    const values = pupa('');
    const typed = (run: TestRun): void => {
      run.machine.console.send(Buffer.from('echo typed | wc; fft; sieve 5000; exit\r'));
      run.run({ instructions: 300_000_000 });
    };
    const whole = new TestRun(values);
    whole.runUntil('pupa:/$ ');
    const saved = save(whole, values);
    typed(whole);
    expect(whole.text).toMatch(/^fft .*PASS/m);
    const again = restored(saved);
    typed(again);
    expect(summary(again, saved.textBefore)).toEqual(summary(whole));
  });

  it('is switched off in the restored machine when it was', () => {
    const values = pupa('quiet script="exit 0"');
    const whole = new TestRun(values);
    const end = whole.run();
    const again = restored(save(whole, values));
    expect(again.run()).toEqual(end);
    expect(again.machine.instructions).toBe(whole.machine.instructions);
  });
});

/** Reads 64 sectors by bus-master DMA with an interrupt at its end, sums them up and prints the sum. */
const dmaSector = `
  mov ax, 0
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  cld
  ; bus master at I/O 0xc100: PCI 00:01.1 register 0x20, then command register 5
  mov eax, 0x80000920
  mov dx, 0xcf8
  out dx, eax
  mov eax, 0xc101
  mov dx, 0xcfc
  out dx, eax
  mov eax, 0x80000904
  mov dx, 0xcf8
  out dx, eax
  mov eax, 5
  mov dx, 0xcfc
  out dx, ax
  ; one region: 32 KB at 0x10000
  mov eax, 0x10000
  mov [0x600], eax
  mov eax, 0x80008000
  mov [0x604], eax
  mov eax, 0x600
  mov dx, 0xc104
  out dx, eax
  mov al, 8
  mov dx, 0xc100
  out dx, al
  mov al, 6
  mov dx, 0xc102
  out dx, al
  ; READ DMA of 64 sectors from sector 1
  mov dx, 0x1f2
  mov al, 64
  out dx, al
  inc dx
  mov al, 1
  out dx, al
  inc dx
  mov al, 0
  out dx, al
  inc dx
  out dx, al
  inc dx
  mov al, 0xe0
  out dx, al
  inc dx
  mov al, 0xc8
  out dx, al
  mov al, 9
  mov dx, 0xc100
  out dx, al
  mov al, 0x3c
  out 0xe9, al
  ; until the channel's interrupt bit is set
  mov dx, 0xc102
  wait:
  in al, dx
  test al, 4
  jz @wait
  mov ax, 0x1000
  mov ds, ax
  mov si, 0
  mov cx, 0x2000
  mov ebx, 0
  sum:
  lodsd eax, ds:[si]
  rol ebx, 3
  add ebx, eax
  loop @sum
  mov cx, 8
  digit:
  rol ebx, 4
  mov al, bl
  and al, 15
  add al, 0x41
  out 0xe9, al
  loop @digit
  mov al, 0
  out 0xf4, al
  hlt
`;

function sumOf(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 4)
    sum = (((sum << 3) | (sum >>> 29)) + view.getUint32(i, true)) | 0;
  const digits = Array.from({ length: 8 }, (_, i) => (sum >>> (28 - 4 * i)) & 15);
  return String.fromCharCode(...digits.map((digit) => 0x41 + digit));
}

describe('a disk transfer', () => {
  it('under way when the snapshot is taken, ends in the restored machine', () => {
    const content = Uint8Array.from({ length: 64 * 512 }, (_, i) => (i * 7919) >>> 5);
    const folder = folderWith({ 'd.img': bootDisk(dmaSector, 256, content) });
    const values: Values = {
      'boot.method': 'bootSector',
      'machine.disks': [{ image: join(folder, 'd.img') }],
    };
    const whole = new TestRun(values);
    whole.runUntil('<');
    // The drive takes 2.8 ms.
    const saved = [1_000, 200_000, 700_000, 1_600_000, 2_260_000].map((cycles) => {
      expect(whole.run({ cycles })).toEqual({ kind: 'limit' });
      return save(whole, values);
    });
    expect(saved.map(({ textBefore }) => textBefore)).toEqual(['<', '<', '<', '<', '<']);
    expect(whole.run({ instructions: 500_000_000 })).toMatchObject({ kind: 'powerOff' });
    expect(whole.text).toBe(`<${sumOf(content)}`);
    for (const one of saved) {
      const again = restored(one);
      expect(again.run({ instructions: 500_000_000 })).toMatchObject({ kind: 'powerOff' });
      expect(summary(again, one.textBefore)).toEqual(summary(whole));
    }
  });
});

describe.skipIf(!hasFirmware)('SeaBIOS (skipped: the package seabios is not installed)', () => {
  it('goes on from any point of its boot, with what the guest wrote to its disk', () => {
    const write = `
      mov ax, 0
      mov es, ax
      mov ds, ax
      mov bx, 0x7c00
      mov ax, 0x0301
      mov cx, 9
      mov dx, 0x80
      int 0x13
      mov ax, 0x0201
      mov bx, 0x8000
      int 0x13
      mov al, [0x81fe]
      out 0xe9, al
      out 0xf4, al
      hlt
    `;
    const folder = folderWith({ 'd.img': bootDisk(write) });
    const image = join(folder, 'd.img');
    const before = readFileSync(image);
    const values: Values = {
      'boot.method': 'bios',
      'machine.bios': firmware.bios,
      'machine.vgaBios': firmware.vga,
      'machine.disks': [{ image }],
    };
    const whole = new TestRun(values);
    const saved: Saved[] = [];
    for (let instructions = 1_500_000; ; instructions += 1_500_000) {
      if (whole.run({ instructions }).kind !== 'limit') break;
      saved.push(save(whole, values));
    }
    expect(whole.text.endsWith('\x55')).toBe(true);
    expect(saved.length).toBeGreaterThan(3);
    for (const one of saved) {
      const again = restored(one);
      again.run();
      expect(summary(again, one.textBefore)).toEqual(summary(whole));
    }
    expect(readFileSync(image).equals(before)).toBe(true);
  });
});

describe('a snapshot of another machine', () => {
  it('is refused with the difference, before anything changes', () => {
    const disk = bootDisk(dmaSector, 64);
    const folder = folderWith({ 'd.img': disk });
    const image = join(folder, 'd.img');
    const values: Values = { 'boot.method': 'bootSector', 'machine.disks': [{ image }] };
    const run = new TestRun(values);
    run.run({ instructions: 100 });
    const { path } = save(run, values);
    const refused = (more: Values): string => {
      try {
        readSnapshot(path, configOf({ ...values, ...more }));
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error('the snapshot was accepted');
    };
    expect(refused({ 'machine.memoryMB': 65 })).toContain('machine.memoryMB was 64 and is 65 now');
    expect(refused({ 'machine.apic': true })).toContain('machine.apic was false and is true now');
    expect(refused({ 'host.clockMHz': 1 })).toContain('host.clockMHz was 800 and is 1 now');
    const other = join(folder, 'e.img');
    copyFileSync(image, other);
    expect(() =>
      readSnapshot(path, configOf({ ...values, 'machine.disks': [{ image: other }] })),
    ).not.toThrow();
    disk[600] = 1;
    const changed = join(folderWith({ 'd.img': disk }), 'd.img');
    expect(refused({ 'machine.disks': [{ image: changed }] })).toContain('machine.disks.0.image');
  });
});

/**
 * Everything that can be booted reaches its console: a multiboot kernel with modules, a boot
 * sector without a BIOS, and where Debian's SeaBIOS is installed a disk, a CD-ROM (El Torito, no
 * emulation) and the text screen that a VGA BIOS writes.
 */
import { describe, expect, it } from 'vitest';
import { folderWith } from '../unit/config/support.js';
import { elToritoImage } from './support/cd.js';
import { bootDisk, program } from './support/program.js';
import { firmware, hasFirmware, pupa, TestRun, type Values } from './support/run.js';

const isaExit = (status: number) => ({ kind: 'powerOff', status: 2 * status + 1 });

describe('a multiboot kernel', () => {
  it('gets its command line and its modules', () => {
    const folder = folderWith({
      'a.txt': 'text of the first module\n',
      'job.sh': 'echo from a module: $0; cat /mod/text | wc; crc 5000; exit 3\n',
    });
    const run = new TestRun(
      pupa('quiet run=/mod/job', {
        'boot.modules': [
          { file: `${folder}/a.txt`, append: 'text and more words' },
          { file: `${folder}/job.sh`, append: 'job' },
        ],
      }),
    );
    expect(run.run()).toMatchObject(isaExit(3));
    expect(run.text).toMatch(/^from a module: /m);
    expect(run.text).toMatch(/^ +1 +5 +25$/m);
    expect(run.text).toMatch(/^crc .*PASS/m);
  });
});

/** Prints DL and a line on the serial port by itself, reads sector 1 through IDE and ends the machine. */
const plainSector = `
  mov ax, 0
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  mov bl, dl
  mov si, @hello
  call @print
  ; sector 1 of the primary master by PIO
  mov dx, 0x1f2
  mov al, 1
  out dx, al
  inc dx
  out dx, al
  mov al, 0
  inc dx
  out dx, al
  inc dx
  out dx, al
  mov al, 0xe0
  inc dx
  out dx, al
  mov al, 0x20
  inc dx
  out dx, al
  wait:
  in al, dx
  test al, 0x80
  jnz @wait
  test al, 8
  jz @wait
  mov di, 0x8000
  mov cx, 256
  mov dx, 0x1f0
  cld
  rep insw es:[di], dx
  mov si, 0x8000
  call @print
  mov al, bl
  out 0xf4, al
  hlt
  print:
  lodsb al, ds:[si]
  test al, al
  jz @done
  mov ah, al
  mov dx, 0x3fd
  ready:
  in al, dx
  test al, 0x20
  jz @ready
  mov dx, 0x3f8
  mov al, ah
  out dx, al
  jmp @print
  done:
  ret
  hello:
  db 'boot sector', 0x0a, 0
`;

describe('a boot sector without a BIOS', () => {
  it('drives serial port and disk by itself, with the drive number in dl', () => {
    const disk = bootDisk(plainSector, 64, Buffer.from('second sector\n\0'));
    const folder = folderWith({ 'd.img': disk });
    const run = new TestRun({
      'boot.method': 'bootSector',
      'machine.disks': [{ image: `${folder}/d.img` }],
    });
    expect(run.run({ instructions: 100_000_000 })).toMatchObject({ kind: 'powerOff', status: 1 });
    expect(run.text).toBe('boot sector\nsecond sector\n');
  });
});

/** Prints a text by the teletype service, then more by others, and ends the machine. */
const biosCode = `
  mov ax, 0
  mov ds, ax
  mov ss, ax
  mov sp, 0x7c00
  mov si, @hello
  next:
  lodsb al, ds:[si]
  test al, al
  jz @more
  mov ah, 0x0e
  mov bx, 7
  int 0x10
  out 0xe9, al
  jmp @next
  more:
`;
const exitCode = `
  mov al, 21
  out 0xf4, al
  hlt
  hello:
  db 'booted by the BIOS', 0x0d, 0x0a, 0
`;

function withBios(disks: readonly object[], more: Values = {}): TestRun {
  return new TestRun({
    'boot.method': 'bios',
    'machine.bios': firmware.bios,
    'machine.vgaBios': firmware.vga,
    'machine.disks': disks,
    ...more,
  });
}

describe.skipIf(!hasFirmware)('SeaBIOS (skipped: the package seabios is not installed)', () => {
  it('boots a hard disk and reads it through int 13h; the VGA BIOS shows the text', () => {
    const readSecond = `
      mov es, ax
      mov bx, 0x8000
      mov ax, 0x0201
      mov cx, 2
      mov dx, 0x80
      int 0x13
      jb @failed
      mov si, 0x8000
      again:
      lodsb al, ds:[si]
      test al, al
      jz @end
      mov ah, 0x0e
      mov bx, 7
      int 0x10
      out 0xe9, al
      jmp @again
      failed:
      mov al, 1
      out 0xf4, al
      end:
    `;
    const zeroEs = '\nmov ax, 0\n';
    const disk = bootDisk(
      biosCode + zeroEs + readSecond + exitCode,
      2048,
      Buffer.from('int 13h works\r\n\0'),
    );
    const folder = folderWith({ 'd.img': disk });
    const run = withBios([{ image: `${folder}/d.img` }]);
    expect(run.run({ instructions: 100_000_000 })).toMatchObject(isaExit(21));
    expect(run.text).toMatch(/SeaBIOS \(version/);
    expect(run.text).toMatch(/booted by the BIOS\nint 13h works\n$/);
    const screen = run.machine.screen() ?? [];
    expect(screen[0]).toMatch(/^SeaBIOS \(version/);
    expect(screen.slice(-2)).toEqual(['booted by the BIOS', 'int 13h works']);
  });

  it('boots a CD-ROM', () => {
    const code = program(0x7c00, biosCode + exitCode);
    const folder = folderWith({ 'cd.iso': elToritoImage(code) });
    const run = withBios([{ image: `${folder}/cd.iso`, type: 'cdrom' }]);
    expect(run.run({ instructions: 200_000_000 })).toMatchObject(isaExit(21));
    expect(run.text).toMatch(/booted by the BIOS\n$/);
  });

  it('gets keys from the keyboard controller and gives them out through int 16h', () => {
    // Command 0xd2 of the controller makes the byte that follows look typed: IRQ 1 brings it.
    const typed = `
      mov al, 0xd2
      out 0x64, al
      mov al, 0x1e
      out 0x60, al
      mov ah, 0
      int 0x16
      out 0xe9, al
      mov al, ah
      out 0xf4, al
      hlt
      hello:
      db 'key: ', 0
    `;
    const folder = folderWith({ 'd.img': bootDisk(biosCode + typed) });
    const run = withBios([{ image: `${folder}/d.img` }]);
    expect(run.run({ instructions: 100_000_000 })).toMatchObject(isaExit(0x1e));
    expect(run.text).toMatch(/key: a$/);
  });

  it('starts again after a reset', () => {
    const again = `
      ; an unused byte of the CMOS memory survives the reset, as RAM need not
      mov al, 0x7e
      out 0x70, al
      in al, 0x71
      cmp al, 0x5a
      jz @twice
      mov al, 0x5a
      out 0x71, al
      mov al, 6
      mov dx, 0xcf9
      out dx, al
      hlt
      twice:
    `;
    const folder = folderWith({ 'd.img': bootDisk(biosCode + again + exitCode) });
    const run = withBios([{ image: `${folder}/d.img` }]);
    expect(run.run({ instructions: 200_000_000 })).toMatchObject(isaExit(21));
    expect(run.text.match(/booted by the BIOS/g)).toHaveLength(2);
  });
});

/**
 * Guests that go wrong, through the command line: a triple fault, instructions that the processor
 * does not have, memory and ports where nothing is, a panic, a disk that must not be written. The
 * run ends with the exit code of its outcome and says where, what and how often.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../unit/config/support.js';
import { command } from './support/command.js';
import { bootDisk } from './support/program.js';
import { firmware, hasFirmware, pupaImage } from './support/run.js';

const pupa = (script: string) => [
  'run',
  '--multiboot',
  pupaImage,
  '--append',
  `quiet script="${script}"`,
];

/** Boots the code from a disk without a BIOS. */
async function boot(source: string, more: readonly string[] = []) {
  const folder = folderWith({ 'd.img': bootDisk(source, 64) });
  const image = join(folder, 'd.img');
  const args = ['run', '--disk', image, '--max-instructions', '20000000', ...more];
  return { ...(await command(args)), image };
}

describe('a guest that crashes', () => {
  it('by a triple fault: where, and the faults that led there', async () => {
    const { exitCode, stderr } = await boot(`
      mov ax, 0
      mov ds, ax
      lidt [@none]
      ud2
      none:
      db 0, 0, 0, 0, 0, 0
    `);
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(
      /the guest crashed: triple fault at 0:0*7c0a \(#UD, then #GP, then #GP, then #DF, then #GP\)/,
    );
  });

  it('through its kernel: the exit status of the script', async () => {
    const { exitCode, stdout, stderr } = await command(pupa('echo before; exit 3'));
    expect([exitCode, stdout]).toEqual([5, 'before\n']);
    expect(stderr).toMatch(/the guest ended with status 7 \(exit port\)/);
  });

  it('with a halt that nothing ends', async () => {
    const { exitCode, stderr } = await boot('cli\nhlt\n');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/the guest halted with interrupts off at .*7c02/);
  });
});

describe('what is not there', () => {
  it('an instruction raises #UD and is named in the report, with place and count', async () => {
    // An SSE instruction (xorps) and the undefined 0f ff, each twice, skipped by the handler.
    const { exitCode, stdout, stderr } = await boot(`
      mov ax, 0
      mov ds, ax
      mov ss, ax
      mov sp, 0x7c00
      mov ax, @handler
      mov [0x18], ax
      mov ax, 0
      mov [0x1a], ax
      mov cx, 2
      again:
      db 0x0f, 0x57, 0xc0
      db 0x0f, 0xff, 0xc0
      loop @again
      mov al, 0x2b
      out 0xe9, al
      cli
      hlt
      handler:
      mov bp, sp
      add word ptr [bp], 3
      iret
    `);
    expect([exitCode, stdout]).toEqual([0, '+\n']);
    expect(stderr).toMatch(/unimplemented: .*0f 57.*7c.*, 2 times/);
    expect(stderr).toMatch(/unimplemented: .*0f ff.*7c.*, 2 times/);
    expect(stderr).toMatch(/fault: #UD .*4 times/);
  });

  it('memory and ports read as an open bus and are counted', async () => {
    const { stdout, stderr } = await boot(
      `
      mov ax, 0
      mov ds, ax
      lgdt [@pointer]
      mov eax, cr0
      or al, 1
      mov cr0, eax
      mov bx, 8
      mov ds, bx
      and al, 0xfe
      mov cr0, eax
      mov ebx, 0x40000000
      ; mov eax, [ebx] / mov [ebx], ebx / mov ecx, [ebx]
      db 0x67, 0x66, 0x8b, 0x03, 0x67, 0x66, 0x89, 0x1b, 0x67, 0x66, 0x8b, 0x0b
      cmp eax, -1
      jnz @bad
      cmp ecx, eax
      jnz @bad
      mov dx, 0x5678
      in al, dx
      inc al
      jnz @bad
      in ax, dx
      out dx, al
      mov al, 0x2b
      out 0xe9, al
      bad:
      cli
      hlt
      pointer:
      dw 15, @table, 0
      table:
      dw 0, 0, 0, 0
      ; flat data of 4 GB
      dw 0xffff, 0, 0x9200, 0x00cf
    `,
    );
    expect(stdout).toBe('+\n');
    expect(stderr).toMatch(/unmapped: memory \(0x40000000\), 3 times/);
    expect(stderr).toMatch(/unmapped: I\/O port \(0x5678\), /);
  });
});

const checksum = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');

/** Writes 512 bytes of 0x55 to sector 3 by PIO, reads them back, and ends with 0x2a when they are there. */
const writer = `
  mov ax, 0
  mov ds, ax
  mov es, ax
  cld
  mov bx, 0x30
  command:
  mov dx, 0x1f2
  mov al, 1
  out dx, al
  inc dx
  mov al, 3
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
  mov al, bl
  out dx, al
  wait:
  in al, dx
  test al, 0x80
  jnz @wait
  test al, 8
  jz @wait
  mov cx, 256
  mov dx, 0x1f0
  cmp bl, 0x20
  jz @read
  mov ax, 0x5555
  write:
  out dx, ax
  loop @write
  mov dx, 0x1f7
  busy:
  in al, dx
  test al, 0x80
  jnz @busy
  mov bl, 0x20
  jmp @command
  read:
  mov di, 0x8000
  rep insw es:[di], dx
  mov al, [0x81ff]
  out 0xe9, al
  cli
  hlt
`;

describe('a disk image', () => {
  it('is not written without --disk-write, whatever the guest writes', async () => {
    const folder = folderWith({ 'd.img': bootDisk(writer, 64) });
    const image = join(folder, 'd.img');
    const before = checksum(image);
    const run = (more: readonly string[]) =>
      command(['run', '--disk', image, '--max-instructions', '90000000', ...more]);
    const first = await run(['--save-snapshot', join(folder, 's.snap')]);
    expect([first.exitCode, first.stdout]).toEqual([0, 'U\n']);
    expect(checksum(image)).toBe(before);
    expect((await run(['--disk-write'])).stdout).toBe('U\n');
    expect(checksum(image)).not.toBe(before);
    const bytes = readFileSync(image);
    expect([...bytes.subarray(3 * 512 - 1, 3 * 512 + 1), bytes[4 * 512]]).toEqual([0, 0x55, 0]);
  });
});

describe.skipIf(!hasFirmware)(
  'a silent guest (skipped: the package seabios is not installed)',
  () => {
    it('shows its text screen at the end, and in --json', async () => {
      const source = `
      mov ax, 0
      mov ds, ax
      mov ax, 0x0e21
      mov bx, 7
      int 0x10
      cli
      hlt
    `;
      const folder = folderWith({ 'd.img': bootDisk(source) });
      const args = ['run', '--bios', firmware.bios, '--disk', join(folder, 'd.img')];
      const more = [
        '--set',
        `machine.vgaBios=${firmware.vga}`,
        '--set',
        'machine.debugConsole=false',
      ];
      const text = await command([...args, ...more]);
      expect(text.exitCode).toBe(0);
      expect(text.stdout).toMatch(/^SeaBIOS [\s\S]*Booting from Hard Disk\.\.\.\n!\n$/);
      expect(text.stderr).toContain('chrysalis: the text screen at the end:\n');
      const json = JSON.parse((await command([...args, ...more, '--json'])).stdout);
      expect(json.console).toBe('');
      expect(json.screen.at(-1)).toBe('!');
    });
  },
);

/** From the configuration to the files: what is missing, empty or of the wrong size, and what is closed. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GuestLoadError } from '../../../base/errors.js';
import { resolveConfig } from '../../../sim/config/resolve.js';
import { openBlockFile, readGuestFile } from '../../../sim/loaders/guest-file.js';
import { type GuestFiles, loadGuest } from '../../../sim/loaders/load-guest.js';
import { folderWith, messageOf } from '../config/support.js';
import { bzImage, memoryOf } from './images.js';

function guest(folder: string, values: Record<string, unknown>, loadBoot = true): GuestFiles {
  const origin = { kind: 'file', file: join(folder, 'm.yaml'), line: 1, column: 1 } as const;
  const overrides = Object.entries(values).map(([key, value]) => ({ key, value, origin }));
  return loadGuest(resolveConfig({ overrides }).config, memoryOf(64), loadBoot);
}

const bootSector = new Uint8Array(512);
bootSector.set([0x55, 0xaa], 510);
const bios = new Uint8Array(0x10000).fill(0xea);

describe('files', () => {
  it('that are missing, folders, empty', () => {
    const folder = folderWith({ empty: '', 'sub/x': '1' });
    const read = (name: string, hint?: string): string =>
      messageOf(() => readGuestFile(join(folder, name), 'the kernel', hint), folder);
    expect(read('gone')).toBe('gone: the kernel does not exist; check the path');
    expect(read('gone', 'fetch it')).toBe('gone: the kernel does not exist; fetch it');
    expect(read('empty/x')).toContain('does not exist');
    expect(read('sub')).toBe('sub: the kernel is a folder, not a file; name the file itself');
    expect(read('empty')).toBe('empty: the kernel is empty');
  });

  it('raise GuestLoadError, exit code 4', () => {
    try {
      readGuestFile('/nonexistent', 'the kernel');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(GuestLoadError);
      expect((error as GuestLoadError).exitCode).toBe(4);
    }
  });
});

describe('disk images', () => {
  it('are read by sector, and written only when writable', () => {
    const folder = folderWith({ 'd.img': Uint8Array.from({ length: 1024 }, (_, i) => i >> 9) });
    const disk = openBlockFile(join(folder, 'd.img'), 512, true);
    const bytes = new Uint8Array(4);
    disk.readAt(510, bytes);
    expect([...bytes]).toEqual([0, 0, 1, 1]);
    disk.writeAt?.(0, Uint8Array.of(9));
    disk.readAt(0, bytes);
    expect(bytes[0]).toBe(9);
    disk.close();
    const readOnly = openBlockFile(join(folder, 'd.img'), 512, false);
    expect(readOnly.writeAt).toBeUndefined();
    readOnly.close();
  });

  it('of a broken size are refused', () => {
    const folder = folderWith({ 'd.img': new Uint8Array(1000) });
    expect(messageOf(() => openBlockFile(join(folder, 'd.img'), 512, false), folder)).toContain(
      'has 1000 bytes, which is no multiple of its 512-byte sectors',
    );
  });

  it('that shrink during a run say so', () => {
    const folder = folderWith({ 'd.img': new Uint8Array(1024) });
    const disk = openBlockFile(join(folder, 'd.img'), 512, false);
    writeFileSync(join(folder, 'd.img'), new Uint8Array(512));
    expect(messageOf(() => disk.readAt(512, new Uint8Array(512)), folder)).toBe(
      'd.img: the disk image became shorter during the run',
    );
    disk.close();
  });
});

describe('boot methods', () => {
  it('linux, with a BIOS beside it when there is one', () => {
    const folder = folderWith({ k: bzImage(), bios });
    const values = { 'boot.method': 'linux', 'boot.kernel': 'k' };
    expect(guest(folder, values).image.bios).toBeNull();
    const both = guest(folder, { ...values, 'machine.bios': 'bios' }).image;
    expect(both.bios).toEqual(bios);
    expect(both.boot.mode).toBe('flat32');
  });

  it('a boot sector, or a BIOS that finds it', () => {
    const folder = folderWith({ 'd.img': bootSector, bios });
    const disks = { 'machine.disks': [{ image: 'd.img' }] };
    const direct = guest(folder, { ...disks, 'boot.method': 'bootSector' });
    expect(direct.image.boot).toMatchObject({ mode: 'real', eip: 0x7c00 });
    expect(direct.disks.map((d) => [d.type, d.source.sizeBytes])).toEqual([['disk', 512]]);
    const byBios = guest(folder, { ...disks, 'boot.method': 'bios', 'machine.bios': 'bios' });
    expect(byBios.image).toMatchObject({ boot: { mode: 'reset' }, writes: [] });
    for (const disk of [...direct.disks, ...byBios.disks]) disk.source.close();
  });

  it('name the missing file and the remedy of the preset', () => {
    const folder = folderWith({});
    const values = {
      'boot.method': 'multiboot',
      'boot.kernel': 'k.elf',
      'boot.missingHint': 'build it first',
    };
    expect(messageOf(() => guest(folder, values), folder)).toBe(
      'k.elf: the kernel does not exist; build it first',
    );
  });

  it('need no kernel for a snapshot, but ROMs and disks', () => {
    const folder = folderWith({ 'd.img': bootSector, bios });
    const values = {
      'boot.method': 'linux',
      'boot.kernel': 'gone',
      'machine.bios': 'bios',
      'machine.disks': [{ image: 'd.img' }],
    };
    const files = guest(folder, values, false);
    expect(files.image).toMatchObject({ writes: [], bios });
    expect(files.disks).toHaveLength(1);
    for (const disk of files.disks) disk.source.close();
  });

  it.runIf(existsSync('/proc/self/fd'))('leave no file open when they fail', () => {
    const folder = folderWith({ 'd.img': bootSector });
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    messageOf(() =>
      guest(folder, {
        'boot.method': 'linux',
        'boot.kernel': 'gone',
        'machine.disks': [{ image: 'd.img' }],
      }),
    );
    expect(open()).toBe(before);
  });
});

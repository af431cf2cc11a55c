/** The Linux loader against the 32-bit boot protocol, and each kind of damaged kernel. */
import { describe, expect, it } from 'vitest';
import type { GuestFile } from '../../../sim/loaders/guest-file.js';
import type { GuestImage } from '../../../sim/loaders/guest-image.js';
import { loadLinux } from '../../../sim/loaders/linux.js';
import { messageOf } from '../config/support.js';
import { bzImage, file, type LinuxFields, memoryOf } from './images.js';

function load(
  fields: LinuxFields = {},
  more: { initrd?: GuestFile; append?: string; megabytes?: number } = {},
): GuestImage {
  return loadLinux({
    kernel: file('vmlinuz', bzImage(fields)),
    initrd: more.initrd ?? null,
    append: more.append ?? 'console=ttyS0',
    memory: memoryOf(more.megabytes ?? 64),
  });
}

function bytesAt(image: GuestImage, address: number): Uint8Array {
  const write = image.writes.find((w) => w.address === address);
  if (!write) throw new Error(`nothing is written at ${address.toString(16)}`);
  return write.bytes;
}

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

describe('a bzImage', () => {
  it('lies at 1 MB without its set-up code, and is entered with esi = boot_params', () => {
    const image = load();
    expect(bytesAt(image, 0x100000)).toEqual(new Uint8Array(4096).fill(0x90));
    expect(image.boot.mode).toBe('flat32');
    expect(image.boot.registers?.esi).toBe(0x90000);
    expect(image.boot.segments).toMatchObject({ cs: 0x10, ds: 0x18, ss: 0x18 });
    expect(image.summary).toContain('6.1.0-test');
  });

  it('starts with real descriptors: lgdt, then a far jump to the kernel', () => {
    const image = load();
    const stub = bytesAt(image, image.boot.eip as number);
    const words = view(stub);
    expect([...stub.subarray(0, 3)]).toEqual([0x0f, 0x01, 0x15]);
    expect(stub[7]).toBe(0xea);
    expect(words.getUint32(8, true)).toBe(0x100000);
    expect(words.getUint16(12, true)).toBe(0x10);
    const pointer = words.getUint32(3, true) - (image.boot.eip as number);
    const table = words.getUint32(pointer + 2, true) - (image.boot.eip as number);
    expect(words.getUint16(pointer, true)).toBe(0x1f);
    // Code 32-bit read/execute and data read/write, both flat.
    expect(words.getBigUint64(table + 0x10, true)).toBe(0x00cf9b000000ffffn);
    expect(words.getBigUint64(table + 0x18, true)).toBe(0x00cf93000000ffffn);
  });

  it('gets boot_params: header copied, loader type, command line, e820, screen', () => {
    const image = load({}, { append: 'root=/dev/sda1 quiet' });
    const params = bytesAt(image, 0x90000);
    const p = view(params);
    expect(params.length).toBe(4096);
    expect(p.getUint16(0x1fe, true)).toBe(0xaa55);
    expect(p.getUint32(0x202, true)).toBe(0x53726448);
    expect(p.getUint8(0x210)).toBe(0xff);
    expect(p.getUint32(0x214, true)).toBe(0x100000);
    const text = Buffer.from(bytesAt(image, p.getUint32(0x228, true))).toString('latin1');
    expect(text).toBe('root=/dev/sda1 quiet\0');
    expect(p.getUint8(0x1e8)).toBe(5);
    expect(p.getBigUint64(0x2d0 + 3 * 20, true)).toBe(0x100000n);
    expect(p.getBigUint64(0x2d0 + 3 * 20 + 8, true)).toBe(BigInt(63 * 0x100000 - 0x10000));
    expect([0, 1, 4].map((i) => p.getUint32(0x2d0 + i * 20 + 16, true))).toEqual([1, 2, 3]);
    expect([p.getUint8(6), p.getUint8(7), p.getUint8(14), p.getUint8(15)]).toEqual([3, 80, 25, 1]);
    expect(p.getUint32(0x1e0, true)).toBe(63 * 1024 - 64);
    // Nothing of the file's boot sector or of what follows the header comes along.
    expect(params.subarray(0x268 + 8, 0x2d0).every((b) => b === 0)).toBe(true);
  });

  it('puts the initrd page-aligned as high as memory and the kernel allow', () => {
    const initrd = file('initrd.gz', new Uint8Array(10_000).fill(7));
    const top = load({}, { initrd });
    const p = view(bytesAt(top, 0x90000));
    expect(p.getUint32(0x218, true)).toBe(0x4000000 - 0x10000 - 12288);
    expect(p.getUint32(0x21c, true)).toBe(10_000);
    expect(bytesAt(top, p.getUint32(0x218, true))).toBe(initrd.bytes);
    const low = load({ initrdMax: 0x37fffff }, { initrd });
    expect(view(bytesAt(low, 0x90000)).getUint32(0x218, true)).toBe(0x3800000 - 12288);
  });

  it('has four set-up sectors when it says zero', () => {
    expect(bytesAt(load({ setupSects: 0 }), 0x100000).length).toBe(4096);
  });
});

describe('what cannot be loaded', () => {
  const refused = (bytes: Uint8Array): string =>
    messageOf(() =>
      loadLinux({ kernel: file('k', bytes), initrd: null, append: '', memory: memoryOf(64) }),
    );

  it.each([
    ['an empty text', Buffer.from('hello'), /^k: is too short for a Linux kernel \(5 bytes\)/],
    ['another format', new Uint8Array(4096), /^k: is not a Linux kernel image; give a bzImage/],
    [
      'an ELF vmlinux',
      Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, ...new Uint8Array(4096)]),
      /it is an ELF file, perhaps an uncompressed vmlinux/,
    ],
    ['a gzip file', Uint8Array.from([0x1f, 0x8b, ...new Uint8Array(4096)]), /it is a gzip file/],
    ['an old protocol', bzImage({ version: 0x204 }), /^k: its boot protocol 2\.4 is too old/],
    ['a zImage', bzImage({ loadFlags: 0 }), /^k: is a zImage/],
    [
      'a file cut in its set-up code',
      bzImage({ setupSects: 30 }).subarray(0, 8000),
      /^k: is truncated inside its set-up code/,
    ],
    [
      'a file cut in its code',
      bzImage({ codeBytes: 40_000 }).subarray(0, 20_000),
      /^k: is truncated: its header announces 39\.1 KB of kernel, and 18\.0 KB are there/,
    ],
  ])('%s', (_name, bytes, message) => {
    expect(refused(bytes)).toMatch(message);
  });

  it('a kernel larger than memory', () => {
    expect(messageOf(() => load({}, { megabytes: 8 }))).toBe(
      'vmlinuz: the kernel needs memory at 0x100000-0x11fffff, where the machine has no RAM; raise machine.memoryMB (--memory) to 19 or more',
    );
  });

  it('an initrd that does not fit above the kernel', () => {
    const initrd = file('initrd.gz', new Uint8Array(3 << 20));
    expect(messageOf(() => load({}, { initrd, megabytes: 20 }))).toBe(
      "initrd.gz: the initrd of 3.0 MB does not fit into the guest's memory; raise machine.memoryMB (--memory)",
    );
  });

  it('a command line longer than the kernel takes', () => {
    expect(messageOf(() => load({ cmdlineSize: 255 }, { append: 'x'.repeat(256) }))).toContain(
      'has 256 characters, and this kernel takes 255',
    );
  });
});

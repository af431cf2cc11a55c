import { describe, expect, it } from 'vitest';
import { memorySource, OverlayDisk } from '../../../hw/platform/disk-image.js';

function pattern(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 7 + (i >> 9)) & 0xff);
}

describe('disk image', () => {
  it('keeps writes in the overlay and the image as it was', () => {
    const image = pattern(64 * 512);
    const disk = new OverlayDisk(memorySource(image));
    const before = image.slice();
    const written = new Uint8Array(3 * 512).fill(0xee);
    disk.write(6, 3, written); // crosses a 4 KB piece
    const back = new Uint8Array(5 * 512);
    disk.read(5, 5, back);
    expect(back.subarray(0, 512)).toEqual(before.subarray(5 * 512, 6 * 512));
    expect(back.subarray(512, 2048)).toEqual(written);
    expect(back.subarray(2048)).toEqual(before.subarray(9 * 512, 10 * 512));
    expect(image).toEqual(before);
  });

  it('saves only what was written, and restores it', () => {
    const disk = new OverlayDisk(memorySource(pattern(1 << 20)));
    disk.write(100, 1, new Uint8Array(512).fill(1));
    const state = structuredClone(disk.save());
    expect(state.bytes.length).toBe(4096);
    const other = new OverlayDisk(memorySource(pattern(1 << 20)));
    other.write(0, 1, new Uint8Array(512).fill(2));
    other.restore(state);
    const [a, b] = [new Uint8Array(1024), new Uint8Array(1024)];
    other.read(0, 2, a);
    expect(a).toEqual(pattern(1 << 20).subarray(0, 1024));
    other.read(99, 2, b);
    expect(b.subarray(512)).toEqual(new Uint8Array(512).fill(1));
    expect(() => new OverlayDisk(memorySource(pattern(512))).restore(state)).toThrow(/1048576/);
  });

  it('writes through when it is writable, and pads a broken last sector with zeros', () => {
    const image = pattern(1000);
    const disk = new OverlayDisk(memorySource(image), 512, 'writable');
    expect(disk.sectors).toBe(2);
    disk.write(1, 1, new Uint8Array(512).fill(9));
    expect([image[511], image[512], image[999], image.length]).toEqual([
      pattern(1000)[511],
      9,
      9,
      1000,
    ]);
    const back = new Uint8Array(512);
    disk.read(1, 1, back);
    expect([back[487], back[488]]).toEqual([9, 0]);
  });
});

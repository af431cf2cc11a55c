/** The snapshot file: what goes in comes out, and everything that does not fit is refused. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { resolveConfig } from '../../../sim/config/resolve.js';
import type { MachineConfig } from '../../../sim/config/schema.js';
import { packState, unpackState } from '../../../sim/snapshot/snapshot-data.js';
import { readSnapshot, writeSnapshot } from '../../../sim/snapshot/snapshot-file.js';
import { folderWith, messageOf } from '../config/support.js';

function configOf(values: Record<string, unknown> = {}): MachineConfig {
  const all = { 'boot.method': 'linux', 'boot.kernel': 'k', ...values };
  const overrides = Object.entries(all).map(([key, value]) => ({
    key,
    value,
    origin: { kind: 'default' } as const,
  }));
  return resolveConfig({ overrides }).config;
}

/** RAM as guests have it: mostly zero, some pages of noise, a last page that is not whole. */
function ram(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  const rng = new Rng(1);
  for (let page = 0; page * 4096 < sizeBytes; page++) {
    if (!rng.chance(0.3)) continue;
    for (let i = page * 4096; i < Math.min(sizeBytes, (page + 1) * 4096); i += 7)
      bytes[i] = rng.u32();
  }
  bytes[sizeBytes - 1] = 0x5a;
  return bytes;
}

const info = { instructions: 12345678901, cycles: 98765432109, stateHash: 'abc' };

function saved(
  state: unknown = { ram: ram(1 << 20), eip: 7 },
  config = configOf(),
): { folder: string; path: string } {
  const folder = folderWith({});
  const path = join(folder, 's.snap');
  writeSnapshot(path, config, info, state);
  return { folder, path };
}

describe('state as bytes', () => {
  it('keeps values and the kinds of typed arrays', () => {
    const state = {
      numbers: [0, -1, 2 ** 31, 2 ** 40, 2 ** 53 - 1, 1.5, -Infinity],
      texts: ['', 'ä'],
      flags: [true, false, null],
      big: -(2n ** 62n),
      arrays: [
        Uint8Array.of(1, 2),
        Int8Array.of(-1),
        Uint16Array.of(65535),
        Int16Array.of(-2),
        Uint32Array.of(2 ** 32 - 1),
        Int32Array.of(-3, 4),
        Float32Array.of(0.5),
        Float64Array.of(Math.PI, Infinity),
        BigUint64Array.of(2n ** 64n - 1n),
        BigInt64Array.of(-1n),
      ],
      nested: { deep: { small: new Uint8Array(100), large: ram(0x10001) } },
    };
    expect(unpackState(packState(state))).toEqual(state);
  });

  it('keeps a typed array that is a part of a larger buffer', () => {
    const part = new Int32Array(Int32Array.of(1, 2, 3, 4).buffer, 4, 2);
    expect(unpackState(packState({ part }))).toEqual({ part: Int32Array.of(2, 3) });
  });

  it('leaves zero pages out', () => {
    const packed = packState(new Uint8Array(64 << 20));
    expect(packed.blobs[0]).toMatchObject({ sizeBytes: 64 << 20, runs: [], chunks: [] });
  });

  it('holds more than one chunk', () => {
    const bytes = new Uint8Array((4 << 20) + 8192 + 5).fill(3);
    expect(packState(bytes).blobs[0]?.chunks).toHaveLength(2);
    expect(Buffer.from(unpackState(packState(bytes)) as Uint8Array).equals(bytes)).toBe(true);
  });
});

describe('the file', () => {
  it('gives back what was saved', () => {
    const state = { ram: ram(0x23456), registers: Int32Array.of(1, -2) };
    const { folder, path } = saved(state);
    const snapshot = readSnapshot(path, configOf());
    expect(snapshot.info).toEqual(info);
    expect(snapshot.state).toEqual(state);
    expect(readdirSync(folder)).toEqual(['s.snap']);
  });

  it('is the same file for the same state', () => {
    expect(readFileSync(saved().path).equals(readFileSync(saved().path))).toBe(true);
  });

  it('does not depend on what is booted, when the run ends, or where files lie', () => {
    const folder = folderWith({
      'a/bios': new Uint8Array(0x10000).fill(1),
      'b/bios': new Uint8Array(0x10000).fill(1),
    });
    const { path } = saved({}, configOf({ 'machine.bios': join(folder, 'a/bios') }));
    const other = configOf({
      'machine.bios': join(folder, 'b/bios'),
      'boot.append': 'x',
      'run.maxInstructions': 5,
      name: 'other',
    });
    expect(readSnapshot(path, other).info).toEqual(info);
  });

  it('leaves the old file whole when it cannot be written', () => {
    const folder = folderWith({ 's.snap': 'old', 's.snap.part/x': '' });
    const path = join(folder, 's.snap');
    expect(messageOf(() => writeSnapshot(path, configOf(), info, {}), folder)).toMatch(
      /^s\.snap: the snapshot cannot be written \(E/,
    );
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(existsSync(path)).toBe(true);
  });
});

describe('refused', () => {
  it('cut off at any length', () => {
    const { folder, path } = saved({ ram: ram(70_000) });
    const whole = readFileSync(path);
    for (
      let length = 0;
      length < whole.length;
      length += Math.max(1, Math.floor(whole.length / 97))
    ) {
      writeFileSync(path, whole.subarray(0, length));
      expect(messageOf(() => readSnapshot(path, configOf()), folder)).toMatch(
        /^s\.snap: (is not a Chrysalis snapshot|the snapshot is truncated)/,
      );
    }
  });

  it('with any byte changed', () => {
    const { folder, path } = saved({ ram: ram(70_000) });
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += Math.max(1, Math.floor(whole.length / 97))) {
      const changed = Buffer.from(whole);
      changed[at] ^= 0x10;
      writeFileSync(path, changed);
      expect(messageOf(() => readSnapshot(path, configOf()), folder)).toMatch(
        /^s\.snap: (is not a Chrysalis|the snapshot)/,
      );
    }
  });

  it('longer than it was', () => {
    const { folder, path } = saved();
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.of(0)]));
    expect(messageOf(() => readSnapshot(path, configOf()), folder)).toContain('is damaged');
  });

  it('missing, a folder, another kind of file', () => {
    const folder = folderWith({ 'x.yaml': 'name: x' });
    const read = (name: string): string =>
      messageOf(() => readSnapshot(join(folder, name), configOf()), folder);
    expect(read('gone')).toBe('gone: the snapshot does not exist; check the path');
    expect(read('.')).toContain('is a folder, not a file');
    expect(read('x.yaml')).toBe('x.yaml: is not a Chrysalis snapshot');
  });

  it('of another version', async () => {
    const { folder, path } = saved();
    const whole = readFileSync(path);
    // The schema text has the same length, so that only its last digit and the checksum change.
    const header = whole.subarray(44, 44 + whole.readUInt32LE(8));
    const at = header.indexOf('chrysalis/snapshot/1') + 'chrysalis/snapshot/'.length;
    header.write('2', at);
    const { createHash } = await import('node:crypto');
    createHash('sha256').update(header).digest().copy(whole, 12);
    writeFileSync(path, whole);
    expect(messageOf(() => readSnapshot(path, configOf()), folder)).toBe(
      's.snap: the snapshot has chrysalis/snapshot/2, and this version reads chrysalis/snapshot/1; save it again with this version',
    );
  });

  it('of a machine with another configuration', () => {
    const { folder, path } = saved();
    const read = (values: Record<string, unknown>): string =>
      messageOf(() => readSnapshot(path, configOf(values)), folder);
    expect(read({ 'machine.memoryMB': 128 })).toBe(
      's.snap: the snapshot is of another machine: machine.memoryMB was 64 and is 128 now; restore it with the configuration it was saved with',
    );
    expect(read({ 'cpu.features.sep': true })).toContain(
      'cpu.features.sep was false and is true now',
    );
    const disk = join(folderWith({ 'd.img': new Uint8Array(512) }), 'd.img');
    expect(read({ 'machine.disks': [{ image: disk }] })).toContain(
      'machine.disks.0.type was absent and is "disk" now',
    );
  });

  it('of a machine with other contents of a disk', () => {
    const disk = join(folderWith({ 'd.img': new Uint8Array(512) }), 'd.img');
    const config = configOf({ 'machine.disks': [{ image: disk }] });
    const { folder, path } = saved({}, config);
    writeFileSync(disk, new Uint8Array(512).fill(1));
    expect(messageOf(() => readSnapshot(path, config), folder)).toContain(
      'the file of machine.disks.0.image is not the one',
    );
  });
});

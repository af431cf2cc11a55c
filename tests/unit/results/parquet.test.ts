/** Parquet files, read back by a reader of its own: values, types, what is missing, and `report --parquet`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { parquet } from '../../../sim/results/parquet.js';
import type { TidyRow } from '../../../sim/results/tidy.js';
import { chrysalis, powerOff } from '../cli/fake.js';
import { folderWith } from '../config/support.js';

const bufferOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
const read = (bytes: Uint8Array): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({ file: bufferOf(bytes) });
const types = (bytes: Uint8Array): Record<string, string | undefined> =>
  Object.fromEntries(
    parquetMetadata(bufferOf(bytes))
      .schema.slice(1)
      .map(({ name, type, converted_type }) => [name, converted_type ?? type]),
  );

describe('a Parquet file', () => {
  it('holds every row, with nulls for cells that a row does not have', async () => {
    const rows: TidyRow[] = [
      { run: 'tm5800', partial: false, cycles: 2 ** 52 + 1, ipc: 0.1, 'cpi.issue': 0 },
      { run: 'größer, "naïve"', partial: true, cycles: 0, ipc: Infinity, energy: null },
    ];
    const bytes = parquet(rows, 'test');
    expect(await read(bytes)).toEqual([
      { ...rows[0], energy: null },
      { ...rows[1], 'cpi.issue': null },
    ]);
    expect(types(bytes)).toEqual({
      run: 'UTF8',
      partial: 'BOOLEAN',
      cycles: 'DOUBLE',
      ipc: 'DOUBLE',
      'cpi.issue': 'DOUBLE',
      energy: 'UTF8',
    });
  });

  it('has the same type for a figure that happens to be whole, and text where kinds are mixed', () => {
    expect(types(parquet([{ ipc: 1 }], 'test'))).toEqual(types(parquet([{ ipc: 0.5 }], 'test')));
    expect(types(parquet([{ axis: 1 }, { axis: 'fifo' }], 'test'))).toEqual({ axis: 'UTF8' });
  });

  it('of many rows has them all', async () => {
    const rows = Array.from({ length: 12_345 }, (_, point) => ({ run: 'a', point }));
    expect(await read(parquet(rows, 'test'))).toEqual(rows);
  });
});

describe('report --parquet', () => {
  it('writes what report prints', async () => {
    const folder = folderWith({ 'rom.bin': new Uint8Array(16) });
    const out = join(folder, 'run');
    const run = ['run', '--rom', join(folder, 'rom.bin'), '--out', out];
    expect((await chrysalis(run, { steps: [{ at: 5000, end: powerOff }] })).exitCode).toBe(0);
    for (const rows of ['runs', 'counters', 'samples']) {
      const file = join(folder, `${rows}.parquet`);
      const written = await chrysalis(['report', out, '--rows', rows, '--parquet', file]);
      expect([written.exitCode, written.stdout]).toEqual([0, '']);
      const printed = await chrysalis(['report', out, '--rows', rows, '--format', 'jsonl']);
      const lines = printed.stdout.trimEnd().split('\n');
      expect(written.stderr).toMatch(
        new RegExp(`^chrysalis: ${lines.length} rows of \\d+ columns`),
      );
      expect(await read(readFileSync(file))).toEqual(lines.map((line) => JSON.parse(line)));
    }
  });

  it('says what it cannot do', async () => {
    const folder = folderWith({ 'points/none': '' });
    const run = (...more: string[]) => chrysalis(['report', folder, ...more]);
    const file = join(folder, 'x.parquet');
    const nothing = await run('--parquet', file);
    expect(nothing.stderr).toBe('chrysalis: there is nothing to report: no run is over yet\n');
    const both = await run('--parquet', file, '--format', 'jsonl');
    expect(both.stderr).toMatch(
      /'--parquet <file>' cannot be used with option '--format <format>'/,
    );
    expect([nothing.exitCode, both.exitCode]).toEqual([2, 2]);
  });
});

/**
 * Tidy tables as a Parquet file (snappy, one row group for most tables), for pandas, polars, DuckDB and
 * R's arrow. Loaded only when one is asked for.
 *
 * Every number is a double, which holds each of ours exactly: so a column has the same type in the files
 * of any two reports, whether a figure happens to be whole or not. A column of mixed cells is text.
 */
import { type BasicType, type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { type Cell, columnsOf, type TidyRow } from './tidy.js';

const TYPES: Readonly<Record<string, BasicType>> = { number: 'DOUBLE', boolean: 'BOOLEAN' };

export function parquet(rows: readonly TidyRow[], createdBy: string): Uint8Array {
  const columnData = columnsOf(rows).map((name) => columnOf(name, rows));
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy }));
}

/** Cells that a row does not have are null. */
function columnOf(name: string, rows: readonly TidyRow[]): ColumnSource {
  const cells = rows.map((row): Cell => row[name] ?? null);
  const kinds = new Set(cells.filter((cell) => cell !== null).map((cell) => typeof cell));
  const [kind] = kinds;
  const type = (kinds.size === 1 && TYPES[String(kind)]) || 'STRING';
  const data = cells.map((cell) => (cell === null || type !== 'STRING' ? cell : String(cell)));
  return { name, type, data, nullable: true };
}

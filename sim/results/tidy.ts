/** Tidy tables, one observation a row: CSV (RFC 4180) and JSON lines, for pandas, R and spreadsheets. */

export type Cell = string | number | boolean | null | undefined;
export type TidyRow = Readonly<Record<string, Cell>>;

/** Columns in the order in which rows first name them. */
export function columnsOf(rows: readonly TidyRow[]): string[] {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return [...names];
}

export function csv(rows: readonly TidyRow[]): string {
  const columns = columnsOf(rows);
  const lines = rows.map((row) => columns.map((name) => csvCell(row[name])).join(','));
  return [columns.map(csvCell).join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

function csvCell(value: Cell): string {
  if (value === undefined || value === null) return '';
  const text = String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function jsonLines(rows: readonly TidyRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/**
 * Rows that have no vectors, with the reason. The test of the vectors holds this list to be exact:
 * every row is either here or has its cases.
 */
export const UNPLAYED: ReadonlyMap<string, string> = new Map([]);

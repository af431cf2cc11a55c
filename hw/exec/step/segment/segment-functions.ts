/**
 * What the text of segments calls for memory accesses and commits. Functions of their own, not written
 * out in the text, since the time to compile a segment grows with its length.
 */
import type { CoreState } from '../../../core/core-state.js';
import { PAGE_MASK, REMAINING } from '../../../core/guest-words.js';
import { RAM_OFFSET } from '../../../memory/layout.js';
import {
  type CycleAccount,
  LONG_AGO,
  PORT_FREE,
  PREPARED_AT,
} from '../../../timing/cycle-account.js';
import type { HostTlb } from '../../../timing/host-tlb.js';
import type { MemoryHierarchy } from '../../../timing/memory-hierarchy.js';
import { HINTS } from '../../../timing/tag-array.js';

const MISS = -1;
const HINT_MASK = HINTS - 1;

export function segmentFunctions(
  core: CoreState,
  account: CycleAccount,
  hierarchy: MemoryHierarchy,
  hostTlb: HostTlb,
) {
  const { tlb, view, bytes, state } = core.memory;
  const { undoAddresses, undoValues, undoWidths } = core.area;
  const { cells } = account;
  const { dataShift } = hierarchy;
  const { l1d, l1i } = hierarchy;
  const { tags } = hostTlb;
  const { tags: dataTags, hints: dataHints } = l1d;
  const { tags: tlbTags, hints: tlbHints } = tags;
  const lineBytes = 1 << dataShift;

  /** Host physical address of an access that hits everywhere and stays in a line, or MISS. */
  function guest(linear: number, fastBits: number, sizeBytes: number): number {
    const page = linear >>> 12;
    const entry = tlb[page];
    if ((entry & fastBits) === 0 || !isWalked(page)) return MISS;
    return physical(((entry & PAGE_MASK) | (linear & 0xfff)) + RAM_OFFSET, sizeBytes);
  }

  /** Same for a host physical address. */
  function physical(host: number, sizeBytes: number): number {
    const line = host >>> dataShift;
    const hits = dataTags[dataHints[line & HINT_MASK]] === line || l1d.hint(line);
    return hits && (host & (lineBytes - 1)) <= lineBytes - sizeBytes ? host : MISS;
  }

  /** The host TLB holds a linear page that is mapped to a physical one. */
  function mapped(linear: number, bits: number, wanted: number): boolean {
    const page = linear >>> 12;
    const entry = tlb[page];
    if ((entry & bits) === 0 || (entry & PAGE_MASK) !== wanted) return false;
    return isWalked(page);
  }

  /** The host TLB holds a linear page. */
  function isWalked(page: number): boolean {
    return tlbTags[tlbHints[page & HINT_MASK]] === page || tags.hint(page);
  }

  /** L1I holds a line whose hint says nothing of it. */
  function fetched(line: number): boolean {
    return l1i.hint(line);
  }

  function log(n: number, host: number, value: number, width: number): void {
    undoAddresses[n] = host - RAM_OFFSET;
    undoValues[n] = value;
    undoWidths[n] = width;
  }

  /** Stores of the guest, as number n since the commit. */
  function store32(n: number, host: number, value: number): void {
    log(n, host, view.getInt32(host, true), 4);
    view.setInt32(host, value, true);
  }

  function store16(n: number, host: number, value: number): void {
    log(n, host, view.getUint16(host, true), 2);
    view.setUint16(host, value, true);
  }

  function store8(n: number, host: number, value: number): void {
    log(n, host, bytes[host], 1);
    bytes[host] = value;
  }

  /** A commit settles so many cycles; true: the countdown is used up. */
  function settle(elapsed: number): void {
    state[REMAINING] -= elapsed;
    const portFree = cells[PORT_FREE] - elapsed;
    cells[PORT_FREE] = portFree < 0 ? 0 : portFree;
    const preparedAt = cells[PREPARED_AT] - elapsed;
    cells[PREPARED_AT] = preparedAt < LONG_AGO ? LONG_AGO : preparedAt;
  }

  return { guest, physical, mapped, fetched, store32, store16, store8, settle };
}

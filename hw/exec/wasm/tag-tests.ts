/**
 * Tests that a line of a cache or a page of the host TLB is present: one compare with the recent ones
 * (timing/tag-array.ts), and a look-up by the runtime where that does not do.
 */
import { RECENT, type TagArray } from '../../timing/tag-array.js';
import { W } from './binary.js';
import { type FunctionCode, wordAt } from './function-code.js';
import { RUNTIME_FUNCTIONS } from './unit-imports.js';
import type { Surroundings } from './unit-machine.js';

export const PAGE_SHIFT = 12;

/** Writes what is done where something is absent: 1 is on the stack. */
export type Absent = () => void;

export class TagTests {
  constructor(
    private readonly code: FunctionCode,
    private readonly around: Surroundings,
  ) {}

  /** L1I has a line; its number is known when the code is written. */
  fetched(line: number, absent: Absent): void {
    const { code, around } = this;
    code.word(wordAt(around.l1i.recent, line & (RECENT - 1)));
    code.const32(line);
    code.op(W.ne);
    code.ifSeldom();
    code.const32(line);
    this.search(RUNTIME_FUNCTIONS.findLine.number, absent);
  }

  /** Same, of the line in a local. */
  fetchedIn(line: number, absent: Absent): void {
    this.present(this.around.l1i, line, 0, RUNTIME_FUNCTIONS.findLine.number, absent);
  }

  /** The host TLB has the page of the linear address in a local. */
  walked(linear: number, absent: Absent): void {
    const { hostTlb } = this.around;
    this.present(hostTlb, linear, PAGE_SHIFT, RUNTIME_FUNCTIONS.findPage.number, absent);
  }

  /** L1D has the line of the host address in a local. */
  inData(host: number, absent: Absent): void {
    const { l1d, dataShift } = this.around;
    this.present(l1d, host, dataShift, RUNTIME_FUNCTIONS.findData.number, absent);
  }

  private present(
    { recent }: TagArray,
    address: number,
    shift: number,
    find: number,
    absent: Absent,
  ): void {
    const { code } = this;
    const line = code.temporary();
    code.get(address);
    code.const32(shift);
    code.op(W.shrU);
    code.tee(line);
    code.const32(RECENT - 1);
    code.op(W.and);
    code.element(recent.byteOffset);
    code.get(line);
    code.op(W.ne);
    code.ifSeldom();
    code.get(line);
    this.search(find, absent);
  }

  /** The line on the stack is not among the recent ones. */
  private search(find: number, absent: Absent): void {
    const { code } = this;
    code.call(find);
    code.op(W.eqz);
    absent();
    code.end();
  }
}

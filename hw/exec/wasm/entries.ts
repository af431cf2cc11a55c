/**
 * A function with several entries: its parameter says where it begins, and its parts jump to each other.
 *
 *   loop
 *     block ... block  br_table (entry)
 *     end  part 0:  ..., entry = 1, br loop
 *     end  part 1:  ...
 *
 * How many blocks lie around a part is known when the last one has been written, so jumps get
 * their labels then.
 */
import { ByteWriter, EMPTY, W } from './binary.js';
import type { FunctionCode } from './function-code.js';

/** Local 0: the entry. */
const ENTRY = 0;

/** A branch to the loop: place of its label (two bytes), the part that it lies in, its depth there. */
interface Jump {
  readonly at: number;
  readonly from: number;
  readonly depth: number;
}

export class Entries {
  /** Where the code of each part begins. */
  private readonly starts: number[] = [];
  private readonly jumps: Jump[] = [];

  constructor(private readonly code: FunctionCode) {}

  /** Number of the part that is being written. */
  get current(): number {
    return this.starts.length - 1;
  }

  /** The next part begins. */
  begin(): void {
    this.starts.push(this.code.out.length);
  }

  /** Writes a jump to the part with a number. */
  jumpTo(part: number): void {
    const { code } = this;
    code.const32(part);
    code.set(ENTRY);
    code.op(W.br);
    this.jumps.push({ at: code.out.length, from: this.current, depth: code.depth });
    code.out.u8(0);
    code.out.u8(0);
  }

  /** The body around all parts. */
  body(): ByteWriter {
    const { starts } = this;
    const { out } = this.code;
    const count = starts.length;
    this.label();
    const body = new ByteWriter();
    body.u8(W.loop);
    body.u8(EMPTY);
    for (let i = 0; i < count; i++) {
      body.u8(W.block);
      body.u8(EMPTY);
    }
    body.u8(W.localGet);
    body.unsigned(ENTRY);
    body.u8(W.brTable);
    body.unsigned(count - 1);
    for (let i = 0; i < count; i++) body.unsigned(i);
    for (let i = 0; i < count; i++) {
      body.u8(W.end);
      body.copy(out, starts[i], i + 1 < count ? starts[i + 1] : out.length);
    }
    body.u8(W.end);
    body.u8(W.unreachable);
    body.u8(W.end);
    return this.code.declared(body);
  }

  /** Labels of the jumps, as numbers of two bytes. */
  private label(): void {
    const { bytes } = this.code.out;
    for (const { at, from, depth } of this.jumps) {
      const label = depth + this.current - from;
      bytes[at] = (label & 0x7f) | 0x80;
      bytes[at + 1] = label >>> 7;
    }
  }
}

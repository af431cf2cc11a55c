/**
 * Guest memory accesses and the stack as operations: offset to linear address by what the context
 * says of the segment, limit checks as traps (whoever trips them is interpreted, and faults there).
 *
 * Which of several faults an access would raise is the interpreter's to find out, so checks come in
 * any order. While alignment checks or data breakpoints are on nothing is translated.
 */
import { SimulatorBug } from '../../base/errors.js';
import { ESP, SEG_BASE, SEG_LIMIT, SS } from '../../guest-isa/state/layout.js';
import type { ValueId } from '../ir/ir.js';
import type { RegionState } from './region-state.js';
import { guardOwnCode } from './source-check.js';

type Bytes = 1 | 2 | 4;

export class MemoryLifter {
  constructor(private readonly state: RegionState) {}

  load(bytes: Bytes, segment: number, offset: ValueId): ValueId {
    return this.state.b.load(bytes, this.linear(bytes, segment, offset));
  }

  store(bytes: Bytes, segment: number, offset: ValueId, value: ValueId): void {
    const linear = this.linear(bytes, segment, offset);
    this.state.b.store(bytes, linear, value);
    guardOwnCode(this.state, linear, bytes);
  }

  private linear(bytes: Bytes, segment: number, offset: ValueId): ValueId {
    const { b, context } = this.state;
    const use = context.segments[segment];
    if (use.kind === 'refused')
      throw new SimulatorBug('an access through a refused segment is lifted');
    if (use.kind === 'limited') this.checkLimit(bytes, segment, offset);
    return use.zeroBase ? offset : b.binary('add', b.loadState(SEG_BASE + segment), offset);
  }

  /** Traps unless offset .. offset + bytes - 1 lies within the limit. */
  private checkLimit(bytes: Bytes, segment: number, offset: ValueId): void {
    const { b, limitsChecked } = this.state;
    const limit = b.loadState(SEG_LIMIT + segment);
    let lastFirst = limit;
    if (bytes > 1) {
      // limit - (bytes - 1) must not wrap; that it does not is known until the next barrier.
      const key = segment * 8 + bytes;
      if (!limitsChecked.has(key))
        b.trap('segmentLimit', { value: b.binaryConst('ltu', limit, bytes - 1) });
      limitsChecked.add(key);
      lastFirst = b.binaryConst('sub', limit, bytes - 1);
    }
    b.trap('segmentLimit', { value: b.binary('ltu', lastFirst, offset) });
  }

  /** Cuts an address to the width of the stack. */
  private cut(offset: ValueId): ValueId {
    return this.state.context.stack32 ? offset : this.state.b.unary('zx16', offset);
  }

  setStackPointer(value: ValueId): void {
    const { b, registers, context } = this.state;
    registers.write(ESP, context.stack32 ? value : b.binary('ins16', registers.read(ESP), value));
  }

  stackLoad(bytes: 2 | 4, offset: ValueId): ValueId {
    return this.load(bytes, SS, this.cut(offset));
  }

  stackStore(bytes: 2 | 4, offset: ValueId, value: ValueId): void {
    this.store(bytes, SS, this.cut(offset), value);
  }

  push(bytes: 2 | 4, value: ValueId): void {
    const { b, registers } = this.state;
    const top = b.binaryConst('sub', registers.read(ESP), bytes);
    this.stackStore(bytes, top, value);
    this.setStackPointer(top);
  }

  /** Pops a value and releases further bytes. */
  pop(bytes: 2 | 4, release = 0): ValueId {
    const { b, registers } = this.state;
    const top = registers.read(ESP);
    const value = this.stackLoad(bytes, top);
    this.setStackPointer(b.binaryConst('add', top, bytes + release));
    return value;
  }
}

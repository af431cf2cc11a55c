/**
 * Guest memory as instructions reach it: segment and offset, with the checks of SDM vol. 3 ch. 5.3
 * (limits, expand-down, type) and paging behind them. The fast path costs one flag, one TLB word
 * and the access; whatever is unusual (segment with a limit, I/O, code page, page crossing, data
 * breakpoint, alignment check) takes the slow one.
 *
 * Loads of 8 and 16 bits give unsigned values, of 32 bits signed ones; stores truncate.
 */
import { CR0_AM } from '../state/control-bits.js';
import { AC_FAULT, GP, SSF } from '../state/exceptions.js';
import { AC } from '../state/flags.js';
import {
  CPL,
  CR0,
  DR0,
  DR7,
  FLAGS_SYSTEM,
  PENDING_DEBUG,
  SEG_ATTR,
  SEG_BASE,
  SEG_FAST,
  SEG_LIMIT,
  SS,
} from '../state/layout.js';
import { Paging } from './paging.js';
import type { AccessWatch } from './ports.js';
import {
  FAST_READ_SUPERVISOR,
  FAST_READ_USER,
  FAST_WRITE_SUPERVISOR,
  FAST_WRITE_USER,
  PAGE_MASK,
} from './tlb-entry.js';

export type Width = 1 | 2 | 4;

export class SegmentedMemory extends Paging {
  /** TLB bits that let an access of the current privilege take the fast path; 0 while each access must be looked at. */
  readMask = FAST_READ_SUPERVISOR;
  writeMask = FAST_WRITE_SUPERVISOR;
  /** RAM address of the read-modify-write under way, or -1 when its write has to take the slow path. */
  private rmwAddress = -1;
  private rmwLinear = 0;
  private inParts = false;
  /** Alignment check or data breakpoints are on: an access has to be looked at before it is made. */
  accessesGuarded = false;
  private accessWatch: AccessWatch | undefined;

  /** To be called when CPL, CR0.AM, EFLAGS.AC or DR7 changed. */
  accessRightsChanged(): void {
    const s = this.s;
    const user = s[CPL] === 3;
    this.accessesGuarded = this.alignmentChecked() || this.dataBreakpoints();
    const closed = this.accessesGuarded || this.accessWatch !== undefined;
    this.readMask = closed ? 0 : user ? FAST_READ_USER : FAST_READ_SUPERVISOR;
    this.writeMask = closed ? 0 : user ? FAST_WRITE_USER : FAST_WRITE_SUPERVISOR;
  }

  /** Lets someone see every access from now on; none takes the fast path any more. */
  watchAccesses(watch: AccessWatch): void {
    this.accessWatch = watch;
    this.accessRightsChanged();
  }

  private alignmentChecked(): boolean {
    const s = this.s;
    return s[CPL] === 3 && (s[CR0] & CR0_AM) !== 0 && (s[FLAGS_SYSTEM] & AC) !== 0;
  }

  /** True if DR7 enables a breakpoint on data. */
  private dataBreakpoints(): boolean {
    const dr7 = this.s[DR7];
    for (let i = 0; i < 4; i++)
      if ((dr7 >>> (2 * i)) & 3 && (dr7 >>> (16 + 4 * i)) & 1) return true;
    return false;
  }

  read8(seg: number, offset: number): number {
    const s = this.s;
    if ((s[SEG_FAST + seg] & 1) === 0) this.checkSegment(seg, offset, 1, false);
    const linear = (offset + s[SEG_BASE + seg]) | 0;
    const entry = this.tlb[linear >>> 12];
    if (entry & this.readMask) return this.view.getUint8((entry & PAGE_MASK) | (linear & 0xfff));
    return this.readSlow(linear, 1);
  }

  read16(seg: number, offset: number): number {
    const s = this.s;
    if ((s[SEG_FAST + seg] & 1) === 0) this.checkSegment(seg, offset, 2, false);
    const linear = (offset + s[SEG_BASE + seg]) | 0;
    const entry = this.tlb[linear >>> 12];
    if (entry & this.readMask && (linear & 0xfff) <= 0xffe)
      return this.view.getUint16((entry & PAGE_MASK) | (linear & 0xfff), true);
    return this.readSlow(linear, 2);
  }

  read32(seg: number, offset: number): number {
    const s = this.s;
    if ((s[SEG_FAST + seg] & 1) === 0) this.checkSegment(seg, offset, 4, false);
    const linear = (offset + s[SEG_BASE + seg]) | 0;
    const entry = this.tlb[linear >>> 12];
    if (entry & this.readMask && (linear & 0xfff) <= 0xffc)
      return this.view.getInt32((entry & PAGE_MASK) | (linear & 0xfff), true);
    return this.readSlow(linear, 4);
  }

  write8(seg: number, offset: number, value: number): void {
    const s = this.s;
    if ((s[SEG_FAST + seg] & 2) === 0) this.checkSegment(seg, offset, 1, true);
    const linear = (offset + s[SEG_BASE + seg]) | 0;
    const entry = this.tlb[linear >>> 12];
    if (entry & this.writeMask) this.view.setUint8((entry & PAGE_MASK) | (linear & 0xfff), value);
    else this.writeSlow(linear, value, 1);
  }

  write16(seg: number, offset: number, value: number): void {
    const s = this.s;
    if ((s[SEG_FAST + seg] & 2) === 0) this.checkSegment(seg, offset, 2, true);
    const linear = (offset + s[SEG_BASE + seg]) | 0;
    const entry = this.tlb[linear >>> 12];
    if (entry & this.writeMask && (linear & 0xfff) <= 0xffe)
      this.view.setUint16((entry & PAGE_MASK) | (linear & 0xfff), value, true);
    else this.writeSlow(linear, value, 2);
  }

  write32(seg: number, offset: number, value: number): void {
    const s = this.s;
    if ((s[SEG_FAST + seg] & 2) === 0) this.checkSegment(seg, offset, 4, true);
    const linear = (offset + s[SEG_BASE + seg]) | 0;
    const entry = this.tlb[linear >>> 12];
    if (entry & this.writeMask && (linear & 0xfff) <= 0xffc)
      this.view.setInt32((entry & PAGE_MASK) | (linear & 0xfff), value, true);
    else this.writeSlow(linear, value, 4);
  }

  /** First half of a read-modify-write: reads, having checked that the write will succeed. */
  rmwRead8(seg: number, offset: number): number {
    const linear = this.rmwStart(seg, offset, 1);
    const entry = this.tlb[linear >>> 12];
    if ((entry & this.writeMask) === 0) return this.rmwReadSlow(linear, 1);
    this.rmwAddress = (entry & PAGE_MASK) | (linear & 0xfff);
    return this.view.getUint8(this.rmwAddress);
  }

  rmwRead16(seg: number, offset: number): number {
    const linear = this.rmwStart(seg, offset, 2);
    const entry = this.tlb[linear >>> 12];
    if ((entry & this.writeMask) === 0 || (linear & 0xfff) > 0xffe)
      return this.rmwReadSlow(linear, 2);
    this.rmwAddress = (entry & PAGE_MASK) | (linear & 0xfff);
    return this.view.getUint16(this.rmwAddress, true);
  }

  rmwRead32(seg: number, offset: number): number {
    const linear = this.rmwStart(seg, offset, 4);
    const entry = this.tlb[linear >>> 12];
    if ((entry & this.writeMask) === 0 || (linear & 0xfff) > 0xffc)
      return this.rmwReadSlow(linear, 4);
    this.rmwAddress = (entry & PAGE_MASK) | (linear & 0xfff);
    return this.view.getInt32(this.rmwAddress, true);
  }

  /** Second half: writes back to where rmwRead read; cannot fault. */
  rmwWrite8(value: number): void {
    if (this.rmwAddress >= 0) this.view.setUint8(this.rmwAddress, value);
    else this.writeTranslated(this.rmwLinear, value, 1);
  }

  rmwWrite16(value: number): void {
    if (this.rmwAddress >= 0) this.view.setUint16(this.rmwAddress, value, true);
    else this.writeTranslated(this.rmwLinear, value, 2);
  }

  rmwWrite32(value: number): void {
    if (this.rmwAddress >= 0) this.view.setInt32(this.rmwAddress, value, true);
    else this.writeTranslated(this.rmwLinear, value, 4);
  }

  private rmwStart(seg: number, offset: number, width: Width): number {
    const s = this.s;
    if ((s[SEG_FAST + seg] & 2) === 0) this.checkSegment(seg, offset, width, true);
    return (offset + s[SEG_BASE + seg]) | 0;
  }

  private rmwReadSlow(linear: number, width: Width): number {
    if (this.accessesGuarded) this.lookAtAccess(linear, width, true);
    this.checkWrite(linear, width);
    this.rmwAddress = -1;
    this.rmwLinear = linear;
    return this.readTranslated(linear, width);
  }

  /**
   * Raises what a write of `sizeBytes` at seg:offset would raise, and writes nothing: segment, then
   * alignment, then paging. `alignBytes`: what alignment checking asks for (SDM vol. 3, table 6-7).
   */
  probeWrite(
    seg: number,
    offset: number,
    sizeBytes: number,
    alignBytes = alignmentOf(sizeBytes),
  ): void {
    if ((this.s[SEG_FAST + seg] & 2) === 0) this.checkSegment(seg, offset, sizeBytes, true);
    const linear = (offset + this.s[SEG_BASE + seg]) | 0;
    if (this.accessesGuarded) this.checkAlignment(linear, alignBytes);
    this.checkWrite(linear, sizeBytes);
  }

  /** Raises what a read of `sizeBytes` at seg:offset would raise. */
  probeRead(
    seg: number,
    offset: number,
    sizeBytes: number,
    alignBytes = alignmentOf(sizeBytes),
  ): void {
    if ((this.s[SEG_FAST + seg] & 1) === 0) this.checkSegment(seg, offset, sizeBytes, false);
    const linear = (offset + this.s[SEG_BASE + seg]) | 0;
    if (this.accessesGuarded) this.checkAlignment(linear, alignBytes);
    this.translate(linear, false);
    if ((linear & 0xfff) + sizeBytes > 0x1000)
      this.translate((linear + sizeBytes - 1) & PAGE_MASK, false);
  }

  /**
   * Runs accesses that are parts of one wider operand: its alignment has been checked by a probe,
   * that of the parts does not count.
   */
  asParts(accesses: () => void): void {
    this.inParts = true;
    try {
      accesses();
    } finally {
      this.inParts = false;
    }
  }

  private checkWrite(linear: number, sizeBytes: number): void {
    this.translate(linear, true);
    if ((linear & 0xfff) + sizeBytes > 0x1000)
      this.translate((linear + sizeBytes - 1) & PAGE_MASK, true);
  }

  /** Segment checks of an access; raises #GP(0), or #SS(0) for the stack segment. */
  checkSegment(seg: number, offset: number, sizeBytes: number, write: boolean): void {
    const s = this.s;
    const attr = s[SEG_ATTR + seg];
    const code = (attr & 0x8) !== 0;
    const typeOk =
      (attr & 0x80) !== 0 && (write ? !code && (attr & 2) !== 0 : !code || (attr & 2) !== 0);
    if (!typeOk || !offsetInSegment(offset, sizeBytes, attr, s[SEG_LIMIT + seg])) {
      this.raise(seg === SS ? SSF : GP, 0);
    }
  }

  /** Any load that is not on the fast path. */
  readSlow(linear: number, width: Width): number {
    if (this.accessesGuarded) this.lookAtAccess(linear, width, false);
    return this.readTranslated(linear, width);
  }

  private readTranslated(linear: number, width: Width): number {
    const physical = this.translate(linear, false);
    this.accessWatch?.accessed(linear, physical, false);
    if ((linear & 0xfff) + width <= 0x1000) return this.readAt(physical, width);
    const secondLinear = (linear + width - 1) & PAGE_MASK;
    const second = this.translate(secondLinear, false);
    this.accessWatch?.accessed(secondLinear, second, false);
    return this.readSplit(physical, second, width);
  }

  writeSlow(linear: number, value: number, width: Width): void {
    if (this.accessesGuarded) this.lookAtAccess(linear, width, true);
    this.writeTranslated(linear, value, width);
  }

  private writeTranslated(linear: number, value: number, width: Width): void {
    const physical = this.translate(linear, true);
    this.accessWatch?.accessed(linear, physical, true);
    if ((linear & 0xfff) + width <= 0x1000) {
      this.writeAt(physical, linear, value, width);
      return;
    }
    const secondLinear = (linear + width - 1) & PAGE_MASK;
    const second = this.translate(secondLinear, true);
    this.accessWatch?.accessed(secondLinear, second, true);
    this.writeSplit(physical, second, linear, value, width);
  }

  private readSplit(first: number, second: number, width: Width): number {
    const inFirst = 0x1000 - (first & 0xfff);
    let value = 0;
    for (let i = 0; i < width; i++) {
      value |= this.readAt(i < inFirst ? first + i : second + i - inFirst, 1) << (8 * i);
    }
    return value;
  }

  private writeSplit(
    first: number,
    second: number,
    linear: number,
    value: number,
    width: Width,
  ): void {
    const inFirst = 0x1000 - (first & 0xfff);
    for (let i = 0; i < width; i++) {
      this.writeAt(
        i < inFirst ? first + i : second + i - inFirst,
        linear + i,
        value >>> (8 * i),
        1,
      );
    }
  }

  /** Alignment check and data breakpoints; only reached while one of them is on. */
  private lookAtAccess(linear: number, width: Width, write: boolean): void {
    if (!this.inParts) this.checkAlignment(linear, width);
    this.matchDataBreakpoints(linear, width, write);
  }

  private checkAlignment(linear: number, alignBytes: number): void {
    if (linear & (alignBytes - 1) && this.alignmentChecked()) this.raise(AC_FAULT, 0);
  }

  /** Collects DR6 bits for data breakpoints that an access hits (SDM vol. 3, 17.2.5); the trap comes after the instruction. */
  protected matchDataBreakpoints(linear: number, sizeBytes: number, write: boolean): void {
    const s = this.s;
    for (let i = 0; i < 4; i++) {
      const control = (s[DR7] >>> (16 + 4 * i)) & 15;
      if (
        ((s[DR7] >>> (2 * i)) & 3) === 0 ||
        (control & 1) === 0 ||
        (!write && (control & 3) !== 3)
      )
        continue;
      const size = (control >>> 2) + 1 === 3 ? 8 : (control >>> 2) + 1;
      const start = (s[DR0 + i] & -size) >>> 0;
      if (start < (linear >>> 0) + sizeBytes && linear >>> 0 < start + size)
        s[PENDING_DEBUG] |= 1 << i;
    }
  }

  /** Supervisor read at a linear address, for the processor's own tables. */
  systemRead(linear: number, width: Width): number {
    const physical = this.translateAs(linear, false, false);
    this.accessWatch?.accessed(linear, physical, false);
    if ((linear & 0xfff) + width <= 0x1000) return this.readAt(physical, width);
    return this.readSplit(
      physical,
      this.translateAs((linear + width - 1) & PAGE_MASK, false, false),
      width,
    );
  }

  /** Supervisor write at a linear address, for the processor's own tables. */
  systemWrite(linear: number, value: number, width: Width): void {
    const physical = this.translateAs(linear, true, false);
    this.accessWatch?.accessed(linear, physical, true);
    if ((linear & 0xfff) + width <= 0x1000) this.writeAt(physical, linear, value, width);
    else {
      const second = this.translateAs((linear + width - 1) & PAGE_MASK, true, false);
      this.writeSplit(physical, second, linear, value, width);
    }
  }
}

/** Alignment that an operand of a size needs: the size, or 8 for what is wider. */
function alignmentOf(sizeBytes: number): number {
  return Math.min(sizeBytes, 8);
}

/** Is offset .. offset+size-1 inside a segment with these attributes (SDM vol. 3, 5.3)? */
export function offsetInSegment(
  offset: number,
  sizeBytes: number,
  attr: number,
  limit: number,
): boolean {
  const first = offset >>> 0;
  const last = first + sizeBytes - 1;
  const expandDown = (attr & 0xc) === 0x4;
  if (!expandDown) return last <= limit >>> 0;
  return first > limit >>> 0 && last <= (attr & 0x4000 ? 0xffffffff : 0xffff);
}

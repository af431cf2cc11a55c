/**
 * Watches each access to memory that an instruction makes on the stage, and makes chosen ones
 * fault: as if a page began or ended right there. It stands before the page walk, after all fast
 * paths are closed, so that every access passes it; code fetches pass untouched.
 */
import type { Cpu } from '../../guest-isa/interp/cpu.js';
import { GP, PFAULT, SSF } from '../../guest-isa/state/exceptions.js';
import { CR2, SEG_BASE, SEG_FAST, SS } from '../../guest-isa/state/layout.js';
import { CODE, CODE_BYTES } from '../insn/stage-layout.js';

/** One place that an instruction accesses. */
export interface Access {
  readonly linear: number;
  readonly write: boolean;
  /** By the processor itself (descriptor tables, task state), not by the program. */
  readonly system: boolean;
}

/** not-present and read-only as a page has them; beyond-limit: outside its segment. */
export type Trouble = 'not-present' | 'read-only' | 'beyond-limit';

export interface Poison {
  readonly linear: number;
  readonly trouble: Trouble;
}

const isCode = (linear: number): boolean =>
  linear >>> 0 >= CODE && linear >>> 0 < CODE + CODE_BYTES;

export class WatchedMemory {
  /** Accesses since the list was last emptied, each place once for reading and once for writing. */
  readonly seen = new Map<string, Access>();
  /** Places checked against a segment, as linear addresses. */
  readonly checked = new Set<number>();
  /** Ranges that the instruction had checked as a whole before it touched them: first byte and the one behind. */
  readonly probed: (readonly [number, number])[] = [];
  poison: Poison | undefined;

  constructor(private readonly cpu: Cpu) {
    const translate = cpu.translateAs.bind(cpu);
    cpu.translateAs = (linear, write, user) => {
      this.onAccess(linear, write, user);
      return translate(linear, write, user);
    };
    const check = cpu.checkSegment.bind(cpu);
    cpu.checkSegment = (seg, offset, sizeBytes, write) => {
      this.onCheck(seg, offset);
      check(seg, offset, sizeBytes, write);
    };
    const probeWrite = cpu.probeWrite.bind(cpu);
    cpu.probeWrite = (seg, offset, sizeBytes, ...rest) => {
      this.onProbe(seg, offset, sizeBytes);
      probeWrite(seg, offset, sizeBytes, ...rest);
    };
    const probeRead = cpu.probeRead.bind(cpu);
    cpu.probeRead = (seg, offset, sizeBytes, ...rest) => {
      this.onProbe(seg, offset, sizeBytes);
      probeRead(seg, offset, sizeBytes, ...rest);
    };
    const changed = cpu.accessRightsChanged.bind(cpu);
    cpu.accessRightsChanged = () => {
      changed();
      this.closeFastPaths();
    };
  }

  /** To be called once the segments are set up. */
  closeFastPaths(): void {
    this.cpu.readMask = 0;
    this.cpu.writeMask = 0;
    this.cpu.s.fill(0, SEG_FAST, SEG_FAST + 6);
  }

  private onProbe(seg: number, offset: number, sizeBytes: number): void {
    const start = (offset + this.cpu.s[SEG_BASE + seg]) | 0;
    this.probed.push([start, start + sizeBytes]);
  }

  /**
   * Inside a range that was checked as a whole, trouble can begin at its first byte only, or, if it
   * is a page's trouble, at a page's first byte.
   */
  canBegin(linear: number, ofPage: boolean): boolean {
    if (ofPage && (linear & 0xfff) === 0) return true;
    return !this.probed.some(([start, end]) => linear > start && linear < end);
  }

  /** Forgets what was seen. */
  reset(): void {
    this.seen.clear();
    this.checked.clear();
    this.probed.length = 0;
  }

  private onAccess(linear: number, write: boolean, user: boolean): void {
    if (isCode(linear)) return;
    this.seen.set(`${linear} ${write}`, { linear, write, system: !user });
    const { poison } = this;
    if (poison?.linear !== linear || poison.trouble === 'beyond-limit') return;
    if (poison.trouble === 'read-only' && !write) return;
    this.cpu.s[CR2] = linear;
    const present = poison.trouble === 'read-only' ? 1 : 0;
    this.cpu.raise(PFAULT, present | (write ? 2 : 0) | (user ? 4 : 0));
  }

  private onCheck(seg: number, offset: number): void {
    const linear = (offset + this.cpu.s[SEG_BASE + seg]) | 0;
    this.checked.add(linear);
    const { poison } = this;
    if (poison?.linear !== linear || poison.trouble !== 'beyond-limit') return;
    this.cpu.raise(seg === SS ? SSF : GP, 0);
  }
}

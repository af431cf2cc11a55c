/**
 * The same guests in other emulators, as far as they are there: QEMU (`qemu-system-i386` with its
 * translator TCG) and v86 (the npm package, with SeaBIOS). Both compute what the guest computes and
 * model no time. They get the same kernel, initrd and command line; what differs is the processor
 * that they announce (v86: with SSE2; QEMU is told Pentium II, the nearest to i686 with MMX) and
 * the firmware, whose time ends before the first part begins. They count no instructions.
 *
 * Parts begin and end at lines on the serial console, as in this simulator. An emulator that waits
 * for the guest's clock sleeps, which wall time shows and processor time does not.
 */

import type { PartTime } from './bench-engines.js';
import { configurationOf, type Workload } from './workloads.js';

export const PEERS = ['v86', 'qemu'] as const;
export type PeerName = (typeof PEERS)[number];

export interface PeerJob {
  readonly kind: 'peer';
  readonly peer: PeerName;
  readonly workload: string;
}

export interface PeerGuest {
  readonly method: 'linux' | 'multiboot';
  readonly kernel: string;
  readonly initrd: string | null;
  readonly append: string;
  readonly memoryMB: number;
  /** Console texts: where the first part begins, and where each ends. */
  readonly marks: readonly string[];
}

const END = 'bench has ended';

/** First line of the loader of a kernel, behind the firmware; first line of the embedded OS. */
const BEGIN = { linux: 'Probing EDD', multiboot: 'the guest inside Chrysalis' } as const;

/** A workload as another emulator boots it; undefined: it begins within a state of this simulator. */
export function peerGuest(workload: Workload): PeerGuest | undefined {
  const { boot, machine } = configurationOf(workload, { over: [], set: [], size: 'large' });
  const { method, kernel, initrd, append } = boot;
  if (kernel === null || workload.from !== undefined) return undefined;
  if (method !== 'linux' && method !== 'multiboot') return undefined;
  const ends = workload.parts.map(({ until }) => until || END);
  const marks = [BEGIN[method], ...ends];
  // Each emulator ends in its own way and time, so the guest says that it has ended, and waits.
  const withEnd = append.replace('; exit 0"', `; echo ${END}" stay`);
  if (ends.includes(END) && withEnd === append) return undefined;
  return { method, kernel, initrd, append: withEnd, memoryMB: machine.memoryMB, marks };
}

export interface Clocks {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** Watches the console for the marks, and reads the clocks at each. */
export class MarkWatch {
  private seen = '';
  private readonly readings: Clocks[] = [];

  constructor(
    private readonly marks: readonly string[],
    private readonly clocks: () => Clocks,
  ) {}

  /** Takes text of the console; true: the last mark has been printed. */
  text(text: string): boolean {
    for (const character of text) {
      const mark = this.marks[this.readings.length];
      if (mark === undefined) return true;
      this.seen = (this.seen + character).slice(-mark.length);
      if (this.seen === mark) {
        this.readings.push(this.clocks());
        this.seen = '';
      }
    }
    return this.readings.length === this.marks.length;
  }

  /** Times between the marks. */
  parts(): PartTime[] {
    return this.readings.slice(1).map((end, part) => {
      const begin = this.readings[part] as Clocks;
      return {
        part,
        instructions: 0,
        molecules: 0,
        wallSeconds: end.wallSeconds - begin.wallSeconds,
        cpuSeconds: end.cpuSeconds - begin.cpuSeconds,
      };
    });
  }

  /** What has not been printed, for a message. */
  missing(): string {
    return this.marks[this.readings.length]?.trim() ?? '';
  }
}

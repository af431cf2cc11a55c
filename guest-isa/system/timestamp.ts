/**
 * The time stamp counter: the clock's cycles plus an offset that wrmsr sets, 64 bits wide.
 * Source: SDM vol. 3, 17.17.
 */
import type { Cpu } from '../interp/cpu.js';
import { TSC_OFFSET_HI, TSC_OFFSET_LO } from '../state/layout.js';

const TWO_32 = 0x1_0000_0000;

/** Low and high word, signed. */
export interface Words {
  readonly low: number;
  readonly high: number;
}

export function readTsc(cpu: Cpu): Words {
  const s = cpu.s;
  const { low, high } = split(cpu.clock.now);
  const sum = (low >>> 0) + (s[TSC_OFFSET_LO] >>> 0);
  return { low: sum | 0, high: (high + s[TSC_OFFSET_HI] + (sum >= TWO_32 ? 1 : 0)) | 0 };
}

export function writeTsc(cpu: Cpu, value: Words): void {
  const s = cpu.s;
  const { low, high } = split(cpu.clock.now);
  const borrow = value.low >>> 0 < low >>> 0 ? 1 : 0;
  s[TSC_OFFSET_LO] = value.low - low;
  s[TSC_OFFSET_HI] = value.high - high - borrow;
}

function split(cycles: number): Words {
  return { low: (cycles % TWO_32) | 0, high: Math.floor(cycles / TWO_32) | 0 };
}

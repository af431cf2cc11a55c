/**
 * Opcodes of accesses to memory, by their width in bytes.
 */
import { W } from './binary.js';

const STORES: Readonly<Record<number, number>> = { 1: W.store8, 2: W.store16, 4: W.store32 };
const LOADS: Readonly<Record<number, number>> = { 1: W.load8u, 2: W.load16u, 4: W.load32 };

export function loadOf(bytes: number, signed = false): number {
  if (!signed || bytes === 4) return LOADS[bytes];
  return bytes === 2 ? W.load16s : W.load8s;
}

export const storeOf = (bytes: number): number => STORES[bytes];

/** Descriptor tables, handlers and page tables for guest programs on the rig. */
import {
  CR0,
  CR3,
  GDTR_BASE,
  GDTR_LIMIT,
  IDTR_BASE,
  IDTR_LIMIT,
} from '../../../guest-isa/state/layout.js';
import { assembleGuest, type Rig } from './rig.js';

const GDT = 0x1000;
const IDT = 0x2000;
const DIRECTORY = 0x3000;
/** The page table: the entry of page n at TABLE + 4 * n. */
export const TABLE = 0x4000;
const HANDLERS = 0x8000;
const PG = 0x8000_0000 | 0;

function words(rig: Rig, at: number, values: readonly number[]): void {
  for (const [i, value] of values.entries()) rig.cpu.view.setInt32(at + 4 * i, value, true);
}

/** GDT with flat code (8) and data (0x10), an IDT, handlers. */
export function withTables(rig: Rig, handlers: Readonly<Record<number, string>>): void {
  const { s } = rig.cpu;
  words(rig, GDT + 8, [0x0000ffff, 0x00cf9b00, 0x0000ffff, 0x00cf9300]);
  s[GDTR_BASE] = GDT;
  s[GDTR_LIMIT] = 0x17;
  s[IDTR_BASE] = IDT;
  s[IDTR_LIMIT] = 0x7ff;
  let at = HANDLERS;
  for (const [vector, text] of Object.entries(handlers)) {
    const bytes = assembleGuest(text, at);
    rig.load(bytes, at);
    words(rig, IDT + 8 * Number(vector), [0x0008_0000 | (at & 0xffff), (at & ~0xffff) | 0x8e00]);
    at += bytes.length;
  }
}

/** Maps the first megabyte one to one; 64 KB from 0x60000 on are there but not present. */
export function withPaging(rig: Rig): void {
  words(rig, DIRECTORY, [TABLE | 3]);
  for (let page = 0; page < 256; page++) {
    const present = page < 0x60 || page >= 0x70;
    words(rig, TABLE + 4 * page, [(page << 12) | 2 | (present ? 1 : 0)]);
  }
  rig.cpu.s[CR3] = DIRECTORY;
  rig.cpu.s[CR0] |= PG;
  rig.cpu.flushTlb(true);
}

/**
 * What accesses and fetches wait for that may miss: step/load-store-unit.ts, timing/memory-hierarchy.ts and
 * timing/host-tlb.ts on the same words. `base`: number of the first cell where the molecule is charged.
 */

import { R_SINK } from '../../../atom/registers.js';
import {
  CR0,
  CR0_PG,
  CR3,
  CR4,
  CR4_PSE,
  PAGE_MASK,
  PTE_P,
  PTE_PS,
} from '../../../core/guest-words.js';
import type { LinearMemory } from '../../../memory/layout.js';
import type { HostOptions } from '../../../options.js';
import { CPI } from '../../../timing/cpi.js';
import { NOW, PORT_FREE, PORT_SLOT } from '../../../timing/cycle-account.js';
import { LAST, PENDING0 } from '../../../timing/scoreboard.js';
import { W } from '../binary.js';
import { FunctionCode, wordAt } from '../function-code.js';
import { CELL, type UnitTables } from '../unit-tables.js';

const PAGE_SHIFT = 12;
/** Bytes of a load that has missed: register, cycle when its line is there, slot. */
const MISS_BYTES = 12;
const MISS = { register: 0, filled: 4, slot: 8 } as const;

export interface MissParts {
  readonly memory: LinearMemory;
  readonly tables: UnitTables;
  readonly cells: Int32Array;
  readonly ready: Int32Array;
  readonly options: HostOptions;
  readonly fetchShift: number;
  readonly dataShift: number;
  readonly l2Shift: number;
  /** Functions of the module by number: TagArray.touch of each structure. */
  readonly touchLine: number;
  readonly touchData: number;
  readonly touchSecond: number;
  readonly touchPage: number;
}

export class MissCode {
  constructor(private readonly parts: MissParts) {}

  /** MemoryHierarchy.fetchLine, waited for: line of L1I, base. */
  fetchLine(): FunctionCode {
    const { fetchShift, touchLine } = this.parts;
    const [line, base] = [0, 1];
    const code = new FunctionCode(2);
    const cycles = code.local();
    const slot = code.local();
    code.get(line);
    code.call(touchLine);
    code.op(W.eqz);
    code.if();
    code.get(line);
    code.const32(fetchShift);
    code.op(W.shl);
    this.below(code, cycles, slot);
    code.const32(CPI.l1i);
    code.set(slot);
    this.stall(code, base, slot, cycles);
    code.end();
    return code;
  }

  /** LoadStoreUnit.touchForLoad: host address, register, base. */
  load(): FunctionCode {
    const { options } = this.parts;
    const [host, register, base] = [0, 1, 2];
    const code = new FunctionCode(3);
    this.ifMissed(code, host, () => {
      const { cycles, slot } = this.fill(code, host, base);
      if (options.missStalls === 'use') this.keepMiss(code, register);
      else this.stall(code, base, slot, cycles);
    });
    return code;
  }

  /** LoadStoreUnit.touchForStore: host address, base. */
  store(): FunctionCode {
    const [host, base] = [0, 1];
    const code = new FunctionCode(2);
    this.ifMissed(code, host, () => {
      this.fill(code, host, base);
    });
    return code;
  }

  /** LoadStoreUnit.walk: linear address, base. */
  walk(): FunctionCode {
    const { memory, options, touchPage } = this.parts;
    const [linear, base] = [0, 1];
    const code = new FunctionCode(2);
    const waited = code.local();
    const entry = code.local();
    const slot = code.local();
    const state = (word: number): void => code.word(wordAt(memory.state, word));
    code.get(linear);
    code.const32(PAGE_SHIFT);
    code.op(W.shrU);
    code.call(touchPage);
    code.if();
    code.return();
    code.end();
    code.const32(options.tlb.walkCycles);
    code.set(waited);
    state(CR0);
    code.const32(CR0_PG);
    code.op(W.and);
    code.if();
    this.readEntry(code, waited, entry, () => {
      state(CR3);
      code.const32(PAGE_MASK);
      code.op(W.and);
      this.pushIndex(code, linear, PAGE_SHIFT + 10);
    });
    this.pushHasTable(code, entry, () => state(CR4));
    code.if();
    this.readEntry(code, waited, entry, () => {
      code.get(entry);
      code.const32(PAGE_MASK);
      code.op(W.and);
      this.pushIndex(code, linear, PAGE_SHIFT);
    });
    code.end();
    code.end();
    code.const32(CPI.tlb);
    code.set(slot);
    this.stall(code, base, slot, waited);
    return code;
  }

  /** LoadStoreUnit.noteMisses. */
  noteMisses(): FunctionCode {
    const { tables } = this.parts;
    const code = new FunctionCode(0);
    const at = code.local();
    const end = code.local();
    const time = code.local();
    const register = code.local();
    code.const32(tables.cell(CELL.misses));
    code.tee(at);
    code.word(tables.cell(CELL.missBytes));
    code.op(W.add);
    code.set(end);
    code.loop();
    const again = code.depth;
    code.get(at);
    code.get(end);
    code.op(W.ltU);
    code.if();
    this.noteMiss(code, at, time, register);
    code.get(at);
    code.const32(MISS_BYTES);
    code.op(W.add);
    code.set(at);
    code.branch(W.br, again);
    code.end();
    code.end();
    code.setWord(tables.cell(CELL.missBytes), () => code.const32(0));
    return code;
  }

  // --- pieces

  private ifMissed(code: FunctionCode, host: number, body: () => void): void {
    const { dataShift, touchData } = this.parts;
    code.get(host);
    code.const32(dataShift);
    code.op(W.shrU);
    code.call(touchData);
    code.op(W.eqz);
    code.if();
    body();
    code.end();
  }

  /** MemoryHierarchy.below of the address on the stack: cycles and slot go to locals. */
  private below(code: FunctionCode, cycles: number, slot: number): void {
    const { options, l2Shift, touchSecond } = this.parts;
    const either = (hit: number, miss: number, local: number): void => {
      code.const32(hit);
      code.const32(miss);
      code.get(slot);
      code.op(W.select);
      code.set(local);
    };
    code.const32(l2Shift);
    code.op(W.shrU);
    code.call(touchSecond);
    code.set(slot);
    either(options.l2.latencyCycles, options.memoryLatencyCycles, cycles);
    either(CPI.l1d, CPI.memory, slot);
  }

  /** LoadStoreUnit.fill: waits for the port, takes it. */
  private fill(
    code: FunctionCode,
    host: number,
    base: number,
  ): { readonly cycles: number; readonly slot: number } {
    const { cells } = this.parts;
    const cycles = code.local();
    const slot = code.local();
    code.word(wordAt(cells, PORT_FREE));
    code.word(wordAt(cells, NOW));
    code.op(W.sub);
    code.tee(cycles);
    code.const32(0);
    code.op(W.gtS);
    code.if();
    code.word(wordAt(cells, PORT_SLOT));
    code.set(slot);
    this.stall(code, base, slot, cycles);
    code.end();
    code.get(host);
    this.below(code, cycles, slot);
    code.setWord(wordAt(cells, PORT_FREE), () => {
      code.word(wordAt(cells, NOW));
      code.get(cycles);
      code.op(W.add);
    });
    code.setWord(wordAt(cells, PORT_SLOT), () => code.get(slot));
    return { cycles, slot };
  }

  /** CycleAccount.stall: all in locals. */
  private stall(code: FunctionCode, base: number, slot: number, cycles: number): void {
    const { cells } = this.parts;
    const number = (): void => {
      code.get(base);
      code.get(slot);
      code.op(W.add);
    };
    code.setElement(cells.byteOffset, number, () => {
      number();
      code.element(cells.byteOffset);
      code.get(cycles);
      code.op(W.add);
    });
    code.setWord(wordAt(cells, NOW), () => {
      code.word(wordAt(cells, NOW));
      code.get(cycles);
      code.op(W.add);
    });
  }

  /** The load of the molecule under way that has just missed. */
  private keepMiss(code: FunctionCode, register: number): void {
    const { tables, cells } = this.parts;
    const bytes = tables.cell(CELL.missBytes);
    const keep = (offset: number, value: () => void): void => {
      code.word(bytes);
      value();
      code.access(W.store32, tables.cell(CELL.misses) + offset);
    };
    keep(MISS.register, () => code.get(register));
    keep(MISS.filled, () => code.word(wordAt(cells, PORT_FREE)));
    keep(MISS.slot, () => code.word(wordAt(cells, PORT_SLOT)));
    code.addToWord(bytes, MISS_BYTES);
  }

  /** Scoreboard.noteMiss of the load at an address in a local. */
  private noteMiss(code: FunctionCode, at: number, time: number, register: number): void {
    const { ready, options } = this.parts;
    code.get(at);
    code.access(W.load32, MISS.filled);
    code.const32(options.latencyCycles.load);
    code.op(W.add);
    code.const32(2);
    code.op(W.shl);
    code.const32(2);
    code.const32(1);
    code.get(at);
    code.access(W.load32, MISS.slot);
    code.const32(CPI.memory);
    code.op(W.eq);
    code.op(W.select);
    code.op(W.or);
    code.tee(time);
    code.word(wordAt(ready, LAST));
    code.op(W.gtS);
    code.if();
    code.setWord(wordAt(ready, LAST), () => code.get(time));
    code.end();
    code.get(at);
    code.access(W.load32, MISS.register);
    code.tee(register);
    code.const32(R_SINK);
    code.op(W.ltS);
    code.if();
    this.setReady(code, time, register);
    code.end();
  }

  /** The register is ready at a time, unless it is pending until later. */
  private setReady(code: FunctionCode, time: number, register: number): void {
    const { ready } = this.parts;
    // The second word of pending registers lies behind the first.
    const word = (): void => {
      code.get(register);
      code.const32(5);
      code.op(W.shrU);
    };
    const bit = (): void => {
      code.const32(1);
      code.get(register);
      code.op(W.shl);
    };
    const pending = wordAt(ready, PENDING0);
    word();
    code.element(pending);
    bit();
    code.op(W.and);
    code.const32(0);
    code.op(W.ne);
    code.get(register);
    code.element(ready.byteOffset);
    code.get(time);
    code.op(W.gtS);
    code.op(W.and);
    code.op(W.eqz);
    code.if();
    code.setElement(
      ready.byteOffset,
      () => code.get(register),
      () => code.get(time),
    );
    code.setElement(pending, word, () => {
      word();
      code.element(pending);
      bit();
      code.op(W.or);
    });
    code.end();
  }

  /** Adds to the address on the stack that of the page-table word which linear bits from `shift` on choose. */
  private pushIndex(code: FunctionCode, linear: number, shift: number): void {
    code.get(linear);
    code.const32(shift);
    code.op(W.shrU);
    code.const32(0x3ff);
    code.op(W.and);
    code.const32(2);
    code.op(W.shl);
    code.op(W.or);
  }

  /** Pushes 1 if a directory entry leads to a table. */
  private pushHasTable(code: FunctionCode, entry: number, cr4: () => void): void {
    code.get(entry);
    code.const32(PTE_P);
    code.op(W.and);
    code.get(entry);
    code.const32(PTE_PS);
    code.op(W.and);
    code.op(W.eqz);
    cr4();
    code.const32(CR4_PSE);
    code.op(W.and);
    code.op(W.eqz);
    code.op(W.or);
    code.op(W.and);
  }

  /** HostTlb.read: waits for a page-table word; one that is not in RAM is 0 and takes no time. */
  private readEntry(
    code: FunctionCode,
    waited: number,
    entry: number,
    pushPhysical: () => void,
  ): void {
    const { memory } = this.parts;
    const host = code.local();
    pushPhysical();
    code.tee(host);
    code.const32(memory.ram.length);
    code.op(W.ltU);
    code.if();
    code.get(host);
    code.const32(memory.ramOffset);
    code.op(W.add);
    code.tee(host);
    code.access(W.load32, 0);
    code.set(entry);
    this.blocking(code, host, waited);
    code.else();
    code.const32(0);
    code.set(entry);
    code.end();
  }

  /** MemoryHierarchy.blockingAccess, `waited` cycles from now: the local grows by what it waits. */
  private blocking(code: FunctionCode, host: number, waited: number): void {
    const { cells } = this.parts;
    const busy = code.local();
    const cycles = code.local();
    const slot = code.local();
    this.ifMissed(code, host, () => {
      code.word(wordAt(cells, PORT_FREE));
      code.word(wordAt(cells, NOW));
      code.op(W.sub);
      code.get(waited);
      code.op(W.sub);
      code.tee(busy);
      code.const32(0);
      code.get(busy);
      code.const32(0);
      code.op(W.gtS);
      code.op(W.select);
      code.set(busy);
      code.setWord(wordAt(cells, PORT_FREE), () => code.const32(0));
      code.get(host);
      this.below(code, cycles, slot);
      code.get(waited);
      code.get(busy);
      code.op(W.add);
      code.get(cycles);
      code.op(W.add);
      code.set(waited);
    });
  }
}

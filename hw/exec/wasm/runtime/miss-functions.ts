/**
 * What accesses and fetches wait for that may miss: step/load-store-unit.ts and timing/memory-hierarchy.ts
 * on the same words (page walks: walk-functions.ts). `base`: number of the first cell where the molecule is charged.
 */

import { R_SINK } from '../../../atom/registers.js';
import { CPI } from '../../../timing/cpi.js';
import { NOW, PORT_FREE, PORT_SLOT } from '../../../timing/cycle-account.js';
import { LAST, PENDING0 } from '../../../timing/scoreboard.js';
import { W } from '../binary.js';
import { FunctionCode, wordAt } from '../function-code.js';
import { CELL } from '../unit-tables.js';
import { type MissParts, MissPieces } from './miss-pieces.js';

/** Bytes of a load that has missed: register, cycle when its line is there, slot. */
const MISS_BYTES = 12;
const MISS = { register: 0, filled: 4, slot: 8 } as const;

export class MissCode {
  private readonly pieces: MissPieces;

  constructor(private readonly parts: MissParts) {
    this.pieces = new MissPieces(parts);
  }

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
    this.pieces.below(code, cycles, slot);
    code.const32(CPI.l1i);
    code.set(slot);
    this.pieces.stall(code, base, slot, cycles);
    code.end();
    return code;
  }

  /** LoadStoreUnit.touchForLoad: host address, register, base. */
  load(): FunctionCode {
    const { options } = this.parts;
    const [host, register, base] = [0, 1, 2];
    const code = new FunctionCode(3);
    this.pieces.ifMissed(code, host, () => {
      const { cycles, slot } = this.fill(code, host, base);
      if (options.missStalls === 'use') this.keepMiss(code, register);
      else this.pieces.stall(code, base, slot, cycles);
    });
    return code;
  }

  /** LoadStoreUnit.touchForStore: host address, base. */
  store(): FunctionCode {
    const [host, base] = [0, 1];
    const code = new FunctionCode(2);
    this.pieces.ifMissed(code, host, () => {
      this.fill(code, host, base);
    });
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
    this.pieces.stall(code, base, slot, cycles);
    code.end();
    code.get(host);
    this.pieces.below(code, cycles, slot);
    code.setWord(wordAt(cells, PORT_FREE), () => {
      code.word(wordAt(cells, NOW));
      code.get(cycles);
      code.op(W.add);
    });
    code.setWord(wordAt(cells, PORT_SLOT), () => code.get(slot));
    return { cycles, slot };
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
}

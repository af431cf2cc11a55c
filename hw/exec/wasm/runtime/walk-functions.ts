/**
 * Page walks of the host TLB (timing/host-tlb.ts): their reads go through L1D.
 */
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
import { CPI } from '../../../timing/cpi.js';
import { NOW, PORT_FREE } from '../../../timing/cycle-account.js';
import { W } from '../binary.js';
import { FunctionCode, wordAt } from '../function-code.js';
import { PAGE_SHIFT } from '../tag-tests.js';
import { type MissParts, MissPieces } from './miss-pieces.js';

export class WalkCode {
  private readonly pieces: MissPieces;

  constructor(private readonly parts: MissParts) {
    this.pieces = new MissPieces(parts);
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
    this.pieces.stall(code, base, slot, waited);
    return code;
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
    this.pieces.ifMissed(code, host, () => {
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
      this.pieces.below(code, cycles, slot);
      code.get(waited);
      code.get(busy);
      code.op(W.add);
      code.get(cycles);
      code.op(W.add);
      code.set(waited);
    });
  }
}

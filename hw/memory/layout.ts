/**
 * Where everything of one machine lies in its linear memory (one WebAssembly.Memory): the only
 * file that knows. TypeScript sees it through typed arrays, generated code through addresses.
 *
 *   0x000000  processor state block (64 KB reserved; registers, hidden state, counters)
 *   0x010000  guest TLB: one word for each of 2^20 linear pages (4 MB)
 *   0x800000  guest RAM, physical address 0 first
 */
const STATE_OFFSET = 0;
const STATE_BYTES = 0x1_0000;
const TLB_OFFSET = STATE_OFFSET + STATE_BYTES;
const TLB_BYTES = 0x40_0000;
const RAM_OFFSET = 0x80_0000;
const WASM_PAGE = 0x1_0000;

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  /** The whole reserved block, in words; its users lay out their parts. */
  readonly state: Int32Array;
  readonly tlb: Int32Array;
  readonly ram: Uint8Array;

  /** `ramBytes`: a multiple of 64 KB, at most 2 GB. Never grows afterwards, so views stay valid. */
  constructor(ramBytes: number) {
    const pages = (RAM_OFFSET + ramBytes) / WASM_PAGE;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { buffer } = this.memory;
    this.state = new Int32Array(buffer, STATE_OFFSET, STATE_BYTES / 4);
    this.tlb = new Int32Array(buffer, TLB_OFFSET, TLB_BYTES / 4);
    this.ram = new Uint8Array(buffer, RAM_OFFSET, ramBytes);
  }
}

/**
 * Where everything of one machine lies in its linear memory (one WebAssembly.Memory): the only
 * file that knows. TypeScript sees it through typed arrays, generated code through addresses; a
 * *host physical address* is a byte offset in it.
 *
 *   0x000000  processor state block (64 KB reserved; registers, hidden state, counters)
 *   0x010000  guest TLB: one word for each of 2^20 linear pages (4 MB)
 *   0x410000  the host core: working registers, undo log, ... (core/core-area.ts lays it out)
 *   0x800000  guest RAM, physical address 0 first
 *   cmsOffset    memory of the code morphing software: its routines, tables and the tcache
 *   tablesOffset tags and recency of the host's caches and TLB (timing/timing-tables.ts)
 */
const STATE_OFFSET = 0;
const STATE_BYTES = 0x1_0000;
const TLB_OFFSET = STATE_OFFSET + STATE_BYTES;
const TLB_BYTES = 0x40_0000;
const CORE_OFFSET = TLB_OFFSET + TLB_BYTES;
export const RAM_OFFSET = 0x80_0000;
const WASM_PAGE = 0x1_0000;

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  /** The whole reserved block, in words; its users lay out their parts. */
  readonly state: Int32Array;
  readonly tlb: Int32Array;
  readonly ram: Uint8Array;
  /** Everything, index = host physical address. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly coreOffset = CORE_OFFSET;
  readonly coreBytes = RAM_OFFSET - CORE_OFFSET;
  readonly ramOffset = RAM_OFFSET;
  readonly cmsOffset: number;
  readonly cmsBytes: number;
  readonly tablesOffset: number;
  readonly tableBytes: number;

  /**
   * `ramBytes`: a multiple of 64 KB, at most 2 GB. Never grows afterwards, so views stay valid.
   * The sizes of the other two parts are rounded up to 64 KB.
   */
  constructor(ramBytes: number, cmsBytes = 0, tableBytes = 0) {
    this.cmsOffset = RAM_OFFSET + ramBytes;
    this.cmsBytes = Math.ceil(cmsBytes / WASM_PAGE) * WASM_PAGE;
    this.tablesOffset = this.cmsOffset + this.cmsBytes;
    this.tableBytes = Math.ceil(tableBytes / WASM_PAGE) * WASM_PAGE;
    const pages = (this.tablesOffset + this.tableBytes) / WASM_PAGE;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { buffer } = this.memory;
    this.state = new Int32Array(buffer, STATE_OFFSET, STATE_BYTES / 4);
    this.tlb = new Int32Array(buffer, TLB_OFFSET, TLB_BYTES / 4);
    this.ram = new Uint8Array(buffer, RAM_OFFSET, ramBytes);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Words at a host physical address. */
  words(offset: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, offset, count);
  }
}

/**
 * A list of linear pages that have a TLB entry, so that a flush costs what was used and not the
 * size of the table. Pages whose entry is gone (invlpg) are weeded out when room is needed.
 */
export class PageList {
  private pages = new Int32Array(1024);
  private count = 0;

  add(page: number, tlb: Int32Array): void {
    if (this.count === this.pages.length) this.makeRoom(tlb);
    this.pages[this.count++] = page;
  }

  each(visit: (page: number) => void): void {
    for (let i = 0; i < this.count; i++) visit(this.pages[i]);
  }

  /** Visits all pages and forgets them. */
  take(visit: (page: number) => void): void {
    this.each(visit);
    this.count = 0;
  }

  private makeRoom(tlb: Int32Array): void {
    const live = [...new Set(this.pages)].filter((page) => tlb[page] !== 0);
    if (live.length > this.pages.length / 2) this.pages = new Int32Array(this.pages.length * 2);
    this.pages.set(live);
    this.count = live.length;
  }
}

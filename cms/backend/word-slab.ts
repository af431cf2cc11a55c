/**
 * Room for the code of translations and their notes, cut from larger pieces: an array with a buffer of
 * its own takes microseconds to make and to collect. A piece is kept as long as any array in it.
 */
const PIECE_BYTES = 0x1_0000;
const ALIGNMENT = 4;

export class WordSlab {
  private piece = new ArrayBuffer(0);
  private next = 0;

  /** Zeros. */
  words(count: number): Uint32Array<ArrayBuffer> {
    const at = this.take(4 * count);
    return new Uint32Array(this.piece, at, count);
  }

  /** Zeros. */
  halves(count: number): Int16Array<ArrayBuffer> {
    const at = this.take(2 * count);
    return new Int16Array(this.piece, at, count);
  }

  /** Place of so many bytes in the piece. */
  private take(bytes: number): number {
    const size = (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    if (this.next + size > this.piece.byteLength) {
      this.piece = new ArrayBuffer(Math.max(PIECE_BYTES, size));
      this.next = 0;
    }
    const at = this.next;
    this.next += size;
    return at;
  }
}

/**
 * The guest's console as lines: what a terminal without cursor addressing would show. Carriage return,
 * backspace and tab move the cursor; escapes are taken out, so that nothing that the guest prints reaches
 * the terminal of the user but characters.
 */
import { EscapeStripper } from '../console-text.js';

const KEPT_LINES = 4000;
const LONGEST_LINE = 1000;
const TAB = 8;
const [BACKSPACE, RETURN] = [0x08, 0x0d];

export class ConsoleScreen {
  private readonly stripper = new EscapeStripper();
  private readonly decoder = new TextDecoder('utf-8');
  private readonly lines: string[] = [''];
  private column = 0;

  push(byte: number): void {
    const stands = this.stripper.isBetweenEscapes;
    const isText = this.stripper.accept(byte);
    if (isText)
      for (const char of this.decoder.decode(Uint8Array.of(byte), { stream: true })) this.put(char);
    else if (stands && byte === RETURN) this.column = 0;
    else if (stands && byte === BACKSPACE) this.column = Math.max(0, this.column - 1);
  }

  get isEmpty(): boolean {
    return this.lines.length === 1 && this.lines[0] === '';
  }

  /** The last rows of a window, `back` rows above the end; lines that are too long go on in the next row. */
  rows(width: number, height: number, back: number, filter = ''): string[] {
    if (width < 1 || height < 1) return [];
    const rows: string[] = [];
    for (let i = this.lines.length - 1; i >= 0 && rows.length < height + back; i--) {
      const line = this.lines[i];
      if (filter !== '' && !line.toLowerCase().includes(filter.toLowerCase())) continue;
      const pieces = Math.max(1, Math.ceil(line.length / width));
      for (let piece = pieces - 1; piece >= 0; piece--)
        rows.push(line.slice(piece * width, (piece + 1) * width));
    }
    const bottom = Math.min(back, Math.max(0, rows.length - height));
    return rows.slice(bottom, bottom + height).reverse();
  }

  get lineCount(): number {
    return this.lines.length;
  }

  private put(char: string): void {
    if (char === '\n') {
      this.lines.push('');
      this.column = 0;
      if (this.lines.length > 2 * KEPT_LINES) this.lines.splice(0, KEPT_LINES);
      return;
    }
    if (char === '\t') {
      const to = (Math.floor(this.column / TAB) + 1) * TAB;
      while (this.column < to) this.write(' ');
      return;
    }
    this.write(char);
  }

  private write(char: string): void {
    const last = this.lines.length - 1;
    const line = this.lines[last];
    const column = Math.min(this.column, line.length);
    if (column >= LONGEST_LINE) return;
    // Characters of two code units would shift what stands behind them.
    const one = char.length === 1 ? char : '?';
    this.lines[last] = line.slice(0, column) + one + line.slice(column + 1);
    this.column = column + 1;
  }
}

/**
 * A grid of cells, what everything on the dashboard is drawn into: a character and a style each. It
 * knows no terminal, so a screen can be compared with text in a test. Drawing outside of it is
 * harmless, and text that cannot stand in one column a character never gets in.
 */

/** Index of a colour of the palette of 256, plus 1; 0: the terminal's own. */
export interface Style {
  readonly fg?: number;
  readonly bg?: number;
  readonly bold?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

export const PLAIN: Style = {};

export interface Cell {
  readonly char: string;
  readonly style: Style;
}

const BLANK: Cell = { char: ' ', style: PLAIN };

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export class Grid {
  private readonly cells: Cell[];

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.cells = new Array<Cell>(width * height).fill(BLANK);
  }

  at(x: number, y: number): Cell {
    return this.cells[y * this.width + x] ?? BLANK;
  }

  /** Writes text, as much of it as there is room for in `room` columns; the column behind it. */
  text(x: number, y: number, text: string, style: Style = PLAIN, room = Infinity): number {
    const end = Math.min(this.width, x + Math.max(0, room));
    let column = x;
    for (const char of text) {
      if (column >= end) break;
      this.put(column++, y, char, style);
    }
    return column;
  }

  put(x: number, y: number, char: string, style: Style = PLAIN): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    this.cells[y * this.width + x] = { char: singleColumn(char) ? char : '?', style };
  }

  /** Gives cells another style, and leaves their characters. */
  restyle({ x, y, width, height }: Rect, style: Style): void {
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++)
        this.put(column, row, this.at(column, row).char, style);
  }

  fill({ x, y, width, height }: Rect, char = ' ', style: Style = PLAIN): void {
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) this.put(column, row, char, style);
  }

  /** Rows without blanks at their ends. */
  lines(): string[] {
    return Array.from({ length: this.height }, (_, y) =>
      this.cells
        .slice(y * this.width, (y + 1) * this.width)
        .map(({ char }) => char)
        .join('')
        .trimEnd(),
    );
  }
}

/** A part of a grid, with coordinates of its own; what lies outside of it is left alone. */
export class Area {
  constructor(
    private readonly grid: Grid,
    private readonly rect: Rect,
  ) {}

  get width(): number {
    return Math.max(0, this.rect.width);
  }

  get height(): number {
    return Math.max(0, this.rect.height);
  }

  /** Writes from a column on, within the area; the column behind the text. */
  text(x: number, y: number, text: string, style: Style = PLAIN, room = Infinity): number {
    if (y < 0 || y >= this.height) return x;
    const { rect } = this;
    const left = Math.min(this.width - x, room);
    return this.grid.text(rect.x + x, rect.y + y, text, style, left) - rect.x;
  }

  /** Writes what there is room for, and shows where something is left out. */
  cut(x: number, y: number, text: string, style: Style = PLAIN, room = Infinity): void {
    const columns = Math.min(this.width - x, room);
    const fits = text.length <= columns;
    this.text(x, y, fits ? text : `${text.slice(0, Math.max(0, columns - 1))}…`, style, columns);
  }

  /** Writes so that the text ends before a column. */
  textBefore(end: number, y: number, text: string, style: Style = PLAIN): void {
    this.text(end - text.length, y, text, style);
  }

  fillRow(y: number, char: string, style: Style = PLAIN): void {
    if (y < 0 || y >= this.height) return;
    const { x, y: top } = this.rect;
    this.grid.fill({ x, y: top + y, width: this.width, height: 1 }, char, style);
  }

  /** Gives what stands in a row from one column up to another a style. */
  restyle(x: number, y: number, width: number, style: Style): void {
    if (y < 0 || y >= this.height) return;
    const { rect } = this;
    const columns = Math.max(0, Math.min(width, this.width - x));
    this.grid.restyle({ x: rect.x + x, y: rect.y + y, width: columns, height: 1 }, style);
  }

  /** Columns and rows of it as an area. */
  part({ x, y, width, height }: Rect): Area {
    const { rect } = this;
    return new Area(this.grid, {
      x: rect.x + x,
      y: rect.y + y,
      width: Math.max(0, Math.min(width, this.width - x)),
      height: Math.max(0, Math.min(height, this.height - y)),
    });
  }
}

/** Ranges of characters that every terminal shows in one column. */
const SINGLE = [
  [0x20, 0x7e],
  [0xa1, 0xac],
  [0xae, 0x2ff],
  [0x370, 0x482],
  [0x48a, 0x52f],
  [0x2010, 0x2027],
  [0x2030, 0x205e],
  [0x207f, 0x207f],
  [0x20a7, 0x20ac],
  [0x2190, 0x21ff],
  [0x2200, 0x2311],
  [0x2320, 0x2321],
  [0x2500, 0x25fc],
  [0x263a, 0x263c],
  [0x2640, 0x2640],
  [0x2642, 0x2642],
  [0x2660, 0x266b],
] as const;

function singleColumn(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x20 && code <= 0x7e) return true;
  return SINGLE.some(([first, last]) => code >= first && code <= last);
}

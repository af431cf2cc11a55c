/**
 * The text that a VGA shows, worked out from its registers and planes: characters in plane 0,
 * attributes in plane 1. Source: IBM VGA technical reference, CRT controller registers.
 * Left out: horizontal and vertical panning by pixels, the split screen (line compare).
 */
import type { VgaMemory } from './vga-memory.js';

export interface TextScreen {
  readonly columns: number;
  readonly rows: number;
  /** Character codes and attributes, row after row. */
  readonly characters: number[];
  readonly attributes: number[];
  /** Undefined when it is switched off or outside of the screen. */
  readonly cursor: { readonly row: number; readonly column: number } | undefined;
}

/** The screen, or undefined in a graphics mode. */
export function textScreen(
  crtc: Uint8Array,
  graphics: Uint8Array,
  memory: VgaMemory,
): TextScreen | undefined {
  if (graphics[6] & 1) return undefined;
  const columns = crtc[0x01] + 1;
  const rows = Math.floor(visibleLines(crtc) / linesPerRow(crtc));
  // In word mode the address counter counts character cells, two bytes apart.
  const scale = crtc[0x17] & 0x40 ? 1 : 2;
  const start = (crtc[0x0c] << 8) | crtc[0x0d];
  const characters: number[] = [];
  const attributes: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const cell = (start + row * crtc[0x13] * 2 + column) & 0xffff;
      characters.push(memory.plane(0, cell * scale));
      attributes.push(memory.plane(1, cell * scale));
    }
  }
  return { columns, rows, characters, attributes, cursor: cursorAt(crtc, start, columns, rows) };
}

function visibleLines(crtc: Uint8Array): number {
  const overflow = crtc[0x07];
  return (crtc[0x12] | ((overflow & 0x02) << 7) | ((overflow & 0x40) << 3)) + 1;
}

function linesPerRow(crtc: Uint8Array): number {
  const lines = (crtc[0x09] & 0x1f) + 1;
  return crtc[0x09] & 0x80 ? lines * 2 : lines;
}

function cursorAt(crtc: Uint8Array, start: number, columns: number, rows: number) {
  const cell = (((crtc[0x0e] << 8) | crtc[0x0f]) - start) & 0xffff;
  const stride = crtc[0x13] * 2;
  const off = (crtc[0x0a] & 0x20) !== 0 || stride === 0;
  const row = Math.floor(cell / stride);
  const column = cell % stride;
  return off || row >= rows || column >= columns ? undefined : { row, column };
}

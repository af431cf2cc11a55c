/**
 * The text screen as lines of Unicode: characters of code page 437, which the VGA's character
 * generator holds after a BIOS has set it up; colours are left out.
 */
import type { TextScreen } from '../hw/platform/vga-text.js';

/** Characters 0-31 and 127 have glyphs, too; 0 and 255 are blank. */
const low = ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼';
const high =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ';

function glyph(code: number): string {
  if (code < 0x20) return low.charAt(code);
  if (code >= 0x80) return high.charAt(code - 0x80);
  return code === 0x7f ? '⌂' : String.fromCharCode(code);
}

/** Each row without blanks at its end, and no empty rows at the end. */
export function screenLines(screen: TextScreen | undefined): string[] | undefined {
  if (!screen) return undefined;
  const lines: string[] = [];
  for (let row = 0; row < screen.rows; row++) {
    const codes = screen.characters.slice(row * screen.columns, (row + 1) * screen.columns);
    lines.push(codes.map(glyph).join('').trimEnd());
  }
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

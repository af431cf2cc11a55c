/**
 * Inside a translation: the guest's instructions, the intermediate representation that the backend got, and
 * the molecules, side by side. The cursor is on a guest instruction; what works for it in the other two
 * columns is marked.
 */
import type { Explanation, MoleculeLine } from '../../../sim/explain/explanation.js';
import type { Area } from '../grid.js';
import { hex, share, short } from '../numbers.js';
import type { Context, Extent } from '../panels/panel.js';

interface Line {
  readonly text: string;
  /** Works for the guest instruction under the cursor. */
  readonly marked: boolean;
}

const HEAD_ROWS = 3;
/** Columns that each takes of what there is: x86, IR, molecules. */
const WEIGHTS = [38, 26, 50];
/** From these on two stand side by side, and all three. */
const [TWO, THREE] = [72, 112];

export function drawDetails(area: Area, context: Context): Extent {
  const { explanation: t } = context.model;
  if (t === undefined) {
    area.text(0, 0, 'this translation is not known any more (esc: back)', context.theme.faint);
    return { rows: 0, visible: area.height };
  }
  drawHead(area, t, context);
  const columns = [
    { title: `x86: ${t.guestCode.length} instructions`, lines: guestLines(t, context) },
    { title: irTitle(t), lines: irLines(t, context) },
    { title: moleculeTitle(t), lines: moleculeLines(t, context) },
  ];
  const count = area.width >= THREE ? 3 : area.width >= TWO ? 2 : 1;
  const first = Math.min(context.state.side, columns.length - count);
  const whole = WEIGHTS.slice(first, first + count).reduce((a, b) => a + b, 0);
  let x = 0;
  for (let i = first; i < first + count; i++) {
    const share = Math.floor(((area.width + 1) * WEIGHTS[i]) / whole);
    const width = i === first + count - 1 ? area.width - x : share - 1;
    const rect = { x, y: HEAD_ROWS, width, height: area.height - HEAD_ROWS };
    drawColumn(area.part(rect), columns[i], context);
    x += share;
  }
  return { rows: t.guestCode.length, visible: area.height - HEAD_ROWS - 1 };
}

function drawHead(area: Area, t: Explanation, { theme }: Context): void {
  const { use, worth, code, region } = t;
  const ipc = use.cycles === 0 ? '-' : (use.instructions / use.cycles).toFixed(2);
  const mode = t.mode.user ? 'user' : 'kernel';
  area.text(0, 0, `${t.gear} 0x${hex(t.entryEip)}, ${mode}, ${t.state}`, theme.strong);
  area.cut(
    0,
    1,
    `${share(use.shareOfCycles, 1)} of all cycles, ran ${short(use.executions)} times, IPC ${ipc}, saved ${short(worth.savedCycles)} cycles`,
  );
  const rollbacks = use.rollbacks.map(({ cause, times }) => `${short(times)} ${cause}`).join(', ');
  const tail = rollbacks === '' ? '' : `; rolled back: ${rollbacks}`;
  area.cut(0, 2, `ends at ${region.endText}; ${code.sizeBytes} bytes${tail}`, theme.faint);
}

function drawColumn(
  area: Area,
  { title, lines }: { readonly title: string; readonly lines: readonly Line[] },
  { theme }: Context,
): void {
  area.fillRow(0, '─', theme.faint);
  area.text(0, 0, `${title} `, theme.title);
  const rows = area.height - 1;
  const marked = lines.findIndex((line) => line.marked);
  const first = Math.max(0, Math.min(marked - Math.floor(rows / 2), lines.length - rows));
  lines.slice(first, first + rows).forEach((line, i) => {
    if (line.marked) area.fillRow(i + 1, ' ', theme.cursor);
    area.cut(0, i + 1, line.text, line.marked ? theme.cursor : undefined);
  });
}

function guestLines(t: Explanation, { state }: Context): Line[] {
  const chosen = Math.min(state.instruction, t.guestCode.length - 1);
  return t.guestCode.map(({ index, eip, text }) => ({
    text: `${String(index).padStart(2)} ${hex(eip)} ${text}`,
    marked: index === chosen,
  }));
}

function irTitle(t: Explanation): string {
  const last = t.stages.at(-1);
  return last === undefined
    ? 'IR'
    : `IR: ${last.operations} of ${t.stages[0].operations} operations`;
}

/** Operations stand behind the guest instruction that they were made from (`; eip text`). */
function irLines(t: Explanation, { state }: Context): Line[] {
  const chosen = t.guestCode[Math.min(state.instruction, t.guestCode.length - 1)];
  let marked = false;
  let at = 0;
  return (t.stages.at(-1)?.ir ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [operation, comment] = line.split(/\s+; (?=[0-9a-f]+ )/);
      if (comment !== undefined) {
        const eip = Number.parseInt(comment, 16);
        // One address may be there several times, in an unrolled loop.
        at = nextAt(t, eip, at);
        marked = at === chosen?.index;
      }
      if (/^\s*#\d/.test(operation)) marked = false;
      return { text: operation.replace(/^ {2}/, ''), marked };
    });
}

function nextAt({ guestCode }: Explanation, eip: number, from: number): number {
  const next = guestCode.findIndex((line, i) => i >= from && line.eip === eip >>> 0);
  return next >= 0 ? next : guestCode.findIndex((line) => line.eip === eip >>> 0);
}

const moleculeTitle = ({ code }: Explanation): string =>
  `${code.molecules} molecules, ${code.atoms} atoms`;

function moleculeLines(t: Explanation, { state }: Context): Line[] {
  const chosen = Math.min(state.instruction, t.guestCode.length - 1);
  return t.molecules.map((molecule) => ({
    text: moleculeText(molecule),
    marked: molecule.atoms.some(({ guest }) => guest === chosen),
  }));
}

/** Offset, marks (`>` entry, `*` resume point, `c` commit), atoms. */
function moleculeText({
  offset,
  isEntry,
  isResumePoint,
  commit,
  atoms,
  exit,
}: MoleculeLine): string {
  const mark = isEntry ? '>' : isResumePoint ? '*' : ' ';
  const text = atoms.map((atom) => atom.text).join(' | ') || 'nop';
  const leaves = exit >= 0 ? ` -> #${exit}` : '';
  return `${hex(offset, 3)}${mark}${commit ? 'c' : ' '} ${text}${leaves}`;
}

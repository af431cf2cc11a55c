/**
 * The pipeline: molecules in the order in which they issued, each with its units side by side and what it
 * waited for; between them what the software did. Below the one that the machine (or the user who steps)
 * stands at, the molecules that follow it in memory.
 */
import type { MoleculeText, TraceEntry } from '../../../sim/watch/machine-watch.js';
import { type Area, PLAIN, type Style } from '../grid.js';
import type { HostModel } from '../model.js';
import { hex } from '../numbers.js';
import { SLOT_LETTERS, type Theme } from '../theme.js';
import { type Context, type Extent, type Panel, withoutHost } from './panel.js';

/** Where columns begin: host address, commit mark, stalls, the first unit. In front: cycles since the molecule before. */
interface Columns {
  readonly cycles: number;
  readonly address: number;
  readonly mark: number;
  readonly stalls: number;
  readonly atoms: number;
}
const NARROW: Columns = { cycles: 3, address: 4, mark: 12, stalls: 14, atoms: 21 };
const WIDE: Columns = { cycles: 4, address: 6, mark: 15, stalls: 18, atoms: 31 };
/** The longest atom, and a blank. */
const MOST_UNIT = 28;
/** No letter, which would look like a digit of the address. */
const COMMIT_MARK = '■';
/** From here on atoms are written out. */
const WIDE_AREA = 100;

const columnsOf = (area: Area): Columns => (area.width >= WIDE_AREA ? WIDE : NARROW);

/** Rows below the current one, of those that there are. */
const AHEAD = 0.3;

interface Row {
  readonly entry: TraceEntry;
  /** Since the molecule before. */
  readonly cycles: number;
}

export const pipelinePanel: Panel = {
  title: 'pipeline',
  head: ({ model }, width) => {
    const { host } = model;
    if (host === undefined || host.trace.length === 0) return '';
    return placeText(host, width);
  },
  draw: (area, context) => {
    const { model, theme } = context;
    if (model.host === undefined) return withoutHost(area, context);
    const rows = rowsOf(model.host.trace.slice(0, model.host.current + 1));
    if (rows.length === 0) {
      area.text(0, 0, 'nothing recorded yet', theme.faint);
      return { rows: 0, visible: area.height };
    }
    return drawRows(area, context, model.host, rows);
  },
};

/** Which translation the current molecule belongs to. */
function placeText(host: HostModel, width: number): string {
  const entry = host.trace.slice(0, host.current + 1).findLast(({ kind }) => kind === 'molecule');
  if (entry?.kind !== 'molecule') return 'interpreting';
  const owner = host.moleculeAt(entry.hostPc)?.owner;
  if (owner === undefined) return 'look-up routine';
  const gear = width < 44 ? '' : `${owner.gear} `;
  return `${gear}0x${hex(owner.entryEip)}+${owner.offset.toString(16)}`;
}

function rowsOf(trace: readonly TraceEntry[]): Row[] {
  let before: number | undefined;
  return trace.map((entry) => {
    if (entry.kind !== 'molecule') return { entry, cycles: 0 };
    const cycles = before === undefined ? 0 : entry.cycle - before;
    before = entry.cycle;
    return { entry, cycles };
  });
}

function drawRows(area: Area, context: Context, host: HostModel, rows: readonly Row[]): Extent {
  const heading = area.height >= 5 ? 1 : 0;
  const body = area.part({ x: 0, y: heading, width: area.width, height: area.height - heading });
  if (heading === 1) drawHeading(area, host, context.theme);
  const ahead = following(host, rows, Math.floor(body.height * AHEAD));
  const visible = Math.max(1, body.height - ahead.length);
  const back = Math.min(context.state.scrolled.pipeline ?? 0, Math.max(0, rows.length - visible));
  const last = rows.length - back;
  const shown = rows.slice(Math.max(0, last - visible), last);
  shown.forEach((row, y) => {
    const current = back === 0 && y === shown.length - 1;
    if (current) body.fillRow(y, ' ', context.theme.cursor);
    drawRow(body, y, row, host, context.theme, current);
  });
  if (back === 0)
    ahead.forEach((molecule, i) => {
      drawAtoms(body, shown.length + i, molecule, context.theme.faint);
    });
  return { rows: rows.length, visible };
}

function drawHeading(area: Area, { units }: HostModel, { faint }: Theme): void {
  const at = columnsOf(area);
  area.textBefore(at.cycles, 0, 'cyc', faint);
  area.text(at.address, 0, 'host pc', faint);
  area.text(at.stalls, 0, 'waited', faint);
  const width = unitColumns(area, units.length);
  units.forEach((unit, i) => {
    area.text(at.atoms + i * width, 0, unit, faint, width - 1);
  });
}

function unitColumns(area: Area, units: number): number {
  const room = area.width - columnsOf(area).atoms + 1;
  return Math.max(2, Math.min(MOST_UNIT, Math.floor(room / Math.max(1, units))));
}

/** What lies behind the current molecule and has not issued yet. */
function following(host: HostModel, rows: readonly Row[], count: number): MoleculeText[] {
  const { entry } = rows[rows.length - 1];
  if (entry.kind !== 'molecule') return [];
  const molecules: MoleculeText[] = [];
  let molecule = host.moleculeAt(entry.hostPc);
  const id = molecule?.owner?.id;
  while (molecule !== undefined && molecules.length < count) {
    molecule = host.moleculeAt(molecule.hostPc + molecule.lengthBytes);
    if (molecule === undefined || molecule.owner?.id !== id) break;
    molecules.push(molecule);
  }
  return molecules;
}

function drawRow(
  area: Area,
  y: number,
  row: Row,
  host: HostModel,
  theme: Theme,
  current: boolean,
): void {
  const { entry } = row;
  const over = current ? theme.cursor : undefined;
  const at = columnsOf(area);
  if (entry.kind !== 'molecule') {
    area.text(at.address, y, softwareText(entry), over ?? theme.faint);
    return;
  }
  if (row.cycles > 0) area.textBefore(at.cycles, y, String(Math.min(row.cycles, 999)), over);
  let x = at.stalls;
  for (const { slot, cycles } of entry.stalls) {
    const text = `${SLOT_LETTERS[slot] ?? '?'}${cycles}`;
    if (x + text.length >= at.atoms) break;
    x = area.text(x, y, text, over ?? theme.slot(slot)) + 1;
  }
  const molecule = host.moleculeAt(entry.hostPc);
  if (molecule === undefined) {
    area.text(at.address, y, hex(entry.hostPc), over);
    area.text(at.atoms, y, '(its translation is gone)', over ?? theme.faint);
  } else drawAtoms(area, y, molecule, over ?? PLAIN);
}

function softwareText(entry: Exclude<TraceEntry, { kind: 'molecule' }>): string {
  switch (entry.kind) {
    case 'commit':
      return `-- commits ${instructionsText(entry.instructions)}eip 0x${hex(entry.eip)}`;
    case 'interpreted':
      return `interpreter  0x${hex(entry.eip)}  ${entry.text()}`;
    case 'delivered':
      return `-- takes an interrupt (${entry.what})`;
    default:
      return entry satisfies never;
  }
}

function instructionsText(n: number): string {
  if (n === 0) return '';
  return n === 1 ? 'an instruction, ' : `${n} instructions, `;
}

function drawAtoms(area: Area, y: number, molecule: MoleculeText, style: Style): void {
  const at = columnsOf(area);
  area.text(at.address, y, hex(molecule.hostPc), style);
  if (molecule.commit) area.text(at.mark, y, COMMIT_MARK, style);
  const width = unitColumns(area, molecule.atoms.length);
  molecule.atoms.forEach((atom, i) => {
    const text = atom === '' ? '.' : atom;
    // Half an operand would mislead: only the name of the atom, if the whole does not fit.
    const fits = text.length < width ? text : text.slice(0, text.search(/[ .]|$/));
    area.cut(at.atoms + i * width, y, fits, style, width - 1);
  });
}

/**
 * An explained translation as text: a head with what it was worth, then guest code, intermediate
 * representation, molecules, exits. Numbers in front of atoms and behind `;` are those of the
 * guest instructions that they work for.
 */
import { hexAddress } from '../sim/explain/addresses.js';
import type { Explanation, MoleculeLine, Stage } from '../sim/explain/explanation.js';
import { grouped, percent, type Row } from './statistics-text.js';

export function explanationText(t: Explanation, rank: number): string {
  return [
    `#${rank} ${t.gear} ${hexAddress(t.entryEip)} (${modeText(t)}): ${percent(t.use.shareOfCycles, 1)} of all cycles, ${percent(t.use.shareOfInstructions, 1)} of all guest instructions`,
    ...aligned(headRows(t)),
    ...section('guest code', guestLines(t)),
    ...stageSections(t.stages),
    ...section('molecules (offset, static cycle)', moleculeLines(t)),
    ...section('exits', exitLines(t)),
  ].join('\n');
}

function modeText({ mode, state }: Explanation): string {
  const parts = [
    mode.user ? 'user' : 'kernel',
    mode.code32 ? '32-bit code' : '16-bit code',
    ...(mode.stack32 === mode.code32 ? [] : [mode.stack32 ? '32-bit stack' : '16-bit stack']),
    ...(mode.csBase === 0 ? [] : [`code segment at ${hexAddress(mode.csBase)}`]),
    ...(state === 'live' ? [] : [state]),
  ];
  return parts.join(', ');
}

function headRows({ use, worth, region, speculation, code }: Explanation): Row[] {
  const ipc = use.cycles === 0 ? 0 : use.instructions / use.cycles;
  const causes = use.rollbacks.map(({ cause, times }) => `${grouped(times)} ${cause}`).join(', ');
  const speculated = speculationText(speculation);
  const density = (code.atoms / code.molecules).toFixed(2);
  const copies = region.unrolled > 1 ? `; ${region.unrolled} copies of the loop's body` : '';
  return [
    [
      'ran',
      `${grouped(use.executions)} times: ${grouped(use.instructions)} guest instructions in ${grouped(use.cycles)} cycles (IPC ${ipc.toFixed(2)})`,
    ],
    ...when(causes, 'rolled back', `${causes}; ${grouped(use.wastedCycles)} cycles`),
    ['worth', worthText(worth)],
    ['region', `${grouped(region.instructions)} guest instructions${copies}`],
    ['end', region.endText],
    ...when(region.policy.length, 'made carefully', region.policy.join(', ')),
    ...when(speculated, 'speculates', speculated),
    [
      'code',
      `${code.molecules} molecules with ${code.atoms} atoms (${density} a molecule), ${grouped(code.sizeBytes)} bytes at host address ${hexAddress(code.startPc)}${code.spills > 0 ? `, ${code.spills} values spilled` : ''}`,
    ],
  ];
}

const when = (condition: unknown, name: string, text: string): Row[] =>
  condition ? [[name, text]] : [];

function worthText({
  costCycles,
  savedCycles,
  interpreterCyclesPerStep,
}: Explanation['worth']): string {
  const average = interpreterCyclesPerStep.toFixed(1);
  const verdict =
    savedCycles >= 0
      ? `saved ${grouped(savedCycles)} cycles`
      : `lost ${grouped(-savedCycles)} cycles`;
  return `${verdict} against interpreting (${average} cycles a step); making it took ${grouped(costCycles)}`;
}

function speculationText(s: Explanation['speculation']): string {
  const counted = (n: number, one: string, several = `${one}s`): string[] =>
    n === 0 ? [] : [`${n} ${n === 1 ? one : several}`];
  return [
    ...counted(s.loadsOverStores, 'load moved over stores', 'loads moved over stores'),
    ...counted(s.loadsOverBranches, 'load moved over branches', 'loads moved over branches'),
    ...s.guards.flatMap(({ why, count }) => counted(count, `guard (${why})`, `guards (${why})`)),
    ...counted(s.pageChecks, 'page check'),
    ...counted(s.ifConversions, 'branch made selects', 'branches made selects'),
    ...counted(
      s.assists,
      'instruction left to the interpreter',
      'instructions left to the interpreter',
    ),
  ].join(', ');
}

function guestLines({ guestCode }: Explanation): string[] {
  const bytes = Math.max(...guestCode.map((line) => line.bytes.length));
  return guestCode.map(
    (line) =>
      `${String(line.index).padStart(3)}  ${hexAddress(line.eip).slice(2)}  ${line.bytes.padEnd(bytes)}  ${line.text}`,
  );
}

/** As it was lifted; what each pass changed; as the backend got it. */
function stageSections(stages: readonly Stage[]): string[] {
  const [lifted, ...passes] = stages;
  const lines = section(
    `intermediate representation as lifted, ${lifted.operations} operations`,
    irLines(lifted),
  );
  for (const { pass, operations, changes } of passes)
    lines.push(...section(`${pass} changed, ${operations} operations left`, changes));
  const last = passes.at(-1);
  if (last)
    lines.push(
      ...section(
        `intermediate representation as scheduled, ${last.operations} operations`,
        irLines(last),
      ),
    );
  return lines;
}

const irLines = ({ ir }: Stage): string[] =>
  ir
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(2));

function moleculeLines({ molecules, exits }: Explanation): string[] {
  const widths: number[] = [];
  const cells = molecules.map(({ atoms }) => atoms.map(cellText));
  for (const line of cells)
    line.forEach((cell, i) => {
      if (i < line.length - 1) widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return molecules.map((molecule, m) => {
    const text = cells[m].map((cell, i) =>
      i < cells[m].length - 1 ? cell.padEnd(widths[i]) : cell,
    );
    const exit = exits[molecule.exit];
    const leaves = exit ? `   -> exit #${exit.index}` : '';
    return `${placeText(molecule)}  ${text.join(' | ') || 'nop'}${leaves}`;
  });
}

const cellText = ({ guest, text }: MoleculeLine['atoms'][number]): string =>
  `${(guest < 0 ? '' : String(guest)).padStart(2)} ${text}`;

/** `>` the entry, `*` execution may go on here after a commit, `c` commits. */
function placeText({ offset, cycle, isEntry, isResumePoint, commit }: MoleculeLine): string {
  const mark = isEntry ? '>' : isResumePoint ? '*' : ' ';
  return `${offset.toString(16).padStart(4, '0')} ${String(cycle).padStart(3)} ${mark}${commit ? 'c' : ' '}`;
}

function exitLines({ exits, use }: Explanation): string[] {
  return exits.map(({ index, kind, eip, times, instructions, leadsTo }) => {
    const where = eip === -1 ? '' : ` ${hexAddress(eip)}`;
    const share =
      kind === 'commit' || kind === 'assist' ? '' : ` (${percent(times, use.executions)})`;
    return `#${index} ${kind}${where}: ${grouped(times)} ${times === 1 ? 'time' : 'times'}${share}, after ${instructions} guest ${instructions === 1 ? 'instruction' : 'instructions'}; ${leadsTo}`;
  });
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', `  ${title}`, ...lines.map((line) => `    ${line}`.trimEnd())];
}

function aligned(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}

/**
 * The host assembler, for the routines of the code morphing software and for tests:
 *
 *   loop:                                     // a label; comments end with the line
 *     { ld32.u r16,[r17] ; add r17,r17,#4 }   // a molecule: its atoms execute together
 *     { alu1: sub32.c r18,r18,#1 }            // on a unit of one's choice
 *     { br.nz loop } commit
 *     { nop ; add r1,r2,r3 } format 4         // slots as written
 *     { imm ##7 ; add r1,r2,r3 }              // a literal that no atom of the molecule uses
 *
 * A molecule gets the shortest format with a slot for each atom, and the earliest slots. It may run
 * over several lines. Addresses of labels count from `origin`.
 */
import { moleculeProblem } from './check-molecule.js';
import { usesLiteral } from './forms.js';
import { type HostIsa, IMM_SLOT, type Placement, type SlotWish } from './host-isa.js';
import { type AtomInstance, encodeMolecule, type Molecule } from './molecule.js';
import {
  AtomSyntaxError,
  evaluate,
  evaluateAtom,
  type NameValue,
  type ParsedAtom,
  parseAtom,
} from './parse-atom.js';

/** A mistake in the text; the message begins with the line. */
export class AssemblyError extends Error {
  constructor(
    readonly line: number,
    sentence: string,
  ) {
    super(`line ${line}: ${sentence}`);
    this.name = 'AssemblyError';
  }
}

export interface AssembleOptions {
  /** Host address of the first molecule, a multiple of 8; 0 if absent. */
  readonly origin?: number;
  /** Constants that the text may name. */
  readonly symbols?: Readonly<Record<string, number>>;
}

export interface Assembled {
  readonly words: Uint32Array;
  /** Host addresses. */
  readonly labels: ReadonlyMap<string, number>;
  readonly molecules: readonly Molecule[];
}

/** A molecule with its slots chosen, before labels are known. */
interface Draft {
  readonly line: number;
  readonly pc: number;
  readonly atoms: readonly ParsedAtom[];
  readonly placement: Placement;
  /** Text of a literal that no atom uses. */
  readonly literal: string | undefined;
  readonly commit: boolean;
}

export function assemble(isa: HostIsa, text: string, options: AssembleOptions = {}): Assembled {
  const labels = new Map<string, number>();
  const drafts: Draft[] = [];
  let pc = options.origin ?? 0;
  for (const { line, kind, content, tail } of statements(text)) {
    if (kind === 'label') {
      if (labels.has(content)) throw new AssemblyError(line, `the label ${content} is there twice`);
      labels.set(content, pc);
      continue;
    }
    const draft = located(line, () => draftMolecule(isa, line, pc, content, tail));
    drafts.push(draft);
    pc += isa.formats[draft.placement.format].lengthBytes;
  }
  const value: NameValue = (name) =>
    labels.get(name) ??
    (options.symbols && Object.hasOwn(options.symbols, name) ? options.symbols[name] : undefined);
  const molecules = drafts.map((draft) => located(draft.line, () => finish(isa, draft, value)));
  const words = new Uint32Array((pc - (options.origin ?? 0)) / 4);
  let at = 0;
  for (const molecule of molecules) at += encodeMolecule(isa, molecule, words, at);
  return { words, labels, molecules };
}

/** Gives a mistake its line. */
function located<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AtomSyntaxError) throw new AssemblyError(line, error.message);
    throw error;
  }
}

interface Statement {
  readonly line: number;
  readonly kind: 'label' | 'molecule';
  readonly content: string;
  /** What stands behind the closing brace on its line. */
  readonly tail: string;
}

const LABEL = /^\s*([A-Za-z_.$][\w.$]*):/;
const MOLECULE = /^\s*\{([^{}]*)\}([^\n{}]*)/;

function statements(text: string): Statement[] {
  const found: Statement[] = [];
  let rest = text.replace(/\/\/.*$/gm, '');
  let line = 1;
  const lines = (part: string): number => part.split('\n').length - 1;
  while (rest.trim() !== '') {
    const label = LABEL.exec(rest);
    const match = label ?? MOLECULE.exec(rest);
    const start = line + lines(/^\s*/.exec(rest)?.[0] ?? '');
    if (!match) {
      const [bad] = rest.trim().split('\n');
      throw new AssemblyError(start, `neither a label nor a molecule in braces: ${bad}`);
    }
    found.push({
      line: start,
      kind: label ? 'label' : 'molecule',
      content: match[1],
      tail: label ? '' : match[2].trim(),
    });
    line += lines(match[0]);
    rest = rest.slice(match[0].length);
  }
  return found;
}

const TAIL = /^(commit)?\s*(?:format (\d+))?$/;
const UNIT = /^([a-z]\w*)\s*:\s*/;
const LITERAL = /^imm\s+##\s*(.+)$/;

function draftMolecule(
  isa: HostIsa,
  line: number,
  pc: number,
  content: string,
  tail: string,
): Draft {
  const options = TAIL.exec(tail);
  if (!options) throw new AtomSyntaxError(`${tail} after a molecule: only commit and format N`);
  const commit = options[1] !== undefined;
  const parts = content.split(';').map((part) => part.trim());
  const literals = parts.map((part) => LITERAL.exec(part)?.[1]).filter((t) => t !== undefined);
  const written = parts.filter((part) => part !== '' && !LITERAL.test(part));
  const units = written.map((part) => unitNamed(isa, UNIT.exec(part)?.[1]));
  const atoms = written.map((part) => parseAtom(part.replace(UNIT, '')));
  if (literals.length > 1) throw new AtomSyntaxError('a molecule has one literal');
  const wishes = atoms.map(({ row }, i): SlotWish => ({ row, unit: units[i] }));
  const needsLiteral = literals.length > 0 || atoms.some(({ row }) => usesLiteral(row));
  const placement =
    options[2] === undefined
      ? isa.place(wishes, needsLiteral, commit)
      : asWritten(isa, Number(options[2]), atoms.length);
  if (!placement)
    throw new AtomSyntaxError(
      `no format has slots for ${written.join(' ; ')}${needsLiteral ? ', a literal' : ''}${commit ? ', commit' : ''}`,
    );
  return { line, pc, atoms, placement, literal: literals[0], commit };
}

function unitNamed(isa: HostIsa, name: string | undefined): number {
  if (name === undefined) return -1;
  const unit = isa.units.find((u) => u.name === name);
  if (!unit)
    throw new AtomSyntaxError(
      `no unit is called ${name}; there are ${isa.units.map((u) => u.name).join(', ')}`,
    );
  return unit.index;
}

/** `format N`: the atoms stand in slot order, the literal's slot left out. */
function asWritten(isa: HostIsa, number: number, count: number): Placement {
  const format = isa.formats[number];
  if (!format) throw new AtomSyntaxError(`there is no format ${number}`);
  const slots = format.slots.flatMap((unit, i) => (unit === IMM_SLOT ? [] : [i]));
  if (slots.length !== count)
    throw new AtomSyntaxError(`format ${number} has ${slots.length} slots for atoms, not ${count}`);
  return { format: number, slots };
}

function finish(isa: HostIsa, draft: Draft, value: NameValue): Molecule {
  const { slots: units, lengthBytes } = isa.formats[draft.placement.format];
  const slots: (AtomInstance | undefined)[] = units.map(() => undefined);
  let literal = draft.literal === undefined ? undefined : evaluate(draft.literal, value) | 0;
  draft.atoms.forEach((parsed, i) => {
    const atom = evaluateAtom(parsed, draft.pc, value);
    if (usesLiteral(atom.row)) literal ??= atom.imm;
    if (atom.row.effect?.kind !== 'nop') slots[draft.placement.slots[i]] = atom;
  });
  const molecule: Molecule = {
    format: draft.placement.format,
    slots,
    literal: literal ?? 0,
    commit: draft.commit,
    lengthBytes,
  };
  const problem = moleculeProblem(isa, molecule);
  if (problem !== undefined) throw new AtomSyntaxError(problem);
  return molecule;
}

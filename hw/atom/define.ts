/**
 * How rows of the atom table are written: a row with a meaning states only name, form and class;
 * which status registers it reads and writes follows from the recorded meaning. Rows that only the
 * core can carry out name their effect instead.
 */
import type { AtomClass, LatencyClass } from '../options.js';
import type { AtomEffect, AtomRow, OperandForm } from './atom.js';
import { type AtomMeaning, type MeaningRecorder, reads, record, writes } from './meaning.js';

/** A row before the table gives it its number. */
export type AtomDraft = Omit<AtomRow, 'opcode'>;
export type Meaning = (m: MeaningRecorder) => void;

/** The classes whose rows have meanings; each has the latency of its name. */
type ComputingClass = AtomClass & LatencyClass;

function computing(
  name: string,
  form: OperandForm,
  unitClass: ComputingClass,
  meaning: AtomMeaning,
): AtomDraft {
  return {
    name,
    form,
    unitClass,
    latency: unitClass,
    readsD: reads(meaning, 'd'),
    readsFlags: reads(meaning, 'result') || reads(meaning, 'carry'),
    writesFlags: writes(meaning, 'result') || writes(meaning, 'carry'),
    readsMq: reads(meaning, 'mq'),
    writesMq: writes(meaning, 'mq'),
    effect: undefined,
    meaning,
  };
}

/** One row with a meaning. */
export function row(
  name: string,
  form: OperandForm,
  unitClass: ComputingClass,
  meaning: Meaning,
): AtomDraft {
  return computing(name, form, unitClass, record(meaning));
}

/** The three forms of a two-source row: `op` d,a,b; `op#` d,a,imm8; `op##` d,a,imm32. */
export function threeForms(
  name: string,
  unitClass: ComputingClass,
  meaning: Meaning,
): readonly AtomDraft[] {
  const recorded = record(meaning);
  return [
    computing(name, 'd,a,b', unitClass, recorded),
    computing(`${name}#`, 'd,a,imm8', unitClass, recorded),
    computing(`${name}##`, 'd,a,imm32', unitClass, recorded),
  ];
}

/** The register and imm8 forms of a row whose second source is small (counts, bit numbers). */
export function twoForms(
  name: string,
  sources: 'd,a,' | 'a,',
  unitClass: ComputingClass,
  meaning: Meaning,
): readonly AtomDraft[] {
  const recorded = record(meaning);
  return [
    computing(name, `${sources}b`, unitClass, recorded),
    computing(`${name}#`, `${sources}imm8`, unitClass, recorded),
  ];
}

interface Status {
  readonly latency?: LatencyClass;
  readonly readsFlags?: boolean;
  readonly readsMq?: boolean;
  readonly writesMq?: boolean;
}

/** A row that the core carries out. */
export function effectRow(
  name: string,
  form: OperandForm,
  unitClass: AtomClass,
  effect: AtomEffect,
  status: Status = {},
): AtomDraft {
  return {
    name,
    form,
    unitClass,
    latency: status.latency ?? 'alu',
    readsD: false,
    readsFlags: status.readsFlags ?? false,
    writesFlags: false,
    readsMq: status.readsMq ?? false,
    writesMq: status.writesMq ?? false,
    effect,
    meaning: undefined,
  };
}

/**
 * What becomes of each guest instruction in a translation: lifted from its recorded meaning;
 * assisted, which is a commit and one step of the interpreter in the middle of the region; or
 * interpreted, which ends the region in front of it.
 *
 * Assisted are instructions without recorded meaning (or with an awkward one) that change neither
 * control flow nor, as a rule, what the context or the page tables hold; they may fault, since the
 * interpreter then delivers. Whoever goes on behind one looks whether the exception was met (`out` opens
 * the A20 gate, `popf` sets AC or TF, `sti` holds interrupts). Some of them have a meaning for privilege
 * level 0 and are lifted there. LOCK is ignored: there is one processor, and what lies
 * between two commits is one step for everybody else.
 */
import type { Insn } from '../../guest-isa/decode/insn.js';
import type { InsnRow } from '../../guest-isa/insn/row.js';
import { recordTemplate } from '../../guest-isa/sem/record.js';
import type { SegmentPlace, Statement, Template } from '../../guest-isa/sem/template.js';
import { SS } from '../../guest-isa/state/layout.js';
import type { Context } from '../context.js';

export type Treatment = 'lift' | 'assist' | 'interpret';

/** A recorded meaning and what the lifter has to know of it in advance. */
export interface LiftTemplate {
  readonly template: Template;
  readonly supported: boolean;
  /** There is an exit in front of it. */
  readonly excepts: boolean;
  /** No interrupt may be taken between it and the next instruction. */
  readonly holdsInterrupts: boolean;
  /** Stores on its longest way. */
  readonly stores: number;
  readonly accesses: readonly { readonly segment: SegmentPlace; readonly write: boolean }[];
}

/** Rows without meaning that may be assisted, by mnemonic; all of x87 and MMX are too. */
const ASSISTED = new Set([
  'arpl',
  'bound',
  'cli',
  'clts',
  'cpuid',
  'enter',
  'fxrstor',
  'fxsave',
  'in',
  'invd',
  'lar',
  'lsl',
  'out',
  'popf',
  'pushf',
  'rdtsc',
  'salc',
  'sgdt',
  'sidt',
  'sldt',
  'smsw',
  'sti',
  'str',
  'verr',
  'verw',
  'wbinvd',
]);
/** The same by encoding, where one mnemonic has rows of both kinds: push and store of segment registers, mov from control and debug registers. */
const ASSISTED_ENCODINGS = new Set([
  '06',
  '0e',
  '16',
  '1e',
  '0f a0',
  '0f a8',
  '8c /r',
  '0f 20 /r',
  '0f 21 /r',
]);

/** Meanings that no short sequence of the host's operations expresses. */
const AWKWARD = new Set(['rcl', 'rcr', 'daa', 'das', 'aaa', 'aas', 'aam', 'aad']);

export class LiftRules {
  /** By row, then by variant: operand size, register or memory form. */
  private readonly templates = new Map<InsnRow, (LiftTemplate | undefined)[]>();
  /** What was asked for last, which is mostly asked for again. */
  private lastRow: InsnRow | undefined;
  private lastVariants: (LiftTemplate | undefined)[] = [];

  /** `features`: what the guest processor announces; other instructions raise #UD. */
  constructor(private readonly features: ReadonlySet<string>) {}

  treatment(insn: Insn, context: Context): Treatment {
    const { row } = insn;
    if (!row || (insn.lock && !(row.lockable && insn.isMem))) return 'interpret';
    if (row.feature !== undefined && !this.features.has(row.feature)) return 'interpret';
    if (row.direct && !(row.level0 && context.level0))
      return isAssisted(row) ? 'assist' : 'interpret';
    const { supported, accesses } = this.template(row, insn);
    const otherwise = row.flow === 'next' && !repeats(insn) ? 'assist' : 'interpret';
    if (!supported) return otherwise;
    for (const access of accesses) {
      const use = context.segments[access.segment === 'operand' ? insn.seg : access.segment];
      if (use.kind === 'refused' || (access.write && !use.writable)) return otherwise;
    }
    return 'lift';
  }

  template(row: InsnRow, insn: Insn): LiftTemplate {
    const variant = (insn.opSize >> 2) + (insn.isMem ? 2 : 0);
    const variants = row === this.lastRow ? this.lastVariants : this.variantsOf(row);
    variants[variant] ??= analyse(
      recordTemplate(row, { operandSize: insn.opSize, isMem: insn.isMem }),
    );
    return variants[variant];
  }

  private variantsOf(row: InsnRow): (LiftTemplate | undefined)[] {
    let variants = this.templates.get(row);
    if (!variants) {
      variants = new Array(4).fill(undefined);
      this.templates.set(row, variants);
    }
    this.lastRow = row;
    this.lastVariants = variants;
    return variants;
  }
}

/** A string instruction with a repeat prefix. */
export const repeats = (insn: Insn): boolean =>
  insn.row !== undefined && insn.row.repeat !== 'none' && insn.repeat !== 0;

function isAssisted(row: InsnRow): boolean {
  if (row.flow !== 'next') return false;
  const first = row.opcode.bytes[0];
  const isX87 = (first >= 0xd8 && first <= 0xdf) || first === 0x9b;
  return (
    isX87 ||
    row.feature === 'mmx' ||
    ASSISTED.has(row.mnemonic) ||
    ASSISTED_ENCODINGS.has(row.opcodeText)
  );
}

function analyse(template: Template): LiftTemplate {
  const accesses: { segment: SegmentPlace; write: boolean }[] = [];
  let supported = true;
  let excepts = false;
  let holdsInterrupts = false;
  const visit = (statements: Template): void => {
    for (const st of statements) {
      supported &&= isSupported(st);
      excepts ||= st.kind === 'exceptWhen';
      holdsInterrupts ||= st.kind === 'holdInterrupts';
      const access = accessOf(st);
      if (access) accesses.push(access);
      if (st.kind === 'if') {
        visit(st.consequent);
        visit(st.alternative);
      }
    }
  };
  visit(template);
  return { template, supported, excepts, holdsInterrupts, stores: storesIn(template), accesses };
}

function storesIn(template: Template): number {
  let stores = 0;
  for (const st of template) {
    if (st.kind === 'if') stores += Math.max(storesIn(st.consequent), storesIn(st.alternative));
    else if (accessOf(st)?.write === true && st.kind !== 'load') stores++;
  }
  return stores;
}

function isSupported(st: Statement): boolean {
  switch (st.kind) {
    case 'alu':
      return !AWKWARD.has(st.op) && !((st.op === 'shld' || st.op === 'shrd') && st.bits !== 32);
    case 'fixedAlu':
      return !AWKWARD.has(st.op);
    case 'raise':
      return false;
    default:
      return true;
  }
}

function accessOf(st: Statement): { segment: SegmentPlace; write: boolean } | undefined {
  switch (st.kind) {
    case 'load':
      return { segment: st.segment, write: st.modify };
    case 'store':
      return { segment: st.segment, write: true };
    case 'push':
    case 'call':
    case 'stackStore':
      return { segment: SS, write: true };
    case 'pop':
    case 'return':
    case 'stackLoad':
      return { segment: SS, write: false };
    default:
      return undefined;
  }
}

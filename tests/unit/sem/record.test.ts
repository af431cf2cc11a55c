/** Recording of meanings: every row in every variant, and what the recorder refuses. */
import { describe, expect, it } from 'vitest';
import { rows } from '../../../guest-isa/insn/index.js';
import { memoryOnly, operandClass, registerOnly } from '../../../guest-isa/insn/operand-codes.js';
import { type InsnRow, row } from '../../../guest-isa/insn/row.js';
import { compileHandler } from '../../../guest-isa/interp/emit-handler.js';
import { recordTemplate, type Variant } from '../../../guest-isa/sem/record.js';
import type { Statement, Template } from '../../../guest-isa/sem/template.js';

const recorded = rows.filter((r) => r.meaning !== undefined);

function variants(r: InsnRow): Variant[] {
  const forms: boolean[] = [];
  const hasRm = r.operands.some((code) => operandClass(code) === 'modrm-rm' || code[0] === 'O');
  if (hasRm && !r.operands.some(registerOnly)) forms.push(true);
  if (!r.operands.some((code) => memoryOnly(code) || code[0] === 'O')) forms.push(false);
  return forms.flatMap((isMem) => ([2, 4] as const).map((operandSize) => ({ operandSize, isMem })));
}

/** Results in the order in which they are defined; uses are checked against them. */
function checkValues(template: Template, defined: Set<number>): void {
  for (const st of template) {
    for (const used of valuesUsed(st)) expect(defined.has(used)).toBe(true);
    if ('result' in st) {
      expect(defined.has(st.result)).toBe(false);
      defined.add(st.result);
    }
    if (st.kind === 'if') {
      checkValues(st.consequent, new Set(defined));
      checkValues(st.alternative, new Set(defined));
    }
  }
}

function valuesUsed(st: Statement): number[] {
  if ('args' in st) return [...st.args];
  const keys = ['address', 'value', 'target', 'release', 'condition'] as const;
  if (st.kind === 'constant') return [];
  return keys.flatMap((key) => (key in st ? [(st as unknown as Record<string, number>)[key]] : []));
}

describe('rows', () => {
  it.each(
    recorded.map((r) => [`${r.mnemonic} ${r.opcodeText} ${r.operands.join(',')}`, r] as const),
  )('%s records and compiles in every variant', (_name, r) => {
    for (const variant of variants(r)) {
      const template = recordTemplate(r, variant);
      checkValues(template, new Set());
      const form = r.repeat === 'none' ? 'none' : r.repeat === 'rep' ? 'rep' : 'repe';
      expect(typeof compileHandler('test', template, form)).toBe('function');
    }
  });
});

describe('the recorder refuses', () => {
  const refused = (meaning: InsnRow['meaning']): (() => void) => {
    const bad = row('bad', '0f ff /r', 'Ev,Gv', meaning as NonNullable<typeof meaning>);
    return () => void recordTemplate(bad, { operandSize: 4, isMem: true });
  };

  it('a load after a register write', () => {
    const meaning: InsnRow['meaning'] = (m, memory) => {
      m.writeRegister(0, 4, m.constant(1));
      memory.read();
    };
    expect(refused(meaning)).toThrow(/could not be restarted/);
  });

  it('a store after the flags were written, unless its place was read before', () => {
    const blind: InsnRow['meaning'] = (m, memory, register) => {
      memory.write(m.alu('add', 32, register.read(), register.read()));
    };
    expect(refused(blind)).toThrow(/could not be restarted/);
    const modify: InsnRow['meaning'] = (m, memory, register) => {
      memory.write(m.alu('add', 32, memory.read(), register.read()));
    };
    expect(refused(modify)).not.toThrow();
  });

  it('a load after one branch wrote a register', () => {
    const meaning: InsnRow['meaning'] = (m, memory, register) => {
      m.if(register.read(), () => m.writeRegister(0, 4, m.constant(1)));
      memory.read();
    };
    expect(refused(meaning)).toThrow(/could not be restarted/);
  });
});

describe('templates', () => {
  const text = (mnemonic: string, opcode: string, variant: Variant): string[] => {
    const found = rows.find((r) => r.mnemonic === mnemonic && r.opcodeText === opcode) as InsnRow;
    return recordTemplate(found, variant).map((st) => st.kind);
  };

  it('check the rights of a read-modify-write with its load', () => {
    const found = rows.find((r) => r.opcodeText === '01 /r') as InsnRow;
    const template = recordTemplate(found, { operandSize: 4, isMem: true });
    const load = template.find((st) => st.kind === 'load');
    expect(load).toMatchObject({ kind: 'load', modify: true });
  });

  it('compute an address once', () => {
    expect(text('add', '01 /r', { operandSize: 4, isMem: true })).toEqual([
      'effectiveAddress',
      'load',
      'getRegister',
      'alu',
      'store',
    ]);
  });
});

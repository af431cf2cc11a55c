/** Lazy flags: every combination can be stored and read back; conditions agree with the bits. */
import { describe, expect, it } from 'vitest';
import { Insn } from '../../../guest-isa/decode/insn.js';
import type { Cpu } from '../../../guest-isa/interp/cpu.js';
import { compileHandler } from '../../../guest-isa/interp/emit-handler.js';
import { Sem } from '../../../guest-isa/sem/sem.js';
import {
  AF,
  arithmeticFlags,
  CF,
  condition,
  OF,
  PF,
  SF,
  setArithmeticFlags,
  ZF,
} from '../../../guest-isa/state/flags.js';
import { EAX, STATE_WORDS } from '../../../guest-isa/state/layout.js';

const BITS = [CF, PF, AF, ZF, SF, OF];
const combinations = Array.from({ length: 64 }, (_, n) =>
  BITS.reduce((flags, bit, i) => flags | ((n >> i) & 1 ? bit : 0), 0),
);

/** SDM vol. 1, appendix B. */
function expected(code: number, f: number): number {
  const on = (bit: number): boolean => (f & bit) !== 0;
  const tests = [
    on(OF),
    on(CF),
    on(ZF),
    on(CF) || on(ZF),
    on(SF),
    on(PF),
    on(SF) !== on(OF),
    on(ZF) || on(SF) !== on(OF),
  ];
  return tests[code >> 1] === ((code & 1) === 0) ? 1 : 0;
}

describe('flags', () => {
  it('hold every combination', () => {
    const s = new Int32Array(STATE_WORDS);
    for (const flags of combinations) {
      setArithmeticFlags(s, flags);
      expect(arithmeticFlags(s)).toBe(flags);
    }
  });

  it('give all conditions, in the function and in generated handlers', () => {
    const s = new Int32Array(STATE_WORDS);
    for (let code = 0; code < 16; code++) {
      const m = new Sem(4);
      m.writeRegister(EAX, 4, m.condition(code));
      const handler = compileHandler('condition', m.finish(), 'none');
      for (const flags of combinations) {
        setArithmeticFlags(s, flags);
        expect(condition(s, code)).toBe(expected(code, flags));
        handler({ s } as Cpu, new Insn());
        expect(s[EAX]).toBe(expected(code, flags));
      }
    }
  });
});

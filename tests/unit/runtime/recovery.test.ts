/** What is interpreted behind a rollback, where that ends, and what of it is told to retranslation. */
import { describe, expect, it } from 'vitest';
import type { InterpreterGear } from '../../../cms/runtime/interpreter-gear.js';
import { Position } from '../../../cms/runtime/position.js';
import { Recovery } from '../../../cms/runtime/recovery.js';
import type { Retranslation, Trouble } from '../../../cms/runtime/retranslation.js';
import { Statistics } from '../../../cms/runtime/statistics.js';
import type { TcacheEntry } from '../../../cms/tcache/tcache-entry.js';
import type { Insn } from '../../../guest-isa/decode/insn.js';
import type { Cpu } from '../../../guest-isa/interp/cpu.js';
import { EIP } from '../../../guest-isa/state/layout.js';

const ENTRY = 0x8000_1000 | 0;
const PATH = [0, 1, 2, 3].map((n) => (ENTRY + n) >>> 0);

interface Step {
  readonly to: number;
  readonly faults?: boolean;
  readonly io?: boolean;
  readonly storesToOwnBytes?: boolean;
  /** Further iterations are to come; many: it may be looked for again. */
  readonly givesWay?: 'few' | 'many';
}

/** Interprets these steps behind a rollback of a translation of four instructions. */
function recovered(steps: readonly Step[]) {
  const s = new Int32Array(EIP + 1);
  s[EIP] = ENTRY;
  const culprit = {
    entryEip: ENTRY >>> 0,
    region: { instructions: PATH.map((eip) => ({ eip })) },
    state: 'live' as TcacheEntry['state'],
  };
  const interpreter = {
    ioEip: -1,
    midRepeat: false,
    longRepeat: false,
    step(): Insn | undefined {
      const step = steps[taken++];
      if (step === undefined) throw new Error('nothing more to interpret');
      if (step.io) interpreter.ioEip = s[EIP];
      if (step.storesToOwnBytes) culprit.state = 'asleep';
      interpreter.midRepeat = step.givesWay !== undefined;
      interpreter.longRepeat = step.givesWay === 'many';
      s[EIP] = step.to;
      return step.faults ? undefined : ({} as Insn);
    },
  };
  let taken = 0;
  let judged: Trouble | undefined;
  const position = new Position();
  position.recover(culprit as unknown as TcacheEntry, 'alias', 7);
  const statistics = new Statistics();
  const recovery = new Recovery({
    cpu: { s } as unknown as Cpu,
    interpreter: interpreter as unknown as InterpreterGear,
    position,
    retranslation: {
      judge: (_: TcacheEntry, trouble: Trouble) => {
        judged = trouble;
      },
    } as unknown as Retranslation,
    statistics,
  });
  while (position.kind === 'recovering') recovery.step();
  return { taken, judged, count: statistics.count.recovered };
}

const at = (n: number): number => ENTRY + n;
const NOTHING = { cause: 'alias', causeIndex: 7, faultEip: -1, ioEip: -1, ownStoreEip: -1 };

describe('recovery', () => {
  it.each<readonly [string, readonly Step[], number]>([
    ['to the end of the path', [{ to: at(1) }, { to: at(2) }, { to: at(3) }, { to: at(9) }], 4],
    ['to where the guest leaves it', [{ to: at(1) }, { to: at(0x100) }], 2],
    ['to where it is back at the start', [{ to: at(1) }, { to: at(0) }], 2],
    ['as many instructions as it has', [1, 2, 1, 2].map((n) => ({ to: at(n) })), 4],
  ])('interprets %s', (_name, steps, instructions) => {
    const { taken, judged, count } = recovered(steps);
    expect([taken, count]).toEqual([instructions, instructions]);
    expect(judged).toEqual(NOTHING);
  });

  it('ends at a fault, and tells where it was', () => {
    const { taken, judged } = recovered([{ to: at(1) }, { to: 0x100, faults: true }]);
    expect(taken).toBe(2);
    expect(judged).toEqual({ ...NOTHING, faultEip: at(1) });
  });

  it('tells where I/O was accessed, and where the translation changed its own bytes', () => {
    const steps = [{ to: at(1) }, { to: at(2), io: true }, { to: at(3), storesToOwnBytes: true }];
    const { judged } = recovered([...steps, { to: at(4) }]);
    expect(judged).toEqual({ ...NOTHING, ioEip: at(1), ownStoreEip: at(2) });
  });

  it('goes on with a repeated instruction, but for a long one', () => {
    const few: Step = { to: at(1), givesWay: 'few' };
    expect(recovered([{ to: at(1) }, few, few, { to: at(9) }])).toMatchObject({
      taken: 4,
      count: 2,
    });
    const many: Step = { to: at(1), givesWay: 'many' };
    expect(recovered([{ to: at(1) }, many, many, { to: at(9) }]).count).toBe(4);
  });
});

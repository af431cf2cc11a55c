/**
 * After a rollback: interprets the instructions that the translation had begun, from the last commit
 * to the end of its path or to where the guest leaves it. The trouble either does not come again (it
 * came from speculation) or it is the guest's own (a fault, an I/O access) and happens here, precisely.
 * What was met decides whether the translation is made anew, more carefully (retranslation.ts).
 */

import type { Cpu } from '../../guest-isa/interp/cpu.js';
import { EIP } from '../../guest-isa/state/layout.js';
import type { TcacheEntry } from '../tcache/tcache-entry.js';
import type { InterpreterGear } from './interpreter-gear.js';
import type { Position } from './position.js';
import type { Retranslation } from './retranslation.js';
import type { Statistics } from './statistics.js';

export interface RecoveryParts {
  readonly cpu: Cpu;
  readonly interpreter: InterpreterGear;
  readonly position: Position;
  readonly retranslation: Retranslation;
  readonly statistics: Statistics;
}

export class Recovery {
  constructor(private readonly parts: RecoveryParts) {}

  /** One instruction of a position that is `recovering`. */
  step(): void {
    const { cpu, interpreter, position, statistics } = this.parts;
    const culprit = position.culprit as TcacheEntry;
    const eip = cpu.s[EIP];
    interpreter.ioEip = -1;
    const { state } = culprit;
    const insn = interpreter.step();
    if (interpreter.ioEip !== -1) position.ioEip = eip;
    // The store was reported, and the translation of the bytes put aside.
    if (state === 'live' && culprit.state !== 'live') position.ownStoreEip = eip;
    // Further iterations of a repeated instruction are to come: after some, translated code may do them.
    if (insn !== undefined && interpreter.midRepeat && !interpreter.longRepeat) return;
    statistics.count.recovered++;
    position.budget--;
    if (insn === undefined) position.faultEip = eip;
    else if (position.budget > 0 && isOnPath(culprit, cpu.s[EIP])) return;
    const { cause, causeIndex, faultEip, ioEip, ownStoreEip } = position;
    position.culprit = undefined;
    position.head();
    this.parts.retranslation.judge(culprit, {
      cause,
      causeIndex,
      faultEip,
      ioEip,
      ownStoreEip,
    });
  }
}

/** Is the guest still on the path, and not back at its start? */
function isOnPath({ entryEip, region }: TcacheEntry, eip: number): boolean {
  if (eip === (entryEip | 0)) return false;
  return region.instructions.some((instruction) => (instruction.eip | 0) === eip);
}

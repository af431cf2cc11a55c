/**
 * Which step a translation takes that keeps coming back with the same host exit (numbers: retranslate
 * more conservatively: no reordering, smaller region, interpret this instruction). Counted for each
 * translation and kind of exit; at the configured threshold the address climbs one step of the
 * policy ledger, and the translation is replaced.
 *
 * ASSUMED: (the paper leaves it open) faults that the guest really takes are no reason; they come precisely
 * either way, and an instruction that once faulted may run a million times without.
 */
import { EXIT, type HostExit } from '../../hw/core/exits.js';
import { TRAPS } from '../ir/ir.js';
import type { PolicyLedger, PolicyStep } from '../smc/policy-ledger.js';
import type { TcacheEntry } from '../tcache/tcache-entry.js';
import type { ProtectedCode } from './protected-code.js';
import type { Statistics } from './statistics.js';
import type { Translator } from './translator.js';

export interface Trouble {
  readonly cause: HostExit;
  /** Of a trap: which guard (ir.ts TRAPS). */
  readonly causeIndex: number;
  /** Where the interpreter met a fault, an access to I/O, a store to the translation's own bytes on the way; -1: nowhere. */
  readonly faultEip: number;
  readonly ioEip: number;
  readonly ownStoreEip: number;
}

export interface RetranslationParts {
  readonly ledger: PolicyLedger;
  readonly translator: Translator;
  readonly protection: ProtectedCode;
  readonly statistics: Statistics;
  readonly faultThreshold: number;
}

export class Retranslation {
  constructor(private readonly parts: RetranslationParts) {}

  /** A rollback was recovered from. */
  judge(culprit: TcacheEntry, trouble: Trouble): void {
    if (culprit.state === 'dead') return;
    if (isSelfCheck(trouble) && trouble.ownStoreEip === -1) {
      this.parts.protection.selfCheckFailed(culprit);
      return;
    }
    if (trouble.cause === 'tBit' || (trouble.faultEip !== -1 && trouble.cause === 'guestFault'))
      return;
    const kind = EXIT[trouble.cause];
    if (++culprit.trouble[kind] < this.parts.faultThreshold) return;
    culprit.trouble[kind] = 0;
    if (this.climb(culprit, trouble)) this.parts.translator.remake(culprit);
  }

  /** Takes the first step that is new to the address. */
  private climb(culprit: TcacheEntry, trouble: Trouble): boolean {
    const { entryEip, context, region } = culprit;
    const smaller: PolicyStep = { step: 'smaller', instructions: region.instructions.length };
    for (const step of [...stepsAgainst(trouble), smaller]) {
      if (!this.parts.ledger.escalate(entryEip, context.id, step)) continue;
      this.parts.statistics.count.retranslations++;
      return true;
    }
    return false;
  }
}

const isSelfCheck = ({ cause, causeIndex }: Trouble): boolean =>
  cause === 'trap' && TRAPS[causeIndex] === 'sourceChanged';

/** Steps that help against a kind of trouble, the mildest first. */
function stepsAgainst(trouble: Trouble): readonly PolicyStep[] {
  const { cause, faultEip, ioEip, ownStoreEip } = trouble;
  switch (cause) {
    case 'alias':
      return [{ step: 'noReorder' }];
    case 'speculation':
      return [{ step: 'noBranchSpeculation' }];
    case 'guestFault':
      return [{ step: 'noBranchSpeculation' }, { step: 'noReorder' }];
    case 'io':
      return ioEip === -1
        ? [{ step: 'noBranchSpeculation' }, { step: 'noReorder' }]
        : [{ step: 'interpretAt', eips: [ioEip >>> 0] }];
    case 'trap': {
      // A path that stores to its own bytes is cut in front of the store.
      const eip = isSelfCheck(trouble) ? ownStoreEip : faultEip;
      return eip === -1 ? [] : [{ step: 'interpretAt', eips: [eip >>> 0] }];
    }
    default:
      return [];
  }
}

/**
 * Which mechanism an address gets whose code is written, or shares protection with what is written:
 * after `faultsBeforeEscalation` incidents the next one that the configuration allows. From cheap
 * to dear (CMS paper): T-bits with revalidation where it is on, stylized immediates where nothing else
 * was ever seen to change, self-checking, the interpreter alone.
 *
 * An incident is a protection fault while the translation was awake, a true write by the interpreter, or a
 * self-check that failed. Only code that keeps being translated anew ends in the interpreter.
 * ASSUMED: an address that was quiet for `forgetCycles` starts from scratch (an address means other code
 * when a page is used for another program), but the policy that it reached stays.
 */
import type { CmsOptions } from '../options.js';
import type { Translation } from '../tcache/translation.js';
import { addressKey, type PolicyLedger, type PolicyStepName } from './policy-ledger.js';
import { changedFields } from './stylized.js';

interface History {
  incidents: number;
  /** Translations made since the last escalation after one was lost to a change. */
  remade: number;
  /** One was lost, and none made since. */
  isLost: boolean;
  /** Instructions whose fields changed. */
  readonly fields: Set<number>;
  /** Something else changed too. */
  otherBytes: boolean;
  /** Lost to a change that nobody has looked at yet. */
  lost: Translation | undefined;
  lastCycle: number;
}

export class SmcLadder {
  private readonly histories = new Map<number, History>();

  constructor(
    private readonly options: CmsOptions['selfModifying'],
    private readonly ledger: PolicyLedger,
    private readonly ram: Uint8Array,
    private readonly now: () => number,
  ) {}

  /** An incident of a translation: the step taken, after which it has to go, or undefined. */
  incident(translation: Translation): PolicyStepName | undefined {
    const history = this.history(translation);
    if (++history.incidents < this.options.faultsBeforeEscalation) return undefined;
    history.incidents = 0;
    const step = this.escalate(translation, history);
    if (step !== undefined) history.remade = 0;
    return step;
  }

  /** The bytes of a translation are other ones now: remembers which. */
  changed(translation: Translation): void {
    const history = this.history(translation);
    history.lost = undefined;
    history.isLost = true;
    this.learn(history, translation);
  }

  /** A translation is thrown away just before its bytes change. */
  lost(translation: Translation): void {
    const history = this.history(translation);
    history.lost = translation;
    history.isLost = true;
  }

  /** A translation of that address was made. */
  made(translation: Translation): void {
    const history = this.histories.get(keyOf(translation));
    if (history?.isLost !== true) return;
    history.isLost = false;
    history.remade++;
    if (history.lost === undefined) return;
    this.learn(history, history.lost);
    history.lost = undefined;
  }

  clear(): void {
    this.histories.clear();
  }

  private learn(history: History, translation: Translation): void {
    const fields = changedFields(translation, this.ram);
    if (fields === undefined) history.otherBytes = true;
    for (const eip of fields ?? []) history.fields.add(eip);
  }

  private escalate(translation: Translation, history: History): PolicyStepName | undefined {
    const { entryEip: eip, context } = translation;
    const mayCheck = this.options.selfChecking !== 'never';
    if (this.options.stylized && !history.otherBytes && history.fields.size > 0) {
      const eips = [...history.fields];
      if (this.ledger.escalate(eip, context.id, { step: 'stylized', eips })) {
        // T-bits would fault at each change of a field.
        if (mayCheck) this.ledger.escalate(eip, context.id, { step: 'selfCheck' });
        return 'stylized';
      }
    }
    if (mayCheck && this.ledger.escalate(eip, context.id, { step: 'selfCheck' }))
      return 'selfCheck';
    if (history.remade < this.options.faultsBeforeEscalation) return undefined;
    const untilCycle = this.now() + this.options.forgetCycles;
    this.ledger.escalate(eip, context.id, { step: 'interpret', untilCycle });
    return 'interpret';
  }

  private history(translation: Translation): History {
    const key = keyOf(translation);
    const now = this.now();
    const known = this.histories.get(key);
    if (known !== undefined && now - known.lastCycle < this.options.forgetCycles) {
      known.lastCycle = now;
      return known;
    }
    const fresh = {
      incidents: 0,
      remade: 0,
      isLost: false,
      fields: new Set<number>(),
      otherBytes: false,
      lost: undefined,
      lastCycle: now,
    };
    this.histories.set(key, fresh);
    return fresh;
  }
}

function keyOf(translation: Translation): number {
  return addressKey(translation.entryEip, translation.context.id);
}

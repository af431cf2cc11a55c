/**
 * The code morphing software of one machine, put together: contexts, interpreter gear, profile, lifter,
 * optimizer, backend, tcache, protection and the dispatcher that drives them. The host core below and
 * the guest processor above are given; `executor` goes to the guest's run loop, `memory` to the core.
 */
import { EIP } from '../../guest-isa/state/layout.js';
import type { CommitView } from '../../hw/core/host-core.js';
import type { Lifter } from '../lift/lift-region.js';
import { POLICY_STEPS } from '../smc/policy-ledger.js';
import { SMC_COUNTERS } from '../smc/smc-counters.js';
import type { Tcache } from '../tcache/tcache.js';
import { TCACHE_COUNTERS, TCACHE_LEVELS } from '../tcache/tcache-counters.js';
import { type CmsParts, type Composed, compose } from './compose.js';
import type { Dispatcher } from './dispatcher.js';
import type { MemoryPort } from './memory-port.js';
import type { GuestObserver } from './parts.js';
import { type CounterReading, readingsOf } from './statistics.js';
import { TranslationRecords } from './translation-records.js';

const LEVELS: ReadonlySet<string> = new Set(TCACHE_LEVELS.map((name) => `tcache.${name}`));

export class CodeMorphing {
  readonly executor: Dispatcher;
  /** For the core: guest memory behind its fast path. */
  readonly memory: MemoryPort;
  readonly tcache: Tcache;
  /** What each translation, and each gear, was good for. */
  readonly records: TranslationRecords;
  readonly lifter: Lifter;
  private readonly composed: Composed;
  /** What had been counted when the core's time began to pass in another way, by name. */
  private before: ReadonlyMap<string, number> = new Map();

  constructor(private readonly parts: CmsParts) {
    this.composed = compose(parts);
    const { executor, memory, tcache, lifter, interpreter } = this.composed;
    this.executor = executor;
    this.memory = memory;
    this.tcache = tcache;
    this.lifter = lifter;
    this.records = new TranslationRecords(tcache, parts.core, interpreter);
  }

  /** Lets someone follow what the guest completes. */
  observe(observer: GuestObserver | undefined): void {
    this.composed.interpreter.observer = observer;
    this.executor.observer = observer;
    this.parts.core.onCommit =
      observer && ((commit) => observer.committed(commit, this.eipBehind(commit)));
  }

  /** Everything that the software counts, since the timing model changed if it did. */
  readings(): readonly CounterReading[] {
    return this.allReadings().map((reading) => {
      const before = this.before.get(reading.name) ?? 0;
      return before === 0 ? reading : { ...reading, value: reading.value - before };
    });
  }

  /**
   * Time passes in another way on the core from now on: all counters begin anew. What was learned of the
   * guest, and what was made, stays.
   */
  timingChanged(): void {
    this.composed.interpreter.timingChanged();
    this.records.beginAnew();
    const counted = this.allReadings().filter(({ name }) => !LEVELS.has(name));
    this.before = new Map(counted.map(({ name, value }) => [name, value]));
  }

  private allReadings(): readonly CounterReading[] {
    const { statistics, protection, ledger } = this.composed;
    return [
      ...this.records.readings(),
      ...statistics.readings(),
      ...readingsOf('tcache', TCACHE_COUNTERS, this.tcache.counts, 'times'),
      ...readingsOf('smc', SMC_COUNTERS, protection.counts, 'times'),
      ...readingsOf('policy', POLICY_STEPS, ledger.counts, 'steps'),
    ];
  }

  /** The machine's state was replaced: nothing that was learned or made before holds any more. */
  stateReplaced(): void {
    this.executor.disturb();
    this.tcache.flush();
    this.records.clear();
    this.composed.profile.clear();
    this.composed.branches.clear();
    this.composed.protection.clear();
    this.parts.core.flushTlb();
  }

  /** Where the guest stands behind a commit. */
  private eipBehind({ hostPc, resumePc }: CommitView): number {
    const left = this.tcache
      .translationAt(hostPc)
      ?.exits.find((exit) => exit.moleculePc === hostPc && !exit.chainedTo && !exit.usesTable);
    const eip = left ? left.eip : (this.tcache.resumeAt(resumePc)?.eip ?? -1);
    return eip === -1 ? this.parts.cpu.s[EIP] : eip | 0;
  }
}

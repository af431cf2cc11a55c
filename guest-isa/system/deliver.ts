/**
 * Delivery of faults, interrupts and traps as the run loop asks for them, with what follows when
 * the delivery itself faults: one after the other, double fault, shutdown.
 * Source: SDM vol. 3, 6.15 "Interrupt 8" (table 6-5) and 6.7 (NMI).
 */
import type { Cpu } from '../interp/cpu.js';
import { DE, DFAULT, GP, type GuestFault, NMI, NP, PFAULT, SSF, TS } from '../state/exceptions.js';
import {
  CS,
  EIP,
  HALTED,
  MID_REPEAT,
  NMI_BLOCKED,
  PENDING_DEBUG,
  SEG_SELECTOR,
  START_EIP,
} from '../state/layout.js';
import { enterHandler, type InterruptEvent } from './interrupt.js';

/** Why the processor shut down: what was raised, in order and with #DF where it came of two, and where the first one struck. */
export interface Shutdown {
  readonly faults: readonly { readonly vector: number; readonly errorCode: number }[];
  readonly cs: number;
  readonly eip: number;
}

/** DR6 bits B0-B3. */
const BREAKPOINT_HITS = 0xf;
/** HALTED after a triple fault. */
export const SHUTDOWN = 2;

/** Delivers the fault that an instruction threw. The result is undefined unless the processor shut down. */
export function deliverFault(cpu: Cpu, fault: GuestFault): Shutdown | undefined {
  cpu.s[EIP] = cpu.s[START_EIP];
  // The instruction will run again, and hit its data breakpoints then.
  cpu.s[PENDING_DEBUG] &= ~BREAKPOINT_HITS;
  const { vector, errorCode } = fault;
  return deliver(cpu, { vector, kind: vector === DFAULT ? 'abort' : 'fault', errorCode });
}

/** Takes the interrupt that INTR announces: acknowledge cycle, then delivery. The caller has looked at IF and INHIBIT. */
export function deliverExternal(cpu: Cpu, midRepeat: boolean): Shutdown | undefined {
  const vector = cpu.interrupts.acknowledge();
  return deliver(cpu, { vector, kind: 'external', errorCode: -1, midRepeat });
}

/** True while an NMI handler has not executed iret. */
export function nmiBlocked(cpu: Cpu): boolean {
  return cpu.s[NMI_BLOCKED] !== 0;
}

export function deliverNmi(cpu: Cpu, midRepeat: boolean): Shutdown | undefined {
  cpu.s[NMI_BLOCKED] = 1;
  return deliver(cpu, { vector: NMI, kind: 'nmi', errorCode: -1, midRepeat });
}

/** Delivers an event, and instead of it or after it the faults that the delivery raises. */
export function deliver(cpu: Cpu, event: InterruptEvent): Shutdown | undefined {
  const cs = cpu.s[SEG_SELECTOR + CS];
  const eip = cpu.s[EIP];
  cpu.s[MID_REPEAT] = 0;
  const faults = [{ vector: event.vector, errorCode: event.errorCode }];
  let current = event;
  for (;;) {
    try {
      enterHandler(cpu, current);
      return undefined;
    } catch (thrown) {
      if (thrown !== cpu.fault) throw thrown;
    }
    faults.push({ vector: cpu.fault.vector, errorCode: cpu.fault.errorCode });
    const next = afterFault(current, cpu.fault);
    if (!next) {
      cpu.s[HALTED] = SHUTDOWN;
      cpu.clock.endSlice();
      return { faults, cs, eip };
    }
    if (next.kind === 'abort') faults.push({ vector: DFAULT, errorCode: 0 });
    current = next;
  }
}

/** What is delivered when delivering `first` raised a fault; undefined: nothing any more. */
function afterFault(first: InterruptEvent, second: GuestFault): InterruptEvent | undefined {
  const { vector, errorCode } = second;
  const severity = severityOf(vector);
  if (first.kind === 'abort' && severity !== 'benign') return undefined;
  const firstSeverity = isException(first) ? severityOf(first.vector) : 'benign';
  const doubled =
    (firstSeverity === 'contributory' && severity === 'contributory') ||
    (firstSeverity === 'page' && severity !== 'benign');
  if (doubled) return { vector: DFAULT, kind: 'abort', errorCode: 0 };
  return { vector, kind: 'fault', errorCode };
}

/** Vectors 0-31 mean an exception only when the processor raised it; an INTR or int n may carry the same number. */
function isException(event: InterruptEvent): boolean {
  return event.kind === 'fault' || event.kind === 'trap';
}

function severityOf(vector: number): 'benign' | 'contributory' | 'page' {
  if (vector === PFAULT) return 'page';
  if (vector === DE || vector === TS || vector === NP || vector === SSF || vector === GP)
    return 'contributory';
  return 'benign';
}

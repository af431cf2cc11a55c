/** What a machine reports of a run beside its host's counters: totals, and what went against the guest. */
import type { Cpu } from '../guest-isa/interp/cpu.js';
import type { Fetch } from '../guest-isa/interp/fetch.js';
import type { RunLoop } from '../guest-isa/interp/run-loop.js';
import { EXCEPTION_NAMES } from '../guest-isa/state/exceptions.js';
import { CS, EIP, SEG_SELECTOR } from '../guest-isa/state/layout.js';
import type { PhysicalBus } from '../hw/memory/bus.js';
import type { MachineHandle, ReportLine, Statistic } from './machine-api.js';

export function guestStatistics(
  machine: Pick<MachineHandle, 'instructions' | 'cycles' | 'idleCycles'>,
  loop: RunLoop,
): readonly Statistic[] {
  return [
    {
      name: 'guest.instructions',
      value: machine.instructions,
      unit: 'instructions',
      text: 'Guest instructions executed; a repeated string instruction counts once.',
    },
    {
      name: 'guest.faults',
      value: loop.faultCounts.reduce((a, b) => a + b, 0),
      unit: 'faults',
      text: 'Faults that guest instructions raised.',
    },
    {
      name: 'host.cycles',
      value: machine.cycles,
      unit: 'cycles',
      text: 'Simulated time since power-on.',
    },
    {
      name: 'host.idleCycles',
      value: machine.idleCycles,
      unit: 'cycles',
      text: 'Cycles that passed while the processor was halted.',
    },
  ];
}

/** Encodings that raised #UD since no row knows them or CPUID does not announce them. */
export function unknownInstructions(fetch: Fetch): ReportLine[] {
  return [...fetch.unknown].map(([what, { firstEip, count }]) => ({
    kind: 'unimplemented',
    what,
    where: `eip 0x${firstEip.toString(16).padStart(8, '0')}, raised #UD`,
    count,
  }));
}

export function guestFaults(loop: RunLoop): ReportLine[] {
  const lines: ReportLine[] = [];
  loop.faultCounts.forEach((count, vector) => {
    const what = EXCEPTION_NAMES[vector] ?? `vector ${vector}`;
    if (count) lines.push({ kind: 'fault', what, where: 'guest', count });
  });
  return lines;
}

/** Ports and memory that no device answers. */
export function unclaimedAddresses(bus: PhysicalBus): ReportLine[] {
  const lines = (what: string, list: ReturnType<PhysicalBus['unclaimedPorts']>): ReportLine[] =>
    list.map(({ address, reads, writes }) => ({
      kind: 'unmapped',
      what,
      where: `0x${address.toString(16)}`,
      count: reads + writes,
    }));
  return [...lines('I/O port', bus.unclaimedPorts()), ...lines('memory', bus.unclaimedMemory())];
}

/** Where the guest stands: selector and offset. */
export function whereText({ s }: Cpu): string {
  return `${hex8(s[SEG_SELECTOR + CS])}:${hex8(s[EIP])}`;
}

/** Where the guest shut down, and by which faults. */
export function shutdownText(cpu: Cpu, { shutdown }: RunLoop): string {
  if (!shutdown) return whereText(cpu);
  const chain = shutdown.faults
    .map((f) => EXCEPTION_NAMES[f.vector] ?? String(f.vector))
    .join(', then ');
  return `${shutdown.cs.toString(16)}:${hex8(shutdown.eip)} (${chain})`;
}

const hex8 = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');

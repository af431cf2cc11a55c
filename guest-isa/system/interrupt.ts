/**
 * Entry into an interrupt or exception handler: the vector table of real mode, IDT gates of
 * protected mode, from virtual-8086 mode, task gates.
 * Source: SDM vol. 2, INT n (operation); vol. 3, 6.10 to 6.13 and 20.3.
 *
 * `enterHandler` either completes or throws the fault that the delivery itself met, with nothing
 * changed (but for task gates: see task-switch.ts). Who combines faults is deliver.ts.
 */
import type { Cpu } from '../interp/cpu.js';
import { DB, GP, NP, SSF, TS } from '../state/exceptions.js';
import { AC, IF, NT, RF, readEflags, TF, VM } from '../state/flags.js';
import {
  CPL,
  CS,
  DR7,
  DS,
  EIP,
  ES,
  ESP,
  FLAGS_SYSTEM,
  FS,
  GS,
  HALTED,
  IDTR_BASE,
  IDTR_LIMIT,
  INHIBIT,
  SEG_SELECTOR,
  SS,
} from '../state/layout.js';
import { checkEntry, checkOffset, enterCode, enterParagraph, gateTarget } from './code-segment.js';
import {
  type Descriptor,
  dplOf,
  gateOffset,
  gateSelector,
  isConforming,
  isGate32,
  isPresent,
  markAccessed,
  SystemType,
  selectorError,
  setNull,
  systemType,
} from './descriptor.js';
import { setEflags } from './eflags.js';
import {
  enterInnerStack,
  innerStack,
  presentStack,
  probePushes,
  pushAll,
  setStackPointer,
  writePushes,
} from './stack.js';
import { switchTask, taskOfGate } from './task-switch.js';

/** DR7.GD: accesses to debug registers are trapped; entering the #DB handler switches it off. */
const DR7_GD = 0x2000;

export interface InterruptEvent {
  readonly vector: number;
  /**
   * fault: of an instruction, which will be restarted; trap: after an instruction (#DB); abort: #DF;
   * external: INTR; nmi; software: int n, int3, into (the gate's DPL counts); privileged: int1.
   */
  readonly kind: 'fault' | 'trap' | 'abort' | 'external' | 'nmi' | 'software' | 'privileged';
  /** To be pushed, or -1. */
  readonly errorCode: number;
  /** A repeated string instruction is interrupted between two iterations. */
  readonly midRepeat?: boolean;
}

export function enterHandler(cpu: Cpu, event: InterruptEvent): void {
  try {
    if (cpu.protectedMode) enterThroughGate(cpu, event);
    else enterRealMode(cpu, event.vector);
  } catch (thrown) {
    if (thrown === cpu.fault && event.kind !== 'software') markExternal(cpu);
    throw thrown;
  }
  const s = cpu.s;
  s[INHIBIT] = 0;
  s[HALTED] = 0;
  if (event.vector === DB && event.kind !== 'software') s[DR7] &= ~DR7_GD;
}

/** Error codes with a selector say by EXT that the program did not cause the event itself. */
function markExternal(cpu: Cpu): void {
  const { vector } = cpu.fault;
  if (vector === TS || vector === NP || vector === SSF || vector === GP) cpu.fault.errorCode |= 1;
}

/** The EFLAGS image: RF keeps an instruction breakpoint from hitting again on a restart. */
function flagsImage(cpu: Cpu, event: InterruptEvent): number {
  return readEflags(cpu.s) | (event.kind === 'fault' || event.midRepeat ? RF : 0);
}

function enterRealMode(cpu: Cpu, vector: number): void {
  const s = cpu.s;
  if (vector * 4 + 3 > s[IDTR_LIMIT]) cpu.raise(GP, 0);
  enterVector(cpu, (s[IDTR_BASE] + vector * 4) | 0, readEflags(s));
  setEflags(cpu, 0, IF | TF | RF | AC);
}

/** Pushes a 16-bit frame and goes where an entry of a real-mode vector table points. Flags stay. */
export function enterVector(cpu: Cpu, entry: number, flags: number): void {
  const s = cpu.s;
  const offset = cpu.systemRead(entry, 2);
  const selector = cpu.systemRead((entry + 2) | 0, 2);
  pushAll(cpu, [flags, s[SEG_SELECTOR + CS], s[EIP]], 2);
  enterParagraph(cpu, selector, offset);
}

function enterThroughGate(cpu: Cpu, event: InterruptEvent): void {
  const gate = fetchGate(cpu, event);
  if (systemType(gate) === SystemType.taskGate) {
    enterTask(cpu, gate, event);
    return;
  }
  const target = gateTarget(cpu, gateSelector(gate));
  const inner = !isConforming(target) && dplOf(target) < cpu.s[CPL];
  if (cpu.virtual8086) {
    if (!inner || dplOf(target) !== 0) cpu.raise(GP, selectorError(target.selector));
    enterFromV86(cpu, gate, target, event);
  } else if (inner) enterInner(cpu, gate, target, event);
  else enterSame(cpu, gate, target, event);
}

function fetchGate(cpu: Cpu, event: InterruptEvent): Descriptor {
  const s = cpu.s;
  // Bit 1 of the error code: the index is one of the IDT.
  const error = event.vector * 8 + 2;
  if (event.vector * 8 + 7 > s[IDTR_LIMIT]) cpu.raise(GP, error);
  const address = (s[IDTR_BASE] + event.vector * 8) | 0;
  const low = cpu.systemRead(address, 4);
  const high = cpu.systemRead((address + 4) | 0, 4);
  const gate = { selector: 0, address, low, high };
  if (!isInterruptGate(systemType(gate))) cpu.raise(GP, error);
  if (event.kind === 'software' && dplOf(gate) < s[CPL]) cpu.raise(GP, error);
  if (!isPresent(gate)) cpu.raise(NP, error);
  return gate;
}

function isInterruptGate(type: number): boolean {
  return (
    type === SystemType.interruptGate32 ||
    type === SystemType.trapGate32 ||
    type === SystemType.interruptGate16 ||
    type === SystemType.trapGate16 ||
    type === SystemType.taskGate
  );
}

/** A task gate: the error code goes on the new task's stack. */
function enterTask(cpu: Cpu, gate: Descriptor, event: InterruptEvent): void {
  const task = taskOfGate(cpu, gate);
  const wide = (systemType(task) & 8) !== 0;
  switchTask(cpu, task, 'interrupt', flagsImage(cpu, event) & RF);
  if (event.errorCode >= 0) pushAll(cpu, [event.errorCode], wide ? 4 : 2);
}

function frame(cpu: Cpu, event: InterruptEvent): number[] {
  const s = cpu.s;
  const items = [flagsImage(cpu, event), s[SEG_SELECTOR + CS], s[EIP]];
  if (event.errorCode >= 0) items.push(event.errorCode);
  return items;
}

/** Interrupt gates also clear IF. */
function maskFlags(cpu: Cpu, gate: Descriptor): void {
  const isInterrupt = (systemType(gate) & 1) === 0;
  setEflags(cpu, 0, TF | NT | RF | VM | (isInterrupt ? IF : 0));
}

function enterSame(cpu: Cpu, gate: Descriptor, target: Descriptor, event: InterruptEvent): void {
  const width = isGate32(gate) ? 4 : 2;
  const stack = presentStack(cpu);
  const items = frame(cpu, event);
  probePushes(cpu, stack, items.length, width);
  checkEntry(cpu, target, gateOffset(gate));
  setStackPointer(cpu, writePushes(cpu, stack, items, width));
  enterCode(cpu, target, gateOffset(gate), cpu.s[CPL]);
  maskFlags(cpu, gate);
}

function enterInner(cpu: Cpu, gate: Descriptor, target: Descriptor, event: InterruptEvent): void {
  const s = cpu.s;
  const width = isGate32(gate) ? 4 : 2;
  const stack = innerStack(cpu, dplOf(target));
  const items = [s[SEG_SELECTOR + SS], s[ESP], ...frame(cpu, event)];
  probePushes(cpu, stack, items.length, width);
  checkEntry(cpu, target, gateOffset(gate));
  enterCode(cpu, target, gateOffset(gate), dplOf(target));
  enterInnerStack(cpu, stack, items, width);
  maskFlags(cpu, gate);
}

/** From virtual-8086 mode always to level 0, with all segment registers saved and the data ones made null. */
function enterFromV86(cpu: Cpu, gate: Descriptor, target: Descriptor, event: InterruptEvent): void {
  const s = cpu.s;
  const width = isGate32(gate) ? 4 : 2;
  const stack = innerStack(cpu, 0);
  const selectors = [GS, FS, DS, ES, SS].map((seg) => s[SEG_SELECTOR + seg]);
  const items = [...selectors, s[ESP], ...frame(cpu, event)];
  probePushes(cpu, stack, items.length, width);
  checkOffset(cpu, target, gateOffset(gate));
  markAccessed(cpu, target);
  s[FLAGS_SYSTEM] &= ~VM;
  for (const seg of [GS, FS, DS, ES]) setNull(cpu, seg, 0);
  enterCode(cpu, target, gateOffset(gate), 0);
  enterInnerStack(cpu, stack, items, width);
  maskFlags(cpu, gate);
}

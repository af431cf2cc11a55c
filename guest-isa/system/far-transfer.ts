/**
 * Far jump and far call: code segments, call gates with change of level and copied parameters,
 * task gates and TSSs. Source: SDM vol. 2, JMP and CALL; vol. 3, 5.8.3 to 5.8.5.
 */
import type { Cpu } from '../interp/cpu.js';
import { GP, NP } from '../state/exceptions.js';
import { CPL, CS, EIP, ESP, SEG_SELECTOR, SS } from '../state/layout.js';
import {
  checkDirectTarget,
  checkEntry,
  checkOffset,
  checkParagraphOffset,
  enterCode,
  enterParagraph,
  gateTarget,
} from './code-segment.js';
import {
  type Descriptor,
  dplOf,
  fetchDescriptor,
  gateOffset,
  gateParameters,
  gateSelector,
  isCode,
  isConforming,
  isGate32,
  isNull,
  isPresent,
  isSegment,
  markAccessed,
  rplOf,
  SystemType,
  selectorError,
  systemType,
} from './descriptor.js';
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

export function farJump(cpu: Cpu, selector: number, offset: number): void {
  if (cpu.paragraphMode) {
    checkParagraphOffset(cpu, offset);
    enterParagraph(cpu, selector, offset);
    return;
  }
  const d = fetchTarget(cpu, selector);
  if (isSegment(d)) {
    checkDirectTarget(cpu, d);
    checkEntry(cpu, d, offset);
    enterCode(cpu, d, offset, cpu.s[CPL]);
  } else if (isCallGate(d)) jumpThroughGate(cpu, d);
  else switchTask(cpu, targetTask(cpu, d), 'jump');
}

export function farCall(cpu: Cpu, selector: number, offset: number, opSize: 2 | 4): void {
  const s = cpu.s;
  if (cpu.paragraphMode) {
    checkParagraphOffset(cpu, offset);
    pushAll(cpu, [s[SEG_SELECTOR + CS], s[EIP]], opSize);
    enterParagraph(cpu, selector, offset);
    return;
  }
  const d = fetchTarget(cpu, selector);
  if (isSegment(d)) {
    checkDirectTarget(cpu, d);
    callSameLevel(cpu, d, offset, opSize);
  } else if (isCallGate(d)) callThroughGate(cpu, d);
  else switchTask(cpu, targetTask(cpu, d), 'call');
}

/** The descriptor of a far pointer; system descriptors are checked for type and privilege here. */
function fetchTarget(cpu: Cpu, selector: number): Descriptor {
  if (isNull(selector)) cpu.raise(GP, 0);
  const d = fetchDescriptor(cpu, selector, GP);
  const allowed = isSegment(d)
    ? isCode(d)
    : isTransferTarget(systemType(d)) && dplOf(d) >= cpu.s[CPL] && dplOf(d) >= rplOf(selector);
  if (!allowed) cpu.raise(GP, selectorError(selector));
  if (!isSegment(d) && !isPresent(d)) cpu.raise(NP, selectorError(selector));
  return d;
}

function isTransferTarget(type: number): boolean {
  return (
    type === SystemType.callGate16 ||
    type === SystemType.callGate32 ||
    type === SystemType.taskGate ||
    type === SystemType.tss16 ||
    type === SystemType.tss32
  );
}

function isCallGate(d: Descriptor): boolean {
  return (systemType(d) & 7) === SystemType.callGate16;
}

function targetTask(cpu: Cpu, d: Descriptor): Descriptor {
  return systemType(d) === SystemType.taskGate ? taskOfGate(cpu, d) : d;
}

function jumpThroughGate(cpu: Cpu, gate: Descriptor): void {
  const target = gateTarget(cpu, gateSelector(gate));
  if (!isConforming(target) && dplOf(target) !== cpu.s[CPL])
    cpu.raise(GP, selectorError(target.selector));
  const offset = gateOffset(gate);
  checkEntry(cpu, target, offset);
  enterCode(cpu, target, offset, cpu.s[CPL]);
}

function callThroughGate(cpu: Cpu, gate: Descriptor): void {
  const target = gateTarget(cpu, gateSelector(gate));
  if (isConforming(target) || dplOf(target) === cpu.s[CPL]) {
    callSameLevel(cpu, target, gateOffset(gate), isGate32(gate) ? 4 : 2);
  } else callInner(cpu, gate, target);
}

function callSameLevel(cpu: Cpu, target: Descriptor, offset: number, width: 2 | 4): void {
  const s = cpu.s;
  const stack = presentStack(cpu);
  const items = [s[SEG_SELECTOR + CS], s[EIP]];
  probePushes(cpu, stack, items.length, width);
  checkEntry(cpu, target, offset);
  setStackPointer(cpu, writePushes(cpu, stack, items, width));
  enterCode(cpu, target, offset, s[CPL]);
}

/** A call to a more privileged level: new stack from the TSS, old stack pointer and parameters on it. */
function callInner(cpu: Cpu, gate: Descriptor, target: Descriptor): void {
  const s = cpu.s;
  const level = dplOf(target);
  const width = isGate32(gate) ? 4 : 2;
  const offset = gateOffset(gate);
  const stack = innerStack(cpu, level);
  const parameters = gateParameters(gate);
  probePushes(cpu, stack, parameters + 4, width);
  checkOffset(cpu, target, offset);
  const items = [s[SEG_SELECTOR + SS], s[ESP]];
  for (let i = parameters - 1; i >= 0; i--) {
    items.push(width === 4 ? cpu.peek32(i * 4) : cpu.peek16(i * 2));
  }
  items.push(s[SEG_SELECTOR + CS], s[EIP]);
  markAccessed(cpu, target);
  enterCode(cpu, target, offset, level);
  enterInnerStack(cpu, stack, items, width);
}

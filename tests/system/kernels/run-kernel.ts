/** Runs a test kernel to its end on the machine of the given configuration. */
import { fileURLToPath } from 'node:url';
import type { MachineHandle } from '../../../sim/machine-api.js';
import { TestRun, type Values } from '../support/run.js';
import { imageOf, type TestKernel } from './kernel-list.js';

/** Several times what the longest needs. */
const maxInstructions = 200_000_000;

export interface KernelRun {
  /** Console text with carriage returns. */
  readonly text: string;
  /** How it ended; `limit`: it did not. */
  readonly end: string;
  readonly machine: MachineHandle;
}

export function runKernel(
  kernel: TestKernel,
  more: Values = {},
  sliceInstructions = 10_000_000,
): KernelRun {
  const image = fileURLToPath(new URL(`./image/${imageOf(kernel)}`, import.meta.url));
  const boot = kernel.rom
    ? { 'boot.method': 'rom', 'boot.rom.image': image }
    : { 'boot.method': 'multiboot', 'boot.kernel': image };
  const run = new TestRun({ ...boot, ...kernel.set, ...more });
  const bytes: number[] = [];
  run.machine.console.onByte((byte) => void bytes.push(byte));
  const { kind } = run.run({ instructions: maxInstructions, sliceInstructions });
  return {
    text: new TextDecoder('latin1').decode(Uint8Array.from(bytes)),
    end: kind,
    machine: run.machine,
  };
}

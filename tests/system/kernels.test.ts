/**
 * System-level behaviour against kernels of our own: every exception, segments, paging, privilege,
 * tasks, virtual-8086 mode, debug registers, real mode, interrupts. Each prints what it saw on the
 * serial port; expected/ says what that must be (kernels/kernel-list.ts: who judges).
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../sim/config/resolve.js';
import type { MachineConfig } from '../../sim/config/schema.js';
import { createMachine } from '../../sim/machine.js';
import type { StopReason } from '../../sim/machine-api.js';
import {
  deviationsOf,
  differingLines,
  expectationPath,
  expectedOutput,
  storedQemuDiff,
} from './kernels/expectation.js';
import { imageOf, type TestKernel, testKernels } from './kernels/kernel-list.js';
import { qemuDiff, qemuIsHere } from './kernels/qemu.js';

/** Several times what the longest needs. */
const maxInstructions = 200_000_000;

function configOf(kernel: TestKernel): MachineConfig {
  const image = fileURLToPath(new URL(`./kernels/image/${imageOf(kernel)}`, import.meta.url));
  const boot = kernel.rom
    ? { 'boot.method': 'rom', 'boot.rom.image': image }
    : { 'boot.method': 'multiboot', 'boot.kernel': image };
  const overrides = Object.entries({ ...boot, ...kernel.set }).map(([key, value]) => ({
    key,
    value,
    origin: { kind: 'default' } as const,
  }));
  return resolveConfig({ overrides }).config;
}

function runHere(kernel: TestKernel): { text: string; end: StopReason } {
  const machine = createMachine(configOf(kernel), { loadBoot: true });
  const bytes: number[] = [];
  machine.console.onByte((byte) => void bytes.push(byte));
  let end: StopReason;
  do end = machine.run({ instructions: maxInstructions, sliceInstructions: 10_000_000 });
  while (end.kind === 'slice');
  machine.close();
  return { text: new TextDecoder('latin1').decode(Uint8Array.from(bytes)), end };
}

describe.each(testKernels)('$name', (kernel) => {
  it('prints what the processor has to do', () => {
    const { text, end } = runHere(kernel);
    expect(text.split('\n')).toEqual(expectedOutput(kernel.name).split('\n'));
    expect(end.kind).toBe(kernel.end ?? 'powerOff');
  });

  it('has a reason for each line where QEMU is overruled, and no reason too many', () => {
    const deviations = deviationsOf(kernel.name);
    const lines = differingLines(storedQemuDiff(kernel.name));
    const unexplained = lines.filter((line) => !deviations.some((d) => d.pattern.test(line)));
    expect(unexplained).toEqual([]);
    const idle = deviations.filter((d) => !lines.some((line) => d.pattern.test(line)));
    expect(idle.map((d) => d.pattern.source)).toEqual([]);
  });

  // With ACCEPT_QEMU=1 the stored difference is written anew; read it in review.
  it.runIf(!kernel.manualBecause && qemuIsHere())('is what QEMU does but for those', () => {
    const diff = qemuDiff(kernel);
    if (process.env.ACCEPT_QEMU && diff !== '')
      writeFileSync(expectationPath(`${kernel.name}.qemu.diff`), diff);
    expect(diff).toBe(storedQemuDiff(kernel.name));
  });
});

it('has no file in expected/ or image/ that belongs to no kernel', () => {
  const names = new Set(testKernels.map(({ name }) => name));
  const files = ['expected', 'image'].flatMap((folder) =>
    readdirSync(fileURLToPath(new URL(`./kernels/${folder}`, import.meta.url))),
  );
  expect(files.filter((file) => !names.has(file.replace(/\..*/, '')))).toEqual([]);
  const missing = testKernels.filter(
    (kernel) => !existsSync(expectationPath(`${kernel.name}.expected.txt`)),
  );
  expect(missing).toEqual([]);
});

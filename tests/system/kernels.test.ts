/**
 * System-level behaviour against kernels of our own: every exception, segments, paging, privilege,
 * tasks, virtual-8086 mode, debug registers, real mode, interrupts. Each prints what it saw on the
 * serial port; expected/ says what that must be (kernels/kernel-list.ts: who judges).
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  deviationsOf,
  differingLines,
  expectationPath,
  expectedOutput,
  storedQemuDiff,
} from './kernels/expectation.js';
import { testKernels } from './kernels/kernel-list.js';
import { qemuDiff, qemuIsHere } from './kernels/qemu.js';
import { runKernel } from './kernels/run-kernel.js';

describe.each(testKernels)('$name', (kernel) => {
  it('prints what the processor has to do', () => {
    const { text, end } = runKernel(kernel);
    expect(text.split('\n')).toEqual(expectedOutput(kernel.name).split('\n'));
    expect(end).toBe(kernel.end ?? 'powerOff');
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

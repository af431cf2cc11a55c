/**
 * Runs a test kernel in QEMU and compares with the expectation. TCG never sets the image of RF
 * (SDM vol. 3, 17.3.1.1), so "+RF" is taken out of both sides first; everything else that differs
 * is in the stored difference.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectedOutput } from './expectation.js';
import { imageOf, type TestKernel } from './kernel-list.js';
import { hunksText, lineDiff } from './line-diff.js';

const program = 'qemu-system-i386';
const machine =
  '-accel tcg -cpu pentium2 -m 64 -display none -serial stdio -monitor none -nic none -no-reboot' +
  ' -device isa-debug-exit,iobase=0xf4,iosize=4';
/** A BIOS image has a multiple of so many bytes. */
const biosBytes = 0x1_0000;

/** The version that the stored differences come from is the only one that can repeat them. */
export function qemuIsHere(): boolean {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /version 7\.2\./.test(stdout ?? '');
}

/** How QEMU's output differs from the expectation, in the format of the stored differences. */
export function qemuDiff(kernel: TestKernel): string {
  const expected = comparable(expectedOutput(kernel.name));
  return hunksText(lineDiff(expected, comparable(qemuOutput(kernel))));
}

function comparable(text: string): string[] {
  return text.replaceAll('+RF', '').split('\n');
}

function qemuOutput(kernel: TestKernel): string {
  const image = fileURLToPath(new URL(`./image/${imageOf(kernel)}`, import.meta.url));
  const counting = kernel.timed ? ['-icount', 'shift=2'] : [];
  if (!kernel.rom) return run([...counting, '-kernel', image]);
  const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
  try {
    const bios = new Uint8Array(biosBytes);
    const rom = readFileSync(image);
    bios.set(rom, biosBytes - rom.length);
    writeFileSync(join(folder, 'bios'), bios);
    return run(['-bios', join(folder, 'bios'), '-vga', 'none']);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(image: readonly string[]): string {
  const { stdout, error } = spawnSync(program, [...machine.split(' '), ...image], {
    encoding: 'utf8',
    timeout: 50_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error) throw error;
  return stdout;
}

/** Whole machines for system tests: from values of the configuration to the end of the run. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type Override, resolveConfig } from '../../../sim/config/resolve.js';
import { createMachine } from '../../../sim/machine.js';
import type { MachineHandle, RunLimit, StopReason } from '../../../sim/machine-api.js';

/** Dotted key to value; file names are absolute. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * Tests of the guest machine (devices, loaders, processes, snapshots of all that) run on the golden
 * interpreter; those of code morphing say so by `codeMorphing`.
 */
const goldenInterpreter: Values = { 'simulation.engine': 'reference' };
export const codeMorphing: Values = { 'simulation.engine': 'stepper' };
/** The same choice for whoever starts the program; --set overrules it. */
export const goldenEnvironment = { CHRYSALIS_simulation_engine: 'reference' };

export const pupaImage = fileURLToPath(
  new URL('../../../guest-isa/os/image/pupa.elf', import.meta.url),
);
export const demoText = fileURLToPath(new URL('../os/demo.expected.txt', import.meta.url));

/** Firmware of Debian's package seabios; tests that need it skip where it is not installed. */
export const firmware = {
  bios: '/usr/share/seabios/bios.bin',
  vga: '/usr/share/seabios/vgabios-stdvga.bin',
};
export const hasFirmware = existsSync(firmware.bios) && existsSync(firmware.vga);

export function configOf(values: Values) {
  const overrides: Override[] = Object.entries({ ...goldenInterpreter, ...values }).map(
    ([key, value]) => ({
      key,
      value,
      origin: { kind: 'flag', flag: '--test' },
    }),
  );
  return resolveConfig({ overrides }).config;
}

export function pupa(append: string, more: Values = {}): Values {
  return {
    'boot.method': 'multiboot',
    'boot.kernel': pupaImage,
    'boot.append': append,
    ...more,
  };
}

export class TestRun {
  /** Console text without carriage returns. */
  text = '';
  readonly machine: MachineHandle;
  private readonly watches: { text: string; from: number; act: () => void }[] = [];

  constructor(values: Values, loadBoot = true) {
    this.machine = createMachine(configOf(values), { loadBoot });
    onTestFinished(() => this.machine.close());
    this.machine.console.onByte((byte) => this.print(byte));
  }

  /** Calls `act` once, when the console shows the text after what it shows already. */
  when(text: string, act: () => void): void {
    this.watches.push({ text, from: this.text.length, act });
  }

  /** Types when the console shows the text. */
  typeAfter(text: string, typed: string): void {
    this.when(text, () => this.machine.console.send(Buffer.from(typed)));
  }

  /** Runs until something else than a slice ends it. */
  run(limit: Partial<RunLimit> = {}): StopReason {
    for (;;) {
      const reason = this.machine.run({ sliceInstructions: 1_000_000, ...limit });
      if (reason.kind !== 'slice') return reason;
    }
  }

  /** Runs until the console shows the text. */
  runUntil(text: string): void {
    this.when(text, () => this.machine.stop());
    const reason = this.run({ instructions: 300_000_000 });
    if (reason.kind !== 'stopped')
      throw new Error(`${reason.kind} before "${text}":\n${this.text}`);
  }

  private print(byte: number): void {
    if (byte === 13) return;
    this.text += String.fromCharCode(byte);
    const [next] = this.watches;
    if (!next || !this.text.endsWith(next.text) || this.text.length <= next.from) return;
    this.watches.shift();
    next.act();
  }
}

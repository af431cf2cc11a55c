/**
 * A guest in v86 (npm package, BSD-2-Clause, a development dependency): an x86 PC in WebAssembly
 * with a translator to WebAssembly, run in this very process under Node. It starts through SeaBIOS,
 * which `npm run guest:debian` fetches from Debian into the ignored folder .cache/debian.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../cli/package-info.js';
import type { RunResult } from './bench-engines.js';
import { MarkWatch, type PeerGuest } from './bench-peers.js';

/** As much of the package's interface as is used; the package itself may be absent. */
interface V86 {
  add_listener(event: 'serial0-output-byte', listener: (byte: number) => void): void;
}
interface V86Module {
  readonly V86: new (options: object) => V86;
}

const PACKAGE: string = 'v86';
const LONGEST_SECONDS = 300;

const firmware = (name: string): string => join(packageRoot(), '.cache', 'debian', name);
const [BIOS, VGA_BIOS] = ['bios.bin', 'vgabios.bin'];

/** Why it cannot be measured; undefined: it can. */
export function v86Absent(): string | undefined {
  try {
    import.meta.resolve(PACKAGE);
  } catch {
    return 'its package is not installed: npm install';
  }
  const fetched = [BIOS, VGA_BIOS].every((name) => existsSync(firmware(name as string)));
  return fetched ? undefined : 'its firmware has not been fetched: npm run guest:debian';
}

function image(path: string): { readonly buffer: ArrayBuffer } {
  const bytes = readFileSync(path);
  return { buffer: new Uint8Array(bytes).buffer };
}

function options({ method, kernel, initrd, append, memoryMB }: PeerGuest): object {
  const wasm = join(dirname(fileURLToPath(import.meta.resolve(PACKAGE))), 'v86.wasm');
  return {
    wasm_path: wasm,
    memory_size: memoryMB * 2 ** 20,
    vga_memory_size: 2 ** 21,
    bios: image(firmware(BIOS as string)),
    vga_bios: image(firmware(VGA_BIOS as string)),
    [method === 'linux' ? 'bzimage' : 'multiboot']: image(kernel),
    ...(initrd === null ? {} : { initrd: image(initrd) }),
    cmdline: append,
    autostart: true,
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
  };
}

export async function runV86(guest: PeerGuest): Promise<RunResult> {
  // It tells its user things; the standard output is for the result.
  console.log = console.error;
  const { V86 } = (await import(PACKAGE)) as V86Module;
  const watch = new MarkWatch(guest.marks, () => {
    const { user, system } = process.cpuUsage();
    return { wallSeconds: performance.now() / 1000, cpuSeconds: (user + system) / 1e6 };
  });
  return new Promise((done, fail) => {
    const tooLong = (): void => fail(new Error(`the guest never printed '${watch.missing()}'`));
    setTimeout(tooLong, LONGEST_SECONDS * 1000).unref();
    const emulator = new V86(options(guest));
    emulator.add_listener('serial0-output-byte', (byte) => {
      if (!watch.text(String.fromCharCode(byte))) return;
      done({ parts: watch.parts(), peakMB: process.resourceUsage().maxRSS / 1024 });
    });
  });
}

/**
 * A guest in `qemu-system-i386` with TCG: one thread for the processor, no acceleration, no disk,
 * no screen. Processor time of all its threads comes from Linux's /proc in hundredths of a second,
 * and its largest resident memory too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { RunResult } from './bench-engines.js';
import { MarkWatch, type PeerGuest } from './bench-peers.js';

const PROGRAM = 'qemu-system-i386';
/** USER_HZ, the same on all of Linux's usual architectures. */
const TICKS_PER_SECOND = 100;
const LONGEST_SECONDS = 300;

/** Why it cannot be measured; undefined: it can. */
export function qemuAbsent(): string | undefined {
  if (spawnSync(PROGRAM, ['--version']).status !== 0) return `${PROGRAM} is not installed`;
  return existsSync('/proc/self/stat') ? undefined : 'its processor time is read from /proc';
}

function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // Behind the name in parentheses: state is field 3; user and system time are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function peakMB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

function commandLine({ kernel, initrd, append, memoryMB }: PeerGuest): string[] {
  const args = ['-accel', 'tcg', '-cpu', 'pentium2', '-m', `${memoryMB}`, '-nic', 'none'];
  args.push('-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot');
  args.push('-kernel', kernel, '-append', append);
  return initrd === null ? args : [...args, '-initrd', initrd];
}

export function runQemu(guest: PeerGuest): Promise<RunResult> {
  return new Promise((done, fail) => {
    const qemu = spawn(PROGRAM, commandLine(guest), { stdio: ['ignore', 'pipe', 'pipe'] });
    const { pid } = qemu;
    let result: RunResult | undefined;
    let errors = '';
    const watch = new MarkWatch(guest.marks, () => ({
      wallSeconds: performance.now() / 1000,
      cpuSeconds: processorSeconds(pid as number),
    }));
    const tooLong = setTimeout(() => qemu.kill('SIGKILL'), LONGEST_SECONDS * 1000);
    qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    qemu.stdout.setEncoding('latin1').on('data', (text: string) => {
      if (result !== undefined || !watch.text(text)) return;
      result = { parts: watch.parts(), peakMB: peakMB(pid as number) };
      qemu.kill('SIGKILL');
    });
    qemu.on('error', fail);
    qemu.on('close', () => {
      clearTimeout(tooLong);
      if (result !== undefined) done(result);
      else fail(new Error(`the guest never printed '${watch.missing()}'\n${errors}`));
    });
  });
}

/**
 * `npm run guest:debian`: fetches Debian's newest 686 kernel and static busybox, and builds what
 * configs/debian.yaml boots, in the ignored folder .cache/debian:
 *
 *   vmlinuz · initrd.gz · expected.txt (the checks' lines by this machine's own programs)
 *   bios.bin · vgabios.bin (SeaBIOS, for `npm run bench` with another emulator only)
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packageRoot } from '../cli/package-info.js';
import { Apt, FetchError, unpack } from './debian/apt.js';
import { cpioArchive } from './debian/cpio.js';

const root = packageRoot();
const folder = join(root, '.cache', 'debian');
const scripts = join(root, 'scripts', 'debian');

function main(): void {
  Apt.check();
  const apt = new Apt(join(folder, 'apt'));
  apt.update();
  const kernel = apt.candidate(apt.dependency('linux-image-686', /^linux-image-[\d.]+.*-686$/));
  const busybox = apt.candidate('busybox-static');
  const seabios = apt.candidate('seabios');
  const [kernelFile, busyboxFile, seabiosFile] = [kernel, busybox, seabios].map((p) =>
    apt.download(p, join(folder, 'packages')),
  ) as [string, string, string];

  const unpacked = join(folder, 'unpacked');
  rmSync(unpacked, { recursive: true, force: true });
  unpack(kernelFile, './boot/vmlinuz-*', unpacked);
  unpack(busyboxFile, './bin/busybox', unpacked);
  const image = readdirSync(join(unpacked, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  if (!image) throw new FetchError(`${kernelFile} holds no kernel image`);
  copyFileSync(join(unpacked, 'boot', image), join(folder, 'vmlinuz'));
  writeFileSync(join(folder, 'initrd.gz'), initrd(readFileSync(join(unpacked, 'bin', 'busybox'))));
  writeFileSync(join(folder, 'expected.txt'), nativeChecks());
  unpack(seabiosFile, './usr/share/seabios/*', unpacked);
  const firmware = join(unpacked, 'usr', 'share', 'seabios');
  copyFileSync(join(firmware, 'bios.bin'), join(folder, 'bios.bin'));
  copyFileSync(join(firmware, 'vgabios-stdvga.bin'), join(folder, 'vgabios.bin'));
  rmSync(unpacked, { recursive: true, force: true });

  say(`${kernel.name} ${kernel.version}`, 'vmlinuz');
  say(`busybox-static ${busybox.version}`, 'initrd.gz');
  say(`seabios ${seabios.version}`, 'bios.bin');
  process.stdout.write('boot it with: npx chrysalis run configs/debian.yaml\n');
}

function say(what: string, file: string): void {
  const path = join(folder, file);
  process.stdout.write(`${what}: ${relative(root, path)}, ${statSync(path).size} bytes\n`);
}

function initrd(busybox: Uint8Array): Buffer {
  const folders = ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp'];
  const archive = cpioArchive([
    ...folders.map((path) => ({ kind: 'folder' as const, path, mode: 0o755 })),
    { kind: 'charDevice', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { kind: 'charDevice', path: 'dev/null', mode: 0o666, major: 1, minor: 3 },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: busybox },
    { kind: 'link', path: 'bin/sh', target: 'busybox' },
    { kind: 'file', path: 'init', mode: 0o755, content: readFileSync(join(scripts, 'init.sh')) },
    {
      kind: 'file',
      path: 'checks.sh',
      mode: 0o755,
      content: readFileSync(join(scripts, 'checks.sh')),
    },
  ]);
  return gzipSync(archive, { level: 9 });
}

/** What the guest's busybox must print, computed by the programs of this machine. */
function nativeChecks(): string {
  const { status, stdout, stderr } = spawnSync('sh', [join(scripts, 'checks.sh')], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new FetchError(`scripts/debian/checks.sh fails on this machine: ${stderr.trim()}`);
  return stdout;
}

try {
  mkdirSync(folder, { recursive: true });
  main();
} catch (error) {
  if (!(error instanceof FetchError)) throw error;
  process.stderr.write(`guest:debian: ${error.message}\n`);
  process.exitCode = 1;
}

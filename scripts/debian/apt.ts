/**
 * Debian packages for i386 with apt's own tools (signatures checked by apt, mirrors as the
 * machine's apt sources name them), in private state and cache folders: neither root nor a
 * change of the machine's package database or architectures is needed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A failure with one sentence for the user. */
export class FetchError extends Error {}

export interface Package {
  readonly name: string;
  readonly version: string;
}

export class Apt {
  private readonly options: readonly string[];

  constructor(folder: string) {
    const state = join(folder, 'state');
    const cache = join(folder, 'cache');
    for (const sub of [join(state, 'lists', 'partial'), join(cache, 'archives', 'partial')])
      mkdirSync(sub, { recursive: true });
    const status = join(state, 'status');
    if (!existsSync(status)) writeFileSync(status, '');
    const settings: Record<string, string> = {
      'Dir::State': state,
      'Dir::State::status': status,
      'Dir::Cache': cache,
      'APT::Architecture': 'i386',
      'APT::Architectures::': 'i386',
      'Acquire::Languages': 'none',
      // As root, apt would otherwise change to a user that may not write into our folders.
      'APT::Sandbox::User': 'root',
    };
    this.options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  }

  static check(): void {
    for (const program of ['apt-get', 'apt-cache', 'dpkg-deb', 'tar']) {
      if (spawnSync(program, ['--version']).error) {
        throw new FetchError(
          `${program} is not installed: the Debian guest can be fetched on Debian and its relatives only; elsewhere give a kernel and an initrd with --kernel and --initrd`,
        );
      }
    }
  }

  /** Some sources may fail (another vendor's, one without i386): what can be resolved decides. */
  update(): void {
    this.run('apt-get', ['update', '-q']);
  }

  /** The first package matching `pattern` that `name` depends on. */
  dependency(name: string, pattern: RegExp): string {
    const { stdout } = this.run('apt-cache', ['depends', name]);
    const found = stdout.split('\n').map((line) => /Depends: (\S+)/.exec(line)?.[1]);
    const dependency = found.find((other) => other !== undefined && pattern.test(other));
    if (dependency) return dependency;
    throw new FetchError(
      `apt knows no package ${name} for i386 (Debian 12 is the last release that has it): check the network and that the apt sources name Debian 12`,
    );
  }

  candidate(name: string): Package {
    const { stdout } = this.run('apt-cache', ['policy', name]);
    const version = /Candidate: (\S+)/.exec(stdout)?.[1];
    if (version && version !== '(none)') return { name, version };
    throw new FetchError(
      `apt knows no package ${name} for i386: check the network and the apt sources`,
    );
  }

  /** Path of the package's file in `folder`; downloads it unless it is there whole. */
  download({ name, version }: Package, folder: string): string {
    mkdirSync(folder, { recursive: true });
    const { stdout } = this.run('apt-get', ['download', '--print-uris', `${name}=${version}`]);
    const [, file, size] = /^'[^']*' (\S+\.deb) (\d+)/m.exec(stdout) ?? [];
    if (!file || !size)
      throw new FetchError(
        `apt cannot tell where ${name} ${version} lies: try again after a while`,
      );
    const path = join(folder, file);
    if (existsSync(path) && statSync(path).size === Number(size)) return path;
    const { status, stderr } = this.run(
      'apt-get',
      ['download', '-q', `${name}=${version}`],
      folder,
    );
    if (status === 0 && existsSync(path)) return path;
    const reason = stderr.split('\n').find((line) => line.startsWith('E:')) ?? 'no reason given';
    throw new FetchError(`${name} ${version} cannot be downloaded: ${reason.replace(/^E: */, '')}`);
  }

  private run(
    program: string,
    args: readonly string[],
    cwd = '.',
  ): { status: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr, error } = spawnSync(program, [...this.options, ...args], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (error) throw new FetchError(`${program} cannot be started: ${error.message}`);
    return { status, stdout, stderr };
  }
}

/** Files of a package matching a shell pattern such as ./boot/*, unpacked into `folder`. */
export function unpack(packageFile: string, pattern: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const script = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --wildcards "$3"';
  const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', packageFile, folder, pattern], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new FetchError(
      `${packageFile} cannot be unpacked (${stderr.trim().split('\n')[0]}): delete it and try again`,
    );
  }
}

/**
 * Tests import the simulator compiled by tsc, as users run it, instead of through vitest's module
 * runner. There every use of an imported constant is a property access of a module object, which
 * slows the interpreter to a fifth; natively a boot takes as long as with `chrysalis run`. The test files
 * themselves stay with vitest.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vitest/config';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const compiled = join(root, '.cache', 'native');
/** The program, as `bin` of the package names it. */
export const compiledMain = join(compiled, 'cli', 'main.js');
const folders = ['base', 'guest-isa', 'hw', 'cms', 'sim', 'cli', 'scripts'];

/** What vitest leaves to Node. */
export const compiledModules = /[\\/]\.cache[\\/]native[\\/]/;

/** Imports of the simulator's modules become imports of their compiled twins. */
export function nativeModules(): Plugin {
  return {
    name: 'native-modules',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!source.startsWith('.') || importer === undefined) return undefined;
      const path = relative(root, resolve(dirname(importer), source));
      if (!folders.includes(path.split(sep)[0] as string) || !path.endsWith('.js'))
        return undefined;
      return join(compiled, path);
    },
  };
}

/** Global set-up: compiles what has changed. Type errors are reported by `npm run typecheck`. */
export function setup(): void {
  const tsc = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin',
    'tsc',
  );
  const info = join(compiled, '.tsbuildinfo');
  const options = ['--outDir', compiled, '--tsBuildInfoFile', info, '--noEmitOnError', 'false'];
  const args = [tsc, '-p', join(root, 'tsconfig.build.json'), ...options];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) process.stderr.write(stdout);
  if (!existsSync(info)) throw new Error('tsc compiled nothing');
}

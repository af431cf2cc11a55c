/**
 * Regenerates the fixtures on this machine's processor (`npm run vectors`), or with --check
 * regenerates and compares them byte for byte, before compression (`npm run vectors:check`).
 * Exit code 0: done or equal; 1: differs; 77: this machine cannot run 32-bit programs.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rows } from '../../guest-isa/insn/index.js';
import { contentOf, packVectors, type RowVectors, unpackContent } from './fixture-codec.js';
import { FIXTURES, generate } from './generate.js';
import { Native } from './native.js';

const fileOf = (group: string): string => `${FIXTURES}/${group}.bin.gz`;

function write(groups: ReadonlyMap<string, RowVectors[]>): void {
  mkdirSync(FIXTURES, { recursive: true });
  for (const name of readdirSync(FIXTURES))
    if (!groups.has(name.replace('.bin.gz', ''))) rmSync(`${FIXTURES}/${name}`);
  let total = 0;
  for (const [group, vectors] of groups) {
    const file = packVectors(vectors);
    total += file.length;
    if (
      existsSync(fileOf(group)) &&
      unpackContent(readFileSync(fileOf(group))).equals(contentOf(vectors))
    )
      continue;
    writeFileSync(fileOf(group), file);
    console.log(`${fileOf(group)}: ${vectors.length} rows, ${file.length} bytes`);
  }
  console.log(`${total} bytes in all`);
}

function check(groups: ReadonlyMap<string, RowVectors[]>): number {
  let different = 0;
  for (const [group, vectors] of groups) {
    const file = fileOf(group);
    const same = existsSync(file) && unpackContent(readFileSync(file)).equals(contentOf(vectors));
    console.log(`${file}: ${same ? 'as on this processor' : 'DIFFERS'}`);
    if (!same) different++;
  }
  return different === 0 ? 0 : 1;
}

function main(): number {
  const native = Native.build();
  if (typeof native === 'string') {
    console.error(native);
    return 77;
  }
  const groups = generate(rows, native);
  if (process.argv.includes('--check')) return check(groups);
  write(groups);
  return 0;
}

process.exitCode = main();

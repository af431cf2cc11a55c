/**
 * Regenerates the fixtures on this machine's processor (`npm run vectors`), or with --check
 * regenerates and compares them byte for byte, before compression (`npm run vectors:check`).
 * Exit code 0: done or equal; 1: differs; 77: this machine cannot run 32-bit programs, or its
 * processor is of another family than the one that made the fixtures.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rows } from '../../guest-isa/insn/index.js';
import {
  contentOf,
  packVectors,
  processorOf,
  type RowVectors,
  unpackContent,
} from './fixture-codec.js';
import { FIXTURES, generate } from './generate.js';
import { Native, processorFamily } from './native.js';

const NOT_POSSIBLE = 77;

const fileOf = (group: string): string => `${FIXTURES}/${group}.bin.gz`;

function write(groups: ReadonlyMap<string, RowVectors[]>): void {
  mkdirSync(FIXTURES, { recursive: true });
  for (const name of readdirSync(FIXTURES))
    if (!groups.has(name.replace('.bin.gz', ''))) rmSync(`${FIXTURES}/${name}`);
  let total = 0;
  for (const [group, vectors] of groups) {
    const file = packVectors(vectors, processorFamily());
    total += file.length;
    if (
      existsSync(fileOf(group)) &&
      unpackContent(readFileSync(fileOf(group))).equals(contentOf(vectors, processorFamily()))
    )
      continue;
    writeFileSync(fileOf(group), file);
    console.log(`${fileOf(group)}: ${vectors.length} rows, ${file.length} bytes`);
  }
  console.log(`${total} bytes in all`);
}

function check(groups: ReadonlyMap<string, RowVectors[]>): number {
  for (const group of groups.keys()) {
    const made = existsSync(fileOf(group))
      ? processorOf(readFileSync(fileOf(group)))
      : processorFamily();
    if (made === processorFamily()) continue;
    console.error(`the vectors were made on ${made}; this is ${processorFamily()}: not compared`);
    return NOT_POSSIBLE;
  }
  let different = 0;
  for (const [group, vectors] of groups) {
    const file = fileOf(group);
    const same =
      existsSync(file) &&
      unpackContent(readFileSync(file)).equals(contentOf(vectors, processorFamily()));
    console.log(`${file}: ${same ? 'as on this processor' : 'DIFFERS'}`);
    if (!same) different++;
  }
  return different === 0 ? 0 : 1;
}

function main(): number {
  const native = Native.build();
  if (typeof native === 'string') {
    console.error(native);
    return NOT_POSSIBLE;
  }
  const groups = generate(rows, native);
  if (process.argv.includes('--check')) return check(groups);
  write(groups);
  return 0;
}

process.exitCode = main();

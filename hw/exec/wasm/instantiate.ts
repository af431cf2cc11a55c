/**
 * Modules that the engine has written become functions.
 */
import { setFlagsFromString } from 'node:v8';
import { type ModuleParts, moduleBytes } from './binary.js';

/**
 * Without it V8 takes no notice of hints, and keeps what is seldom called for in the midst of hot code, with
 * registers saved around it. Results are the same.
 */
const BRANCH_HINTS = '--experimental-wasm-branch-hinting';
/** Versions of V8 (Node 20 and 22) whose option this is; others would complain of it. */
const WITH_OPTION = /^1[12]\./;

type Imports = ConstructorParameters<typeof WebAssembly.Instance>[1];

let hasFlags = false;

/** What an instance of a module exports that imports `environment` as module `e`. */
export function instantiate(parts: ModuleParts, environment: object): Record<string, unknown> {
  if (!hasFlags && WITH_OPTION.test(process.versions.v8)) setFlagsFromString(BRANCH_HINTS);
  hasFlags = true;
  const module = new WebAssembly.Module(moduleBytes(parts));
  const imports = { e: environment } as Imports;
  return new WebAssembly.Instance(module, imports).exports;
}

/**
 * Modules that the engine has written become functions.
 */
import { type ModuleParts, moduleBytes } from './binary.js';

type Imports = ConstructorParameters<typeof WebAssembly.Instance>[1];

/** What an instance of a module exports that imports `environment` as module `e`. */
export function instantiate(parts: ModuleParts, environment: object): Record<string, unknown> {
  const module = new WebAssembly.Module(moduleBytes(parts));
  const imports = { e: environment } as Imports;
  return new WebAssembly.Instance(module, imports).exports;
}

/**
 * What the project uses of the WebAssembly JavaScript API. TypeScript declares it in its library for
 * browsers only, which would bring in names that Node does not have.
 */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
  }

  class Table {
    constructor(descriptor: { element: 'anyfunc'; initial: number; maximum?: number });
    readonly length: number;
    grow(by: number): number;
    set(index: number, value: ((...args: number[]) => number | undefined) | null): void;
  }

  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }

  /** Values that a module imports or exports: functions over numbers, memories, tables. */
  type ExportedFunction = (...args: number[]) => number;
  type Import = Memory | Table | ((...args: number[]) => number | undefined);

  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, Import>>);
    readonly exports: Record<string, ExportedFunction>;
  }
}

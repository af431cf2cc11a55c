/**
 * The part of the WebAssembly JavaScript API that the project uses. Node provides it, but its type
 * package leaves it to the browser's library, whose other globals we do not want.
 */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
  }
}

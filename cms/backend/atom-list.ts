/**
 * Atoms of a region as the backend works on them: a structure of arrays, since it is made and read
 * for each translation and must not allocate an object for each atom. Registers are numbers: below
 * 64 the host's own, from `FIRST_VIRTUAL` values that the allocator places.
 *
 * One list serves twice: lowered atoms over virtual registers in program order, and the final ones
 * over host registers in order of molecules (code.ts).
 */

/** Registers from here on are virtual: one for each value of the region that is computed. */
export const FIRST_VIRTUAL = 64;
/** `exit` of an atom that leaves nowhere. */
export const NO_EXIT = -1;

const grown = (old: Int32Array, length: number): Int32Array<ArrayBuffer> => {
  const next = new Int32Array(length);
  next.set(old);
  return next;
};

export class AtomList {
  length = 0;
  private capacity = 256;
  opcode = new Int32Array(this.capacity);
  d = new Int32Array(this.capacity);
  a = new Int32Array(this.capacity);
  b = new Int32Array(this.capacity);
  /** Immediate of 8 or 32 bits, number of a guard, mask of alias registers: whatever the form has. */
  imm = new Int32Array(this.capacity);
  /** Guest instruction that it works for. */
  guest = new Int32Array(this.capacity);
  /** Exit of the region that a branch goes to, else NO_EXIT. */
  exit = new Int32Array(this.capacity);
  /** Of memory atoms: the address as a root value (-1: none, the offset is the address) plus an offset. */
  root = new Int32Array(this.capacity);
  offset = new Int32Array(this.capacity);

  clear(): void {
    this.length = 0;
  }

  /** Appends an atom; its index. */
  push(opcode: number, d: number, a: number, b: number, imm: number, guest: number): number {
    const i = this.length++;
    if (i === this.capacity) this.grow();
    this.opcode[i] = opcode;
    this.d[i] = d;
    this.a[i] = a;
    this.b[i] = b;
    this.imm[i] = imm;
    this.guest[i] = guest;
    this.exit[i] = NO_EXIT;
    return i;
  }

  /** Appends an atom that leads to an exit of the region; its index. */
  pushLeading(opcode: number, a: number, guest: number, exit: number): number {
    const i = this.push(opcode, 0, a, 0, 0, guest);
    this.exit[i] = exit;
    return i;
  }

  private grow(): void {
    this.capacity *= 2;
    this.opcode = grown(this.opcode, this.capacity);
    this.d = grown(this.d, this.capacity);
    this.a = grown(this.a, this.capacity);
    this.b = grown(this.b, this.capacity);
    this.imm = grown(this.imm, this.capacity);
    this.guest = grown(this.guest, this.capacity);
    this.exit = grown(this.exit, this.capacity);
    this.root = grown(this.root, this.capacity);
    this.offset = grown(this.offset, this.capacity);
  }
}

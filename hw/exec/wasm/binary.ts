/**
 * The binary format of WebAssembly as far as the engine writes it (WebAssembly Core Specification 2.0,
 * chapter 5): bytes, LEB128 numbers, sections of a module.
 */

/** Opcodes, by their names in the specification. */
export const W = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  load32: 0x28,
  load64: 0x29,
  load8s: 0x2c,
  load8u: 0x2d,
  load16s: 0x2e,
  load16u: 0x2f,
  store32: 0x36,
  store64: 0x37,
  store8: 0x3a,
  store16: 0x3b,
  const32: 0x41,
  const64: 0x42,
  eqz: 0x45,
  eq: 0x46,
  ne: 0x47,
  ltS: 0x48,
  ltU: 0x49,
  gtS: 0x4a,
  gtU: 0x4b,
  leS: 0x4c,
  geS: 0x4e,
  geU: 0x4f,
  eqz64: 0x50,
  eq64: 0x51,
  clz: 0x67,
  ctz: 0x68,
  add: 0x6a,
  sub: 0x6b,
  mul: 0x6c,
  remU: 0x70,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shrS: 0x75,
  shrU: 0x76,
  rotl: 0x77,
  add64: 0x7c,
  sub64: 0x7d,
  mul64: 0x7e,
  divS64: 0x7f,
  divU64: 0x80,
  or64: 0x84,
  shl64: 0x86,
  shrU64: 0x88,
  wrap: 0xa7,
  extendS: 0xac,
  extendU: 0xad,
  extend8: 0xc0,
  extend16: 0xc1,
} as const;

/** Types; that of a block without a result. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const EMPTY = 0x40;
const FUNC = 0x60;
const FUNCREF = 0x70;
/** `\0asm`, version 1. */
const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const SECTION = { custom: 0, types: 1, imports: 2, functions: 3, exports: 7, code: 10 } as const;
/** Kinds of what is imported or exported. */
const KIND = { function: 0, table: 1, memory: 2 } as const;
/** Limits of a table or memory. */
const FROM = 0;
const FROM_TO = 1;
/** The module that everything is imported from. */
const ENVIRONMENT = 'e';
/** The section of hints where branches go (WebAssembly Branch Hinting proposal). */
const HINTS = 'metadata.code.branch_hint';
const SELDOM = 0;

/** Bytes that grow. */
export class ByteWriter {
  bytes = new Uint8Array(1024);
  length = 0;
  /** Where `if` and `br_if` stand whose condition seldom holds, in ascending order. */
  readonly seldom: number[] = [];

  u8(byte: number): void {
    if (this.length === this.bytes.length) this.grow(1);
    this.bytes[this.length++] = byte;
  }

  /** Unsigned LEB128 of a 32-bit number. */
  unsigned(value: number): void {
    let left = value >>> 0;
    while (left > 0x7f) {
      this.u8((left & 0x7f) | 0x80);
      left >>>= 7;
    }
    this.u8(left);
  }

  /** Signed LEB128 of a 32-bit number. */
  signed(value: number): void {
    let left = value | 0;
    while (left < -64 || left > 63) {
      this.u8((left & 0x7f) | 0x80);
      left >>= 7;
    }
    this.u8(left & 0x7f);
  }

  append(from: ByteWriter): void {
    this.copy(from, 0, from.length);
  }

  /** Bytes of another one. */
  copy(from: ByteWriter, start: number, end: number): void {
    if (this.length + end - start > this.bytes.length) this.grow(end - start);
    this.bytes.set(from.bytes.subarray(start, end), this.length);
    for (const at of from.seldom)
      if (at >= start && at < end) this.seldom.push(at - start + this.length);
    this.length += end - start;
  }

  text(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
  }

  clear(): void {
    this.length = 0;
    this.seldom.length = 0;
  }

  private grow(by: number): void {
    const wider = new Uint8Array(2 * this.bytes.length + by);
    wider.set(this.bytes);
    this.bytes = wider;
  }
}

export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

export interface FunctionParts {
  /** Number among the module's types. */
  readonly type: number;
  /** Local declarations and instructions, the final `end` included. */
  readonly body: ByteWriter;
  readonly exportedAs?: string;
}

export interface ModuleParts {
  readonly types: readonly FunctionType[];
  /** Functions imported from module `e`; they have the first numbers. */
  readonly imports: readonly { readonly name: string; readonly type: number }[];
  readonly functions: readonly FunctionParts[];
  readonly memoryPages: number;
  /** Imports the table `e.table`. */
  readonly usesTable: boolean;
}

/** A module that imports its memory as `e.memory`. */
export function moduleBytes(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  for (const byte of PREAMBLE) out.u8(byte);
  section(out, SECTION.types, (s) => types(s, parts.types));
  section(out, SECTION.imports, (s) => imports(s, parts));
  section(out, SECTION.functions, (s) => {
    s.unsigned(parts.functions.length);
    for (const { type } of parts.functions) s.unsigned(type);
  });
  section(out, SECTION.exports, (s) => exports(s, parts));
  if (parts.functions.some(({ body }) => body.seldom.length > 0))
    section(out, SECTION.custom, (s) => hints(s, parts));
  section(out, SECTION.code, (s) => {
    s.unsigned(parts.functions.length);
    for (const { body } of parts.functions) {
      s.unsigned(body.length);
      s.append(body);
    }
  });
  return out.bytes.slice(0, out.length);
}

function section(out: ByteWriter, id: number, write: (s: ByteWriter) => void): void {
  const content = new ByteWriter();
  write(content);
  out.u8(id);
  out.unsigned(content.length);
  out.append(content);
}

function types(s: ByteWriter, all: readonly FunctionType[]): void {
  s.unsigned(all.length);
  for (const { parameters, results } of all) {
    s.u8(FUNC);
    for (const list of [parameters, results]) {
      s.unsigned(list.length);
      for (const type of list) s.u8(type);
    }
  }
}

function imports(s: ByteWriter, { imports: functions, memoryPages, usesTable }: ModuleParts): void {
  s.unsigned(functions.length + 1 + (usesTable ? 1 : 0));
  s.text(ENVIRONMENT);
  s.text('memory');
  s.u8(KIND.memory);
  s.u8(FROM_TO);
  s.unsigned(memoryPages);
  s.unsigned(memoryPages);
  if (usesTable) {
    s.text(ENVIRONMENT);
    s.text('table');
    s.u8(KIND.table);
    s.u8(FUNCREF);
    s.u8(FROM);
    s.unsigned(0);
  }
  for (const { name, type } of functions) {
    s.text(ENVIRONMENT);
    s.text(name);
    s.u8(KIND.function);
    s.unsigned(type);
  }
}

function exports(s: ByteWriter, { imports: imported, functions }: ModuleParts): void {
  s.unsigned(functions.filter(({ exportedAs }) => exportedAs !== undefined).length);
  functions.forEach(({ exportedAs }, i) => {
    if (exportedAs === undefined) return;
    s.text(exportedAs);
    s.u8(KIND.function);
    s.unsigned(imported.length + i);
  });
}

/** Places are counted from the beginning of a function's body. */
function hints(s: ByteWriter, { imports: imported, functions }: ModuleParts): void {
  const numbers = [...functions.keys()].filter((i) => functions[i].body.seldom.length > 0);
  s.text(HINTS);
  s.unsigned(numbers.length);
  for (const i of numbers) {
    const { seldom } = functions[i].body;
    s.unsigned(imported.length + i);
    s.unsigned(seldom.length);
    for (const at of seldom) {
      s.unsigned(at);
      s.unsigned(1);
      s.u8(SELDOM);
    }
  }
}

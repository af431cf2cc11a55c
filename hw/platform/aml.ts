/**
 * A small assembler for ACPI Machine Language: each function gives the bytes of one construct.
 * Source: ACPI Specification 2.0, chapter 17 (AML encoding) and section 6.4 (resource data types).
 * Only what the DSDT of this board needs.
 */

export type Aml = readonly number[];

function word(value: number): Aml {
  return [value & 0xff, (value >>> 8) & 0xff];
}

function dword(value: number): Aml {
  return [...word(value), ...word(value >>> 16)];
}

/** PkgLength: counts itself and all that follows in the construct. */
function sized(body: Aml): Aml {
  const n = body.length;
  if (n + 1 < 0x40) return [n + 1, ...body];
  for (let extra = 1; extra <= 3; extra++) {
    const total = n + 1 + extra;
    if (total >= 2 ** (4 + 8 * extra)) continue;
    const bytes = Array.from({ length: extra }, (_, i) => (total >>> (4 + 8 * i)) & 0xff);
    return [(extra << 6) | (total & 0xf), ...bytes, ...body];
  }
  throw new RangeError('AML package too long');
}

/** `\_SB.PCI0` and the like: root or parent prefixes, then segments of up to four characters. */
export function path(text: string): Aml {
  const prefix = /^[\\^]*/.exec(text)?.[0] ?? '';
  const segments = text.slice(prefix.length).split('.').filter(Boolean);
  const name = segments.flatMap((s) => ascii(s.padEnd(4, '_')));
  const count =
    segments.length === 0
      ? [0]
      : segments.length === 1
        ? []
        : segments.length === 2
          ? [0x2e]
          : [0x2f, segments.length];
  return [...ascii(prefix), ...count, ...name];
}

function ascii(text: string): number[] {
  return Array.from(text, (c) => c.charCodeAt(0));
}

export function integer(value: number): Aml {
  if (value === 0 || value === 1) return [value];
  if (value <= 0xff) return [0x0a, value];
  return value <= 0xffff ? [0x0b, ...word(value)] : [0x0c, ...dword(value)];
}

export function string(text: string): Aml {
  return [0x0d, ...ascii(text), 0];
}

/** Compressed EISA id such as "PNP0A03". */
export function eisaId(id: string): Aml {
  const letter = (i: number) => id.charCodeAt(i) - 0x40;
  const product = Number.parseInt(id.slice(3), 16);
  const maker = (letter(0) << 10) | (letter(1) << 5) | letter(2);
  return [0x0c, maker >>> 8, maker & 0xff, product >>> 8, product & 0xff];
}

export function pkg(...elements: Aml[]): Aml {
  return [0x12, ...sized([elements.length, ...elements.flat()])];
}

export function buffer(bytes: Aml): Aml {
  return [0x11, ...sized([...integer(bytes.length), ...bytes])];
}

// ---- Named objects --------------------------------------------------------------------------

export function name(at: string, object: Aml): Aml {
  return [0x08, ...path(at), ...object];
}

export function scope(at: string, ...body: Aml[]): Aml {
  return [0x10, ...sized([...path(at), ...body.flat()])];
}

export function device(at: string, ...body: Aml[]): Aml {
  return [0x5b, 0x82, ...sized([...path(at), ...body.flat()])];
}

/** Flag beside the count of arguments: one thread at a time, since the method creates names. */
export const SERIALIZED = 8;

export function method(at: string, args: number, ...body: Aml[]): Aml {
  return [0x14, ...sized([...path(at), args, ...body.flat()])];
}

/** Region spaces: 1 system I/O, 2 PCI configuration. */
export function region(at: string, space: number, offset: number, length: number): Aml {
  return [0x5b, 0x80, ...path(at), space, ...integer(offset), ...integer(length)];
}

/** Byte-wide fields of a region, in order. */
export function byteFields(of: string, names: readonly string[]): Aml {
  const fields = names.flatMap((n) => [...ascii(n.padEnd(4, '_')), 8]);
  return [0x5b, 0x81, ...sized([...path(of), 0x01, ...fields])];
}

export function dwordFieldOf(source: Aml, index: number, at: string): Aml {
  return [0x8a, ...source, ...integer(index), ...path(at)];
}

// ---- Statements and expressions -------------------------------------------------------------

export const arg0: Aml = [0x68];
export const local0: Aml = [0x60];

export function ret(value: Aml): Aml {
  return [0xa4, ...value];
}
export function store(value: Aml, target: Aml): Aml {
  return [0x70, ...value, ...target];
}
export function and(a: Aml, b: Aml, target: Aml = [0]): Aml {
  return [0x7b, ...a, ...b, ...target];
}
export function or(a: Aml, b: Aml, target: Aml = [0]): Aml {
  return [0x7d, ...a, ...b, ...target];
}
export function when(condition: Aml, ...body: Aml[]): Aml {
  return [0xa0, ...sized([...condition, ...body.flat()])];
}

// ---- Resource descriptors -------------------------------------------------------------------

export function resources(...descriptors: Aml[]): Aml {
  return buffer([...descriptors.flat(), 0x79, 0]);
}

/** An edge-triggered ISA interrupt. */
export function isaIrq(irq: number): Aml {
  return [0x22, ...word(1 << irq)];
}

export function ioPorts(first: number, count: number): Aml {
  return [0x47, 0x01, ...word(first), ...word(first), 0x01, count];
}

/** Level-triggered, active high, shared interrupts that the device consumes. */
export function interrupts(...gsis: number[]): Aml {
  return [0x89, ...word(2 + 4 * gsis.length), 0x09, gsis.length, ...gsis.flatMap(dword)];
}

/** Address ranges that a bridge hands down; types: 0 memory, 1 I/O, 2 bus numbers. */
export function wordRange(type: 1 | 2, first: number, last: number): Aml {
  const specific = type === 1 ? 0x03 : 0x00;
  const body = [0, first, last, 0, last - first + 1].flatMap((v) => [...word(v)]);
  return [0x88, ...word(13), type, 0x0c, specific, ...body];
}

export function memoryRange(first: number, last: number): Aml {
  const body = [0, first, last, 0, last - first + 1].flatMap((v) => [...dword(v)]);
  return [0x87, ...word(23), 0, 0x0c, 0x01, ...body];
}

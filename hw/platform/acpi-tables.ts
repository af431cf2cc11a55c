/**
 * The ACPI tables of the board: RSDP, RSDT, FADT, FACS, DSDT and, with APICs, the MADT.
 * Source: ACPI Specification 2.0, section 5.2.
 * They are built once as position-independent blobs with a list of the pointers and checksums to
 * fill in. A loader without firmware places them below 1 MB; firmware gets them as files with a
 * script of the same pointers and checksums (docs: fw_cfg "etc/table-loader").
 */
import { dsdtBody } from './acpi-dsdt.js';
import { ACPI_DISABLE, ACPI_ENABLE, PmPort, SCI_IRQ, SMI_COMMAND_PORT } from './acpi-pm.js';
import { APIC_DEFAULT_BASE } from './apic-registers.js';
import { IO_APIC_BASE } from './io-apic.js';

export interface AcpiOptions {
  readonly memoryBytes: number;
  readonly apic: boolean;
  readonly pmBase: number;
  readonly smbusBase: number;
}

/** Bytes to be placed at a guest physical address. */
export interface PlacedBytes {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export const IO_APIC_ID = 1;

/** A 32-bit place in a blob that holds an offset in the table blob until the blob is placed. */
interface Pointer {
  readonly in: 'tables' | 'rsdp';
  readonly offset: number;
}
interface Checksum {
  readonly in: 'tables' | 'rsdp';
  readonly offset: number;
  readonly start: number;
  readonly length: number;
}
export interface AcpiBlobs {
  readonly tables: Uint8Array;
  readonly rsdp: Uint8Array;
  readonly pointers: readonly Pointer[];
  readonly checksums: readonly Checksum[];
}

const HEADER = 36;
const FADT_BYTES = 244;
const FACS_BYTES = 64;
const OEM = 'CHRYSA';

function setText(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function table(signature: string, revision: number, body: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(HEADER + body.length);
  bytes.set(Array.from(body), HEADER);
  setText(bytes, 0, signature);
  viewOf(bytes).setUint32(4, bytes.length, true);
  bytes[8] = revision;
  setText(bytes, 10, OEM);
  setText(bytes, 16, 'I440FX  ');
  viewOf(bytes).setUint32(24, 1, true);
  setText(bytes, 28, 'CHRY');
  viewOf(bytes).setUint32(32, 1, true);
  return bytes;
}

function facs(): Uint8Array {
  const bytes = new Uint8Array(FACS_BYTES);
  setText(bytes, 0, 'FACS');
  viewOf(bytes).setUint32(4, FACS_BYTES, true);
  return bytes;
}

/** Offsets of the pointers inside the FADT. */
const Fadt = { facs: 36, dsdt: 40, xFacs: 132, xDsdt: 140 } as const;

function fadt(o: AcpiOptions): Uint8Array {
  const bytes = table('FACP', 3, new Uint8Array(FADT_BYTES - HEADER));
  const v = viewOf(bytes);
  const byte = (at: number, value: number) => v.setUint8(at, value);
  const long = (at: number, value: number) => v.setUint32(at, value, true);
  v.setUint16(46, SCI_IRQ, true);
  long(48, SMI_COMMAND_PORT);
  byte(52, ACPI_ENABLE);
  byte(53, ACPI_DISABLE);
  /** Port block: its 32-bit field, the byte with its length, and its extended field. */
  const block = (at: number, lengthAt: number, length: number, xAt: number, offset: number) => {
    long(at, o.pmBase + offset);
    byte(lengthAt, length);
    byte(xAt, 1); // system I/O
    byte(xAt + 1, 8 * length);
    long(xAt + 4, o.pmBase + offset);
  };
  block(56, 88, 4, 148, PmPort.pm1Event);
  block(64, 89, 2, 172, PmPort.pm1Control);
  block(76, 91, 4, 208, PmPort.timer);
  block(80, 92, 4, 220, PmPort.gpe0);
  v.setUint16(96, 0xfff, true); // C2 and C3 latencies that say: not supported
  v.setUint16(98, 0xfff, true);
  byte(108, 0x32); // century in the CMOS
  v.setUint16(109, 0x0003, true); // ISA devices and an 8042 are there
  // WBINVD, C1, power button fixed, no sleep button, RTC wake not fixed, reset register.
  long(112, (1 << 0) | (1 << 2) | (1 << 5) | (1 << 6) | (1 << 10));
  byte(116, 1);
  byte(117, 8);
  long(120, 0xcf9);
  byte(128, 0x06);
  return bytes;
}

function madt(): Uint8Array {
  const body: number[] = [];
  const long = (value: number) => [0, 8, 16, 24].map((s) => (value >>> s) & 0xff);
  body.push(...long(APIC_DEFAULT_BASE), ...long(1)); // there are 8259s too
  body.push(0, 8, 0, 0, ...long(1)); // processor 0, APIC id 0, enabled
  body.push(1, 12, IO_APIC_ID, 0, ...long(IO_APIC_BASE), ...long(0));
  body.push(2, 10, 0, 0, ...long(2), 0, 0); // the timer is on pin 2
  // Level-triggered, active high: the SCI and what the PCI links route to.
  for (const irq of [5, SCI_IRQ, 10, 11]) body.push(2, 10, 0, irq, ...long(irq), 0x0d, 0);
  body.push(4, 6, 0xff, 0, 0, 1); // NMI on LINT1 of all processors
  return table('APIC', 1, body);
}

/** The blobs; pointers hold offsets in `tables`. */
export function acpiBlobs(o: AcpiOptions): AcpiBlobs {
  const parts: Uint8Array[] = [facs()];
  let end = FACS_BYTES;
  const pointers: Pointer[] = [];
  const checksums: Checksum[] = [];
  const add = (bytes: Uint8Array): number => {
    const at = end;
    parts.push(bytes);
    checksums.push({ in: 'tables', offset: at + 9, start: at, length: bytes.length });
    end += bytes.length;
    return at;
  };
  const dsdtAt = add(table('DSDT', 1, dsdtBody(o)));
  const fixed = fadt(o);
  const fadtAt = add(fixed);
  for (const [at, target] of [
    [Fadt.facs, 0],
    [Fadt.xFacs, 0],
    [Fadt.dsdt, dsdtAt],
    [Fadt.xDsdt, dsdtAt],
  ] as const) {
    viewOf(fixed).setUint32(at, target, true);
    pointers.push({ in: 'tables', offset: fadtAt + at });
  }
  const listed = o.apic ? [fadtAt, add(madt())] : [fadtAt];
  const root = table('RSDT', 1, new Uint8Array(4 * listed.length));
  const rootAt = add(root);
  listed.forEach((at, i) => {
    viewOf(root).setUint32(HEADER + 4 * i, at, true);
    pointers.push({ in: 'tables', offset: rootAt + HEADER + 4 * i });
  });
  const rsdp = new Uint8Array(20);
  setText(rsdp, 0, 'RSD PTR ');
  setText(rsdp, 9, OEM);
  viewOf(rsdp).setUint32(16, rootAt, true);
  pointers.push({ in: 'rsdp', offset: 16 });
  checksums.push({ in: 'rsdp', offset: 8, start: 0, length: 20 });
  const tables = new Uint8Array(end);
  let at = 0;
  for (const part of parts) {
    tables.set(part, at);
    at += part.length;
  }
  return { tables, rsdp, pointers, checksums };
}

/** Places the tables from an address (a multiple of 64) on, the RSDP first. */
export function acpiTables(o: AcpiOptions, address = 0xe0000): PlacedBytes[] {
  const blobs = acpiBlobs(o);
  const placed = { tables: blobs.tables.slice(), rsdp: blobs.rsdp.slice() };
  const base = address + 64;
  for (const p of blobs.pointers) {
    const v = viewOf(placed[p.in]);
    v.setUint32(p.offset, v.getUint32(p.offset, true) + base, true);
  }
  for (const c of blobs.checksums) {
    const bytes = placed[c.in].subarray(c.start, c.start + c.length);
    placed[c.in][c.offset] -= bytes.reduce((sum, b) => sum + b, 0);
  }
  return [
    { address, bytes: placed.rsdp },
    { address: base, bytes: placed.tables },
  ];
}

const LOADER_ENTRY = 128;
const TABLES_FILE = 'etc/acpi/tables';
const RSDP_FILE = 'etc/acpi/rsdp';

/** The blobs as firmware configuration files: two to allocate and a script that links them. */
export function acpiLoaderFiles(o: AcpiOptions): ReadonlyMap<string, Uint8Array> {
  const blobs = acpiBlobs(o);
  const fileOf = { tables: TABLES_FILE, rsdp: RSDP_FILE } as const;
  const script: Uint8Array[] = [];
  const entry = (command: number, names: readonly string[], fill: (v: DataView) => void) => {
    const bytes = new Uint8Array(LOADER_ENTRY);
    viewOf(bytes).setUint32(0, command, true);
    names.forEach((n, i) => {
      setText(bytes, 4 + 56 * i, n);
    });
    fill(viewOf(bytes));
    script.push(bytes);
  };
  const allocate = (file: string, align: number, zone: number) =>
    entry(1, [file], (v) => {
      v.setUint32(60, align, true);
      v.setUint8(64, zone);
    });
  allocate(TABLES_FILE, 64, 1); // high memory
  allocate(RSDP_FILE, 16, 2); // the F segment
  for (const p of blobs.pointers) {
    entry(2, [fileOf[p.in], TABLES_FILE], (v) => {
      v.setUint32(116, p.offset, true);
      v.setUint8(120, 4);
    });
  }
  for (const c of blobs.checksums) {
    entry(3, [fileOf[c.in]], (v) => {
      v.setUint32(60, c.offset, true);
      v.setUint32(64, c.start, true);
      v.setUint32(68, c.length, true);
    });
  }
  const loader = new Uint8Array(script.length * LOADER_ENTRY);
  script.forEach((bytes, i) => {
    loader.set(bytes, i * LOADER_ENTRY);
  });
  return new Map([
    [TABLES_FILE, blobs.tables],
    [RSDP_FILE, blobs.rsdp],
    ['etc/table-loader', loader],
  ]);
}
